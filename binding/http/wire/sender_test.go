package wire

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

func notification() *m2m.Request {
	return &m2m.Request{Operation: m2m.Notify, From: "/id-in", RequestID: "n1", ReleaseVersion: "3", Content: m2m.Content{Data: []byte(`{"m2m:sgn":{"vrq":true}}`)}}
}

func newSender(t *testing.T, cfg SenderConfig) *Sender {
	s := NewSender(cfg)
	t.Cleanup(s.Close)
	return s
}

func TestSenderTakesTheAnswerOfAnyWebServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/sink" || r.URL.RawQuery != "q=1" || string(body) != `{"m2m:sgn":{"vrq":true}}` || r.Header.Get("Content-Type") != "application/json" {
			w.WriteHeader(400)
		}
		io.WriteString(w, "thank you")
	}))
	defer server.Close()
	rsp, err := newSender(t, SenderConfig{}).Send(t.Context(), server.URL+"/sink?q=1&ct=json", notification())
	if err != nil || rsp.Status != m2m.StatusOK || !rsp.Content.Empty() || rsp.RequestID != "n1" {
		t.Errorf("%+v, %v", rsp, err)
	}
}

func TestSenderFollowsNobody(t *testing.T) {
	var followed atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { followed.Store(true) }))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	rsp, err := newSender(t, SenderConfig{}).Send(t.Context(), server.URL, notification())
	if err != nil || rsp.Status != m2m.StatusTargetNotReachable || followed.Load() {
		t.Errorf("%+v, %v, followed: %v", rsp, err, followed.Load())
	}
}

func TestSenderReadsNoAnswerThatIsTooLong(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-M2M-RSC"] = []string{"2000"}
		for { // for ever, unless the other side goes away
			if _, err := io.WriteString(w, strings.Repeat("x", 1024)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	rsp, err := newSender(t, SenderConfig{ResponseBytes: 4096}).Send(t.Context(), server.URL, notification())
	if m2m.StatusOf(err) != m2m.StatusTargetNotReachable || !strings.Contains(m2m.DetailOf(err), "4096 bytes") {
		t.Errorf("%+v, %v", rsp, err)
	}
}

func TestSenderReadsNoHeaderThatIsTooLong(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-Long"] = []string{strings.Repeat("x", 100_000)}
	}))
	defer server.Close()
	rsp, err := newSender(t, SenderConfig{}).Send(t.Context(), server.URL, notification())
	if m2m.StatusOf(err) != m2m.StatusTargetNotReachable {
		t.Errorf("%+v, %v", rsp, err)
	}
}

func TestSenderRefusesAnAnswerThatIsIllFormed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-M2M-RSC"] = []string{"fine"}
	}))
	defer server.Close()
	rsp, err := newSender(t, SenderConfig{}).Send(t.Context(), server.URL, notification())
	if m2m.StatusOf(err) != m2m.StatusTargetNotReachable {
		t.Errorf("%+v, %v", rsp, err)
	}
}

func TestSenderStopsWaitingWhenItsContextIsDone(t *testing.T) {
	arrived := make(chan struct{}, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // net/http looks for the other side's leaving only then
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if rsp, err := newSender(t, SenderConfig{}).Send(ctx, server.URL, notification()); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", rsp, err)
	}
	if rsp, err := newSender(t, SenderConfig{Timeout: time.Millisecond}).Send(t.Context(), server.URL, notification()); m2m.StatusOf(err) != m2m.StatusRequestTimeout {
		t.Errorf("%+v, %v", rsp, err)
	}
}

func TestSenderSaysThatNobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	poa := "http://" + l.Addr().String()
	l.Close()
	rsp, err := newSender(t, SenderConfig{}).Send(t.Context(), poa, notification())
	if m2m.StatusOf(err) != m2m.StatusTargetNotReachable || strings.Contains(m2m.DetailOf(err), "127.0.0.1") {
		t.Errorf("%+v, %v", rsp, err)
	}
}

func TestSenderKeepsAndBoundsConnections(t *testing.T) {
	var connections, busy, most atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := busy.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer busy.Add(-1)
		w.Header()["X-M2M-RSC"] = []string{"2000"}
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	sender := newSender(t, SenderConfig{ConnsPerHost: 2})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 10 {
				if rsp, err := sender.Send(t.Context(), server.URL, notification()); err != nil || rsp.Status != m2m.StatusOK {
					t.Errorf("%+v, %v", rsp, err)
				}
			}
		})
	}
	wg.Wait()
	if connections.Load() > 2 || most.Load() > 2 {
		t.Errorf("%d connections for 200 requests, %d at a time; want 2", connections.Load(), most.Load())
	}
}

func TestSenderTrustsWhomItIsTold(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	tlsConfig := server.Client().Transport.(*http.Transport).TLSClientConfig
	if rsp, err := newSender(t, SenderConfig{TLS: tlsConfig}).Send(t.Context(), server.URL, notification()); err != nil || rsp.Status != m2m.StatusOK {
		t.Errorf("%+v, %v", rsp, err)
	}
	if rsp, err := newSender(t, SenderConfig{}).Send(t.Context(), server.URL, notification()); m2m.StatusOf(err) != m2m.StatusTargetNotReachable {
		t.Errorf("an unknown authority: %+v, %v", rsp, err)
	}
}
