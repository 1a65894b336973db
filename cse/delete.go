package cse

import (
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// delete is the Delete operation: the resource and all that is under it. What
// is under it is out of reach at once and freed in the background.
// TS-0004 7.3.3.8, TS-0001 10.1.5.
func (c *CSE) delete(r *request) (*m2m.Response, error) {
	const op = "cse.delete"
	var t target
	rsp := m2m.NewResponse(r.Request, m2m.StatusDeleted)
	err := c.store.View(r.ctx, func(rd store.Reader) (err error) {
		if err := c.checkRegistered(rd, r); err != nil {
			return err
		}
		if t, err = c.resolve(rd, r); err != nil {
			return err
		}
		switch {
		case t.virtual != "" && t.virtual != "la" && t.virtual != "ol":
			return errVirtual(t.virtual)
		case t.Type == m2m.TypeCSEBase:
			return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter to: the CSEBase is not deleted")
		case r.address.Attribute != "":
			return m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: an attribute is deleted by an Update with null")
		}
		d, err := c.authorise(rd, r, t.Resource, t.kind, access{operation: m2m.PermitDelete})
		if err != nil {
			return err
		}
		if err := c.retrievable(rd, t); err != nil {
			return err
		}
		if f := r.FilterCriteria; f != nil && f.Conditions() && !wantsChildren(r) {
			if ok, err := c.matches(rd, r, f, t.Resource); err != nil || !ok {
				return firstError(err, m2m.Errorf(op, m2m.StatusNotFound, "the addressed resource does not match the filter criteria"))
			}
		}
		r.basis.add(t.Resource)
		switch {
		case r.ResultContent == nil || *r.ResultContent == m2m.RCNNothing:
			return nil
		case *r.ResultContent == m2m.RCNAttributes:
			rsp.Content.Data = representation(t.Resource, t.kind)
			return nil
		default:
			return c.family(rd, r, t, d, *r.ResultContent, rsp)
		}
	})
	if err != nil {
		return nil, err
	}
	err = c.store.Update(r.ctx, func(tx store.Tx) error {
		if err := r.basis.holds(tx); err != nil {
			return err
		}
		return tx.Delete(t.ID)
	})
	if err != nil {
		return nil, err
	}
	c.reapSoon()
	return rsp, nil
}

// wantsChildren reports whether the filter of a request is one of children,
// for a result that shows them.
func wantsChildren(r *request) bool {
	return r.ResultContent != nil && *r.ResultContent >= m2m.RCNAttributesAndChildResources && *r.ResultContent <= m2m.RCNChildResources
}
