package wire

import (
	"net/http"
	"slices"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// A Decoder turns HTTP requests into request primitives. The zero Decoder
// reads JSON and takes every query field that is no parameter for a condition
// on an attribute.
type Decoder struct {
	// KnownAttribute reports whether a short name is an attribute of any
	// resource type. A query field that is neither that nor a parameter is
	// refused by name. Nil: every name is.
	KnownAttribute func(short string) bool

	// Formats are the serializations that can be read and written here, the
	// preferred one first. Nil: JSON alone.
	Formats []m2m.Format
}

var jsonOnly = []m2m.Format{m2m.JSON}

func (d *Decoder) formats() []m2m.Format {
	if d.Formats == nil {
		return jsonOnly
	}
	return d.Formats
}

// Request returns the request primitive that r and its body stand for, which
// was received at now. It reads nothing from r.Body; the primitive keeps body.
//
// The error is an *m2m.Error. The primitive is never nil: with an error it
// has what could be read of the parameters that a response repeats.
func (d *Decoder) Request(r *http.Request, body []byte, now time.Time) (*m2m.Request, error) {
	req := new(m2m.Request)
	return req, d.Into(req, r, body, now)
}

// Into is Request for a primitive that is there already, all of whose fields
// are zero.
func (d *Decoder) Into(req *m2m.Request, r *http.Request, body []byte, now time.Time) error {
	req.Received = now
	if err := decodeRequestHeaders(r.Header, req); err != nil {
		return err
	}
	ct, err := parseContentType(r.Header)
	if err != nil {
		return err
	}
	if req.Operation, err = operationOf(r.Method, ct.ty); err != nil {
		return err
	}
	req.ResourceType = ct.ty
	if req.RequestID == "" {
		// TS-0004 table 7.2.1.1-1: mandatory, and what an answer is matched by.
		return badRequest("header field X-M2M-RI is missing")
	}
	if req.To, err = toOfPath(r.URL); err != nil {
		return err
	}
	var attributes []string
	if r.URL.RawQuery != "" {
		if attributes, err = d.decodeQuery(r.URL.RawQuery, req); err != nil {
			return err
		}
	}
	if req.Content, err = d.content(r.Header, ct, body); err != nil {
		return err
	}
	if attributes != nil {
		if req.Operation != m2m.Retrieve || !req.Content.Empty() {
			return badRequest("query field atrl belongs to a Retrieve without content")
		}
		req.Content = attributeList(attributes)
	}
	req.Accept, err = parseAccept(r.Header, d.formats())
	return err
}

// operationOf maps a method to an operation. A POST with a Resource Type is a
// Create, without one a Notify. TS-0009 6.2.1.
func operationOf(method string, ty m2m.ResourceType) (m2m.Operation, error) {
	switch method {
	case http.MethodPost:
		if ty != 0 {
			return m2m.Create, nil
		}
		return m2m.Notify, nil
	case http.MethodGet:
		return m2m.Retrieve, nil
	case http.MethodPut:
		return m2m.Update, nil
	case http.MethodDelete:
		return m2m.Delete, nil
	}
	return 0, m2m.Errorf("http.decode", m2m.StatusOperationNotAllowed, "method %q stands for no operation", m2m.Clip(method))
}

// Methods are the methods that stand for an operation, as an Allow field
// lists them. RFC 9110 10.2.1.
const Methods = "GET, POST, PUT, DELETE"

// content returns the body as Content. TS-0004 7.3.2.1: what cannot be read
// is UNSUPPORTED_MEDIA_TYPE, and a body that does not say what it is cannot.
func (d *Decoder) content(h http.Header, ct contentType, body []byte) (m2m.Content, error) {
	if len(body) == 0 {
		return m2m.Content{}, nil
	}
	unsupported := func(why string) (m2m.Content, error) {
		return m2m.Content{}, m2m.Errorf("http.decode", m2m.StatusUnsupportedMediaType, "%s", why)
	}
	switch {
	case !ct.present:
		return unsupported("header field Content-Type is missing")
	case !ct.known:
		return unsupported("header field Content-Type names no serialization of oneM2M")
	case !slices.Contains(d.formats(), ct.format):
		return unsupported("header field Content-Type: " + ct.format.String() + " is not supported here")
	}
	for _, coding := range h["Content-Encoding"] {
		if coding != "identity" && coding != "" {
			return unsupported("header field Content-Encoding: no coding is supported here")
		}
	}
	return m2m.Content{Format: ct.format, Data: body}, nil
}

// attributeList is the content of a partial Retrieve. TS-0004 table 7.5.2-1.
func attributeList(names []string) m2m.Content {
	b := []byte(`{"m2m:atrl":[`)
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m2m.Quote(name)...)
	}
	return m2m.Content{Data: append(b, `]}`...)}
}
