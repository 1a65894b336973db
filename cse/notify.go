package cse

import (
	"errors"
	"slices"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// notify is the Notify operation: one that targets an <AE> goes on to the
// AE's points of access, in their order, until one answers.
// TS-0004 7.3.3.9.1.
func (c *CSE) notify(r *request) (*m2m.Response, error) {
	const op = "cse.notify"
	var poa []string
	err := c.store.View(r.ctx, func(rd store.Reader) error {
		if err := c.checkRegistered(rd, r); err != nil {
			return err
		}
		t, err := c.resolve(rd, r)
		if err != nil {
			return err
		}
		if t.virtual != "" && t.virtual != "la" && t.virtual != "ol" {
			return errVirtual(t.virtual)
		}
		if t.virtual != "" || t.Type != m2m.TypeAE {
			return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter to: %s takes no notification", t.kind.Name)
		}
		if _, err := c.authorise(rd, r, t.Resource, t.kind, access{operation: m2m.PermitNotify}); err != nil {
			return err
		}
		o, err := encoding.ParseObject(braced(t.Body), storedLimits)
		if err != nil {
			return err
		}
		if string(o.Get("rr")) == "true" {
			poa, _ = encoding.Strings(o.Get("poa"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	unreachable := m2m.Errorf(op, m2m.StatusTargetNotReachable, "parameter to: the AE has no point of access that answers")
	if c.cfg.Sender == nil {
		return nil, unreachable
	}
	for _, p := range slices.Compact(poa) {
		rsp, err := c.cfg.Sender.Send(r.ctx, p, r.Request)
		if err == nil {
			return rsp, nil
		}
		unreachable.Err = errors.Join(unreachable.Err, err)
		if r.ctx.Err() != nil {
			break
		}
	}
	return nil, unreachable
}
