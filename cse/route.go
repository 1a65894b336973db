package cse

import (
	"errors"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// hosts reports whether this CSE is the Hosting CSE of an address.
// TS-0004 7.3.2.8.
func (c *CSE) hosts(a m2m.Address) bool {
	return (a.SP == "" || a.SP == c.cfg.SP) && (a.CSE == "" || a.CSE == c.cfg.ID)
}

// route is Recv-6.1: the request is carried out here, or passed on.
func (c *CSE) route(r *request) (*m2m.Response, error) {
	const op = "cse.route"
	if !c.hosts(r.address) {
		if r.Operation == m2m.Create && (r.ResourceType == m2m.TypeAE || r.ResourceType == m2m.TypeRemoteCSE) {
			// TS-0004 7.3.2.8: nobody registers through a transit CSE.
			return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: a registration is sent to the registrar itself")
		}
		if err := c.store.View(r.ctx, func(rd store.Reader) error { return c.checkRegistered(rd, r) }); err != nil {
			return nil, err
		}
		if c.cfg.Forward == nil {
			// TS-0004 7.3.2.6.
			return nil, m2m.Errorf(op, m2m.StatusNotFound, "parameter to: no CSE %s is known here", clip(r.address.SP+r.address.CSE))
		}
		return c.cfg.Forward.Handle(r.ctx, r.Request), nil
	}
	if r.Operation != m2m.Create || r.ResourceType != m2m.TypeAE {
		c.sweepDue(r.ctx)
	}
	switch r.Operation {
	case m2m.Create:
		return c.retrying(r, c.create)
	case m2m.Retrieve:
		return c.retrieve(r)
	case m2m.Update:
		return c.retrying(r, c.update)
	case m2m.Delete:
		return c.retrying(r, c.delete)
	default:
		return c.notify(r)
	}
}

// A basis is what a request has read and decided upon: it may commit only if
// all of that still holds.
type basis []dependency

type dependency struct {
	id       store.ID
	revision uint64
}

func (b *basis) add(r *store.Resource) {
	for _, d := range *b {
		if d.id == r.ID {
			return
		}
	}
	*b = append(*b, dependency{r.ID, r.Revision})
}

// errStale tells that the basis of a request has changed under it.
var errStale = errors.New("cse: what the request was decided upon has changed")

// holds returns nil if nothing that the request rests on has changed,
// errStale otherwise.
func (b basis) holds(tx store.Tx) error {
	for _, d := range b {
		s, err := tx.Stat(d.id)
		if errors.Is(err, store.ErrNotFound) || err == nil && s.Revision != d.revision {
			return errStale
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// retrying runs a step that reads, decides and commits, again from its start
// whenever its basis has changed before it committed.
func (c *CSE) retrying(r *request, step func(*request) (*m2m.Response, error)) (*m2m.Response, error) {
	const attempts = 100 // each time, another request has made progress
	for range attempts {
		r.basis, r.decisions, r.memberOf = r.basis[:0], nil, nil
		rsp, err := step(r)
		if !errors.Is(err, errStale) {
			return rsp, err
		}
		if r.ctx.Err() != nil {
			return nil, r.ctx.Err()
		}
	}
	return nil, m2m.Wrap("cse.retrying", m2m.StatusInternalServerError, "the resource changes too often to be changed now", errStale)
}
