package node

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/net/netutil"

	"github.com/sigil-m2m/sigil/binding/http"
	"github.com/sigil-m2m/sigil/binding/http/wire"
	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/internal/config"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/bolt"
)

// StoreName is the name of the database file in a data folder.
const StoreName = "cse.db"

// Options are what a Node takes besides its configuration. Zero fields take
// what their comments say.
type Options struct {
	Clock m2m.Clock    // the machine's
	Log   *slog.Logger // silent
}

// A Node is a running CSE.
type Node struct {
	cfg     config.Config
	log     *slog.Logger
	store   store.Store
	handler m2m.Handler // the CSE
	metrics *metrics    // nil if there are none
	ln      net.Listener
	http    *httpbind.Server

	// closers take down what New built, the last first.
	closers []func(context.Context) error
}

// New builds the CSE of a configuration: from its return on connections are
// accepted, and they are answered once [Node.Run] runs. The error is
// [ErrExposed] if the configuration would believe originators from anywhere.
// Close the node in any case where New returned one.
func New(ctx context.Context, cfg config.Config, o Options) (n *Node, err error) {
	if o.Clock == nil {
		o.Clock = m2m.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	n = &Node{cfg: cfg, log: o.Log}
	defer func() {
		if err != nil {
			n.Close(context.WithoutCancel(ctx))
			n = nil
		}
	}()

	types, err := loadTypes(cfg.Types)
	if err != nil {
		return n, err
	}
	tlsConfig, err := serverTLS(cfg.TLS)
	if err != nil {
		return n, err
	}
	if n.ln, err = listen(ctx, cfg); err != nil {
		return n, err
	}
	n.onClose(func(context.Context) error { return ignoreClosed(n.ln.Close()) })

	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return n, fmt.Errorf("data: %w", err)
	}
	if n.store, err = bolt.Open(filepath.Join(cfg.Data, StoreName), bolt.Options{}); err != nil {
		return n, fmt.Errorf("data: %w", err)
	}
	n.onClose(func(context.Context) error { return n.store.Close() })

	sender := wire.NewSender(wire.SenderConfig{TLS: clientTLS(tlsConfig), DialTimeout: cfg.Timers.HTTPConnect})
	n.onClose(func(context.Context) error { sender.Close(); return nil })
	c, err := cse.New(ctx, n.cse(types, sender, o))
	if err != nil {
		return n, err
	}
	n.onClose(func(context.Context) error { c.Close(); return nil })
	n.handler = c

	ctl, err := serveControl(cfg.Data, n.store, o.Log)
	if err != nil {
		return n, err
	}
	n.onClose(func(ctx context.Context) error { ctl.shutdown(ctx); return nil })

	if cfg.Metrics != "off" {
		n.metrics = newMetrics(n.store)
		if err := n.metrics.listen(ctx, cfg.Metrics); err != nil {
			return n, fmt.Errorf("metrics: %w", err)
		}
		n.onClose(func(ctx context.Context) error { n.metrics.shutdown(ctx); return nil })
	}
	n.http = n.binding(tlsConfig, c.KnownAttribute, o)
	n.onClose(n.drain)

	n.log.Info("listening", "http", n.URL(), "cse-id", cfg.CSEID, "data", cfg.Data, "metrics", n.MetricsAddr())
	if exposed(n.ln.Addr(), cfg.TLS) {
		n.log.Warn("insecure-originators: whoever reaches this address can claim to be any originator, the admin included",
			"http", n.URL(), "admin", cfg.Admin)
	}
	return n, nil
}

// binding is the HTTP binding in front of the CSE.
func (n *Node) binding(tlsConfig *tls.Config, known func(string) bool, o Options) *httpbind.Server {
	l, t := n.cfg.Limits, n.cfg.Timers
	cfg := httpbind.Config{
		Decoder:           wire.Decoder{KnownAttribute: known},
		BodyBytes:         int64(l.BodyBytes) + bodySlack,
		HeaderBytes:       l.HeaderBytes,
		TargetBytes:       l.TargetBytes,
		ReadHeaderTimeout: t.HTTPHeader,
		ReadTimeout:       t.HTTPRead,
		WriteTimeout:      t.HTTPWrite,
		IdleTimeout:       t.HTTPIdle,
		TLS:               tlsConfig,
		AllowedOrigins:    n.cfg.CORS.Origins,
		Hosts:             hosts(n.ln.Addr(), n.cfg),
		Clock:             o.Clock,
		Logger:            o.Log,
	}
	if n.cfg.TLS.ClientCA != "" {
		cfg.PeerOf = func(s *tls.ConnectionState) m2m.Peer { return peerOf(n.cfg.SPID, s.PeerCertificates[0]) }
	}
	h := n.handler
	if n.metrics != nil {
		h = n.metrics.counting(h)
		cfg.Observe = n.metrics.observe
	}
	return httpbind.New(cfg, h)
}

// bodySlack is what a body may have beyond its limit for the binding still to
// read it, so that the CSE refuses content that is a little too long in its
// own words.
const bodySlack = 64 << 10

// drain lets every request that has arrived be answered, as long as ctx allows.
func (n *Node) drain(ctx context.Context) error {
	if err := n.http.Shutdown(ctx); err != nil {
		n.http.Close()
		return fmt.Errorf("requests were cut off: %w", err)
	}
	return nil
}

// cse is the CSE's share of the configuration.
func (n *Node) cse(types *schema.Schema, sender m2m.Sender, o Options) cse.Config {
	cfg := n.cfg
	poa := cfg.POA
	if len(poa) == 0 {
		poa = []string{n.URL()}
	}
	return cse.Config{
		ID:             cfg.CSEID,
		Name:           cfg.CSEName,
		SP:             cfg.SPID,
		Type:           cseTypes[cfg.CSEType],
		Admin:          cfg.Admin,
		Releases:       cfg.Releases,
		PointsOfAccess: poa,
		Store:          n.store,
		Schema:         types,
		Sender:         sender,
		Clock:          o.Clock,
		Log:            o.Log,
		Limits: cse.Limits{
			Content:    encoding.Limits{Bytes: cfg.Limits.BodyBytes, Depth: cfg.Limits.JSONDepth},
			Results:    cfg.Limits.Results,
			Scan:       cfg.Limits.Scan,
			ResultSize: cfg.Limits.ResultBytes,
			Depth:      cfg.Limits.Depth,
			Labels:     cfg.Limits.Labels,
			Policies:   cfg.Limits.Policies,
			Members:    cfg.Limits.Members,

			Registrations: cfg.Limits.Registrations,
		},
		Timers: cse.Timers{
			Request:           cfg.Timers.Request,
			DefaultExpiration: cfg.Timers.DefaultExpiration,
			MaximumExpiration: cfg.Timers.MaximumExpiration,
			ExpirySweep:       cfg.Timers.ExpirySweep,
		},
		Registration: cse.Registration{
			AllowAE: cfg.Registration.AllowAE, DenyAE: cfg.Registration.DenyAE,
			AllowApp: cfg.Registration.AllowApp, DenyApp: cfg.Registration.DenyApp,
			AllowCSE: cfg.Registration.AllowCSE, DenyCSE: cfg.Registration.DenyCSE,
			Anyone: cfg.Registration.Anyone,
		},
	}
}

var cseTypes = map[string]m2m.CSEType{"IN": m2m.INCSE, "MN": m2m.MNCSE, "ASN": m2m.ASNCSE}

// loadTypes returns the built-in resource types with those of a folder, none
// if it is empty.
func loadTypes(folder string) (*schema.Schema, error) {
	var definitions []fs.FS
	if folder != "" {
		if _, err := os.Stat(folder); err != nil {
			return nil, fmt.Errorf("types: %w", err)
		}
		definitions = append(definitions, os.DirFS(folder))
	}
	s, err := schema.New(definitions...)
	if err != nil {
		return nil, fmt.Errorf("types: %w", err)
	}
	return s, nil
}

// Addr returns the address at which the HTTP binding listens.
func (n *Node) Addr() net.Addr { return n.ln.Addr() }

// MetricsAddr returns the address at which metrics are served, "off" if they
// are not.
func (n *Node) MetricsAddr() string {
	if n.metrics == nil {
		return "off"
	}
	return n.metrics.listener.Addr().String()
}

// URL returns the point of access of the HTTP binding as seen from this
// machine, without a slash at its end.
func (n *Node) URL() string {
	scheme := "http"
	if n.cfg.TLS.Cert != "" {
		scheme = "https"
	}
	addr := n.ln.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, strconv.Itoa(addr.Port))
}

// Handler returns the CSE, for requests that come from within the process.
func (n *Node) Handler() m2m.Handler { return n.handler }

// Run answers requests until ctx ends, which is no error, or the binding
// fails. Accepted requests may still be under way then: Close waits for them.
func (n *Node) Run(ctx context.Context) error {
	failed := make(chan error, 1)
	go func() { failed <- n.http.Serve(netutil.LimitListener(n.ln, n.cfg.Limits.Connections)) }()
	if n.metrics != nil {
		n.metrics.ready.Store(true)
		defer n.metrics.ready.Store(false)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed: // nil if Close came first
		return err
	}
}

// Close takes no more requests, waits for accepted ones as long as ctx allows,
// and closes the store. It may be called once.
func (n *Node) Close(ctx context.Context) error {
	begin := time.Now()
	var errs []error
	for len(n.closers) > 0 {
		last := len(n.closers) - 1
		errs = append(errs, n.closers[last](ctx))
		n.closers = n.closers[:last]
	}
	err := errors.Join(errs...)
	if n.http != nil { // else New failed and says so itself
		n.log.Info("closed", "took", time.Since(begin).Round(time.Millisecond), "clean", err == nil)
	}
	return err
}

func (n *Node) onClose(f func(context.Context) error) { n.closers = append(n.closers, f) }

// ignoreClosed is nil for the error of closing what is closed.
func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Check proves the integrity of the tree in a data folder and returns a line
// for each fault. A CSE that runs on the folder checks itself.
func Check(ctx context.Context, data string) ([]string, error) {
	body, err := callControl(ctx, data, "check", nil)
	if err == nil {
		return decodeFaults(body)
	}
	if !errors.Is(err, errNotRunning) {
		return nil, fmt.Errorf("asking the CSE that runs on %s: %w", data, err)
	}
	s, err := openResting(data)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Check(ctx)
}

// Backup writes one moment of the tree in a data folder to the file at path,
// which is absolute and must not exist. A CSE that runs on the folder writes
// it itself.
func Backup(ctx context.Context, data, path string) error {
	_, err := callControl(ctx, data, "backup", map[string][]string{"path": {path}})
	if err == nil {
		return nil
	}
	if !errors.Is(err, errNotRunning) {
		return fmt.Errorf("asking the CSE that runs on %s: %w", data, err)
	}
	s, err := openResting(data)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Backup(ctx, path)
}

// openResting opens the store of a folder on which no CSE runs, to read.
func openResting(data string) (store.Store, error) {
	path := filepath.Join(data, StoreName)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("data: %w", err) // reading must not create one
	}
	return bolt.Open(path, bolt.Options{ReadOnly: true})
}
