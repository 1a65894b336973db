package httpbind

import (
	"context"
	"strings"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

func TestRequestsThatNameAnotherHostAreRefused(t *testing.T) {
	reached := false
	_, addr := start(t, Config{Hosts: []string{"localhost", "cse.example", "192.0.2.1"}}, func(_ context.Context, req *m2m.Request) *m2m.Response {
		reached = true
		return m2m.NewResponse(req, m2m.StatusOK)
	})
	for _, test := range []struct {
		name, host string
		served     bool
	}{
		{"a loopback address with a port", "127.0.0.1:8080", true},
		{"a loopback address without one", "127.0.0.1", true},
		{"another loopback address", "127.8.9.10:1", true},
		{"an IPv6 loopback address with a port", "[::1]:8080", true},
		{"an IPv6 loopback address without one", "[::1]", true},
		{"a loopback address as IPv6 maps it", "[::ffff:127.0.0.1]:8080", true},
		{"a name that is listed", "cse.example", true},
		{"in capitals, at another port", "LOCALHOST:9", true},
		{"an address that is listed", "192.0.2.1:80", true},
		{"a name that resolves to this machine", "rebound.example:8080", false},
		{"a name that begins like one that is listed", "cse.example.rebound.example", false},
		{"a name that ends like one that is listed", "x.cse.example", false},
		{"a name that looks like an address", "127.0.0.1.rebound.example", false},
		{"an address of elsewhere", "198.51.100.7:8080", false},
		{"the unspecified address", "0.0.0.0:8080", false},
		{"no name", "", false},
		{"a port alone", ":8080", false},
		{"brackets around nothing", "[]", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			reached = false
			rsp, body := raw(t, addr, "GET /cse-in HTTP/1.1\r\nHost: "+test.host+"\r\nX-M2M-RI: 1\r\nX-M2M-Origin: CAdmin\r\nConnection: close\r\n\r\n")
			if rsp == nil {
				t.Fatal("no answer")
			}
			switch {
			case reached != test.served:
				t.Errorf("reached the handler: %v, want %v", reached, test.served)
			case test.served && rsp.StatusCode != 200:
				t.Errorf("status %d %s", rsp.StatusCode, body)
			case !test.served && (rsp.StatusCode != 400 || rsp.Header.Get("X-M2M-RSC") != "4000" || !strings.Contains(body, "header field Host")):
				t.Errorf("status %d %s, want 400 that names Host", rsp.StatusCode, body)
			}
		})
	}
	t.Run("what counts is the host of an absolute target", func(t *testing.T) {
		reached = false
		rsp, body := raw(t, addr, "GET http://rebound.example/cse-in HTTP/1.1\r\nHost: localhost\r\nX-M2M-RI: 1\r\nConnection: close\r\n\r\n")
		if reached || rsp == nil || rsp.StatusCode != 400 {
			t.Errorf("reached the handler: %v; answer %+v %s", reached, rsp, body)
		}
	})
}

func TestEveryHostIsServedUnlessToldOtherwise(t *testing.T) {
	_, addr := start(t, Config{}, echo)
	if rsp, body := raw(t, addr, "GET /cse-in HTTP/1.1\r\nHost: any.example\r\nX-M2M-RI: 1\r\nConnection: close\r\n\r\n"); rsp == nil || rsp.StatusCode != 200 {
		t.Errorf("%+v %s", rsp, body)
	}
}
