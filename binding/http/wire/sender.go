package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// SenderConfig bounds a Sender. Zero fields mean the defaults.
type SenderConfig struct {
	// TLS is for https points of access: the roots that are trusted and the
	// certificate that is shown. Nil: the machine's roots, no certificate.
	TLS *tls.Config

	ConnsPerHost  int           // connections to one host at a time; 64
	IdleConns     int           // connections kept for later, in all; 256
	ResponseBytes int64         // a response's body; 4 MiB
	HeaderBytes   int64         // a response's header; 64 KiB
	Timeout       time.Duration // of a request whose context has no deadline; 60 s
	DialTimeout   time.Duration // to connect, and once more for TLS; 10 s
	IdleTimeout   time.Duration // after which an idle connection is closed; 90 s
}

// A Sender delivers request primitives to http and https points of access. It
// keeps connections alive, follows no redirect, asks no proxy and keeps no
// cookie. It implements m2m.Sender.
type Sender struct {
	transport     *http.Transport
	responseBytes int64
	timeout       time.Duration
}

var _ m2m.Sender = (*Sender)(nil)

// NewSender returns a Sender.
func NewSender(cfg SenderConfig) *Sender {
	dial := cmp.Or(cfg.DialTimeout, 10*time.Second)
	conns := cmp.Or(cfg.ConnsPerHost, 64)
	var tlsConfig *tls.Config
	if cfg.TLS != nil {
		tlsConfig = cfg.TLS.Clone()
	}
	return &Sender{
		transport: &http.Transport{
			DialContext:            (&net.Dialer{Timeout: dial, KeepAlive: 30 * time.Second}).DialContext,
			TLSClientConfig:        tlsConfig,
			TLSHandshakeTimeout:    dial,
			MaxConnsPerHost:        conns,
			MaxIdleConnsPerHost:    conns,
			MaxIdleConns:           cmp.Or(cfg.IdleConns, 256),
			IdleConnTimeout:        cmp.Or(cfg.IdleTimeout, 90*time.Second),
			MaxResponseHeaderBytes: cmp.Or(cfg.HeaderBytes, 64<<10),
			DisableCompression:     true, // a small answer must not become a big one
		},
		responseBytes: cmp.Or(cfg.ResponseBytes, 4<<20),
		timeout:       cmp.Or(cfg.Timeout, time.Minute),
	}
}

// Close closes the connections that are idle. Requests under way go on.
func (s *Sender) Close() { s.transport.CloseIdleConnections() }

// Send delivers req to poa, waits for the answer and returns it; what of
// them is mapped, and how, is said at [EncodeRequest] and [DecodeResponse].
// The response's request identifier is req's: HTTP itself knows what an
// answer belongs to.
//
// The error is an *m2m.Error: 5103 if the point of access is not reached or
// gives no answer that can be read, 4008 if the context's deadline passes, and
// another if req cannot travel over HTTP.
func (s *Sender) Send(ctx context.Context, poa string, req *m2m.Request) (*m2m.Response, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.timeout)
		defer cancel()
	}
	r, err := EncodeRequest(ctx, poa, req)
	if err != nil {
		return nil, err
	}
	answer, err := s.transport.RoundTrip(r)
	if err != nil {
		return nil, noAnswer(ctx, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, s.responseBytes+1))
	if err != nil {
		return nil, noAnswer(ctx, err)
	}
	if int64(len(body)) > s.responseBytes {
		return nil, m2m.Errorf("http.send", m2m.StatusTargetNotReachable, "the answer of the point of access is longer than %d bytes", s.responseBytes)
	}
	rsp, err := DecodeResponse(answer, body)
	if err != nil {
		return nil, m2m.Wrap("http.send", m2m.StatusTargetNotReachable, "the answer of the point of access is ill-formed", err)
	}
	rsp.RequestID = req.RequestID
	return rsp, nil
}

func noAnswer(ctx context.Context, err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return m2m.Wrap("http.send", m2m.StatusRequestTimeout, "the point of access did not answer in time", err)
	}
	return m2m.Wrap("http.send", m2m.StatusTargetNotReachable, "the point of access does not answer", err)
}
