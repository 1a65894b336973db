package wire

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigil-m2m/sigil/m2m"
)

// statusCodes returns every code that the standard knows.
func statusCodes() (codes []m2m.StatusCode) {
	for c := m2m.StatusCode(0); c < 10000; c++ {
		if c.Known() {
			codes = append(codes, c)
		}
	}
	return codes
}

// exchange writes a response to the wire and reads it as a client does. It
// returns the response's text too.
func exchange(t interface{ Fatal(...any) }, rsp *m2m.Response, request http.Header) (*m2m.Response, string) {
	rec := httptest.NewRecorder()
	if err := WriteResponse(rec, &http.Request{Header: request}, rsp); err != nil {
		t.Fatal(err)
	}
	var wire bytes.Buffer
	if err := rec.Result().Write(&wire); err != nil {
		t.Fatal(err)
	}
	text := wire.String()
	h, err := http.ReadResponse(bufio.NewReader(&wire), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(h.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeResponse(h, body)
	if err != nil {
		t.Fatal(err)
	}
	return got, text
}

// testdata/status.tsv has TS-0009 table 6.3.2-1.
func TestEveryStatusCodeTravelsBothWays(t *testing.T) {
	data, err := os.ReadFile("testdata/status.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[m2m.StatusCode]int)
	for line := range strings.Lines(string(data)) {
		rsc, code, _ := strings.Cut(strings.TrimSpace(line), "\t")
		n, err1 := strconv.Atoi(rsc)
		h, err2 := strconv.Atoi(code)
		if err1 != nil || err2 != nil {
			t.Fatalf("ill-formed line %q", line)
		}
		want[m2m.StatusCode(n)] = h
	}
	codes := statusCodes()
	if len(codes) < 90 || len(want) < 76 {
		t.Fatalf("%d codes, %d rows", len(codes), len(want))
	}
	for _, code := range codes {
		got, text := exchange(t, &m2m.Response{Status: code, RequestID: "1"}, http.Header{})
		if got.Status != code {
			t.Errorf("%d came back as %d", code, got.Status)
		}
		if h, ok := want[code]; ok && !strings.HasPrefix(text, "HTTP/1.1 "+strconv.Itoa(h)+" ") {
			t.Errorf("%d: %q, want %d", code, strings.SplitN(text, "\r\n", 2)[0], h)
		}
		delete(want, code)
	}
	for code := range want {
		t.Errorf("the standard's code %d is not known", code)
	}
}

func TestUnknownStatusCodeTravelsAsItIs(t *testing.T) {
	got, text := exchange(t, &m2m.Response{Status: 4999, RequestID: "1"}, http.Header{})
	if got.Status != 4999 || !strings.HasPrefix(text, "HTTP/1.1 500 ") {
		t.Errorf("%d\n%s", got.Status, text)
	}
}

func TestResponseHeadersAreSpelledAsInTheStandard(t *testing.T) {
	yes, ec := true, 4
	_, text := exchange(t, &m2m.Response{
		Status: m2m.StatusCreated, RequestID: "r", From: "/id-in", OriginatingTimestamp: "20260504T030201", ResultExpiration: "1000",
		EventCategory: &ec, ContentStatus: m2m.PartialContent, ContentOffset: 7, ReleaseVersion: "3", VendorInformation: "v",
		AssignedTokenIdentifiers: []byte(`{"ltia":[{"lti":"a","tkid":"b"},{"lti":"c","tkid":"d"}]}`), AuthorSignRequestInfo: &yes,
		M2MServiceUser: "u", Location: "cse-in/ae", Content: m2m.Content{Data: []byte(`{"m2m:uri":"cse-in/ae"}`)},
	}, http.Header{})
	for _, want := range []string{
		"X-M2M-RSC: 2001", "X-M2M-RI: r", "X-M2M-Origin: /id-in", "X-M2M-OT: 20260504T030201", "X-M2M-RST: 1000", "X-M2M-EC: 4",
		"X-M2M-CTS: 1", "X-M2M-CTO: 7", "X-M2M-RVI: 3", "X-M2M-VSI: v", "X-M2M-ATI: a:b+c:d", "X-M2M-ASRI: true", "X-M2M-MSU: u",
		"Content-Location: cse-in/ae", "Content-Length: 23", "Content-Type: application/json",
	} {
		if !strings.Contains(text, "\r\n"+want+"\r\n") {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if strings.Contains(strings.ToLower(text), "etag") {
		t.Error("an ETag promises conditional requests")
	}
}

func TestResponseTypeFollowsAccept(t *testing.T) {
	const plain, vendor = "application/json", "application/vnd.onem2m-res+json"
	for accept, want := range map[string]string{
		"":                                     plain,
		"*/*":                                  plain,
		plain:                                  plain,
		vendor:                                 vendor,
		vendor + ", */*;q=0.1":                 vendor,
		vendor + ", */*":                       vendor,
		vendor + ";q=0.5, */*":                 plain,
		vendor + ";q=0.5, application/*":       plain,
		vendor + "," + plain:                   plain,
		vendor + "," + plain + ";q=0.9":        vendor,
		strings.ToUpper(vendor):                vendor,
		"text/html, application/xml, */*;q=.2": plain,
	} {
		h := http.Header{}
		if accept != "" {
			h["Accept"] = []string{accept}
		}
		_, text := exchange(t, &m2m.Response{Status: 2000, RequestID: "1", Content: m2m.Content{Data: []byte(`{}`)}}, h)
		if !strings.Contains(text, "\r\nContent-Type: "+want+"\r\n") {
			t.Errorf("Accept %q: want %s in\n%s", accept, want, text)
		}
	}
}

func TestTokenRequestInformationReplacesDebugging(t *testing.T) {
	_, text := exchange(t, &m2m.Response{
		Status: m2m.StatusOriginatorHasNoPrivilege, RequestID: "1",
		Content:                 m2m.Content{Data: []byte(`{"m2m:dbg":"no"}`)},
		TokenRequestInformation: []byte(`{"dasi":[]}`),
	}, http.Header{})
	if !strings.HasSuffix(text, `{"m2m:tqf":{"dasi":[]}}`) || strings.Contains(text, "dbg") {
		t.Error(text)
	}
}

func TestValuesCannotBreakOutOfTheirHeaderField(t *testing.T) {
	evil := "a\r\nX-M2M-RSC: 2000\r\n\r\n{}\x00"
	rsp := &m2m.Response{Status: 4004, RequestID: evil, VendorInformation: evil, From: evil, Location: evil, ReleaseVersion: evil, OriginatingTimestamp: evil}
	got, text := exchange(t, rsp, http.Header{})
	if got.Status != 4004 || strings.Count(text, "\r\nX-M2M-RSC") != 1 || !strings.HasSuffix(text, "\r\n\r\n") || strings.Contains(text, "\x00") {
		t.Errorf("%q", text)
	}
}

func TestAnswersOfOtherServersHaveAStatus(t *testing.T) {
	for code, want := range map[int]m2m.StatusCode{
		200: 2000, 201: 2001, 202: 1000, 204: 2000, 299: 2000, 301: 5103, 302: 5103, 307: 5103, 400: 4000, 401: 4103, 403: 4103,
		404: 4004, 405: 4005, 406: 5207, 408: 4008, 409: 4105, 410: 4004, 413: 4000, 415: 4015, 418: 4000, 500: 5000, 501: 5001,
		502: 5103, 503: 5103, 504: 4008, 599: 5000,
	} {
		h := &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}}}
		got, err := DecodeResponse(h, []byte(`{"ok":true}`))
		if err != nil || got.Status != want || !got.Content.Empty() {
			t.Errorf("%d: %v %v, want %d without content", code, got, err, want)
		}
	}
}

func TestDecodeResponseRefuses(t *testing.T) {
	for field, value := range map[string]string{
		"X-M2m-Rsc": "OK", "X-M2m-Ec": "x", "X-M2m-Cts": "-1", "X-M2m-Cto": "1e3", "X-M2m-Asri": "maybe", "X-M2m-Ati": "lti",
	} {
		h := http.Header{"X-M2m-Rsc": {"2000"}}
		h[field] = []string{value}
		if got, err := DecodeResponse(&http.Response{StatusCode: 200, Header: h}, nil); err == nil {
			t.Errorf("%s: %s gives %+v", field, value, got)
		}
	}
}

func TestErrorPagesAreNoContent(t *testing.T) {
	h := http.Header{"X-M2m-Rsc": {"5000"}, "X-M2m-Ri": {"1"}, "Content-Type": {"text/html"}}
	got, err := DecodeResponse(&http.Response{StatusCode: 500, Header: h}, []byte("<html>"))
	want := &m2m.Response{Status: 5000, RequestID: "1"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// A discard is a response writer that keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

func BenchmarkWriteResponse(b *testing.B) {
	rsp := &m2m.Response{Status: 2000, RequestID: "abc123", ReleaseVersion: "3", Content: m2m.Content{Data: []byte(`{"m2m:cin":{"con":"x"}}`)}}
	r := &http.Request{Header: http.Header{"Accept": {"application/json"}}}
	w := discard{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		_ = WriteResponse(w, r, rsp)
	}
}

func TestAssignmentsThatNoHeaderFieldCanCarryAreLeftOut(t *testing.T) {
	for _, ati := range []string{
		``, `[]`, `{}`, `{"ltia":{}}`, `{"ltia":[]}`, `{"ltia":[1]}`, `{"ltia":[{"lti":"a"}]}`, `{"ltia":[{"lti":"a:b","tkid":"c"}]}`,
		`{"ltia":[{"lti":"a","tkid":"b+c"}]}`, `{"ltia":[{"lti":"a","tkid":"b\r\nX-M2M-RSC: 2000"}]}`,
	} {
		got, text := exchange(t, &m2m.Response{Status: 4004, RequestID: "1", AssignedTokenIdentifiers: []byte(ati)}, http.Header{})
		if got.Status != 4004 || strings.Contains(text, "X-M2M-ATI") {
			t.Errorf("%s\n%s", ati, text)
		}
	}
}
