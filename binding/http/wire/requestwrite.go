package wire

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
)

// EncodeRequest returns the HTTP request that carries req to the point of
// access poa, a URI of scheme http or https. TS-0009 6.2, 6.4.
//
// The To parameter is mapped to a path that goes after the poa's own. A To
// that is itself a URI, as a notification's to a URL target is, and an absent
// one add nothing: the poa is the whole target. A serialization that the poa
// asks for (ct=json, TS-0004 7.4.8.1) is taken out of its query, and must be
// that of the content; other parts of its query stay.
//
// The error is an *m2m.Error that names the parameter which HTTP cannot carry.
func EncodeRequest(ctx context.Context, poa string, req *m2m.Request) (*http.Request, error) {
	target, err := parsePOA(poa, req.Content)
	if err != nil {
		return nil, err
	}
	q := queryEncoder{}
	q.b.WriteString(target.RawQuery)
	if req.To != "" && !strings.Contains(req.To, "://") {
		path, attribute, err := pathOfTo(req.To)
		if err != nil {
			return nil, err
		}
		// The path of an identifier needs no escape: a poa's might have some.
		base := strings.TrimSuffix(target.EscapedPath(), "/")
		target.Path, target.RawPath = strings.TrimSuffix(target.Path, "/")+path, base+path
		if attribute != "" {
			q.add("atrl", attribute)
		}
	}
	method, err := methodOf(req)
	if err != nil {
		return nil, err
	}
	content := req.Content
	if req.Operation == m2m.Retrieve {
		if names, ok := attributeNames(content); ok {
			if strings.Contains(req.To, "#") {
				return nil, badRequest("to names an attribute although the content lists some")
			}
			q.addList("atrl", names)
			content = m2m.Content{}
		}
	}
	if err := q.request(req); err != nil {
		return nil, err
	}
	target.RawQuery = q.b.String()

	r := (&http.Request{
		Method:        method,
		URL:           target,
		Host:          target.Host,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        make(http.Header, 8),
		Body:          http.NoBody,
		ContentLength: int64(len(content.Data)),
	}).WithContext(ctx)
	if !content.Empty() {
		r.Body = readCloser{bytes.NewReader(content.Data)}
		r.GetBody = func() (io.ReadCloser, error) { return readCloser{bytes.NewReader(content.Data)}, nil }
	}
	switch {
	case req.ResourceType != 0:
		r.Header["Content-Type"] = []string{plainTypes[content.Format][0] + ";ty=" + strconv.Itoa(int(req.ResourceType))}
	case !content.Empty():
		r.Header["Content-Type"] = plainTypes[content.Format]
	}
	if len(req.Accept) > 0 {
		r.Header["Accept"] = []string{acceptOf(req.Accept)}
	}
	for i := range requestHeaders {
		h := &requestHeaders[i]
		value, err := h.get(req)
		if err != nil {
			return nil, err
		}
		if !carriable(value) {
			return nil, badRequest("%q cannot travel in header field %s", m2m.Clip(value), h.name)
		}
		if value != "" {
			r.Header[h.name] = []string{value}
		}
	}
	return r, nil
}

// parsePOA reads a point of access and takes the serialization out of it.
func parsePOA(poa string, content m2m.Content) (*url.URL, error) {
	u, err := url.Parse(poa)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.Opaque != "" {
		// A poa with a password would meet the tokens in Authorization.
		return nil, badRequest("%q is no point of access for HTTP", m2m.Clip(poa))
	}
	u.Fragment, u.RawFragment, u.ForceQuery = "", "", false
	if u.RawQuery == "" {
		return u, nil
	}
	kept := make([]string, 0, 4)
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if format, ok := strings.CutPrefix(pair, "ct="); ok {
			if !content.Empty() && format != content.Format.String() {
				return nil, m2m.Errorf("http.encode", m2m.StatusNotAcceptable, "the point of access asks for %q, the content is %s", m2m.Clip(format), content.Format)
			}
			continue
		}
		kept = append(kept, pair)
	}
	u.RawQuery = strings.Join(kept, "&")
	return u, nil
}

func methodOf(req *m2m.Request) (string, error) {
	if req.Operation == m2m.Create != (req.ResourceType != 0) && (req.Operation == m2m.Create || req.Operation == m2m.Notify) {
		// TS-0009 6.2.1: the Resource Type alone tells a Create from a Notify.
		return "", badRequest("ty: a Create has a resource type, a Notify none")
	}
	switch req.Operation {
	case m2m.Create, m2m.Notify:
		return http.MethodPost, nil
	case m2m.Retrieve:
		return http.MethodGet, nil
	case m2m.Update:
		return http.MethodPut, nil
	case m2m.Delete:
		return http.MethodDelete, nil
	}
	return "", badRequest("op: %d is no operation", req.Operation)
}

// attributeNames returns the names in an attributeList, if content is one
// that the query can carry.
func attributeNames(content m2m.Content) (names []string, ok bool) {
	if content.Format != m2m.JSON || !bytes.Contains(content.Data, []byte(`"m2m:atrl"`)) {
		return nil, false
	}
	root, value, err := encoding.ParseContentValue(content, encoding.Limits{})
	if err != nil || root != "m2m:atrl" {
		return nil, false
	}
	if names, ok = encoding.Strings(value); !ok || len(names) == 0 {
		return nil, false
	}
	for _, n := range names {
		if !attributeName(n) {
			return nil, false
		}
	}
	return names, true
}

func acceptOf(formats []m2m.Format) string {
	types := make([]string, len(formats))
	for i, f := range formats {
		types[i] = plainTypes[f][0]
		if i > 0 {
			types[i] += ";q=0." + strconv.Itoa(max(9-i, 1))
		}
	}
	return strings.Join(types, ", ")
}

// readCloser is a body in memory.
type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }
