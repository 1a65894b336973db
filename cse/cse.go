// Package cse is the Common Services Entity: one request primitive comes in,
// goes down the pipeline, one response primitive goes out.
//
// The stages stand in one file each, in the order in which a request meets
// them, named after the receiver steps of TS-0004 7.2.2.2:
//
//	receive    Recv-1.0   syntax, expiry, release version, who is asking
//	route      Recv-6.1   this CSE, another one, or an AE behind it
//	resolve    Recv-6.2   the addressed resource, virtual children included
//	authorise  Recv-6.3   the access decision of cse/acp, with its policies
//	validate   Recv-6.4   the attribute table of the type (m2m/schema)
//	execute    Recv-6.5   create, retrieve, update, delete, discover, notify
//	present    Recv-6.7   result content, partial retrieve
//
// The CSE knows nothing of HTTP or of files: bindings hand it requests
// through m2m.Handler, store.Store keeps its resources. What a request
// changes is one store transaction. It reads and decides outside the writer,
// and commits only if what it decided upon is still as it read it; else it
// starts over.
package cse

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// Config is what a CSE is told at its start. Store and Schema have no default.
type Config struct {
	ID             string      // SP-relative CSE-ID with its slash; "/id-in"
	Name           string      // resourceName of the CSEBase; "cse-in"
	SP             string      // M2M-SP-ID with its slashes; "//sigil.example"
	Type           m2m.CSEType // IN-CSE
	Admin          string      // originator that passes every policy; "CAdmin"; "-" for none
	Releases       []string    // supportedReleaseVersions
	PointsOfAccess []string    // of the CSEBase

	Store  store.Store
	Schema *schema.Schema
	Clock  m2m.Clock    // the machine's
	Log    *slog.Logger // silent

	// Forward answers requests to resources of other CSEs; nil if none can be
	// reached.
	Forward m2m.Handler
	// Sender delivers requests to the points of access of AEs; nil if none
	// can be reached.
	Sender m2m.Sender

	Limits       Limits
	Timers       Timers
	Registration Registration
}

// Limits bound what a stranger can make the CSE do. Zero fields take the
// defaults of [DefaultLimits].
type Limits struct {
	Content    encoding.Limits // bytes and depth of a request's content
	Results    int             // resources in one result, discovery or children
	Scan       int             // resources looked at for one discovery
	ResultSize int             // bytes of a result that nests resources
	Depth      int             // levels of the resource tree
	Labels     int             // labels of one resource, each of which is indexed
	Policies   int             // accessControlPolicyIDs of one resource
	Members    int             // memberIDs of one group

	Registrations int // AEs that are registered at a time; a few more may slip through at once
}

// DefaultLimits are the limits of a CSE that was told none.
var DefaultLimits = Limits{
	Content:    encoding.Limits{Bytes: encoding.DefaultBytes, Depth: encoding.DefaultDepth},
	Results:    1000,
	Scan:       100_000,
	ResultSize: 16 << 20,
	Depth:      64,
	Labels:     256,
	Policies:   16,
	Members:    10_000,

	Registrations: 100_000,
}

// Timers are how long things take or live. Zero fields take the defaults of
// [DefaultTimers].
type Timers struct {
	Request           time.Duration // a request that names no expiration
	DefaultExpiration time.Duration // a resource that names no expirationTime
	MaximumExpiration time.Duration // any expirationTime
	ExpirySweep       time.Duration // between two sweeps of what has expired
}

// DefaultTimers are the timers of a CSE that was told none.
var DefaultTimers = Timers{
	Request:           30 * time.Second,
	DefaultExpiration: 365 * 24 * time.Hour,
	MaximumExpiration: 10 * 365 * 24 * time.Hour,
	ExpirySweep:       10 * time.Second,
}

// A CSE hosts the resource tree. It is an [m2m.Handler], safe for concurrent
// use.
type CSE struct {
	cfg      Config
	locality m2m.Locality
	store    store.Store
	schema   *schema.Schema
	clock    m2m.Clock
	log      *slog.Logger

	base      store.ID // the CSEBase
	cache     cache
	addresses addresses
	census    census
	hooks     *resources.Context

	defaults map[*schema.Type][]*schema.Attribute
	below    map[m2m.ResourceType]map[m2m.ResourceType]bool // what can be under a type, at any depth
	orphans  map[m2m.ResourceType]*schema.Type              // of specialisations whose definition has gone

	background context.Context
	stop       context.CancelFunc
	done       sync.WaitGroup
	wakeReaper chan struct{}

	waiting atomic.Int64 // requests before their operation execution time
}

// New opens the CSE upon its store: it creates the CSEBase, or brings the one
// that is there in line with cfg. Background work runs until Close.
func New(ctx context.Context, cfg Config) (*CSE, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("cse: %w", err)
	}
	c := &CSE{
		cfg:        cfg,
		locality:   m2m.Locality{SP: cfg.SP, CSE: cfg.ID},
		store:      cfg.Store,
		schema:     cfg.Schema,
		clock:      cfg.Clock,
		log:        cfg.Log,
		wakeReaper: make(chan struct{}, 1),
	}
	c.defaults = make(map[*schema.Type][]*schema.Attribute)
	for _, t := range c.schema.Types() {
		for _, a := range t.Attributes {
			if a.Default != nil && a.Required {
				c.defaults[t] = append(c.defaults[t], a)
			}
		}
	}
	c.below = reach(c.schema.Types())
	c.orphans = make(map[m2m.ResourceType]*schema.Type)
	for _, t := range c.schema.Types() {
		if t.Root != "" {
			continue
		}
		// A base has no representation of its own, but a resource whose
		// definition was taken away has to be shown as something. Nobody knows
		// what its attributes may be, so it is not updated.
		orphan := *t
		orphan.Root, orphan.Updatable = "m2m:"+t.Short, false
		c.orphans[t.Number] = &orphan
	}
	c.hooks = &resources.Context{Schema: cfg.Schema, Locality: c.locality}
	if err := c.openBase(ctx); err != nil {
		return nil, fmt.Errorf("cse: opening the CSEBase: %w", err)
	}
	c.background, c.stop = context.WithCancel(context.Background())
	c.done.Add(2)
	go c.reaper()
	go c.sweeper()
	return c, nil
}

// Close ends the background work. Requests that still come are answered as
// long as the store is open.
func (c *CSE) Close() {
	c.stop()
	c.done.Wait()
}

// KnownAttribute reports whether any type has an attribute of that short
// name: what a binding may take for an attribute condition of a filter.
func (c *CSE) KnownAttribute(short string) bool { return c.schema.KnownAttribute(short) }

func (cfg *Config) complete() error {
	if cfg.Store == nil || cfg.Schema == nil {
		return errors.New("a store and a schema are needed")
	}
	def := func(p *string, v string) {
		if *p == "" {
			*p = v
		}
	}
	def(&cfg.ID, "/id-in")
	def(&cfg.Name, "cse-in")
	def(&cfg.SP, "//sigil.example")
	def(&cfg.Admin, "CAdmin")
	if !strings.HasPrefix(cfg.SP, "//") {
		cfg.SP = "//" + cfg.SP
	}
	if !strings.HasPrefix(cfg.ID, "/") {
		cfg.ID = "/" + cfg.ID
	}
	if !m2m.Unreserved(cfg.ID[1:]) {
		return fmt.Errorf("%q is no CSE-ID", cfg.ID)
	}
	if !m2m.Unreserved(cfg.SP[2:]) {
		return fmt.Errorf("%q is no M2M-SP-ID", cfg.SP)
	}
	if !m2m.ValidResourceName(cfg.Name) {
		return fmt.Errorf("%q is no resource name", cfg.Name)
	}
	if cfg.Type == 0 {
		cfg.Type = m2m.INCSE
	}
	if len(cfg.Releases) == 0 {
		cfg.Releases = slices.Clone(DefaultReleases)
	}
	if cfg.Clock == nil {
		cfg.Clock = m2m.SystemClock{}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l, d := &cfg.Limits, DefaultLimits
	for _, p := range []struct {
		v   *int
		def int
	}{{&l.Content.Bytes, d.Content.Bytes}, {&l.Content.Depth, d.Content.Depth}, {&l.Results, d.Results},
		{&l.Scan, d.Scan}, {&l.ResultSize, d.ResultSize}, {&l.Depth, d.Depth},
		{&l.Labels, d.Labels}, {&l.Policies, d.Policies}, {&l.Members, d.Members}, {&l.Registrations, d.Registrations}} {
		if *p.v <= 0 {
			*p.v = p.def
		}
	}
	t, dt := &cfg.Timers, DefaultTimers
	for _, p := range []struct {
		v   *time.Duration
		def time.Duration
	}{{&t.Request, dt.Request}, {&t.DefaultExpiration, dt.DefaultExpiration},
		{&t.MaximumExpiration, dt.MaximumExpiration}, {&t.ExpirySweep, dt.ExpirySweep}} {
		if *p.v <= 0 {
			*p.v = p.def
		}
	}
	return cfg.Registration.compile()
}

// DefaultReleases are the release versions that the CSE speaks.
// TS-0004 6.3.3 m2m:supportedReleaseVersions; 4 and 5 are of later releases.
var DefaultReleases = []string{"1", "2", "2a", "3", "4", "5"}
