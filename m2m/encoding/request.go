package encoding

import (
	"encoding/json"
	"errors"
	"math"

	"github.com/sigil-m2m/sigil/m2m"
)

// requestParams are the parameters of a request primitive, in the order in
// which they are written. TS-0004 table 6.4.1-1; omr, prpi, msu and gstn are
// of release 4.
var requestParams = []param[m2m.Request]{
	number("op", 1, 5, func(r *m2m.Request) *m2m.Operation { return &r.Operation }),
	text("to", func(r *m2m.Request) *string { return &r.To }),
	text("fr", func(r *m2m.Request) *string { return &r.From }),
	text("rqi", func(r *m2m.Request) *string { return &r.RequestID }),
	number("ty", 1, math.MaxInt32, func(r *m2m.Request) *m2m.ResourceType { return &r.ResourceType }),
	object("pc", func(r *m2m.Request) *[]byte { return &r.Content.Data }),
	texts("rids", func(r *m2m.Request) *[]string { return &r.RoleIDs }),
	text("ot", func(r *m2m.Request) *string { return &r.OriginatingTimestamp }),
	absRel("rqet", func(r *m2m.Request) *string { return &r.RequestExpiration }),
	absRel("rset", func(r *m2m.Request) *string { return &r.ResultExpiration }),
	absRel("oet", func(r *m2m.Request) *string { return &r.OperationExecutionTime }),
	{"rt", decodeResponseType, appendResponseType},
	absRel("rp", func(r *m2m.Request) *string { return &r.ResultPersistence }),
	optional("rcn", 0, 12, func(r *m2m.Request) **m2m.ResultContent { return &r.ResultContent }),
	optional("ec", 0, 999, func(r *m2m.Request) **int { return &r.EventCategory }),
	flag("da", func(r *m2m.Request) **bool { return &r.DeliveryAggregation }),
	text("gid", func(r *m2m.Request) *string { return &r.GroupRequestID }),
	{"fc", decodeFilterCriteria, appendFilterCriteria},
	number("drt", 1, 2, func(r *m2m.Request) *m2m.DesiredIdentifierResultType { return &r.DesiredIdentifierResult }),
	texts("tkns", func(r *m2m.Request) *[]string { return &r.Tokens }),
	texts("tids", func(r *m2m.Request) *[]string { return &r.TokenIDs }),
	flag("tqi", func(r *m2m.Request) **bool { return &r.TokenRequestIndicator }),
	texts("ltids", func(r *m2m.Request) *[]string { return &r.LocalTokenIDs }),
	texts("grtm", func(r *m2m.Request) *[]string { return &r.GroupRequestTargetMembers }),
	flag("asi", func(r *m2m.Request) **bool { return &r.AuthorSignIndicator }),
	texts("aus", func(r *m2m.Request) *[]string { return &r.AuthorSigns }),
	flag("auri", func(r *m2m.Request) **bool { return &r.AuthorRelIndicator }),
	flag("sqi", func(r *m2m.Request) **bool { return &r.SemanticQueryIndicator }),
	text("rvi", func(r *m2m.Request) *string { return &r.ReleaseVersion }),
	text("vsi", func(r *m2m.Request) *string { return &r.VendorInformation }),
	texts("omr", func(r *m2m.Request) *[]string { return &r.OntologyMappingResources }),
	text("prpi", func(r *m2m.Request) *string { return &r.PrimitiveProfileID }),
	text("msu", func(r *m2m.Request) *string { return &r.M2MServiceUser }),
	optional("gstn", 1, math.MaxInt32, func(r *m2m.Request) **int { return &r.GroupSomecastTargetNumber }),
}

var requestIndex = indexOf(requestParams)

// DecodeRequest reads a request primitive. TS-0004 8.4. A parameter that is
// unknown or of a wrong type is an error; whether all are there that the
// operation needs is told by [m2m.Request.Check].
//
// The request is never nil. If there is an error, it holds the parameters
// that could be read, so that the answer can carry the request identifier.
// It shares memory with data. Peer, Accept and Received are not filled.
//
// The standard forbids a member m2m:rqp around the primitive (TS-0004 8.4.2);
// clients that took it over from XML are understood all the same.
func DecodeRequest(data []byte, l Limits) (*m2m.Request, error) {
	const op = "encoding.DecodeRequest"
	r := new(m2m.Request)
	o, err := primitive(op, "m2m:rqp", data, l)
	if err != nil {
		return r, err
	}
	if err := requestIndex.decode(r, o); err != nil {
		return r, m2m.Errorf(op, m2m.StatusBadRequest, "request parameter %s", err)
	}
	return r, nil
}

// EncodeRequest writes a request primitive. TS-0004 8.4. Its content must be
// JSON: EncodeRequest panics if it is in another format. Peer, Accept and
// Received are not written.
func EncodeRequest(r *m2m.Request) []byte {
	mustBeJSON(r.Content)
	b := make([]byte, 0, 256+len(r.Content.Data))
	return appendObject(b, requestParams, r)
}

// primitive reads the object of a primitive, which may be the member root of
// another object.
func primitive(op, root string, data []byte, l Limits) (m2m.Object, error) {
	o, err := parseObject(op, data, l)
	if err == nil && len(o) == 1 && o[0].Name == root {
		return parseObject(op, o[0].Value, l)
	}
	return o, err
}

func mustBeJSON(c m2m.Content) {
	if c.Format != m2m.JSON && !c.Empty() {
		panic("encoding: the content of a primitive to be written as JSON is not JSON")
	}
}

// responseType is m2m:responseTypeInfo. TS-0004 table 6.3.5.30-1.
var responseType = []param[m2m.Request]{
	number("rtv", 1, 5, func(r *m2m.Request) *m2m.ResponseType { return &r.ResponseType }),
	texts("nu", func(r *m2m.Request) *[]string { return &r.NotificationURIs }),
}

var responseTypeIndex = indexOf(responseType)

func decodeResponseType(r *m2m.Request, raw json.RawMessage) error {
	o, err := nested(raw)
	if err != nil {
		return err
	}
	if err := responseTypeIndex.decode(r, o); err != nil {
		return err
	}
	if r.ResponseType == 0 {
		return errors.New("has no rtv")
	}
	return nil
}

func appendResponseType(b []byte, r *m2m.Request) []byte {
	if r.ResponseType == 0 {
		return b // nu means nothing without rtv
	}
	return appendObject(b, responseType, r)
}

// nested reads an object within a primitive, which has been parsed and held
// against the limits before.
func nested(raw json.RawMessage) (m2m.Object, error) {
	if raw[0] != '{' {
		return nil, errors.New("is not an object")
	}
	return ParseObject(raw, Limits{Bytes: len(raw), Depth: math.MaxInt})
}
