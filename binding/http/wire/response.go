package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
)

// statusText has the X-M2M-RSC field of every known code, made once since
// every response has one. The slices are never changed.
var statusText = func() map[m2m.StatusCode][]string {
	m := make(map[m2m.StatusCode][]string)
	for c := m2m.StatusCode(1000); c < 7000; c++ {
		if c.Known() {
			m[c] = []string{strconv.Itoa(int(c))}
		}
	}
	return m
}()

// ResponseHeaders returns the names of the header fields that a response may
// have, as the standard spells them: what a browser asks leave to read.
func ResponseHeaders() []string {
	return []string{
		"Content-Location", "X-M2M-RSC", "X-M2M-RI", "X-M2M-RVI", "X-M2M-Origin", "X-M2M-OT", "X-M2M-RST",
		"X-M2M-EC", "X-M2M-VSI", "X-M2M-CTS", "X-M2M-CTO", "X-M2M-ATI", "X-M2M-ASRI", "X-M2M-MSU",
	}
}

// WriteResponse writes rsp as the answer to r. TS-0009 6.3, 6.4. The header
// fields have the standard's spelling, for the sake of clients that compare
// names by their bytes although HTTP says not to.
//
// A parameter with characters that no field value may have loses them. The
// error is that of the connection.
func WriteResponse(w http.ResponseWriter, r *http.Request, rsp *m2m.Response) error {
	out := headerWriter{header: w.Header(), values: make([]string, 0, 8)}
	if text, ok := statusText[rsp.Status]; ok {
		out.header["X-M2M-RSC"] = text
	} else {
		out.set("X-M2M-RSC", strconv.Itoa(int(rsp.Status)))
	}
	out.set("X-M2M-RI", rsp.RequestID)
	out.set("X-M2M-RVI", rsp.ReleaseVersion)
	out.set("X-M2M-Origin", rsp.From)
	out.set("X-M2M-OT", rsp.OriginatingTimestamp)
	out.set("X-M2M-RST", rsp.ResultExpiration)
	out.set("X-M2M-VSI", rsp.VendorInformation)
	out.set("X-M2M-MSU", rsp.M2MServiceUser)
	out.set("Content-Location", rsp.Location)
	if rsp.EventCategory != nil {
		out.set("X-M2M-EC", strconv.Itoa(*rsp.EventCategory))
	}
	if rsp.ContentStatus != 0 {
		out.set("X-M2M-CTS", strconv.Itoa(int(rsp.ContentStatus)))
	}
	if rsp.ContentOffset != 0 {
		out.set("X-M2M-CTO", strconv.Itoa(rsp.ContentOffset))
	}
	if rsp.AuthorSignRequestInfo != nil {
		out.set("X-M2M-ASRI", strconv.FormatBool(*rsp.AuthorSignRequestInfo))
	}
	if len(rsp.AssignedTokenIdentifiers) > 0 {
		if text, err := encodeAssignments(rsp.AssignedTokenIdentifiers); err == nil {
			out.set("X-M2M-ATI", text)
		}
	}

	content := rsp.Content
	if len(rsp.TokenRequestInformation) > 0 {
		// TS-0009 6.5: it goes into the body, instead of debugging information.
		content = m2m.Content{Data: join3(`{"m2m:tqf":`, rsp.TokenRequestInformation, `}`)}
	}
	if content.Empty() {
		out.header["Content-Length"] = zeroLength
		w.WriteHeader(rsp.Status.HTTP())
		return nil
	}
	out.header["Content-Type"] = responseType(r.Header, content.Format)
	out.set("Content-Length", strconv.Itoa(len(content.Data)))
	w.WriteHeader(rsp.Status.HTTP())
	_, err := w.Write(content.Data)
	return err
}

var zeroLength = []string{"0"}

func join3(head string, body []byte, tail string) []byte {
	b := make([]byte, 0, len(head)+len(body)+len(tail))
	return append(append(append(b, head...), body...), tail...)
}

// A headerWriter sets single header fields under the very name given. Their
// values share one array.
type headerWriter struct {
	header http.Header
	values []string
}

func (h *headerWriter) set(name, value string) {
	if value == "" {
		return
	}
	if hasControl(value) {
		// No line break of ours may begin a field of somebody else's.
		value = strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, value)
	}
	h.values = append(h.values, value)
	last := len(h.values) - 1
	h.header[name] = h.values[last : last+1 : last+1]
}

// DecodeResponse returns the response primitive that an HTTP response and its
// body stand for. It reads nothing from h.Body; the primitive keeps body.
//
// A response without X-M2M-RSC comes from a server that is no oneM2M entity,
// as some notification targets are: its status is derived from the HTTP
// status code, and what it says is no content. The error is an *m2m.Error.
func DecodeResponse(h *http.Response, body []byte) (*m2m.Response, error) {
	rsp := new(m2m.Response)
	field := func(key string) string {
		// A response with a field twice is odd but an answer: the first counts.
		if v := h.Header[key]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	rsp.RequestID = field("X-M2m-Ri")
	rsp.ReleaseVersion = field("X-M2m-Rvi")
	rsp.From = field("X-M2m-Origin")
	rsp.OriginatingTimestamp = field("X-M2m-Ot")
	rsp.ResultExpiration = field("X-M2m-Rst")
	rsp.VendorInformation = field("X-M2m-Vsi")
	rsp.M2MServiceUser = field("X-M2m-Msu")
	rsp.Location = field("Content-Location")

	code := field("X-M2m-Rsc")
	if code == "" {
		rsp.Status = statusOfHTTP(h.StatusCode)
		return rsp, nil
	}
	n, ok := number(code)
	if !ok || n < 1000 || n > 9999 {
		return nil, badRequest("header field X-M2M-RSC: %q is no response status code", m2m.Clip(code))
	}
	rsp.Status = m2m.StatusCode(n)

	for _, f := range []struct {
		key string
		set func(int)
	}{
		{"X-M2m-Ec", func(n int) { rsp.EventCategory = &n }},
		{"X-M2m-Cts", func(n int) { rsp.ContentStatus = m2m.ContentStatus(n) }},
		{"X-M2m-Cto", func(n int) { rsp.ContentOffset = n }},
	} {
		if v := field(f.key); v != "" {
			n, ok := number(v)
			if !ok {
				return nil, badRequest("header field %s: %q is no number", f.key, m2m.Clip(v))
			}
			f.set(n)
		}
	}
	if v := field("X-M2m-Asri"); v != "" {
		b, ok := boolean(v)
		if !ok {
			return nil, badRequest("header field X-M2M-ASRI: %q is no boolean", m2m.Clip(v))
		}
		rsp.AuthorSignRequestInfo = &b
	}
	if v := field("X-M2m-Ati"); v != "" {
		ati, err := decodeAssignments(v)
		if err != nil {
			return nil, err
		}
		rsp.AssignedTokenIdentifiers = ati
	}
	if len(body) > 0 {
		ct, err := parseContentType(h.Header)
		if err != nil {
			return nil, err
		}
		if !ct.known {
			return rsp, nil // an error page of a proxy, say: the status counts
		}
		rsp.Content = m2m.Content{Format: ct.format, Data: body}
		if tqf := tokenRequestInformation(rsp); tqf != nil {
			rsp.Content, rsp.TokenRequestInformation = m2m.Content{}, tqf
		}
	}
	return rsp, nil
}

// tokenRequestInformation returns the Token Request Information parameter if
// the body is that and no content, which is so in a refusal of access only.
// TS-0009 6.5.
func tokenRequestInformation(rsp *m2m.Response) []byte {
	if rsp.Status != m2m.StatusOriginatorHasNoPrivilege || rsp.Content.Format != m2m.JSON ||
		!bytes.Contains(rsp.Content.Data, []byte(`tqf"`)) {
		return nil
	}
	root, value, err := encoding.ParseContentValue(rsp.Content, encoding.Limits{})
	if err != nil || root != "m2m:tqf" {
		return nil
	}
	return value
}
