package httpbind

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/m2m"
)

// start serves h on a loopback port until the test ends, and checks that the
// server ends without an error.
func start(t testing.TB, cfg Config, h m2m.HandlerFunc) (s *Server, addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s = New(cfg, h)
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return s, l.Addr().String()
}

// echo answers 2000 with the content that came.
func echo(_ context.Context, req *m2m.Request) *m2m.Response {
	rsp := m2m.NewResponse(req, m2m.StatusOK)
	rsp.Content = req.Content
	return rsp
}

func TestSenderAndServerUnderstandEachOther(t *testing.T) {
	var got *m2m.Request
	_, addr := start(t, Config{}, func(ctx context.Context, req *m2m.Request) *m2m.Response {
		got = req
		rsp := m2m.NewResponse(req, m2m.StatusCreated)
		rsp.Content = m2m.Content{Data: []byte(`{"m2m:cin":{"ri":"cin1"}}`)}
		rsp.Location = "cse-in/ae/cnt/cin1"
		return rsp
	})
	sender := wire.NewSender(wire.SenderConfig{})
	defer sender.Close()
	req := &m2m.Request{
		Operation: m2m.Create, To: "cse-in/ae/cnt", From: "Cae", RequestID: "1", ReleaseVersion: "3",
		ResourceType: m2m.TypeContentInstance, Content: m2m.Content{Data: []byte(`{"m2m:cin":{"con":"x"}}`)},
	}
	rsp, err := sender.Send(t.Context(), "http://"+addr, req)
	if err != nil {
		t.Fatal(err)
	}
	if rsp.Status != m2m.StatusCreated || rsp.RequestID != "1" || rsp.ReleaseVersion != "3" ||
		string(rsp.Content.Data) != `{"m2m:cin":{"ri":"cin1"}}` || rsp.Location != "cse-in/ae/cnt/cin1" {
		t.Errorf("response %+v", rsp)
	}
	if got.To != req.To || got.From != req.From || got.ResourceType != req.ResourceType || string(got.Content.Data) != string(req.Content.Data) {
		t.Errorf("request %+v", got)
	}
	if !got.Peer.Addr.IsLoopback() || got.Peer.Authenticated() {
		t.Errorf("peer %+v, want the loopback address and nobody", got.Peer)
	}
	if time.Since(got.Received) > time.Hour || got.Received.IsZero() {
		t.Errorf("received %v", got.Received)
	}
}

func TestNotFoundWithoutContentHasNoBody(t *testing.T) {
	_, addr := start(t, Config{}, func(ctx context.Context, req *m2m.Request) *m2m.Response {
		return &m2m.Response{Status: m2m.StatusNotFound}
	})
	r, _ := http.NewRequest("GET", "http://"+addr+"/cse-in", nil)
	r.Header["X-M2M-RI"] = []string{"r1"}
	rsp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(rsp.Body)
	rsp.Body.Close()
	if rsp.StatusCode != 404 || len(body) != 0 || rsp.Header.Get("X-M2M-RI") != "r1" || rsp.Header.Get("X-M2M-RSC") != "4004" {
		t.Errorf("%d %v %q", rsp.StatusCode, rsp.Header, body)
	}
}
