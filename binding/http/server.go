package httpbind

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/sigil-m2m/sigil/m2m"
)

// A Server answers oneM2M requests over HTTP. It is an http.Handler too, for
// a server of somebody else's.
type Server struct {
	cfg     Config
	handler m2m.Handler
	engine  *gin.Engine
	http    *http.Server
}

// New returns a Server whose requests h answers.
func New(cfg Config, h m2m.Handler) *Server {
	gin.SetMode(gin.ReleaseMode) // gin's other modes print to standard output
	s := &Server{cfg: cfg.withDefaults(), handler: h, engine: gin.New()}
	if len(s.cfg.AllowedOrigins) > 0 {
		s.engine.Use(newCORS(s.cfg.AllowedOrigins).handle)
	}
	// Every path is an address of a resource: there is nothing to route by.
	s.engine.NoRoute(s.handle)

	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{
		Handler:           s.engine,
		TLSConfig:         s.cfg.TLS,
		ReadHeaderTimeout: s.cfg.ReadHeaderTimeout,
		ReadTimeout:       s.cfg.ReadTimeout,
		IdleTimeout:       s.cfg.IdleTimeout,
		MaxHeaderBytes:    s.cfg.HeaderBytes,
		Protocols:         &protocols,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, &connection{remote: addrOf(c.RemoteAddr().String())})
		},
		ErrorLog: slog.NewLogLogger(s.cfg.Logger.Handler(), slog.LevelDebug),
	}
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Serve answers the requests of the connections that l accepts, with TLS if
// the configuration has it. It returns nil after Shutdown or Close, and closes
// l in any case.
func (s *Server) Serve(l net.Listener) error {
	var err error
	if s.cfg.TLS != nil {
		err = s.http.ServeTLS(l, "", "")
	} else {
		err = s.http.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown stops accepting connections, lets every request that has arrived
// be answered and closes the connections. It returns when all are done, or
// ctx's error when ctx is done before; Close then ends the rest.
func (s *Server) Shutdown(ctx context.Context) error {
	for {
		// net/http tells HTTP/2 connections once, when it begins, to finish:
		// one that is accepted in this moment is not told and stays until it
		// has been idle for long. Beginning again tells it too.
		round, cancel := context.WithTimeout(ctx, time.Second)
		err := s.http.Shutdown(round)
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return err
		}
	}
}

// Close ends the server and its connections at once.
func (s *Server) Close() error { return s.http.Close() }
