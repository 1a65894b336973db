package encoding

import (
	"math"

	"github.com/sigil-m2m/sigil/m2m"
)

// responseParams are the parameters of a response primitive, in the order in
// which they are written. TS-0004 table 6.4.2-1; msu is of release 4.
var responseParams = []param[m2m.Response]{
	number("rsc", 1000, 9999, func(r *m2m.Response) *m2m.StatusCode { return &r.Status }),
	text("rqi", func(r *m2m.Response) *string { return &r.RequestID }),
	object("pc", func(r *m2m.Response) *[]byte { return &r.Content.Data }),
	text("to", func(r *m2m.Response) *string { return &r.To }),
	text("fr", func(r *m2m.Response) *string { return &r.From }),
	text("ot", func(r *m2m.Response) *string { return &r.OriginatingTimestamp }),
	absRel("rset", func(r *m2m.Response) *string { return &r.ResultExpiration }),
	optional("ec", 0, 999, func(r *m2m.Response) **int { return &r.EventCategory }),
	number("cnst", 1, 2, func(r *m2m.Response) *m2m.ContentStatus { return &r.ContentStatus }),
	number("cnot", 1, math.MaxInt32, func(r *m2m.Response) *int { return &r.ContentOffset }),
	object("ati", func(r *m2m.Response) *[]byte { return &r.AssignedTokenIdentifiers }),
	object("tqf", func(r *m2m.Response) *[]byte { return &r.TokenRequestInformation }),
	flag("asri", func(r *m2m.Response) **bool { return &r.AuthorSignRequestInfo }),
	text("rvi", func(r *m2m.Response) *string { return &r.ReleaseVersion }),
	text("vsi", func(r *m2m.Response) *string { return &r.VendorInformation }),
	text("msu", func(r *m2m.Response) *string { return &r.M2MServiceUser }),
}

var responseIndex = indexOf(responseParams)

// DecodeResponse reads a response primitive, with or without a member m2m:rsp
// around it. TS-0004 8.4. The response status code and the request identifier
// must be there (TS-0004 table 7.2.1.2-1). The response shares memory with
// data; Location is not filled.
func DecodeResponse(data []byte, l Limits) (*m2m.Response, error) {
	const op = "encoding.DecodeResponse"
	o, err := primitive(op, "m2m:rsp", data, l)
	if err != nil {
		return nil, err
	}
	r := new(m2m.Response)
	if err := responseIndex.decode(r, o); err != nil {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "response parameter %s", err)
	}
	switch {
	case r.Status == 0:
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "response parameter rsc is missing")
	case r.RequestID == "":
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "response parameter rqi is missing")
	}
	return r, nil
}

// EncodeResponse writes a response primitive. TS-0004 8.4. Its content must
// be JSON: EncodeResponse panics if it is in another format. Location is not
// written.
func EncodeResponse(r *m2m.Response) []byte {
	mustBeJSON(r.Content)
	b := make([]byte, 0, 128+len(r.Content.Data))
	return appendObject(b, responseParams, r)
}
