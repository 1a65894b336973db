package cse

import (
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// delete is the Delete operation: the resource and all that is under it. What
// is under it is out of reach at once and freed in the background.
// TS-0004 7.3.3.8, TS-0001 10.1.5.
func (c *CSE) delete(r *request) (*m2m.Response, error) {
	var t target
	var rsp *m2m.Response
	err := c.transact(r,
		func(rd store.Reader) (err error) {
			rsp = m2m.NewResponse(r.Request, m2m.StatusDeleted)
			t, err = c.prepareDelete(rd, r, rsp)
			return err
		},
		func(tx store.Tx) error { return commitDelete(tx, t.Resource) })
	if err != nil {
		return nil, err
	}
	c.reapSoon()
	return rsp, nil
}

// commitDelete is Recv-6.5, inside the writer. A parent that counts the
// resource is modified with it. TS-0004 7.3.3.8, TS-0001 9.6.1.3.2 stateTag.
func commitDelete(tx store.Tx, res *store.Resource) error {
	if res.Type == m2m.TypeLocationPolicy {
		if err := removeLocations(tx, res); err != nil {
			return err
		}
	}
	if err := tx.Delete(res.ID); err != nil || !res.Counted {
		return err
	}
	_, err := tx.IncrementStateTag(res.Parent)
	return err
}

// prepareDelete takes a Delete through Recv-6.2 and 6.3, and shows in rsp
// what is about to go, if that is wanted.
func (c *CSE) prepareDelete(rd store.Reader, r *request, rsp *m2m.Response) (target, error) {
	const op = "cse.delete"
	if err := c.checkRegistered(rd, r); err != nil {
		return target{}, err
	}
	t, err := c.resolve(rd, r)
	if err != nil {
		return t, err
	}
	switch {
	case t.virtual != "" && t.virtual != "la" && t.virtual != "ol":
		return t, errVirtual(t.virtual)
	case t.Type == m2m.TypeCSEBase:
		return t, m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter to: the CSEBase is not deleted")
	case r.address.Attribute != "":
		return t, m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: an attribute is deleted by an Update with null")
	}
	if err := r.overMcc(t.Type); err != nil {
		return t, err
	}
	if _, err := c.authorise(rd, r, t.Resource, t.kind, access{operation: m2m.PermitDelete}); err != nil {
		return t, err
	}
	if err := c.retrievable(rd, r, t); err != nil {
		return t, err
	}
	if f := r.FilterCriteria; f != nil && f.Conditions() && !wantsChildren(r) {
		// DEVIATION: after the decision, as in a Retrieve.
		if ok, err := c.matches(rd, r, f, t.Resource); err != nil || !ok {
			return t, firstError(err, m2m.Errorf(op, m2m.StatusNotFound, "the addressed resource does not match the filter criteria"))
		}
	}
	r.rely(t.Resource)
	if r.ResultContent == nil || *r.ResultContent == m2m.RCNNothing {
		return t, nil
	}
	// DEVIATION: TS-0004 7.3.3.15 has the privilege to delete decide alone,
	// whatever the result shows. To see what goes takes the privilege to see
	// it; who has it not is refused before anything is deleted.
	d, err := c.authorise(rd, r, t.Resource, t.kind, access{operation: m2m.PermitRetrieve})
	if err != nil {
		return t, err
	}
	if *r.ResultContent == m2m.RCNAttributes {
		b := append([]byte(`{"`), t.kind.Root...)
		b, err = c.appendVisible(append(b, `":{`...), relative{t.Resource, t.kind, d.attributes})
		rsp.Content.Data = append(b, '}', '}')
	} else {
		r.showing = true
		err = c.family(rd, r, t, d, *r.ResultContent, rsp)
		r.showing = false
		// Nobody can go on where this ended: Content Status and Offset are in
		// responses to Retrieve alone. TS-0004 table 7.2.1.2-1.
		rsp.ContentStatus, rsp.ContentOffset = 0, 0
	}
	return t, err
}

// wantsChildren reports whether the filter of a request is one of children,
// for a result that shows them.
func wantsChildren(r *request) bool {
	return r.ResultContent != nil && *r.ResultContent >= m2m.RCNAttributesAndChildResources && *r.ResultContent <= m2m.RCNChildResources
}
