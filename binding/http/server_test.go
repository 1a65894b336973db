package httpbind

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/clocktest"
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

// get sends a Retrieve to a server.
func get(t *testing.T, client *http.Client, url string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-M2M-RI", "r1")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rsp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer rsp.Body.Close()
	body, err := io.ReadAll(rsp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return rsp, string(body)
}

func TestAPanicIsLoggedAndNotTold(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	s, addr := start(t, Config{Logger: logger}, func(_ context.Context, req *m2m.Request) *m2m.Response {
		if req.To == "nil" {
			return nil
		}
		panic("secret")
	})
	for _, to := range []string{"boom", "nil"} {
		rsp, body := get(t, http.DefaultClient, "http://"+addr+"/"+to, "X-M2M-RVI", "3")
		if rsp.StatusCode != 500 || rsp.Header.Get("X-M2M-RSC") != "5000" || rsp.Header.Get("X-M2M-RI") != "r1" || rsp.Header.Get("X-M2M-RVI") != "3" || body != `{"m2m:dbg":"internal error"}` {
			t.Errorf("%s: %v\n%s", to, rsp, body)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil { // nobody writes to the log any more
		t.Fatal(err)
	}
	for _, want := range []string{"panic=secret", "rqi=r1", "server_test.go", "returned no response"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, log.String())
		}
	}
}

func TestResponsesAreCompletedWithoutChangingTheHandlers(t *testing.T) {
	fixed := &m2m.Response{Status: m2m.StatusOK}
	_, addr := start(t, Config{}, func(context.Context, *m2m.Request) *m2m.Response { return fixed })
	rsp, _ := get(t, http.DefaultClient, "http://"+addr+"/x", "X-M2M-RVI", "4", "X-M2M-VSI", "v")
	if rsp.Header.Get("X-M2M-RI") != "r1" || rsp.Header.Get("X-M2M-RVI") != "4" || rsp.Header.Get("X-M2M-VSI") != "v" {
		t.Error(rsp.Header)
	}
	if fixed.RequestID != "" || fixed.ReleaseVersion != "" || fixed.VendorInformation != "" {
		t.Errorf("%+v", fixed)
	}
}

func TestShutdownAnswersWhatHasArrived(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			const requests = 8
			entered, release := make(chan struct{}), make(chan struct{})
			s, addr := start(t, Config{}, func(_ context.Context, req *m2m.Request) *m2m.Response {
				entered <- struct{}{}
				<-release
				return m2m.NewResponse(req, m2m.StatusOK)
			})
			client := clientFor(t, protocol)
			var wg sync.WaitGroup
			for range requests {
				wg.Go(func() {
					if rsp, _ := get(t, client, "http://"+addr+"/x"); rsp.Header.Get("X-M2M-RSC") != "2000" || rsp.Proto != protocol {
						t.Errorf("%v", rsp)
					}
				})
			}
			for range requests {
				<-entered
			}
			done := make(chan error, 1)
			go func() { done <- s.Shutdown(context.Background()) }()
			for { // until nobody is let in any more
				c, err := net.Dial("tcp", addr)
				if err != nil {
					break
				}
				c.Close()
			}
			select {
			case err := <-done:
				t.Errorf("shut down with requests unanswered: %v", err)
			default:
			}
			close(release)
			wg.Wait()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// clientFor returns a client that speaks one version of HTTP without TLS.
func clientFor(t *testing.T, protocol string) *http.Client {
	var p http.Protocols
	p.SetHTTP1(protocol == "HTTP/1.1")
	p.SetUnencryptedHTTP2(protocol == "HTTP/2.0")
	transport := &http.Transport{Protocols: &p}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s, addr := start(t, Config{}, func(_ context.Context, req *m2m.Request) *m2m.Response {
		close(entered)
		<-release
		return m2m.NewResponse(req, m2m.StatusOK)
	})
	var wg sync.WaitGroup
	wg.Go(func() { get(t, http.DefaultClient, "http://"+addr+"/x") })
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	wg.Wait()
}

func TestObserveIsToldOfEveryAnswer(t *testing.T) {
	clock := clocktest.New(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	seen := make(chan Observation, 1)
	_, addr := start(t, Config{Clock: clock, Observe: func(o Observation) { seen <- o }}, func(_ context.Context, req *m2m.Request) *m2m.Response {
		if !req.Received.Equal(clock.Now()) {
			t.Errorf("received %v", req.Received)
		}
		clock.Advance(time.Second)
		return &m2m.Response{Status: m2m.StatusOK, Content: m2m.Content{Data: []byte(`{"a":1}`)}}
	})
	get(t, http.DefaultClient, "http://"+addr+"/x", "X-M2M-Origin", "Cae")
	if o := <-seen; o != (Observation{Operation: m2m.Retrieve, Status: 2000, Duration: time.Second, BytesSent: 7, Originator: "Cae"}) {
		t.Errorf("%+v", o)
	}
	get(t, http.DefaultClient, "http://"+addr+"/x?zz")
	if o := <-seen; o.Status != 4000 || o.Operation != m2m.Retrieve {
		t.Errorf("%+v", o)
	}
}

func TestBrowsersAreLetInByOrigin(t *testing.T) {
	_, addr := start(t, Config{AllowedOrigins: []string{"https://app.example"}}, echo)
	url := "http://" + addr + "/x"

	rsp, _ := get(t, http.DefaultClient, url, "Origin", "https://app.example")
	if rsp.Header.Get("Access-Control-Allow-Origin") != "https://app.example" || rsp.Header.Get("Vary") != "Origin" ||
		!strings.Contains(rsp.Header.Get("Access-Control-Expose-Headers"), "X-M2M-RSC") || rsp.Header.Get("X-M2M-RSC") != "2000" {
		t.Error(rsp.Header)
	}
	for _, origin := range []string{"https://evil.example", "https://app.example.evil.example", "null"} {
		rsp, _ = get(t, http.DefaultClient, url, "Origin", origin)
		if rsp.Header.Get("Access-Control-Allow-Origin") != "" || rsp.Header.Get("Access-Control-Expose-Headers") != "" {
			t.Errorf("%s: %v", origin, rsp.Header)
		}
	}
	preflight := func(origin string) *http.Response {
		r, _ := http.NewRequest("OPTIONS", url, nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "PUT")
		rsp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		rsp.Body.Close()
		return rsp
	}
	rsp = preflight("https://app.example")
	if rsp.StatusCode != 204 || !strings.Contains(rsp.Header.Get("Access-Control-Allow-Methods"), "PUT") ||
		!strings.Contains(rsp.Header.Get("Access-Control-Allow-Headers"), "X-M2M-Origin") || rsp.Header.Get("Access-Control-Allow-Origin") != "https://app.example" {
		t.Error(rsp.StatusCode, rsp.Header)
	}
	if rsp = preflight("https://evil.example"); rsp.Header.Get("Access-Control-Allow-Origin") != "" || rsp.Header.Get("Access-Control-Allow-Methods") != "" {
		t.Error(rsp.Header)
	}
}

func TestEveryOriginIsLetInOnlyIfToldSo(t *testing.T) {
	_, addr := start(t, Config{AllowedOrigins: []string{"*"}}, echo)
	if rsp, _ := get(t, http.DefaultClient, "http://"+addr+"/x", "Origin", "https://any.example"); rsp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error(rsp.Header)
	}
	_, addr = start(t, Config{}, echo)
	if rsp, _ := get(t, http.DefaultClient, "http://"+addr+"/x", "Origin", "https://any.example"); rsp.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Error(rsp.Header)
	}
}

func TestTheLogNamesRequestsByTheirIdentifier(t *testing.T) {
	var log bytes.Buffer
	s, addr := start(t, Config{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))}, echo)
	get(t, http.DefaultClient, "http://"+addr+"/cse-in", "X-M2M-Origin", "Cae")
	get(t, http.DefaultClient, "http://"+addr+"/cse-in?rcn=x")
	if err := s.Shutdown(t.Context()); err != nil { // nobody writes to the log any more
		t.Fatal(err)
	}
	for _, want := range []string{"msg=request rqi=r1 op=Retrieve to=cse-in fr=Cae", `msg="request refused" rqi=r1`, "rcn"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %q in the log:\n%s", want, log.String())
		}
	}
}
