package wire

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sigil-m2m/sigil/m2m"
)

// FuzzQuery: what is read of any query is either refused or, written again
// and read again, the same.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{
		"rt=1&rp=P1Y2M3DT10H1M0S&rcn=4&drt=2&da=true&tqi=1&asi=false&auri=0&sqi=true&rids=a+b&tids=t&ltids=l",
		"fu=1&ty=2+3%2B4%205&lbl=a%20b+c%2Bd&cty=a/b%2Bc:0&smf=%2B+x&lbq=a%20AND+b",
		"crb=20260102T030405&cra=20250102T030405,5&sts=1&sza=0&lim=0&lvl=1&ofst=1&fo=3&cfs=1&cfq=x&arp=la/x&ops=63",
		"gmty=1&gsf=2&geom=%5B11.57%2C+48.13%5D", "cr=Sam&c.cr=%00&p.rn=*&rn=&rn=x", "atrl=ri+lbl%20rr", "&&a=b&", "%66u=1", "a=%zz", "=", "fu", "ty=999999999999",
	} {
		f.Add(s)
	}
	d := Decoder{Formats: everyFormat}
	f.Fuzz(func(t *testing.T, query string) {
		header := http.Header{"X-M2m-Ri": {"1"}}
		u := &url.URL{Path: "/cse-in", RawQuery: query}
		first, err := d.Request(&http.Request{Method: "GET", URL: u, Header: header}, nil, received)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		sent, err := EncodeRequest(context.Background(), "http://h", first)
		if err != nil {
			t.Fatalf("%q decodes to %+v, which does not encode: %v", query, first, err)
		}
		second, err := d.Request(&http.Request{Method: "GET", URL: sent.URL, Header: header}, nil, received)
		if err != nil {
			t.Fatalf("%q encodes as %q, which does not decode: %v", query, sent.URL.RawQuery, err)
		}
		// An attribute condition may have come between others: order of lists
		// is kept, a filter without anything in it is none.
		if diff := cmp.Diff(first, second, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(m2m.Request{}, "Peer"), emptyFilterIsNone); diff != "" {
			t.Fatalf("%q is not %q\n%s", query, sent.URL.RawQuery, diff)
		}
	})
}

// emptyFilterIsNone: ?rp= gives a parameter of no text, ?lbq= a filter of
// nothing; neither is written.
var emptyFilterIsNone = cmp.Transformer("filter", func(f *m2m.FilterCriteria) m2m.FilterCriteria {
	if f == nil {
		return m2m.FilterCriteria{}
	}
	return *f
})

// FuzzPath: whatever the path, the To parameter is refused or has only
// segments of unreserved characters, none of them a dot segment, and maps back
// to a path that gives it again.
func FuzzPath(f *testing.F) {
	for _, s := range []string{
		"/", "/a", "/~/id-in/a", "/_/sp.example/id/a", "/a/", "//a", "/a//b", "/a/../b", "/%2e%2e/a", "/a%2fb", "/%00", "/%ff", "/~", "/_/", "/%7e/x",
		"/a%23b", "/a;b", "/a%252fb", "/-", "*", "/~/", "/~/~/x", "/_/~", "/%5f/x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		to, err := toOfPath(u)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		if to == "" {
			return
		}
		for segment := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(to, "/"), "/"), "/") {
			if !m2m.Unreserved(segment) || segment == "." || segment == ".." {
				t.Fatalf("%q gives %q with segment %q", target, to, segment)
			}
		}
		path, attribute, err := pathOfTo(to)
		if err != nil || attribute != "" {
			t.Fatalf("%q gives %q, which has no path: %v", target, to, err)
		}
		again, err := toOfPath(&url.URL{Path: path})
		if err != nil || again != to {
			t.Fatalf("%q gives %q, whose path %q gives %q, %v", target, to, path, again, err)
		}
	})
}

// FuzzHeaders: no field's value makes the decoder panic, and what it takes
// can travel on.
func FuzzHeaders(f *testing.F) {
	f.Add("Authorization", "a.b.c+ d.e.f", "application/json;ty=3", "*/*;q=0.1, application/json")
	f.Add("X-M2M-RTU", "http://a?b=c&d=e&/x", "application/vnd.onem2m-res+json ; ty=\"3\"; charset=utf-8", "")
	f.Add("X-M2M-AS", "abc==+ def", ";;", ";q=,")
	f.Add("X-M2M-EC", "5", "", "application/xml;q=1e-9")
	names := make([]string, 0, len(requestHeaders))
	for _, h := range requestHeaders {
		names = append(names, h.name)
	}
	f.Fuzz(func(t *testing.T, name, value, contentType, accept string) {
		if !slices.Contains(names, name) || !carriable(value) {
			return
		}
		h := http.Header{"X-M2m-Ri": {"1"}, "Content-Type": {contentType}, "Accept": {accept}}
		h[http.CanonicalHeaderKey(name)] = []string{value}
		var d Decoder
		req, err := d.Request(&http.Request{Method: "POST", URL: &url.URL{Path: "/a"}, Header: h}, []byte("{}"), received)
		if err != nil {
			checkRefusal(t, err)
			return
		}
		responseType(h, m2m.JSON)
		sent, err := EncodeRequest(context.Background(), "http://h", req)
		if err != nil {
			t.Fatalf("%s: %q decodes to %+v, which does not encode: %v", name, value, req, err)
		}
		again, err := decodeSent(&d, sent)
		if err != nil {
			t.Fatalf("%s: %q was taken, but not once more: %v", name, value, err)
		}
		if diff := cmp.Diff(req, again, cmpopts.IgnoreFields(m2m.Request{}, "Peer")); diff != "" {
			t.Fatalf("%s: %q\n%s", name, value, diff)
		}
	})
}

// checkRefusal: a refusal has a status of its own and a detail for the peer,
// which stays short however long the input.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	switch m2m.StatusOf(err) {
	case m2m.StatusBadRequest, m2m.StatusUnsupportedMediaType, m2m.StatusNotAcceptable:
	default:
		t.Fatalf("status %d: %v", m2m.StatusOf(err), err)
	}
	if d := m2m.DetailOf(err); d == "" || len(d) > 512 {
		t.Fatalf("detail %q", d)
	}
}
