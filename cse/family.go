package cse

import (
	"slices"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// A relative is a descendant in a result, with the attributes that the
// originator may see; nil for all.
type relative struct {
	*store.Resource
	kind       *schema.Type
	attributes []string
}

// family fills rsp with a resource and what is under it, as rcn says:
// attributes, nested children or references to them. Offset and limit count
// as TS-0001 8.1.2 says: offset in direct children, limit in resources, and a
// direct child comes with all that is under it or not at all, so that an
// originator can go on where a partial result ended.
func (c *CSE) family(rd store.Reader, r *request, t target, d decision, rcn m2m.ResultContent, rsp *m2m.Response) error {
	nested := rcn == m2m.RCNAttributesAndChildResources || rcn == m2m.RCNChildResources
	relatives, err := c.relatives(rd, r, t, nested, rsp)
	if err != nil {
		return err
	}
	b := append([]byte(`{"`), t.kind.Root...)
	b = append(b, `":{`...)
	empty := len(b)
	if rcn == m2m.RCNAttributesAndChildResources || rcn == m2m.RCNAttributesAndChildReferences {
		if b, err = c.appendVisible(b, relative{t.Resource, t.kind, d.attributes}); err != nil {
			return err
		}
	}
	if nested {
		byParent := make(map[store.ID][]relative, len(relatives))
		for _, x := range relatives {
			byParent[x.Parent] = append(byParent[x.Parent], x)
		}
		b, err = c.appendNested(b, t.ID, byParent, len(b) == empty)
	} else {
		if len(b) > empty {
			b = append(b, ',')
		}
		b = append(b, `"ch":[`...)
		for i, x := range relatives {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = c.appendReference(b, rd, r, x.Resource); err != nil {
				break
			}
		}
		b = append(b, ']')
	}
	rsp.Content.Data = append(b, '}', '}')
	return err
}

// appendVisible appends the attributes that may be seen, without braces.
func (c *CSE) appendVisible(b []byte, x relative) ([]byte, error) {
	if x.attributes == nil {
		return appendMembers(b, x.Resource, x.kind), nil
	}
	o, err := object(x.Resource, x.kind)
	if err != nil {
		return b, err
	}
	return only(o, x.attributes).AppendMembers(b), nil
}

// appendNested appends the children of a parent, grouped by their type, each
// with its own children within. TS-0004 8.4.3 example 3.
func (c *CSE) appendNested(b []byte, parent store.ID, byParent map[store.ID][]relative, first bool) ([]byte, error) {
	children := byParent[parent]
	for i, x := range children {
		root := x.kind.Root
		if slices.ContainsFunc(children[:i], func(y relative) bool { return y.kind.Root == root }) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = append(b, root...)
		b = append(b, `":[`...)
		comma := false
		for _, y := range children[i:] {
			if y.kind.Root != root {
				continue
			}
			if comma {
				b = append(b, ',')
			}
			comma = true
			b = append(b, '{')
			at := len(b)
			var err error
			if b, err = c.appendVisible(b, y); err != nil {
				return b, err
			}
			if b, err = c.appendNested(b, y.ID, byParent, len(b) == at); err != nil {
				return b, err
			}
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	return b, nil
}

// relatives collects the descendants for a result. In a nested one, what has
// a parent that is not in the result has no place.
func (c *CSE) relatives(rd store.Reader, r *request, t target, nested bool, rsp *m2m.Response) ([]relative, error) {
	criteria := r.FilterCriteria
	if criteria == nil {
		criteria = new(m2m.FilterCriteria)
	}
	f, err := prepareFilter(criteria)
	if err != nil {
		return nil, err
	}
	p := pager{limit: c.cfg.Limits.Results, bytes: c.cfg.Limits.ResultSize}
	p.skip, p.limit = c.page(f)
	levels := 0
	if f.Level != nil {
		levels = *f.Level
	}
	var types []m2m.ResourceType
	if len(f.ResourceTypes) > 0 && (f.Operation == 0 || f.Operation == m2m.FilterAND) {
		types = f.ResourceTypes
	}
	shown := map[store.ID]bool{t.ID: true}
	for st, err := range c.walk(rd, r, t.Resource, walk{levels: levels, types: types, heads: !nested && !f.readsBodies()}) {
		if err != nil {
			return nil, err
		}
		if st.level == 1 && !p.close() {
			break
		}
		if c.over(r) {
			p.partial = true
			break
		}
		if nested && !shown[st.Parent] {
			continue
		}
		kind := c.typeOf(st.Resource)
		if ok, err := c.test(rd, r, f, st.Resource, decision{allow: true}); err != nil {
			return nil, err
		} else if !ok {
			continue
		}
		d, err := c.decide(rd, r, st.Resource, kind, access{operation: m2m.PermitRetrieve})
		if err != nil {
			return nil, err
		}
		if !d.allow {
			continue
		}
		if d.attributes != nil {
			// It must not be here for what the originator may not see.
			if ok, err := c.test(rd, r, f, st.Resource, d); err != nil {
				return nil, err
			} else if !ok {
				continue
			}
		}
		if nested && st.Type == m2m.TypeContentInstance {
			if hidden, err := c.retrievalDisabled(rd, r, st.Parent); err != nil {
				return nil, err
			} else if hidden {
				continue
			}
		}
		if nested {
			shown[st.ID] = true
		}
		if !p.add(relative{st.Resource, kind, d.attributes}) {
			break
		}
	}
	p.close()
	if p.partial {
		rsp.ContentStatus = m2m.PartialContent
		rsp.ContentOffset = p.next
	}
	return p.taken, nil
}

func (c *CSE) retrievalDisabled(rd store.Reader, r *request, container store.ID) (bool, error) {
	parent, err := c.load(rd, r, container)
	if err != nil {
		return false, err
	}
	hold, err := parsedOf(&c.cache, parent, resources.ParseHold)
	return err == nil && hold.DisableRetrieval, err
}

// A pager cuts a walk into direct children with all that is under them, and
// takes as many of those units as fit.
type pager struct {
	skip, limit, bytes int

	unit    []relative
	members int // of unit, of which those that are left out are not kept
	size    int // bytes of unit
	units   int // closed so far, those without a match not counted
	taken   []relative
	next    int // offset at which a further request goes on
	partial bool
}

// add puts a resource into the open unit; false if the unit can't fit.
func (p *pager) add(x relative) bool {
	p.members++
	if p.units < p.skip {
		return true
	}
	p.unit = append(p.unit, x)
	p.size += len(x.Body) + 32
	return len(p.unit) <= p.limit && p.size <= p.bytes
}

// close ends the open unit; false if the result is full.
func (p *pager) close() bool {
	if p.partial {
		return false
	}
	if p.members == 0 {
		return true
	}
	p.units++
	unit, size := p.unit, p.size
	p.unit, p.members, p.size = nil, 0, 0
	p.next = p.units + 1
	if p.units <= p.skip {
		return true
	}
	if len(p.taken)+len(unit) > p.limit || size > p.bytes {
		p.partial = true
		p.next = p.units
		if len(p.taken) == 0 && p.limit > 0 {
			// The first child alone is too large: a part of it is better than
			// an originator that never gets on.
			p.taken = unit[:min(len(unit), p.limit)]
			p.next = p.units + 1
		}
		return false
	}
	p.taken = append(p.taken, unit...)
	p.bytes -= size
	return true
}
