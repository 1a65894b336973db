package cse

import (
	"errors"
	"iter"
	"math"
	"slices"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// A step of a walk is a resource and how far below the root it is: 1 for a
// child.
type step struct {
	*store.Resource
	level int
}

// walk goes through what is under root, parents before their children and
// siblings in order of their type and creation: the order of every result
// that is not by label or creator. It leaves out what has expired, and what
// is under an AE that is not active (TS-0001 10.2.6). levels bounds the depth,
// 0 does not. If types are given, only those are of interest: what can
// neither be one of them nor lead to one is skipped without being read.
func (c *CSE) walk(rd store.Reader, r *request, root *store.Resource, w walk) iter.Seq2[step, error] {
	w.children = rd.Children
	if w.heads {
		w.children = rd.Heads
	}
	return func(yield func(step, error) bool) {
		c.descend(rd, r, root, 1, &w, yield)
	}
}

// A walk is how to go.
type walk struct {
	levels int
	types  []m2m.ResourceType
	heads  bool // resources come without their bodies

	children func(parent store.ID, ty, afterType m2m.ResourceType, after store.ID) iter.Seq2[*store.Resource, error]
}

func (c *CSE) descend(rd store.Reader, r *request, parent *store.Resource, level int, w *walk, yield func(step, error) bool) bool {
	after := m2m.ResourceType(0)
	for {
		skipped := false
		for child, err := range w.children(parent.ID, 0, after, store.ID(math.MaxUint64)) {
			if err != nil {
				yield(step{}, err)
				return false
			}
			kind := c.typeOf(child)
			if w.types != nil && !slices.Contains(w.types, child.Type) && !c.leadsTo(kind, w.types) {
				after, skipped = child.Type, true
				break // to the next type
			}
			if expired(child, r.now) {
				continue
			}
			if hidden, err := c.inactive(rd, r, child); err != nil || hidden {
				if err != nil {
					yield(step{}, err)
					return false
				}
				continue
			}
			if !yield(step{child, level}, nil) {
				return false
			}
			if w.levels != 0 && level >= w.levels || !c.mayHaveChildren(kind) || w.types != nil && !c.leadsTo(kind, w.types) {
				continue
			}
			if !c.descend(rd, r, child, level+1, w, yield) {
				return false
			}
		}
		if !skipped {
			return true
		}
	}
}

// inactive reports whether a resource is an AE that is registered and not
// active. TS-0004 7.3.3.14.
func (c *CSE) inactive(rd store.Reader, r *request, res *store.Resource) (bool, error) {
	if res.Type != m2m.TypeAE {
		return false, nil
	}
	hidden, err := parsedOf(&c.cache, res, isInactive)
	if !errors.Is(err, errHeadAlone) {
		return hidden, err
	}
	ae, err := c.load(rd, r, res.ID)
	if err != nil {
		return false, err
	}
	return parsedOf(&c.cache, ae, isInactive)
}

func isInactive(ae *store.Resource) (bool, error) {
	o, err := encoding.ParseObject(braced(ae.Body), storedLimits)
	return string(o.Get("regs")) == "2", err
}

// leadsTo reports whether a resource of one of the types can be found
// anywhere under one of kind, by the tables of allowed children.
func (c *CSE) leadsTo(kind *schema.Type, types []m2m.ResourceType) bool {
	below := c.below[kind.Number]
	return slices.ContainsFunc(types, func(t m2m.ResourceType) bool { return below[t] })
}

// mayHaveChildren reports whether the table allows the type any child.
func (c *CSE) mayHaveChildren(kind *schema.Type) bool { return len(c.below[kind.Number]) > 0 }

// reach computes, for each resource type, the types that can be under it at
// any depth.
func reach(all []*schema.Type) map[m2m.ResourceType]map[m2m.ResourceType]bool {
	direct := make(map[m2m.ResourceType]map[m2m.ResourceType]bool)
	for _, p := range all {
		if direct[p.Number] == nil {
			direct[p.Number] = make(map[m2m.ResourceType]bool)
		}
		for _, ch := range all {
			if ch.Number != 0 && p.AllowsChild(ch) {
				direct[p.Number][ch.Number] = true
			}
		}
	}
	below := make(map[m2m.ResourceType]map[m2m.ResourceType]bool, len(direct))
	for p := range direct {
		seen := make(map[m2m.ResourceType]bool)
		queue := []m2m.ResourceType{p}
		for len(queue) > 0 {
			next := queue[0]
			queue = queue[1:]
			for ch := range direct[next] {
				if !seen[ch] {
					seen[ch] = true
					queue = append(queue, ch)
				}
			}
		}
		below[p] = seen
	}
	return below
}
