package wire

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// A requestHeader is a header field that carries a request parameter, with
// both directions of its mapping. TS-0009 6.4.
type requestHeader struct {
	name string                             // as the standard spells it
	set  func(*m2m.Request, string) error   // the text is the whole field value
	get  func(*m2m.Request) (string, error) // empty if the parameter is absent
}

// requestHeaders has one row a header field of request messages. Host,
// Accept, Content-Type and Content-Length are the message's own business.
//
// DEVIATION: TS-0009 (release 3) has no field for the parameters grtm, omr,
// prpi, msu and gstn. They travel in fields that are named after them, as all
// others are, since losing grtm would widen a request to members that it does
// not ask for. Who does not know a field ignores it (TS-0009 6.4.0).
var requestHeaders = []requestHeader{
	textHeader("X-M2M-Origin", func(r *m2m.Request) *string { return &r.From }),
	textHeader("X-M2M-RI", func(r *m2m.Request) *string { return &r.RequestID }),
	textHeader("X-M2M-GID", func(r *m2m.Request) *string { return &r.GroupRequestID }),
	textHeader("X-M2M-OT", func(r *m2m.Request) *string { return &r.OriginatingTimestamp }),
	textHeader("X-M2M-RST", func(r *m2m.Request) *string { return &r.ResultExpiration }),
	textHeader("X-M2M-RET", func(r *m2m.Request) *string { return &r.RequestExpiration }),
	textHeader("X-M2M-OET", func(r *m2m.Request) *string { return &r.OperationExecutionTime }),
	textHeader("X-M2M-RVI", func(r *m2m.Request) *string { return &r.ReleaseVersion }),
	textHeader("X-M2M-VSI", func(r *m2m.Request) *string { return &r.VendorInformation }),
	numberHeader("X-M2M-EC", func(r *m2m.Request) **int { return &r.EventCategory }),
	{"X-M2M-RTU", setNotificationURIs, getNotificationURIs},
	{"Authorization", setTokens, getTokens},
	{"X-M2M-AS", setSigns, getSigns},

	plusHeader("X-M2M-GRTM", func(r *m2m.Request) *[]string { return &r.GroupRequestTargetMembers }),
	plusHeader("X-M2M-OMR", func(r *m2m.Request) *[]string { return &r.OntologyMappingResources }),
	textHeader("X-M2M-PRPI", func(r *m2m.Request) *string { return &r.PrimitiveProfileID }),
	textHeader("X-M2M-MSU", func(r *m2m.Request) *string { return &r.M2MServiceUser }),
	numberHeader("X-M2M-GSTN", func(r *m2m.Request) **int { return &r.GroupSomecastTargetNumber }),
}

// requestHeaderByKey finds a row by the key that net/http stores a field under.
var requestHeaderByKey = func() map[string]*requestHeader {
	m := make(map[string]*requestHeader, len(requestHeaders))
	for i := range requestHeaders {
		m[http.CanonicalHeaderKey(requestHeaders[i].name)] = &requestHeaders[i]
	}
	return m
}()

// RequestHeaders returns the names of the header fields that a request may
// have, as the standard spells them: what a browser asks leave to send.
func RequestHeaders() []string {
	names := []string{"Accept", "Content-Type"}
	for _, h := range requestHeaders {
		names = append(names, h.name)
	}
	return names
}

// decodeRequestHeaders fills req from h. It reads every field even if one is
// at fault, so that the refusal can carry what responses always carry. Of
// several faults the alphabetically first is told.
func decodeRequestHeaders(h http.Header, req *m2m.Request) (err error) {
	faulty := ""
	for key, values := range h {
		if !strings.HasPrefix(key, "X-M2m-") && key != "Authorization" {
			continue // most fields that are none of ours end here, without a search
		}
		row, ok := requestHeaderByKey[key]
		if !ok {
			continue
		}
		var e error
		if len(values) != 1 {
			e = badRequest("header field %s is given %d times, allowed once", row.name, len(values))
		} else if values[0] != "" { // an empty field is present, but names nothing
			e = row.set(req, values[0])
		}
		if e != nil && (faulty == "" || key < faulty) {
			faulty, err = key, e
		}
	}
	return err
}

func textHeader(name string, field func(*m2m.Request) *string) requestHeader {
	return requestHeader{
		name: name,
		set:  func(r *m2m.Request, v string) error { *field(r) = v; return nil },
		get:  func(r *m2m.Request) (string, error) { return *field(r), nil },
	}
}

func numberHeader(name string, field func(*m2m.Request) **int) requestHeader {
	return requestHeader{
		name: name,
		set: func(r *m2m.Request, v string) error {
			n, ok := number(v)
			if !ok {
				return badRequest("header field %s: %q is no number", name, m2m.Clip(v))
			}
			*field(r) = &n
			return nil
		},
		get: func(r *m2m.Request) (string, error) {
			if p := *field(r); p != nil {
				return strconv.Itoa(*p), nil
			}
			return "", nil
		},
	}
}

func plusHeader(name string, field func(*m2m.Request) *[]string) requestHeader {
	return requestHeader{
		name: name,
		set: func(r *m2m.Request, v string) error {
			items, ok := splitPlus(v)
			if !ok {
				return badRequest("header field %s has an empty item", name)
			}
			*field(r) = items
			return nil
		},
		get: func(r *m2m.Request) (string, error) { return joinPlus(name, *field(r)) },
	}
}

// number reads a decimal number without sign that fits 31 bits.
func number(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err == nil
}

// boolean reads an xs:boolean.
func boolean(s string) (value, ok bool) {
	switch s {
	case "true", "1":
		return true, true
	case "false", "0":
		return false, true
	}
	return false, false
}

// carriable reports whether net/http delivers v as a field value unchanged:
// no control characters and no white space at the ends. RFC 9110 5.5.
func carriable(v string) bool {
	if v == "" {
		return true
	}
	if c := v[0]; c == ' ' || c == '\t' {
		return false
	}
	if c := v[len(v)-1]; c == ' ' || c == '\t' {
		return false
	}
	return !hasControl(v)
}

func hasControl(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

func badRequest(format string, args ...any) error {
	return m2m.Errorf("http.decode", m2m.StatusBadRequest, format, args...)
}
