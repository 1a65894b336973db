package cse

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// A request is a request primitive on its way down the pipeline, with what
// the stages have found out.
type request struct {
	*m2m.Request
	ctx        context.Context
	now        time.Time // when it was received
	originator string    // From in the shortest form at this CSE
	admin      bool
	address    m2m.Address
	registered bool  // the originator needs no look-up of its registration, or passed it
	basis      basis // what decisions rest on
	decisions  decisions
	memberOf   map[string]bool // groups looked up for this originator
	looked     int             // resources looked at, in a filter or in a group; large ones count more
	asked      int             // looked, when it was last asked whether anybody waits
	given      bool            // nobody waits
	showing    bool            // what is read now is shown, and changes nothing
	loaded     loaded          // resources that the transaction has read
	response   *m2m.Response
}

// over counts a resource that the request looks at, and reports whether it
// has looked at too many, or nobody waits for it any more.
func (c *CSE) over(r *request) bool {
	r.looked++
	if r.looked-r.asked >= 1024 {
		r.asked, r.given = r.looked, r.given || r.ctx.Err() != nil
	}
	return r.given || r.looked > c.cfg.Limits.Scan
}

// requests are used again: nothing keeps one beyond Handle.
var requests = sync.Pool{New: func() any { return new(request) }}

// Handle answers one request primitive. TS-0004 7.2.2.2.
func (c *CSE) Handle(ctx context.Context, req *m2m.Request) *m2m.Response {
	now := req.Received
	if now.IsZero() {
		now = c.clock.Now()
		req.Received = now
	}
	r := requests.Get().(*request)
	r.Request, r.ctx, r.now = req, ctx, now
	defer func() {
		*r = request{basis: r.basis[:0]}
		requests.Put(r)
	}()
	rsp, err := c.receive(r)
	if err != nil {
		rsp = m2m.ErrorResponse(req, c.explain(r, err))
	}
	if !c.speaks(req.ReleaseVersion) && req.ReleaseVersion != "" {
		// The originator named a release nobody here knows: answer in our own.
		rsp.ReleaseVersion = c.cfg.Releases[len(c.cfg.Releases)-1]
	}
	return rsp
}

// explain makes every error an m2m.Error, and logs those that are the CSE's
// own fault.
func (c *CSE) explain(r *request, err error) error {
	const op = "cse.Handle"
	var e *m2m.Error
	switch {
	case errors.As(err, &e):
		if e.Status != m2m.StatusInternalServerError {
			if c.log.Enabled(r.ctx, slog.LevelDebug) {
				c.log.DebugContext(r.ctx, "request refused", "rqi", r.RequestID, "fr", r.From, "op", r.Operation.String(), "to", r.To, "err", err)
			}
			return e
		}
	case errors.Is(err, context.DeadlineExceeded):
		return m2m.Wrap(op, m2m.StatusRequestTimeout, "the request expired before it was carried out", err)
	case errors.Is(err, context.Canceled):
		return m2m.Wrap(op, m2m.StatusRequestTimeout, "the request was given up by its originator", err)
	case errors.Is(err, store.ErrNotFound):
		// It was there a moment ago.
		return m2m.Wrap(op, m2m.StatusNotFound, "the addressed resource does not exist", err)
	}
	c.log.ErrorContext(r.ctx, "request failed", "rqi", r.RequestID, "op", r.Operation.String(), "to", r.To, "err", err)
	if e != nil {
		return e
	}
	return m2m.Wrap(op, m2m.StatusInternalServerError, "internal error; the CSE's log tells more under this request identifier", err)
}

// receive is Recv-1.0 to Recv-2.0: the validity of the primitive itself.
func (c *CSE) receive(r *request) (*m2m.Response, error) {
	const op = "cse.receive"
	if err := r.Check(); err != nil {
		return nil, err
	}
	address, err := m2m.ParseAddress(r.To)
	if err != nil {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: %v", err)
	}
	r.address = address
	hosted := c.hosts(address)
	// Only the Hosting CSE judges the release; a transit CSE passes it on.
	if hosted && r.ReleaseVersion != "" && !c.speaks(r.ReleaseVersion) {
		return nil, m2m.Errorf(op, m2m.StatusReleaseVersionNotSupported,
			"parameter rvi: release %s is none of %s", m2m.Clip(r.ReleaseVersion), strings.Join(c.cfg.Releases, ", "))
	}
	deadline, err := c.deadline(r)
	if err != nil {
		return nil, err
	}
	if err := c.identify(r); err != nil {
		return nil, err
	}
	if hosted {
		if r.ResponseType == m2m.NoResponse && r.ResultContent != nil {
			// TS-0001 8.1.2: it should not be there, and does not count.
			req := *r.Request
			req.ResultContent = nil
			r.Request = &req
		}
		if err := unsupported(r); err != nil {
			return nil, err
		}
	}
	// A hosted operation takes microseconds: only what was given a time, looks
	// at many resources, or waits for others, needs a timer.
	if !hosted || r.RequestExpiration != "" || r.ResultExpiration != "" || r.Operation == m2m.Notify ||
		r.FilterCriteria != nil || wantsChildren(r) {
		ctx, cancel := c.withDeadline(r.ctx, deadline.Sub(c.clock.Now()))
		defer cancel()
		r.ctx = ctx
	}
	if hosted {
		if err := c.awaitExecution(r, deadline); err != nil {
			return nil, err
		}
	}
	rsp, err := c.route(r)
	if err == nil && r.ResponseType == m2m.NoResponse {
		// The result is nobody's business; a binding that must answer says so.
		return m2m.NewResponse(r.Request, m2m.StatusAccepted), nil
	}
	return rsp, err
}

func (c *CSE) speaks(release string) bool { return slices.Contains(c.cfg.Releases, release) }

// deadline judges the times of a request and returns when it expires.
// TS-0004 7.3.2.1 and table 6.4.1-1.
func (c *CSE) deadline(r *request) (time.Time, error) {
	const op = "cse.deadline"
	deadline := r.now.Add(c.cfg.Timers.Request)
	parse := func(name, value string) (time.Time, error) {
		t, err := m2m.ParseAbsRelTimestamp(value, r.now)
		if err != nil {
			return t, m2m.Errorf(op, m2m.StatusBadRequest, "parameter %s: %v", name, err)
		}
		return t, nil
	}
	if r.OriginatingTimestamp != "" {
		if _, err := m2m.ParseTimestamp(r.OriginatingTimestamp); err != nil {
			return deadline, m2m.Errorf(op, m2m.StatusBadRequest, "parameter ot: %v", err)
		}
	}
	var requestExpires, resultExpires time.Time
	var err error
	if r.RequestExpiration != "" {
		if requestExpires, err = parse("rqet", r.RequestExpiration); err != nil {
			return deadline, err
		}
		if !requestExpires.After(r.now) {
			return deadline, m2m.Errorf(op, m2m.StatusRequestTimeout, "parameter rqet: the request has expired")
		}
		deadline = requestExpires
	}
	if r.ResultExpiration != "" {
		if resultExpires, err = parse("rset", r.ResultExpiration); err != nil {
			return deadline, err
		}
		if !resultExpires.After(r.now) {
			return deadline, m2m.Errorf(op, m2m.StatusRequestTimeout, "parameter rset: the result has expired")
		}
		if !requestExpires.IsZero() && !resultExpires.After(requestExpires) {
			return deadline, m2m.Errorf(op, m2m.StatusBadRequest, "parameter rset: is not later than rqet")
		}
		if resultExpires.Before(deadline) {
			deadline = resultExpires
		}
	}
	if r.ResultPersistence != "" {
		if _, err := parse("rp", r.ResultPersistence); err != nil {
			return deadline, err
		}
	}
	return deadline, nil
}

// withDeadline is context.WithTimeout by the CSE's own clock.
func (c *CSE) withDeadline(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := c.clock.(m2m.SystemClock); ok {
		return context.WithTimeout(ctx, d)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := c.clock.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() { stop(); cancel(context.Canceled) }
}

// maxWaiting bounds the requests that wait for their operation execution time.
const maxWaiting = 1024

// awaitExecution holds a request until its operation execution time.
// TS-0001 8.1.2, TS-0004 7.3.3.5 to 7.3.3.9.
func (c *CSE) awaitExecution(r *request, deadline time.Time) error {
	const op = "cse.awaitExecution"
	if r.OperationExecutionTime == "" {
		return nil
	}
	at, err := m2m.ParseAbsRelTimestamp(r.OperationExecutionTime, r.now)
	if err != nil {
		return m2m.Errorf(op, m2m.StatusBadRequest, "parameter oet: %v", err)
	}
	wait := at.Sub(c.clock.Now())
	if wait <= 0 {
		return nil
	}
	if at.After(deadline) {
		return m2m.Errorf(op, m2m.StatusRequestTimeout, "parameter oet: the request expires before its operation execution time")
	}
	// Waiting costs memory and a connection: strangers do not wait here.
	now := *r // what is found out now must not count later
	if err := c.store.View(r.ctx, func(rd store.Reader) error { return c.checkRegistered(rd, &now) }); err != nil {
		return err
	}
	if c.waiting.Add(1) > maxWaiting {
		c.waiting.Add(-1)
		return m2m.Errorf(op, m2m.StatusNotAcceptable, "parameter oet: %d requests wait for their operation execution time already", maxWaiting)
	}
	defer c.waiting.Add(-1)
	due := make(chan struct{})
	stop := c.clock.AfterFunc(wait, func() { close(due) })
	defer stop()
	select {
	case <-due:
		r.now = c.clock.Now()
		return nil
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
}

// identify decides whom the request comes from, as far as the association
// vouches for it. TS-0004 7.3.2.1, TS-0003 7.1.2.
func (c *CSE) identify(r *request) error {
	const op = "cse.identify"
	registering := r.Operation == m2m.Create && r.ResourceType == m2m.TypeAE
	if r.From == "" {
		if !registering {
			return m2m.Errorf(op, m2m.StatusBadRequest, "parameter fr is missing")
		}
		r.registered = true
		return nil
	}
	entity, err := m2m.ParseEntity(r.From)
	if err != nil {
		return m2m.Errorf(op, m2m.StatusBadRequest, "parameter fr: %v", err)
	}
	r.originator = c.locality.Shorten(r.From)
	if r.Peer.Authenticated() && !registering {
		if !slices.ContainsFunc(r.Peer.Entities, func(id string) bool { return c.locality.Shorten(id) == r.originator }) {
			return m2m.Errorf(op, m2m.StatusOriginatorNotAuthenticated, "parameter fr: the association's credential stands for another originator")
		}
	}
	r.admin = c.cfg.Admin != "-" && r.originator == c.locality.Shorten(c.cfg.Admin)
	r.registered = r.admin || registering || r.Peer.Authenticated() || c.cfg.Registration.Anyone
	if r.admin || registering {
		return nil
	}
	switch {
	case entity.Stem == "" && r.originator == r.From || r.originator == c.cfg.ID:
		// A CSE is believed within an association that proved it, and nowhere else.
		if !r.Peer.Authenticated() {
			return m2m.Errorf(op, m2m.StatusSecurityAssociationRequired, "parameter fr: a CSE needs a security association")
		}
	case strings.HasPrefix(r.originator, "/"):
		if !r.Peer.Authenticated() {
			return errNotRegistered(op)
		}
	case r.originator != r.From:
		return m2m.Errorf(op, m2m.StatusBadRequest, "parameter fr: an AE names itself by its AE-ID-Stem to its registrar")
	}
	return nil
}

func errNotRegistered(op string) error {
	return m2m.Errorf(op, m2m.StatusOriginatorNotAuthenticated, "parameter fr: this originator is not registered here")
}

// checkRegistered finds the originator among the AEs that are registered
// here. It belongs to Recv-1.0 and runs first in the transaction that the
// request reads in. TS-0004 7.3.2.1.
func (c *CSE) checkRegistered(rd store.Reader, r *request) error {
	if r.registered {
		return nil
	}
	k, ok, err := c.recall(rd, r, r.originator)
	var ae *store.Resource
	switch {
	case err != nil:
		return err
	case ok:
		ae, err = c.load(rd, r, k.id)
	default:
		if ae, err = rd.ByRI(r.originator); err == nil {
			c.remember(r.originator, ae, c.typeOf(ae))
		}
	}
	if errors.Is(err, store.ErrNotFound) || err == nil && (ae.Type != m2m.TypeAE || ae.RI != r.originator || expired(ae, r.now)) {
		return errNotRegistered("cse.checkRegistered")
	}
	if err != nil {
		return err
	}
	r.registered = true
	return nil
}

// unsupported refuses parameters that name features which this CSE lacks.
// TS-0004 7.3.2.1, last paragraph.
func unsupported(r *request) error {
	const op = "cse.unsupported"
	no := func(what string) error {
		return m2m.Errorf(op, m2m.StatusNotImplemented, "%s is not supported", what)
	}
	switch r.ResponseType {
	case m2m.NonBlockingRequestSynch:
		// TS-0004 7.3.2.2: what a CSE without <request> resources answers.
		return m2m.Errorf(op, m2m.StatusNonBlockingSynchRequestNotSupported, "parameter rt: nonBlockingRequestSynch is not supported")
	case m2m.NonBlockingRequestAsynch:
		return no("parameter rt: nonBlockingRequestAsynch")
	}
	if r.SemanticQueryIndicator != nil && *r.SemanticQueryIndicator {
		return no("parameter sqi: a semantic query")
	}
	if f := r.FilterCriteria; f != nil {
		switch {
		case len(f.SemanticsFilters) > 0:
			return no("filter member smf: a semantic filter")
		case f.ContentFilterSyntax != 0 || f.ContentFilterQuery != "":
			return no("filter member cfq: a content filter")
		case f.Usage == m2m.IPEOnDemandDiscovery:
			return no("filter member fu: IPE on-demand discovery")
		case f.Usage == m2m.DiscoveryBasedOperation:
			return no("filter member fu: discovery based operation")
		case f.Operations != 0:
			return no("filter member ops: permission discovery")
		}
	}
	if r.ResultContent != nil {
		switch *r.ResultContent {
		case m2m.RCNSemanticContent:
			return no("parameter rcn: semantic content")
		case m2m.RCNPermissions:
			return no("parameter rcn: permissions")
		}
	}
	if len(r.Tokens) > 0 || len(r.TokenIDs) > 0 || len(r.LocalTokenIDs) > 0 {
		return no("parameter tkns, tids or ltids: authorization by tokens")
	}
	if r.DeliveryAggregation != nil && *r.DeliveryAggregation {
		return no("parameter da: delivery aggregation")
	}
	return nil
}

// expired reports whether r's time has come, swept or not. TS-0001 9.6.1.3.2.
func expired(r *store.Resource, now time.Time) bool {
	return r.Expires != 0 && r.Expires <= now.UnixMicro()
}
