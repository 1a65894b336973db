package wire

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

func TestRequestsGoToThePointOfAccess(t *testing.T) {
	content := m2m.Content{Data: []byte(`{"m2m:sgn":{}}`)}
	for name, c := range map[string]struct {
		poa, to string
		want    string
	}{
		"a CSE-relative address goes after the slash":             {"http://h", "cse-in/ae", "http://h/cse-in/ae"},
		"an SP-relative address":                                  {"http://h:8080/", "/id-in/Cae", "http://h:8080/~/id-in/Cae"},
		"an absolute address":                                     {"https://h", "//sp.example/id-in/Cae", "https://h/_/sp.example/id-in/Cae"},
		"the path of the point of access comes first":             {"http://h/base/", "/id-in/Cae", "http://h/base/~/id-in/Cae"},
		"a path with an encoded slash stays as it is":             {"http://h/b%2Fc", "ae", "http://h/b%2Fc/ae"},
		"a URI as To adds nothing":                                {"http://h/notify", "http://h/notify", "http://h/notify"},
		"no To adds nothing":                                      {"http://h/notify", "", "http://h/notify"},
		"the serialization is taken out of the query":             {"http://h/n?ct=json", "", "http://h/n"},
		"the rest of the query stays":                             {"http://h/n?q=true&ct=json&z=%20", "", "http://h/n?q=true&z=%20"},
		"a fragment is no business of a server":                   {"http://h/n#x", "", "http://h/n"},
		"a number as a host":                                      {"http://[::1]:80", "x", "http://[::1]:80/x"},
		"a trailing slash of the address means nothing":           {"http://h", "cse-in/", "http://h/cse-in"},
		"a single attribute goes into the query (TS-0009 case 2)": {"http://h", "cse-in/c#rr", "http://h/cse-in/c?atrl=rr"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := EncodeRequest(context.Background(), c.poa, &m2m.Request{Operation: m2m.Notify, To: c.to, RequestID: "1", Content: content})
			if err != nil {
				t.Fatal(err)
			}
			if r.URL.String() != c.want {
				t.Errorf("got %s, want %s", r.URL, c.want)
			}
		})
	}
}

func TestRequestHeadersAreSpelledAsInTheStandard(t *testing.T) {
	r, err := EncodeRequest(context.Background(), "http://h", &m2m.Request{
		Operation: m2m.Create, To: "cse-in", From: "Cae", RequestID: "1", ReleaseVersion: "3", ResourceType: 3,
		Content: m2m.Content{Data: []byte(`{"m2m:cnt":{}}`)}, Accept: []m2m.Format{m2m.JSON, m2m.XML},
		NotificationURIs: []string{"http://a", "/b/c"}, Tokens: []string{"a.b.c", "d.e.f"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"POST /cse-in HTTP/1.1", "Host: h", "X-M2M-Origin: Cae", "X-M2M-RI: 1", "X-M2M-RVI: 3", "X-M2M-RTU: http://a&/b/c", "Authorization: a.b.c+d.e.f",
		"Content-Type: application/json;ty=3", "Content-Length: 14", "Accept: application/json, application/xml;q=0.8",
	} {
		if !strings.Contains("\r\n"+b.String(), "\r\n"+want+"\r\n") {
			t.Errorf("no line %q in\n%s", want, b.String())
		}
	}
}

func TestEncodeRequestRefuses(t *testing.T) {
	ok := func() *m2m.Request { return &m2m.Request{Operation: m2m.Retrieve, To: "cse-in", RequestID: "1"} }
	filter := func(f m2m.FilterCriteria) func(*m2m.Request) {
		return func(r *m2m.Request) { r.FilterCriteria = &f }
	}
	for name, c := range map[string]struct {
		poa    string
		change func(*m2m.Request)
	}{
		"another scheme":                     {"mqtt://h", nil},
		"no host":                            {"http:///x", nil},
		"an opaque URI":                      {"http:h", nil},
		"a user and a password":              {"http://u:p@h", nil},
		"a relative reference":               {"/id-in", nil},
		"what is no URI":                     {"http://%zz", nil},
		"an unknown serialization":           {"http://h?ct=bson", func(r *m2m.Request) { r.Content.Data = []byte("{}") }},
		"another serialization":              {"http://h?ct=xml", func(r *m2m.Request) { r.Content.Data = []byte("{}") }},
		"no operation":                       {"", func(r *m2m.Request) { r.Operation = 0 }},
		"a Create without a type":            {"", func(r *m2m.Request) { r.Operation = m2m.Create }},
		"a Notify with a type":               {"", func(r *m2m.Request) { r.Operation = m2m.Notify; r.ResourceType = 3 }},
		"an address with a dot segment":      {"", func(r *m2m.Request) { r.To = "cse-in/../x" }},
		"an address with a query":            {"", func(r *m2m.Request) { r.To = "cse-in?fu=1" }},
		"an address like a prefix":           {"", func(r *m2m.Request) { r.To = "~/id-in" }},
		"a bad attribute":                    {"", func(r *m2m.Request) { r.To = "cse-in#a b" }},
		"two ways to name attributes":        {"", func(r *m2m.Request) { r.To = "cse-in#rn"; r.Content = attributeList([]string{"ri"}) }},
		"an originator with a line break":    {"", func(r *m2m.Request) { r.From = "Cae\r\nX-M2M-RI: 2" }},
		"an originator with a space before":  {"", func(r *m2m.Request) { r.From = " CAdmin" }},
		"vendor information with NUL":        {"", func(r *m2m.Request) { r.VendorInformation = "a\x00" }},
		"a token that is none":               {"", func(r *m2m.Request) { r.Tokens = []string{"Basic abc"} }},
		"an empty token":                     {"", func(r *m2m.Request) { r.Tokens = []string{""} }},
		"a signature with a plus sign":       {"", func(r *m2m.Request) { r.AuthorSigns = []string{"a+b"} }},
		"a member with a plus sign":          {"", func(r *m2m.Request) { r.GroupRequestTargetMembers = []string{"a+b"} }},
		"an empty role":                      {"", func(r *m2m.Request) { r.RoleIDs = []string{"a", ""} }},
		"URIs that run into one another":     {"", func(r *m2m.Request) { r.NotificationURIs = []string{"http://a?b=c", "d=e"} }},
		"a URI with a flag in its query":     {"", func(r *m2m.Request) { r.NotificationURIs = []string{"http://a?b&c"} }},
		"an empty notification URI":          {"", func(r *m2m.Request) { r.NotificationURIs = []string{""} }},
		"a condition named like a parameter": {"", filter(m2m.FilterCriteria{Attributes: []m2m.AttributeCondition{{Name: "rcn"}}})},
		"a condition on a reserved name":     {"", filter(m2m.FilterCriteria{ChildAttributes: []m2m.AttributeCondition{{Name: "ct"}}})},
		"a condition with a separator in it": {"", filter(m2m.FilterCriteria{Attributes: []m2m.AttributeCondition{{Name: "a&b"}}})},
		"an empty label":                     {"", filter(m2m.FilterCriteria{Labels: []string{""}})},
	} {
		t.Run(name, func(t *testing.T) {
			req, poa := ok(), c.poa
			if c.change != nil {
				c.change(req)
			}
			if poa == "" {
				poa = "http://h"
			}
			r, err := EncodeRequest(context.Background(), poa, req)
			if err == nil {
				t.Fatalf("got %s %s %v", r.Method, r.URL, r.Header)
			}
			if m2m.DetailOf(err) == "" {
				t.Errorf("%v names nothing", err)
			}
		})
	}
}

func TestQueriesHaveALimit(t *testing.T) {
	r, _ := readRequest(t, "GET /cse-in?"+strings.Repeat("cr=a&", 1000)+" HTTP/1.1\nX-M2M-RI: 1")
	var d Decoder
	if _, err := d.Request(r, nil, received); m2m.StatusOf(err) != m2m.StatusBadRequest || !strings.Contains(m2m.DetailOf(err), "256 fields") {
		t.Error(err)
	}
}

func TestRefusedRequestsKeepWhatResponsesRepeat(t *testing.T) {
	r, _ := readRequest(t, "GET /cse-in?fu=9 HTTP/1.1\nX-M2M-RI: 1\nX-M2M-RVI: 3\nX-M2M-VSI: v\nX-M2M-OT: 20260101T000000\nX-M2M-EC: x\nX-M2M-Origin: C1\nX-M2M-Origin: C2")
	var d Decoder
	req, err := d.Request(r, nil, received)
	if err == nil {
		t.Fatal("taken")
	}
	rsp := m2m.ErrorResponse(req, err)
	if rsp.RequestID != "1" || rsp.ReleaseVersion != "3" || rsp.VendorInformation != "v" || rsp.OriginatingTimestamp == "" {
		t.Errorf("%+v", rsp)
	}
}

func BenchmarkDecodeCreate(b *testing.B) {
	r, body := readRequest(b, "POST /cse-in/ae/cnt HTTP/1.1\nX-M2M-Origin: Cae\nX-M2M-RI: 123\nX-M2M-RVI: 3\nContent-Type: application/json;ty=4\nAccept: application/json\n\n"+`{"m2m:cin":{"con":"x"}}`)
	benchmarkDecode(b, r, body)
}

func BenchmarkDecodeDiscovery(b *testing.B) {
	r, body := readRequest(b, "GET /cse-in/ae?fu=1&ty=3+4&lbl=a&cr=Sam&lim=10 HTTP/1.1\nX-M2M-Origin: Cae\nX-M2M-RI: 123\nX-M2M-RVI: 3\nAccept: application/json")
	benchmarkDecode(b, r, body)
}

func benchmarkDecode(b *testing.B, r *http.Request, body []byte) {
	var d Decoder
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Request(r, body, received); err != nil {
			b.Fatal(err)
		}
	}
}
