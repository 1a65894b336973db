package httpbind

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/m2m"
)

// handle answers one HTTP request.
func (s *Server) handle(c *gin.Context) {
	r, w := c.Request, c.Writer
	start := s.cfg.Clock.Now()
	req := new(m2m.Request)
	rsp := s.answer(r, req, start)
	if req.Operation == 0 && rsp.Status == m2m.StatusOperationNotAllowed {
		w.Header()["Allow"] = allowed // RFC 9110 15.5.6
	}
	s.limitWriting(r, w)
	err := wire.WriteResponse(w, r, rsp)
	w.WriteHeaderNow() // else gin takes a 404 without content for an unknown route
	if err != nil {
		s.cfg.Logger.DebugContext(r.Context(), "response not written", "rqi", req.RequestID, "error", err)
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(Observation{
			Operation:  req.Operation,
			Status:     rsp.Status,
			Duration:   s.cfg.Clock.Now().Sub(start),
			BytesRead:  len(req.Content.Data),
			BytesSent:  max(w.Size(), 0),
			Originator: req.From,
		})
	}
}

var allowed = []string{wire.Methods}

// limitWriting gives the other side the time to take a response that it has
// once there is one: how long the answer took to find is no fault of its own.
// A deadline that is far enough off already is left as it is, since on a busy
// connection it costs more to set than an answer does to write.
func (s *Server) limitWriting(r *http.Request, w gin.ResponseWriter) {
	now := time.Now()
	c := connectionOf(r)
	if c != nil && r.ProtoMajor == 1 && now.Add(s.cfg.WriteTimeout).Before(c.writeBefore) {
		return
	}
	deadline := now.Add(2 * s.cfg.WriteTimeout)
	// Not supported by a recorder in a test or a foreign server's writer.
	if http.NewResponseController(w).SetWriteDeadline(deadline) == nil && c != nil && r.ProtoMajor == 1 {
		c.writeBefore = deadline
	}
}

// A connection is what the server remembers of one. An HTTP/1 connection
// answers one request at a time, so that nobody else looks at it meanwhile.
type connection struct {
	remote      netip.Addr // the other side's; invalid if it has none
	writeBefore time.Time  // its write deadline
}

type connectionKey struct{}

// connectionOf returns the connection of a request; nil if a foreign server
// serves it.
func connectionOf(r *http.Request) *connection {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	return c
}

// addrOf reads a network address as net/http writes it.
func addrOf(remote string) netip.Addr {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap()
}

// answer makes req the primitive that the request is, and returns what is
// answered to it: never nil, whatever happens.
func (s *Server) answer(r *http.Request, req *m2m.Request, now time.Time) (rsp *m2m.Response) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.cfg.Logger.ErrorContext(r.Context(), "panic while answering a request",
				"rqi", req.RequestID, "panic", p, "stack", string(debug.Stack()))
			rsp = m2m.ErrorResponse(req, m2m.Errorf("http.handle", m2m.StatusInternalServerError, "internal error"))
		}
	}()
	body, bodyErr := s.readBody(r)
	err := s.cfg.Decoder.Into(req, r, body, now)
	if bodyErr != nil {
		err = bodyErr
	}
	if err == nil {
		err = s.checkHost(r)
	}
	if err == nil && len(r.RequestURI) > s.cfg.TargetBytes {
		err = badRequest("the request target is longer than %d bytes", s.cfg.TargetBytes)
	}
	if err != nil {
		s.cfg.Logger.DebugContext(r.Context(), "request refused", "rqi", req.RequestID, "error", err)
		return m2m.ErrorResponse(req, err)
	}
	req.Peer = s.peer(r)
	return complete(s.call(r.Context(), req), req)
}

// call hands the request on.
func (s *Server) call(ctx context.Context, req *m2m.Request) *m2m.Response {
	if s.cfg.Logger.Enabled(ctx, slog.LevelDebug) {
		s.cfg.Logger.DebugContext(ctx, "request", "rqi", req.RequestID, "op", req.Operation.String(), "to", req.To, "fr", req.From)
	}
	rsp := s.handler.Handle(ctx, req)
	if rsp == nil {
		panic("httpbind: the handler returned no response")
	}
	return rsp
}

// complete gives a response what every response repeats, if the handler has
// not. It changes a copy: the response is the handler's.
func complete(rsp *m2m.Response, req *m2m.Request) *m2m.Response {
	id := rsp.RequestID == "" && req.RequestID != ""
	release := rsp.ReleaseVersion == "" && req.ReleaseVersion != ""
	vendor := rsp.VendorInformation == "" && req.VendorInformation != ""
	if !id && !release && !vendor {
		return rsp
	}
	whole := *rsp
	if id {
		whole.RequestID = req.RequestID
	}
	if release {
		whole.ReleaseVersion = req.ReleaseVersion
	}
	if vendor {
		whole.VendorInformation = req.VendorInformation
	}
	return &whole
}

// peer returns who and where the other side is.
func (s *Server) peer(r *http.Request) (p m2m.Peer) {
	if r.TLS != nil && s.cfg.PeerOf != nil {
		p = s.cfg.PeerOf(r.TLS)
	}
	if c := connectionOf(r); c != nil {
		p.Addr = c.remote
	} else {
		p.Addr = addrOf(r.RemoteAddr)
	}
	return p
}

// buffers are for bodies whose length is not known before they end.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// knownLength is up to which length a body's own word is taken for memory
// that is set aside before the body comes.
const knownLength = 64 << 10

// readBody returns the body in memory of its own. What is too long is left
// unread; net/http then closes the connection.
func (s *Server) readBody(r *http.Request) ([]byte, error) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > s.cfg.BodyBytes {
		return nil, s.tooLong()
	}
	if r.ContentLength > 0 && r.ContentLength <= knownLength {
		body := make([]byte, r.ContentLength)
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return nil, incomplete(err)
		}
		return body, nil
	}
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= 4*knownLength { // one long body must not keep its memory for ever
			buf.Reset()
			buffers.Put(buf)
		}
	}()
	n, err := buf.ReadFrom(io.LimitReader(r.Body, s.cfg.BodyBytes+1))
	if err != nil {
		return nil, incomplete(err)
	}
	if n > s.cfg.BodyBytes {
		return nil, s.tooLong()
	}
	return bytes.Clone(buf.Bytes()), nil
}

// tooLong is 4000, since TS-0009 table 6.3.2-1 maps nothing to 413.
func (s *Server) tooLong() error {
	return badRequest("the body is longer than %d bytes", s.cfg.BodyBytes)
}

func incomplete(err error) error {
	var timeout interface{ Timeout() bool }
	if errors.As(err, &timeout) && timeout.Timeout() {
		return m2m.Wrap("http.read", m2m.StatusBadRequest, "the body did not come in time", err)
	}
	return m2m.Wrap("http.read", m2m.StatusBadRequest, "the body is incomplete or ill-formed", err)
}

func badRequest(format string, args ...any) error {
	return m2m.Errorf("http.read", m2m.StatusBadRequest, format, args...)
}
