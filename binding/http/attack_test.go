package httpbind

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// raw sends text over a connection of its own and returns what comes back
// until the server closes it or, if it asks for that, one response.
func raw(t *testing.T, addr, text string) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go io.WriteString(c, text) // the server may answer before it has read all
	rsp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return nil, ""
	}
	defer rsp.Body.Close()
	body, _ := io.ReadAll(rsp.Body)
	return rsp, string(body)
}

// Each case is what a peer sends, and the answer: the HTTP status code, and
// the response status code that comes with it, if the request got as far as
// being one.
func TestBadRequestsAreRefused(t *testing.T) {
	_, addr := start(t, Config{BodyBytes: 1000, HeaderBytes: 8 << 10, TargetBytes: 2000}, func(_ context.Context, req *m2m.Request) *m2m.Response {
		t.Errorf("the handler was asked: %+v", req)
		return m2m.NewResponse(req, m2m.StatusOK)
	})
	const head = "Host: cse\r\nX-M2M-RI: r1\r\nX-M2M-RVI: 3\r\n"
	const create = "POST /cse-in HTTP/1.1\r\n" + head + "Content-Type: application/json;ty=2\r\n"
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		text string
		code int
		rsc  string
		dbg  string
	}{
		"a body that says it is too long":     {create + "Content-Length: 99999999999\r\n\r\n{", 400, "4000", "longer than 1000 bytes"},
		"a body in chunks that is too long":   {create + "Transfer-Encoding: chunked\r\n\r\n" + "100000\r\n" + long + "\r\n0\r\n\r\n", 400, "4000", "longer than 1000 bytes"},
		"chunks that are none":                {create + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "4000", "ill-formed"},
		"a chunk of negative length":          {create + "Transfer-Encoding: chunked\r\n\r\n-5\r\nabc\r\n", 400, "4000", "ill-formed"},
		"a length and chunks":                 {create + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "4000", "ill-formed"},
		"two lengths":                         {create + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef", 400, "", ""},
		"a negative length":                   {create + "Content-Length: -5\r\n\r\n", 400, "", ""},
		"a header that is too long":           {"GET /cse-in HTTP/1.1\r\n" + head + "X-Long: " + long + "\r\n\r\n", 431, "", ""},
		"a thousand header fields":            {"GET /cse-in HTTP/1.1\r\n" + head + strings.Repeat("X-A: bbbbbbbbbbbbbbb\r\n", 1000) + "\r\n", 431, "", ""},
		"a target that is too long":           {"GET /" + long[:3000] + " HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "target is longer"},
		"a thousand query fields":             {"GET /a?" + strings.Repeat("a=&", 600) + " HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "256 fields"},
		"a type of twelve digits":             {"GET /a?ty=999999999999 HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "ty"},
		"NUL in the path":                     {"GET /a\x00b HTTP/1.1\r\n" + head + "\r\n", 400, "", ""},
		"NUL in the path, encoded":            {"GET /a%00b HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "segment"},
		"NUL in a header field":               {"GET /a HTTP/1.1\r\n" + head + "X-M2M-VSI: a\x00b\r\n\r\n", 400, "", ""},
		"bytes that are no UTF-8 in the path": {"GET /\xff\xfe HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "segment"},
		"two slashes":                         {"GET //a HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "segment"},
		"dots":                                {"GET /a/../../etc/passwd HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "segment"},
		"dots, encoded":                       {"GET /a/%2e%2e/b HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "segment"},
		"a slash, encoded":                    {"GET /a%2fb HTTP/1.1\r\n" + head + "\r\n", 400, "4000", "segment"},
		"two request identifiers":             {"GET /a HTTP/1.1\r\n" + head + "X-M2M-RI: 2\r\n\r\n", 400, "4000", "X-M2M-RI"},
		"two originators":                     {"GET /a HTTP/1.1\r\n" + head + "X-M2M-Origin: a\r\nx-m2m-origin: b\r\n\r\n", 400, "4000", "X-M2M-Origin"},
		"a folded header field":               {"GET /a HTTP/1.1\r\n" + head + "X-M2M-EC: a\r\n b\r\n\r\n", 400, "4000", "X-M2M-EC"},
		"no host":                             {"GET /a HTTP/1.1\r\nX-M2M-RI: 1\r\n\r\n", 400, "", ""},
		"a method that is none":               {"BREW /a HTTP/1.1\r\n" + head + "\r\n", 405, "4005", "method"},
		"HEAD":                                {"OPTIONS /a HTTP/1.1\r\n" + head + "\r\n", 405, "4005", "method"},
		"CONNECT":                             {"CONNECT cse:80 HTTP/1.1\r\n" + head + "\r\n", 405, "4005", "method"},
		"TRACE":                               {"TRACE /a HTTP/1.1\r\n" + head + "\r\n", 405, "4005", "method"},
		"an expectation that is unknown":      {create + "Content-Length: 2\r\nExpect: miracles\r\n\r\n{}", 417, "", ""},
		"no HTTP at all":                      {"\x16\x03\x01\x02\x00\x01\x00" + long[:100] + "\r\n\r\n", 400, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			rsp, body := raw(t, addr, c.text)
			if rsp == nil {
				t.Fatal("no answer")
			}
			if rsp.StatusCode != c.code || rsp.Header.Get("X-M2M-RSC") != c.rsc {
				t.Fatalf("%d %v\n%s", rsp.StatusCode, rsp.Header, body)
			}
			if c.rsc == "" {
				return
			}
			if !strings.HasPrefix(body, `{"m2m:dbg":"`) || !strings.Contains(body, c.dbg) || len(body) > 300 {
				t.Errorf("body %s, want %q in it", body, c.dbg)
			}
			if ri := rsp.Header.Get("X-M2M-RI"); ri != "r1" && c.dbg != "X-M2M-RI" {
				t.Errorf("X-M2M-RI: %q", ri)
			}
			if rsp.Header.Get("X-M2M-RVI") != "3" {
				t.Errorf("X-M2M-RVI: %q", rsp.Header.Get("X-M2M-RVI"))
			}
			if (rsp.Header.Get("Allow") != "") != (c.code == 405) {
				t.Errorf("Allow: %q", rsp.Header.Get("Allow"))
			}
		})
	}
}

func TestSlowHeadersAreCutOff(t *testing.T) {
	_, addr := start(t, Config{ReadHeaderTimeout: 20 * time.Millisecond}, echo)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /cse-in HTTP/1.1\r\nHost: cse\r\nX-M2M-")
	if _, err := io.ReadAll(c); err != nil { // returns when the server has closed
		t.Error(err)
	}
}

func TestSlowBodiesAreCutOff(t *testing.T) {
	for name, framing := range map[string]string{
		"with a length":   "Content-Length: 500\r\n\r\n{",
		"a long one":      "Content-Length: 500000\r\n\r\n{",
		"in chunks":       "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
		"chunk extension": "Transfer-Encoding: chunked\r\n\r\n5;",
	} {
		t.Run(name, func(t *testing.T) {
			_, addr := start(t, Config{ReadTimeout: 30 * time.Millisecond}, echo)
			rsp, body := raw(t, addr, "PUT /cse-in HTTP/1.1\r\nHost: cse\r\nX-M2M-RI: r1\r\nContent-Type: application/json\r\n"+framing)
			if rsp == nil {
				t.Fatal("no answer")
			}
			if rsp.Header.Get("X-M2M-RSC") != "4000" || !strings.Contains(body, "in time") || !rsp.Close {
				t.Errorf("%v\n%s", rsp, body)
			}
		})
	}
}

func TestIdleConnectionsAreClosed(t *testing.T) {
	_, addr := start(t, Config{IdleTimeout: 20 * time.Millisecond}, echo)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /cse-in HTTP/1.1\r\nHost: cse\r\nX-M2M-RI: r1\r\n\r\n")
	if answer, err := io.ReadAll(c); err != nil || !strings.Contains(string(answer), "X-M2M-RSC: 2000\r\n") {
		t.Errorf("%v\n%s", err, answer)
	}
}

// A peer that asks for much and takes nothing must not hold the server for
// ever.
func TestResponsesThatNobodyTakesAreGivenUp(t *testing.T) {
	long := []byte(`{"m2m:cin":{"con":"` + strings.Repeat("x", 64<<20) + `"}}`)
	written := make(chan Observation, 1)
	_, addr := start(t, Config{WriteTimeout: 50 * time.Millisecond, Observe: func(o Observation) { written <- o }},
		func(_ context.Context, req *m2m.Request) *m2m.Response {
			return &m2m.Response{Status: m2m.StatusOK, Content: m2m.Content{Data: long}}
		})
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /cse-in HTTP/1.1\r\nHost: cse\r\nX-M2M-RI: r1\r\n\r\n")
	if o := <-written; o.BytesSent >= len(long) {
		t.Errorf("%d bytes were taken", o.BytesSent)
	}
}

func TestALongAnswerTimeIsNoFaultOfThePeer(t *testing.T) {
	release := make(chan struct{})
	_, addr := start(t, Config{WriteTimeout: 20 * time.Millisecond, ReadTimeout: 20 * time.Millisecond}, func(_ context.Context, req *m2m.Request) *m2m.Response {
		<-release
		return m2m.NewResponse(req, m2m.StatusOK)
	})
	time.AfterFunc(100*time.Millisecond, func() { close(release) })
	for range 2 { // the second on the same connection: no time limit is left over
		r, _ := http.NewRequest("GET", "http://"+addr+"/cse-in", nil)
		r.Header.Set("X-M2M-RI", "1")
		rsp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		rsp.Body.Close()
		if rsp.Header.Get("X-M2M-RSC") != "2000" {
			t.Error(rsp)
		}
		time.Sleep(60 * time.Millisecond) // longer than the limits: they are over when the next request comes
	}
}

func TestTheContextEndsWhenThePeerLeaves(t *testing.T) {
	entered, left := make(chan struct{}), make(chan error, 1)
	_, addr := start(t, Config{}, func(ctx context.Context, req *m2m.Request) *m2m.Response {
		close(entered)
		<-ctx.Done()
		left <- context.Cause(ctx)
		return m2m.NewResponse(req, m2m.StatusOK)
	})
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "PUT /cse-in HTTP/1.1\r\nHost: cse\r\nX-M2M-RI: r1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
	<-entered
	c.Close()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestBodiesOfEveryFramingArriveWhole(t *testing.T) {
	_, addr := start(t, Config{BodyBytes: 1 << 20}, echo)
	for _, n := range []int{2, 100, 4096, knownLength - 1, knownLength, knownLength + 1, 300_000, 1 << 20} {
		body := `"` + strings.Repeat("x", n-2) + `"`
		for name, reader := range map[string]io.Reader{"length": strings.NewReader(body), "chunked": io.MultiReader(strings.NewReader(body))} {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				r, _ := http.NewRequest("PUT", "http://"+addr+"/cse-in", reader)
				r.Header.Set("X-M2M-RI", "1")
				r.Header.Set("Content-Type", "application/json")
				rsp, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer rsp.Body.Close()
				got, err := io.ReadAll(rsp.Body)
				if err != nil || string(got) != body || rsp.ContentLength != int64(n) {
					t.Errorf("%d bytes, length %d, %v", len(got), rsp.ContentLength, err)
				}
			})
		}
	}
}
