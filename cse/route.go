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
			return nil, m2m.Errorf(op, m2m.StatusNotFound, "parameter to: no CSE %s is known here", m2m.Clip(r.address.SP+r.address.CSE))
		}
		return c.cfg.Forward.Handle(r.ctx, r.Request), nil
	}
	c.sweepDue(r)
	switch r.Operation {
	case m2m.Create:
		return c.create(r)
	case m2m.Retrieve:
		return c.retrieve(r)
	case m2m.Update:
		return c.update(r)
	case m2m.Delete:
		return c.delete(r)
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

// rely adds a resource to the basis of a request that changes anything.
func (r *request) rely(on *store.Resource) {
	if r.Operation == m2m.Retrieve || r.showing {
		return
	}
	for _, d := range r.basis {
		if d.id == on.ID {
			return
		}
	}
	r.basis = append(r.basis, dependency{on.ID, on.Revision})
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

// transact carries out a change. It is prepared, which is most of the work,
// on a moment of the store that holds up nobody, and committed if its basis
// still holds; if not, both happen again inside the writer, where nothing can
// come between. prepare may run twice and begins afresh each time.
func (c *CSE) transact(r *request, prepare func(store.Reader) error, commit func(store.Tx) error) error {
	registered := r.registered
	afresh := func(rd store.Reader) error {
		r.registered = registered
		r.basis, r.decisions, r.memberOf, r.loaded = r.basis[:0], decisions{}, nil, loaded{}
		return prepare(rd)
	}
	tries := 1
	if wantsChildren(r) {
		tries = 8 // what shows a subtree is long in the making
	}
	for range tries {
		if err := c.store.View(r.ctx, afresh); err != nil {
			return err
		}
		err := c.write(r, func(tx store.Tx) error {
			if err := r.basis.holds(tx); err != nil {
				return err
			}
			return commit(tx)
		})
		if !errors.Is(err, errStale) {
			return err
		}
	}
	return c.write(r, func(tx store.Tx) error {
		if err := afresh(tx); err != nil {
			return err
		}
		return commit(tx)
	})
}

// write runs fn inside the writer, where it sees what others have written and
// not committed yet. If the commit fails, those revisions have never been, and
// others will bear their numbers: the cache forgets all.
func (c *CSE) write(r *request, fn func(store.Tx) error) error {
	wrote := false
	err := c.store.Update(r.ctx, func(tx store.Tx) error {
		err := fn(tx)
		wrote = err == nil
		return err
	})
	if err != nil && wrote {
		c.cache.forget()
	}
	return err
}

// firstError returns the first that is not nil.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
