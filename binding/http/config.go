package httpbind

import (
	"cmp"
	"crypto/tls"
	"log/slog"
	"time"

	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/m2m"
)

// A Config is what a Server is told. The zero Config serves JSON without TLS
// within the default limits.
type Config struct {
	// Decoder knows the attributes and serializations of the Handler.
	Decoder wire.Decoder

	BodyBytes   int64 // the longest body; 1 MiB + 64 KiB, so that the content's own limit speaks first
	HeaderBytes int   // the longest request line and header together; 64 KiB
	TargetBytes int   // the longest request target; 8 KiB

	ReadHeaderTimeout time.Duration // for a request's header to come; 10 s
	ReadTimeout       time.Duration // for a whole request to come; 30 s
	WriteTimeout      time.Duration // for a response to be taken, once there is one; 30 s
	IdleTimeout       time.Duration // between two requests of a connection; 120 s

	// TLS, if not nil, makes it an https server. Its ClientAuth says whether
	// the other side is asked for a certificate.
	TLS *tls.Config
	// PeerOf says who the other side of a TLS connection has proven to be.
	// Nil: nobody proves anything. The address is added to what it returns.
	PeerOf func(*tls.ConnectionState) m2m.Peer

	// AllowedOrigins are the web origins (scheme://host[:port]) whose pages may
	// use the server from a browser; "*" is all. None: no page may.
	AllowedOrigins []string

	// Hosts are the host names and addresses, without ports, that a request's
	// Host may have; loopback addresses are always among them. Others are
	// refused. Nil: every one is served. TS-0009 6.4.1.
	Hosts []string

	Clock  m2m.Clock    // nil: the machine's
	Logger *slog.Logger // nil: slog.Default()

	// Observe, if not nil, is told of every answer, before the next request of
	// its connection is read. It must not block.
	Observe func(Observation)
}

// An Observation is what one request and its answer were like, for metrics.
type Observation struct {
	Operation  m2m.Operation // 0 if the request had none
	Status     m2m.StatusCode
	Duration   time.Duration // from the header's arrival until the answer was written
	BytesRead  int           // of the request's content
	BytesSent  int           // of the response's content
	Originator string        // as it claims to be
}

func (c Config) withDefaults() Config {
	c.BodyBytes = cmp.Or(c.BodyBytes, 1<<20+64<<10)
	c.HeaderBytes = cmp.Or(c.HeaderBytes, 64<<10)
	c.TargetBytes = cmp.Or(c.TargetBytes, 8<<10)
	c.ReadHeaderTimeout = cmp.Or(c.ReadHeaderTimeout, 10*time.Second)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, 30*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 30*time.Second)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, 120*time.Second)
	if c.Clock == nil {
		c.Clock = m2m.SystemClock{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}
