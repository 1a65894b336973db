package cse

import (
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// keepInstance records the state of a <flexContainer> that keeps instances as
// a <flexContainerInstance> of its custom attributes. It belongs to the same
// transaction as the change. TS-0001 9.6.35 of release 4.
func (c *CSE) keepInstance(tx store.Tx, r *request, flex *store.Resource, kind *schema.Type, now time.Time) error {
	hold, err := resources.ParseHold(flex)
	if err != nil || !hold.Keeps {
		return err
	}
	o, err := encoding.ParseObject(braced(flex.Body), storedLimits)
	if err != nil {
		return err
	}
	id := tx.NextID()
	ri := store.FormatRI("fci", id)
	n := &store.Resource{
		ID: id, Parent: flex.ID, Ancestors: appendID(flex.Ancestors, flex.ID),
		Type: m2m.TypeFlexContainerInstance, RI: ri, Name: ri, Generated: true,
		Creator: r.originator, Created: now.UnixMicro(), Modified: now.UnixMicro(),
		Expires: flex.Expires, Size: flex.Size, Counted: true, Labels: flex.Labels,
		Counters: store.Counters{StateTag: -1},
	}
	if hold.MaxAge > 0 {
		if at := now.Add(hold.MaxAge).UnixMicro(); n.Expires == 0 || at < n.Expires {
			n.Expires = at
		}
	}
	var body m2m.Object
	body.Set("ty", strconv.AppendInt(nil, int64(n.Type), 10))
	for _, f := range []struct{ name, value string }{
		{"ri", ri}, {"rn", ri}, {"pi", flex.RI},
		{"ct", m2m.FormatTimestamp(now)}, {"lt", m2m.FormatTimestamp(now)}, {"org", r.originator},
	} {
		body.Set(f.name, rawString(f.value))
	}
	if n.Expires != 0 {
		body.Set("et", rawString(m2m.FormatTimestamp(time.UnixMicro(n.Expires))))
	}
	body.Set("cs", strconv.AppendInt(nil, n.Size, 10))
	for _, m := range o {
		if a := kind.Attribute(m.Name); a != nil && a.Custom || m.Name == "lbl" || m.Name == "loc" {
			body.Set(m.Name, m.Value)
		}
	}
	n.Body = body.AppendMembers(nil)
	if err := tx.Put(n); err != nil {
		return err
	}
	_, err = evict(tx, flex.ID, n.Type, hold)
	return err
}
