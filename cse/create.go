package cse

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// A creation is a resource on its way into the tree.
type creation struct {
	parent   target
	kind     *schema.Type
	given    m2m.Object // attributes as the request gave them
	object   m2m.Object // attributes to store, without those that the CSE sets last
	name     string     // resourceName; empty if the CSE makes one
	stem     string     // AE-ID-Stem of an <AE>; empty if the CSE makes one
	letter   byte       // 'C' or 'S' for a stem that the CSE makes
	creator  string
	expires  time.Time // zero if the type has no expirationTime
	age      time.Duration
	size     int64
	labels   []string
	meaning  meaning
	distinct string // from its siblings; empty if they need no such

	stored *store.Resource
}

// create is the Create operation. TS-0004 7.3.3.5, TS-0001 10.1.2.
func (c *CSE) create(r *request) (*m2m.Response, error) {
	var n *creation
	err := c.transact(r,
		func(rd store.Reader) (err error) { n, err = c.prepareCreate(rd, r); return err },
		func(tx store.Tx) error { return c.commitCreate(tx, r, n) })
	if errors.Is(err, store.ErrExists) {
		return nil, m2m.Errorf("cse.create", m2m.StatusConflict, "attribute rn: the parent has a child of that name")
	}
	if err != nil {
		return nil, err
	}
	return c.presentCreated(r, n)
}

// prepareCreate takes a Create through Recv-6.2, 6.3 and 6.4.
func (c *CSE) prepareCreate(rd store.Reader, r *request) (*creation, error) {
	if err := c.checkRegistered(rd, r); err != nil {
		return nil, err
	}
	parent, err := c.resolve(rd, r)
	if err != nil {
		return nil, err
	}
	if err := c.creatable(r, parent); err != nil {
		return nil, err
	}
	r.rely(parent.Resource)
	n := &creation{parent: parent}
	registering := r.ResourceType == m2m.TypeAE
	if !registering { // TS-0004 7.4.5.2.1 skips Recv-6.3
		if err := c.authoriseCreate(rd, r, parent); err != nil {
			return nil, err
		}
	}
	if err := c.validateCreate(rd, r, n); err != nil {
		return nil, err
	}
	if registering {
		if n.stem, n.letter, err = c.allocate(r); err != nil {
			return nil, err
		}
		if err := free(rd, n.stem); err != nil {
			return nil, err
		}
		if err := c.admit(rd); err != nil {
			return nil, err
		}
	}
	if n.kind.Number == m2m.TypeTimeSeriesInstance {
		if n.distinct, err = generation(n.object, r.now); err != nil {
			return nil, err
		}
	}
	if n.name != "" && slices.Contains(parent.kind.Virtual, n.name) {
		// A virtual child has its name already; the store knows of the others.
		return nil, store.ErrExists
	}
	return n, nil
}

// authoriseCreate is Recv-6.3 of a Create. Rules that are limited to
// attributes judge those that the request gives.
func (c *CSE) authoriseCreate(rd store.Reader, r *request, parent target) error {
	if err := c.registrees(rd, r, parent); err != nil || r.ResourceType == m2m.TypeRemoteCSE && !r.admin {
		return err
	}
	a := access{operation: m2m.PermitCreate, child: r.ResourceType}
	if r.ResourceType == m2m.TypeSubscription {
		// TS-0004 7.4.8.2.1: nobody is told of what they may not retrieve.
		if _, err := c.authorise(rd, r, parent.Resource, parent.kind, access{operation: m2m.PermitRetrieve}); err != nil {
			return err
		}
	}
	d, err := c.decide(rd, r, parent.Resource, parent.kind, a)
	if err != nil || d.allow {
		return err
	}
	if _, given, err := encoding.ParseContent(r.Content, c.cfg.Limits.Content); err == nil && len(given) <= maxNames {
		a.attributes = names(given)
	}
	_, err = c.authorise(rd, r, parent.Resource, parent.kind, a)
	return err
}

// creatable refuses targets under which nothing is ever created.
func (c *CSE) creatable(r *request, parent target) error {
	const op = "cse.creatable"
	switch {
	case parent.virtual == "la" || parent.virtual == "ol":
		return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter to: nothing is created under a virtual resource")
	case parent.virtual != "":
		return errVirtual(parent.virtual)
	case r.address.Attribute != "":
		return m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: nothing is created under an attribute")
	case len(parent.Ancestors) >= c.cfg.Limits.Depth:
		return m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: the resource tree is %d levels deep at most", c.cfg.Limits.Depth)
	}
	return nil
}

func errVirtual(name string) error {
	return m2m.Errorf("cse.virtual", m2m.StatusNotImplemented, "parameter to: the virtual resource %s is not supported", name)
}

func names(o m2m.Object) []string {
	list := make([]string, len(o))
	for i, m := range o {
		list[i] = m.Name
	}
	return list
}

// validateCreate is Recv-6.4. TS-0004 7.3.3.3.
func (c *CSE) validateCreate(rd store.Reader, r *request, n *creation) error {
	const op = "cse.validateCreate"
	root, given, err := encoding.ParseContent(r.Content, c.cfg.Limits.Content)
	if err != nil {
		return err
	}
	// What the type alone decides comes before what the content says; a
	// specialisation is known by its content.
	if t := c.schema.Type(r.ResourceType); t != nil && t.Creatable {
		if err := c.checkChild(n.parent.kind, t); err != nil {
			return err
		}
	}
	if n.kind, err = c.schema.Resolve(r.ResourceType, root, given); err != nil {
		return err
	}
	if err := c.checkChild(n.parent.kind, n.kind); err != nil {
		return err
	}
	n.given = given
	n.object = make(m2m.Object, 0, len(given)+4)
	n.object = append(n.object, given...)
	if r.ResourceType == m2m.TypeAE {
		resources.CompleteAE(&n.object, r.ReleaseVersion)
	}
	if err := n.kind.CheckCreate(n.object); err != nil {
		return err
	}
	if r.ResourceType == m2m.TypeAE {
		if err := c.checkAE(r, n.object); err != nil {
			return err
		}
	}
	if n.object.Has("rn") {
		n.name, _ = n.object.String("rn")
		if !m2m.ValidResourceName(n.name) {
			return m2m.Errorf(op, m2m.StatusBadRequest, "attribute rn: is no resource name")
		}
		n.object.Delete("rn")
	}
	n.creator = r.originator
	if n.kind.Has("et") {
		if err := c.chooseExpiration(n, r); err != nil {
			return err
		}
	}
	if cr := n.kind.Attribute("cr"); cr != nil && cr.Required && !n.object.Has("cr") {
		n.object.Set("cr", json.RawMessage("null")) // every resource of the type has one
	}
	switch {
	case n.kind.Number == m2m.TypeSubscription:
		c.nameSubscriber(r, &n.object)
	case n.kind.Number == m2m.TypeRemoteCSE && !r.admin:
		n.object.Set("csi", rawString(r.originator)) // TS-0004 7.4.4.2.1, Recv-6.5
	}
	for _, a := range c.defaults[n.kind] {
		if !n.object.Has(a.Short) {
			n.object.Set(a.Short, a.Default)
		}
	}
	n.size = -1
	h := resources.Of(n.kind)
	if h.Complete != nil {
		if err := h.Complete(&resources.Change{Context: c.hooks, Type: n.kind, Parent: n.parent.kind, Object: &n.object, Now: r.now}); err != nil {
			return err
		}
	}
	if n.kind.Number == m2m.TypeGroup {
		if err := c.validateMembers(rd, r, &n.object); err != nil {
			return err
		}
	}
	if h.Size != nil {
		if n.size, err = h.Size(n.kind, n.object); err != nil {
			return err
		}
		n.object.Set("cs", strconv.AppendInt(nil, n.size, 10))
	}
	if p := resources.Of(n.parent.kind); p.Judge != nil {
		limits, err := parsedOf(&c.cache, n.parent.Resource, resources.ParseHold)
		if err != nil {
			return err
		}
		if err := p.Judge(limits, n.kind, n.size); err != nil {
			return err
		}
		if n.kind.Number == instanceOf[n.parent.Type] {
			n.age = limits.MaxAge
		}
	}
	if n.labels, err = c.bounded(n.object); err != nil {
		return err
	}
	n.meaning, err = c.mean(rd, r, n.kind, n.object, nil, nil)
	return err
}

// checkChild refuses a type that this CSE does not host, or not under such a
// parent. TS-0004 7.3.3.3.
func (c *CSE) checkChild(parent, kind *schema.Type) error {
	const op = "cse.checkChild"
	switch {
	case kind.INOnly && c.cfg.Type != m2m.INCSE:
		return m2m.Errorf(op, m2m.StatusOperationNotAllowed, "parameter ty: %s is hosted by an IN-CSE only", kind.Name)
	case parent.AllowsChild(kind):
		return nil
	case kind.Number == m2m.TypeSubscription:
		// TS-0004 7.4.8.2.1
		return m2m.Errorf(op, m2m.StatusTargetNotSubscribable, "parameter to: nobody subscribes to a %s", parent.Name)
	}
	return m2m.Errorf(op, m2m.StatusInvalidChildResourceType, "parameter ty: %s is no child of %s", kind.Name, parent.Name)
}

// maxLabel bounds one label, in bytes: it is a key of an index.
const maxLabel = 1024

// bounded holds the lists that cost something with each request to their
// limits, and returns the labels.
func (c *CSE) bounded(o m2m.Object) (labels []string, err error) {
	for _, l := range []struct {
		name string
		most int
	}{{"lbl", c.cfg.Limits.Labels}, {"acpi", c.cfg.Limits.Policies}, {"mid", c.cfg.Limits.Members}} {
		raw := o.Get(l.name)
		if raw == nil {
			continue
		}
		list, ok := encoding.Strings(raw)
		if !ok || len(list) > l.most {
			return nil, m2m.Errorf("cse.bounded", m2m.StatusBadRequest, "attribute %s: this CSE takes %d members", l.name, l.most)
		}
		if l.name == "lbl" {
			labels = list
		}
	}
	for _, l := range labels {
		if len(l) > maxLabel {
			return nil, m2m.Errorf("cse.bounded", m2m.StatusBadRequest, "attribute lbl: a label is longer than %d bytes", maxLabel)
		}
	}
	return labels, nil
}

// chooseExpiration gives the resource its expirationTime: what was asked for,
// as far as the policy and the parent allow. TS-0004 7.3.3.3.
func (c *CSE) chooseExpiration(n *creation, r *request) error {
	var asked time.Time
	if s, ok := n.object.String("et"); ok {
		var err error
		if asked, err = m2m.ParseTimestamp(s); err != nil {
			return m2m.Errorf("cse.chooseExpiration", m2m.StatusBadRequest, "attribute et: %v", err)
		}
		if !asked.After(r.now) {
			return m2m.Errorf("cse.chooseExpiration", m2m.StatusBadRequest, "attribute et: is in the past")
		}
	}
	n.object.Delete("et")
	n.expires = c.expiration(asked, n.parent.Expires, r.now)
	return nil
}

// expiration returns the expirationTime for a resource for which asked was
// asked (zero for nothing) and whose parent expires at parent (µs, 0 for
// never).
func (c *CSE) expiration(asked time.Time, parent int64, now time.Time) time.Time {
	et := asked
	if et.IsZero() {
		et = now.Add(c.cfg.Timers.DefaultExpiration)
	}
	if most := now.Add(c.cfg.Timers.MaximumExpiration); et.After(most) {
		et = most
	}
	if parent != 0 {
		if most := time.UnixMicro(parent); et.After(most) {
			et = most
		}
	}
	return et.UTC().Truncate(time.Microsecond)
}

// rawString is s as the value of an attribute.
func rawString(s string) json.RawMessage { return m2m.Quote(s) }
