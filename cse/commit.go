package cse

import (
	"errors"
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// commitCreate is Recv-6.5, inside the writer.
func (c *CSE) commitCreate(tx store.Tx, r *request, n *creation) error {
	now := c.clock.Now()
	parent := n.parent.Resource
	id := tx.NextID()
	res := &store.Resource{
		ID:        id,
		Parent:    parent.ID,
		Ancestors: appendID(parent.Ancestors, parent.ID),
		Type:      n.kind.Number,
		RI:        store.FormatRI(prefixOf(n.kind), id),
		Name:      n.name,
		Creator:   n.creator,
		Created:   now.UnixMicro(),
		Modified:  now.UnixMicro(),
		Size:      n.size,
		Labels:    n.labels,
		Policies:  n.meaning.policies,
		Grantees:  n.meaning.grantees,
		Distinct:  n.distinct,
		Counters:  store.Counters{StateTag: -1},
	}
	if n.kind.ContainerDefinition != "" {
		res.Specialization = n.kind.ContainerDefinition
	} else if n.kind.MgmtDefinition != 0 {
		res.Specialization = strconv.Itoa(n.kind.MgmtDefinition)
	}
	if n.kind.Number == m2m.TypeAE {
		if n.stem == "" {
			res.RI = store.FormatRI(string(n.letter), id)
		} else {
			res.RI = n.stem
			if err := free(tx, n.stem); err != nil {
				return err
			}
		}
		res.Creator = res.RI
	}
	if n.name == "" {
		res.Name = res.RI
		res.Generated = n.kind.Number != m2m.TypeAE || n.stem == ""
	}
	expires := n.expires
	if n.age > 0 {
		// TS-0004 7.4.7.2.1: an instance lives no longer than maxInstanceAge.
		if oldest := now.Add(n.age); oldest.Before(expires) {
			expires = oldest.Truncate(time.Microsecond)
		}
	}
	if !expires.IsZero() {
		res.Expires = expires.UnixMicro()
	}
	instance := n.kind.Number == instanceOf[parent.Type]
	res.Counted = instance
	if n.kind.Has("st") {
		res.Counters.StateTag = 0
	}
	if instance && parent.Counters.StateTag >= 0 {
		st, err := tx.IncrementStateTag(parent.ID)
		if err != nil {
			return err
		}
		if n.kind.Has("st") {
			res.Counters.StateTag = st // TS-0004 7.4.7.2.1
		}
	}
	if n.kind.Has("cr") && n.object.Has("cr") {
		res.IndexCreator = res.Creator
	}
	var locations store.ID
	if res.Type == m2m.TypeLocationPolicy {
		locations = tx.NextID()
		n.object.Set("loi", rawString(locationsRI(locations)))
	}
	res.Body = c.body(n, res, now, expires, parent.RI)
	switch res.Type {
	case m2m.TypeRemoteCSE:
		if err := c.checkUnregistered(tx, r, parent.ID); err != nil {
			return err
		}
	case m2m.TypePollingChannel:
		if err := checkSingle(tx, res, now); err != nil {
			return err
		}
	case m2m.TypeSubscription:
		if err := c.checkBlocking(tx, res); err != nil {
			return err
		}
	}
	err := tx.Put(res)
	if errors.Is(err, store.ErrNotDistinct) {
		return m2m.Errorf("cse.create", m2m.StatusConflict, "attribute dgt: the timeSeries has an instance of that time")
	}
	if err != nil {
		return err
	}
	n.stored = res
	if locations != 0 {
		return c.addLocations(tx, res, parent.RI, locations, n.object)
	}
	if instance {
		limits, err := parsedOf(&c.cache, parent, resources.ParseHold)
		if err != nil {
			return err
		}
		_, err = evict(tx, parent.ID, res.Type, limits)
		return err
	}
	if n.kind.Number == m2m.TypeFlexContainer {
		return c.keepInstance(tx, r, res, n.kind, now)
	}
	return nil
}

func appendID(ancestors []store.ID, parent store.ID) []store.ID {
	list := make([]store.ID, len(ancestors)+1)
	copy(list, ancestors)
	list[len(ancestors)] = parent
	return list
}

// prefixOf begins the resourceIDs of a type, so that a person can tell what
// an identifier is of.
func prefixOf(t *schema.Type) string {
	if t.Base != nil {
		t = t.Base
	}
	if t.Short == "" {
		return "res"
	}
	return t.Short
}

// body lays out what is stored: the universal attributes first, then those of
// the request and the ones that the CSE set.
func (c *CSE) body(n *creation, res *store.Resource, now, expires time.Time, parentRI string) []byte {
	size := 160 + len(res.RI) + len(res.Name) + len(parentRI)
	for _, m := range n.object {
		size += len(m.Name) + len(m.Value) + 4
	}
	b := make([]byte, 0, size)
	b = append(b, `"ty":`...)
	b = strconv.AppendInt(b, int64(res.Type), 10)
	b = appendText(b, `,"ri":`, res.RI)
	b = appendText(b, `,"rn":`, res.Name)
	b = appendText(b, `,"pi":`, parentRI)
	b = append(b, `,"ct":"`...)
	b = m2m.AppendTimestamp(b, now)
	b = append(b, `","lt":"`...)
	b = m2m.AppendTimestamp(b, now)
	b = append(b, '"')
	if !expires.IsZero() {
		b = append(b, `,"et":"`...)
		b = m2m.AppendTimestamp(b, expires)
		b = append(b, '"')
	}
	if res.Type == m2m.TypeAE {
		b = appendText(b, `,"aei":`, res.RI)
	}
	for _, m := range n.object {
		b = append(b, ',', '"')
		b = append(b, m.Name...)
		b = append(b, '"', ':')
		if m.Name == "cr" {
			b = append(b, m2m.Quote(res.Creator)...)
			continue
		}
		b = append(b, m.Value...)
	}
	return b
}

// appendText appends a key and an identifier or name, which needs no escape.
func appendText(b []byte, key, text string) []byte {
	b = append(b, key...)
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}
