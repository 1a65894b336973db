package cse

import (
	"bytes"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// A change is an update of a resource on its way.
type change struct {
	target
	given   m2m.Object // attributes as the request gave them
	object  m2m.Object // all attributes after the update, counters and times left out
	visible []string   // the attributes that the response may show; nil means all
	expires time.Time  // the new expirationTime; zero if it stays
	labels  []string
	meaning meaning
	stored  *store.Resource
	evict   *resources.Hold // what a parent of instances holds now; nil if that stays
	more    bool            // instances are left that have no room any more
	clears  bool            // all instances go first
	cleared bool            // none, or few enough, are left of those
}

// update is the Update operation. TS-0004 7.3.3.7, TS-0001 10.1.4.
func (c *CSE) update(r *request) (*m2m.Response, error) {
	var u *change
	for u == nil || u.clears && !u.cleared {
		err := c.transact(r,
			func(rd store.Reader) error { u = new(change); return c.prepareUpdate(rd, r, u) },
			func(tx store.Tx) error { return c.commitUpdate(tx, r, u) })
		if err != nil {
			return nil, err
		}
	}
	if err := c.evictRest(r.ctx, u); err != nil {
		return nil, err
	}
	rsp := m2m.NewResponse(r.Request, m2m.StatusUpdated)
	rcn := m2m.RCNAttributes
	if r.ResultContent != nil {
		rcn = *r.ResultContent
	}
	switch rcn {
	case m2m.RCNNothing:
	case m2m.RCNModifiedAttributes:
		now, err := object(u.stored, u.kind)
		if err != nil {
			return nil, err
		}
		before, err := object(u.Resource, u.kind)
		if err != nil {
			return nil, err
		}
		// What the originator knows: the resource as it was, with what it asked for.
		known := append(m2m.Object(nil), before...)
		for _, m := range u.given {
			if m.Null() {
				known.Delete(m.Name)
			} else {
				known.Set(m.Name, m.Value)
			}
		}
		if u.visible != nil {
			now, known = only(now, u.visible), only(known, u.visible)
		}
		rsp.Content.Data = modified(u.kind.Root, now, known)
	default:
		if u.visible == nil {
			rsp.Content.Data = representation(u.stored, u.kind)
			break
		}
		now, err := object(u.stored, u.kind)
		if err != nil {
			return nil, err
		}
		rsp.Content.Data = wrapped(u.kind.Root, only(now, u.visible))
	}
	return rsp, nil
}

// prepareUpdate takes an Update through Recv-6.2, 6.3 and 6.4.
func (c *CSE) prepareUpdate(rd store.Reader, r *request, u *change) (err error) {
	const op = "cse.update"
	if err := c.checkRegistered(rd, r); err != nil {
		return err
	}
	if u.target, err = c.resolve(rd, r); err != nil {
		return err
	}
	switch {
	case u.virtual == "la" || u.virtual == "ol":
		return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter to: a virtual resource is not updated")
	case u.virtual != "":
		return errVirtual(u.virtual)
	case !u.kind.Updatable:
		return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter to: %s is not updated", u.kind.Name)
	case r.address.Attribute != "":
		return m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: an Update names its attributes in the content")
	}
	root, given, err := encoding.ParseContent(r.Content, c.cfg.Limits.Content)
	if err != nil {
		return err
	}
	u.given = given
	if err := c.authoriseUpdate(rd, r, u); err != nil {
		return err
	}
	if f := r.FilterCriteria; f != nil && f.Conditions() {
		// DEVIATION: after the decision, as in a Retrieve.
		if ok, err := c.matches(rd, r, f, u.Resource); err != nil || !ok {
			return firstError(err, m2m.Errorf(op, m2m.StatusNotFound, "the addressed resource does not match the filter criteria"))
		}
	}
	r.rely(u.Resource)
	if root != u.kind.Root {
		return m2m.Errorf(op, m2m.StatusBadRequest, "parameter pc: the content is a %s, the addressed resource a %s", m2m.Clip(root), u.kind.Root)
	}
	return c.validateUpdate(rd, r, u)
}

// authoriseUpdate is Recv-6.3 of an Update: policies are changed by leave of
// their selfPrivileges, and by nothing else in the same request.
// TS-0001 9.6.1.3.2.
func (c *CSE) authoriseUpdate(rd store.Reader, r *request, u *change) error {
	const op = "cse.update"
	if u.given.Has("acpi") && u.kind.Has("acpi") {
		d, err := c.decidePolicies(rd, r, u.Resource)
		if err != nil {
			return err
		}
		if !d.allow {
			return m2m.Errorf(op, m2m.StatusOriginatorHasNoPrivilege, "the originator may not change the accessControlPolicyIDs of the addressed resource")
		}
		if len(u.given) > 1 {
			return m2m.Errorf(op, m2m.StatusBadRequest, "attribute acpi: is updated alone")
		}
		return c.chooseVisible(rd, r, u)
	}
	d, err := c.decide(rd, r, u.Resource, u.kind, access{operation: m2m.PermitUpdate})
	if err != nil {
		return err
	}
	if !d.allow {
		// Rules that are limited to attributes may permit this change.
		given := names(u.given)
		if len(given) > maxNames {
			return m2m.Errorf(op, m2m.StatusBadRequest, "parameter pc: no resource has %d attributes", len(given))
		}
		if _, err := c.authorise(rd, r, u.Resource, u.kind, access{operation: m2m.PermitUpdate, attributes: given}); err != nil {
			return err
		}
	}
	return c.chooseVisible(rd, r, u)
}

// chooseVisible has the response show no more than the originator may
// retrieve, or what it has said itself if that is nothing.
// DEVIATION: TS-0004 7.3.3.15 has the privilege to update decide alone,
// whatever the result shows.
func (c *CSE) chooseVisible(rd store.Reader, r *request, u *change) error {
	see, err := c.decide(rd, r, u.Resource, u.kind, access{operation: m2m.PermitRetrieve})
	u.visible = see.attributes
	if !see.allow {
		u.visible = names(u.given)
	}
	return err
}

// validateUpdate is Recv-6.4. TS-0004 7.3.3.4.
func (c *CSE) validateUpdate(rd store.Reader, r *request, u *change) (err error) {
	const op = "cse.update"
	given := u.given
	if m := given.Get("et"); string(m) == "null" && u.kind.Has("et") {
		// TS-0001 9.6.1.3.2: without a value, the Hosting CSE decides on a new one.
		given = append(m2m.Object(nil), given...)
		given.Delete("et")
		if u.expires, err = c.newExpiration(rd, r, u, time.Time{}); err != nil {
			return err
		}
		if c.outlived(rd, r, u, u.Counters, math.MaxInt) != nil {
			u.expires = time.Time{} // the children decide: it stays
		}
	}
	if err := u.kind.CheckUpdate(given); err != nil {
		return err
	}
	if s, ok := given.String("et"); ok {
		asked, err := m2m.ParseTimestamp(s)
		if err != nil || !asked.After(r.now) {
			return m2m.Errorf(op, m2m.StatusBadRequest, "attribute et: is in the past")
		}
		if u.expires, err = c.newExpiration(rd, r, u, asked); err != nil {
			return err
		}
		if err := c.outlived(rd, r, u, u.Counters, math.MaxInt); err != nil {
			return err
		}
	}
	o, err := encoding.ParseObject(braced(u.Body), storedLimits)
	if err != nil {
		return err
	}
	old := append(m2m.Object(nil), o...)
	for _, m := range given {
		switch {
		case m.Name == "et":
		case m.Null():
			o.Delete(m.Name)
		default:
			o.Set(m.Name, m.Value)
		}
	}
	h := resources.Of(u.kind)
	if h.Complete != nil {
		change := &resources.Change{Context: c.hooks, Type: u.kind, Object: &o, Old: old, Given: given, Now: r.now}
		if u.Type == m2m.TypeSubscription || u.Type == m2m.TypeSchedule {
			parent, err := c.load(rd, r, u.Parent)
			if err != nil {
				return err
			}
			change.Parent = c.typeOf(parent)
		}
		if err := h.Complete(change); err != nil {
			return err
		}
	}
	if u.Type == m2m.TypeGroup && given.Has("mid") {
		if err := c.validateMembers(rd, r, &o); err != nil {
			return err
		}
	}
	if h.Size != nil {
		size, err := h.Size(u.kind, o)
		if err != nil {
			return err
		}
		o.Set("cs", strconv.AppendInt(nil, size, 10))
	}
	if _, holds := instanceOf[u.Type]; holds {
		changed := &store.Resource{Body: o.AppendMembers(nil)}
		if u.evict, err = resources.ParseHold(changed); err != nil {
			return err
		}
		if string(old.Get("disr")) == "true" && !u.evict.DisableRetrieval {
			// TS-0001 table 9.6.6-2: what nobody could retrieve is never shown.
			u.clears = true
		}
	}
	u.object = o
	if u.labels, err = c.bounded(o); err != nil {
		return err
	}
	u.meaning, err = c.mean(rd, r, u.kind, o, given, u.Resource)
	return err
}

func (c *CSE) newExpiration(rd store.Reader, r *request, u *change, asked time.Time) (time.Time, error) {
	if u.Parent == 0 {
		return c.expiration(asked, 0, r.now), nil
	}
	parent, err := c.load(rd, r, u.Parent)
	if err != nil {
		return asked, err
	}
	r.rely(parent)
	return c.expiration(asked, parent.Expires, r.now), nil
}

// outlived refuses an expirationTime before that of a child, of those children
// that it looks at. TS-0004 7.3.3.4.
func (c *CSE) outlived(rd store.Reader, r *request, u *change, counters store.Counters, most int) error {
	at := u.expires.UnixMicro()
	if at >= counters.LatestExpiry {
		return nil // the bound says that no child can live longer
	}
	for child, err := range rd.Children(u.ID, 0, 0, 0) {
		if err != nil {
			return err
		}
		if most--; most < 0 {
			return nil
		}
		if child.Expires > at && !expired(child, r.now) {
			return m2m.Errorf("cse.update", m2m.StatusBadRequest, "attribute et: a child resource lives longer")
		}
	}
	return nil
}

// maxRecheck bounds the children that the writer looks at, for a few ms.
const maxRecheck = 1000

// commitUpdate is Recv-6.5, inside the writer.
func (c *CSE) commitUpdate(tx store.Tx, r *request, u *change) error {
	now := c.clock.Now()
	if u.clears {
		more, err := evict(tx, u.ID, instanceOf[u.Type], &resources.Hold{MaxInstances: 0, MaxBytes: -1})
		if u.cleared = !more; err != nil || more {
			return err // the update itself comes with the last of them
		}
	}
	res, err := tx.Get(u.ID)
	if errors.Is(err, store.ErrNotFound) {
		return errStale
	}
	if err != nil {
		return err
	}
	res = res.Clone()
	o := append(m2m.Object(nil), u.object...)
	o.Set("lt", rawString(m2m.FormatTimestamp(now)))
	res.Modified = now.UnixMicro()
	if !u.expires.IsZero() {
		// A child may have come since, or live longer. The writer has no time
		// for more than some; what outlives its parent goes with it.
		if err := c.outlived(tx, r, u, res.Counters, maxRecheck); err != nil {
			return err
		}
		res.Expires = u.expires.UnixMicro()
		o.Set("et", rawString(m2m.FormatTimestamp(u.expires)))
	}
	if res.Counters.StateTag >= 0 {
		res.Counters.StateTag++
	}
	res.Labels = u.labels
	res.Policies, res.Grantees = u.meaning.policies, u.meaning.grantees
	if cs := o.Get("cs"); cs != nil {
		if res.Size, err = strconv.ParseInt(string(bytes.TrimSpace(cs)), 10, 64); err != nil {
			return err
		}
	}
	res.Body = o.AppendMembers(nil)
	if err := tx.Put(res); err != nil {
		return err
	}
	if u.Parent != 0 {
		// TS-0001 10.1.4: the change of a child is one of its parent.
		if _, err := tx.IncrementStateTag(u.Parent); err != nil {
			return err
		}
	}
	if u.evict != nil {
		if u.more, err = evict(tx, u.ID, instanceOf[u.Type], u.evict); err != nil {
			return err
		}
	}
	if res.Type == m2m.TypeFlexContainer {
		if err := c.keepInstance(tx, r, res, u.kind, now); err != nil {
			return err
		}
	}
	// What the response shows is what was stored, counters included.
	u.stored, err = tx.Get(res.ID)
	return err
}
