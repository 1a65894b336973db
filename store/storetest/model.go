package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// A model is a store without any cleverness: a map, and loops over it.
type model struct {
	resources map[store.ID]*store.Resource
	pending   bool // removed subtrees may wait to be freed
}

func (m *model) clone() *model {
	c := &model{make(map[store.ID]*store.Resource), m.pending}
	for id, r := range m.resources {
		c.resources[id] = r.Clone()
	}
	return c
}

// load fills the model with what r enumerates from the root down.
func (m *model) load(t failer, r store.Reader) {
	m.resources = make(map[store.ID]*store.Resource)
	var below func(parent store.ID)
	below = func(parent store.ID) {
		for c, err := range r.Children(parent, 0, 0, 0) {
			if err != nil {
				t.Fatalf("Children: %v", err)
			}
			m.resources[c.ID] = c
			below(c.ID)
		}
	}
	below(0)
}

// ids returns all IDs in ascending order.
func (m *model) ids() []store.ID { return slices.Sorted(maps.Keys(m.resources)) }

func (m *model) byRI(ri string) *store.Resource {
	for _, r := range m.resources {
		if r.RI == ri {
			return r
		}
	}
	return nil
}

func (m *model) child(parent store.ID, name string) *store.Resource {
	for _, r := range m.resources {
		if r.Parent == parent && r.Name == name {
			return r
		}
	}
	return nil
}

// children returns the children of parent, by type, then ID.
func (m *model) children(parent store.ID, ty m2m.ResourceType) (list []*store.Resource) {
	for _, id := range m.ids() {
		if r := m.resources[id]; r.Parent == parent && (ty == 0 || r.Type == ty) {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *store.Resource) int { return int(a.Type - b.Type) })
	return list
}

// put does what Tx.Put does.
func (m *model) put(r *store.Resource) error {
	if old := m.resources[r.ID]; old != nil {
		r.Revision, r.Ancestors = old.Revision+1, old.Ancestors
	} else {
		parent := m.resources[r.Parent]
		if parent == nil {
			return store.ErrNotFound
		}
		if m.byRI(r.RI) != nil || m.child(r.Parent, r.Name) != nil {
			return store.ErrExists
		}
		for _, sibling := range m.children(r.Parent, 0) {
			if r.Distinct != "" && sibling.Distinct == r.Distinct {
				return store.ErrNotDistinct
			}
		}
		r.Revision, r.Ancestors = 1, append(slices.Clone(parent.Ancestors), parent.ID)
	}
	m.resources[r.ID] = r
	if parent := m.resources[r.Parent]; parent != nil {
		parent.Counters.LatestExpiry = max(parent.Counters.LatestExpiry, never(r.Expires))
	}
	m.recount(r.Parent)
	m.recount(r.ID)
	return nil
}

func (m *model) delete(id store.ID) error {
	r := m.resources[id]
	if r == nil {
		return store.ErrNotFound
	}
	for _, below := range m.ids() {
		if slices.Contains(m.resources[below].Ancestors, id) {
			delete(m.resources, below)
			m.pending = true
		}
	}
	delete(m.resources, id)
	m.recount(r.Parent)
	return nil
}

func never(expires int64) int64 {
	if expires == 0 {
		return math.MaxInt64
	}
	return expires
}

// recount counts the children of a resource.
func (m *model) recount(id store.ID) {
	r := m.resources[id]
	if r == nil {
		return
	}
	r.Counters.Children, r.Counters.Bytes = 0, 0
	for _, c := range m.children(id, 0) {
		if c.Counted {
			r.Counters.Children++
			r.Counters.Bytes += max(c.Size, 0)
		}
	}
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// compare proves that r answers each question as the model does.
func (m *model) compare(t failer, r store.Reader) {
	t.Helper()
	same := func(what string, got *store.Resource, err error, want *store.Resource) {
		t.Helper()
		if want == nil {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, %v; want ErrNotFound", what, got, err)
			}
			return
		}
		if err != nil {
			t.Errorf("%s: %v; want %+v", what, err, want)
			return
		}
		m.equal(t, what, got, want)
	}
	edge := func(list []*store.Resource, i int) *store.Resource {
		if len(list) == 0 {
			return nil
		}
		return list[(i+len(list))%len(list)]
	}
	for _, id := range m.ids() {
		want := m.resources[id]
		got, err := r.Get(id)
		same(fmt.Sprintf("Get(%d)", id), got, err, want)
		got, err = r.Head(id)
		same(fmt.Sprintf("Head(%d)", id), got, err, headless(want))
		got, err = r.ByRI(want.RI)
		same(fmt.Sprintf("ByRI(%q)", want.RI), got, err, want)
		got, err = r.Child(want.Parent, want.Name)
		same(fmt.Sprintf("Child(%d, %q)", want.Parent, want.Name), got, err, want)
		children := m.children(id, 0)
		if has, err := r.HasChildren(id); err != nil || has != (len(children) > 0) {
			t.Errorf("HasChildren(%d): %v, %v", id, has, err)
		}
		m.sequence(t, fmt.Sprintf("Children(%d)", id), r.Children(id, 0, 0, 0), children)
		heads := make([]*store.Resource, len(children))
		for i, c := range children {
			heads[i] = headless(c)
		}
		m.sequence(t, fmt.Sprintf("Heads(%d)", id), r.Heads(id, 0, 0, 0), heads)
		if len(children) > 1 {
			from := children[len(children)/2]
			m.sequence(t, fmt.Sprintf("Children(%d, after type %d)", id, from.Type), r.Children(id, 0, from.Type, math.MaxUint64),
				slices.DeleteFunc(slices.Clone(children), func(c *store.Resource) bool { return c.Type <= from.Type }))
			m.sequence(t, fmt.Sprintf("Children(%d, after %d)", id, from.ID), r.Children(id, 0, from.Type, from.ID), children[len(children)/2+1:])
		}
		for _, ty := range []m2m.ResourceType{m2m.TypeContainer, m2m.TypeContentInstance} {
			list := m.children(id, ty)
			got, err := r.Oldest(id, ty)
			same(fmt.Sprintf("Oldest(%d, %d)", id, ty), got, err, edge(list, 0))
			got, err = r.Latest(id, ty)
			same(fmt.Sprintf("Latest(%d, %d)", id, ty), got, err, edge(list, -1))
			m.sequence(t, fmt.Sprintf("Children(%d, %d)", id, ty), r.Children(id, ty, 0, 0), list)
			slices.Reverse(list)
			m.sequence(t, fmt.Sprintf("ChildrenBackward(%d, %d)", id, ty), r.ChildrenBackward(id, ty), list)
		}
	}
	m.compareIndexes(t, r)
	count, err := r.Count()
	if n := int64(len(m.resources)); err != nil || count != n && !(m.pending && count > n) {
		t.Errorf("Count: %d, %v; want %d", count, err, n)
	}
}

// headless is a resource without its body.
func headless(r *store.Resource) *store.Resource {
	h := r.Clone()
	h.Body = nil
	return h
}

// compareEarliest compares the earliest expiry.
func (m *model) compareEarliest(t failer, s store.Store) {
	t.Helper()
	want := int64(0)
	for _, c := range m.resources {
		if c.Expires != 0 && (want == 0 || c.Expires < want) {
			want = c.Expires
		}
	}
	got, err := s.EarliestExpiry(context.Background())
	if err != nil || got != want && !(m.pending && got > 0 && (got < want || want == 0)) {
		t.Errorf("EarliestExpiry: %d, %v; want %d", got, err, want)
	}
}

// equal compares a resource with the model's, whose LatestExpiry is the
// greatest that it may be.
func (m *model) equal(t failer, what string, got, want *store.Resource) {
	t.Helper()
	least := int64(0)
	for _, c := range m.resources {
		if c.Parent == want.ID {
			least = max(least, never(c.Expires))
		}
	}
	w, g := *want, *got
	if g.Counters.LatestExpiry < least || g.Counters.LatestExpiry > w.Counters.LatestExpiry {
		t.Errorf("%s: latest expiry %d, want %d to %d", what, g.Counters.LatestExpiry, least, w.Counters.LatestExpiry)
	}
	g.Counters.LatestExpiry = w.Counters.LatestExpiry
	if diff := cmp.Diff(&w, &g); diff != "" {
		t.Errorf("%s: -want +got\n%s", what, diff)
	}
}

func (m *model) sequence(t failer, what string, got iter.Seq2[*store.Resource, error], want []*store.Resource) {
	t.Helper()
	i := 0
	for r, err := range got {
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if i == len(want) || r.ID != want[i].ID {
			t.Errorf("%s: element %d is %d", what, i, r.ID)
			return
		}
		m.equal(t, what, r, want[i])
		i++
	}
	if i < len(want) {
		t.Errorf("%s: %d elements, want %d", what, i, len(want))
	}
}

// compareIndexes compares each index over the keys that occur.
func (m *model) compareIndexes(t failer, r store.Reader) {
	t.Helper()
	where := func(ok func(*store.Resource) bool) (list []store.ID) {
		for _, id := range m.ids() {
			if ok(m.resources[id]) {
				list = append(list, id)
			}
		}
		return list
	}
	byTime := func(time func(*store.Resource) int64, list []store.ID) []store.ID {
		slices.SortStableFunc(list, func(a, b store.ID) int {
			return int(time(m.resources[a]) - time(m.resources[b]))
		})
		return list
	}
	texts := map[string]bool{"": true}
	for _, c := range m.resources {
		texts[c.IndexCreator] = true
		for _, l := range c.Labels {
			texts[l] = true
		}
	}
	for text := range texts {
		selects(t, r, store.ByLabel, store.Key{Text: text}, where(func(c *store.Resource) bool { return slices.Contains(c.Labels, text) })...)
		selects(t, r, store.ByCreator, store.Key{Text: text}, where(func(c *store.Resource) bool { return text != "" && c.IndexCreator == text })...)
	}
	for _, ty := range []m2m.ResourceType{m2m.TypeCSEBase, m2m.TypeContainer, m2m.TypeContentInstance} {
		selects(t, r, store.ByType, store.Key{Number: int64(ty)}, where(func(c *store.Resource) bool { return c.Type == ty })...)
	}
	for _, key := range []store.Key{{Number: 0, To: math.MaxInt64}, {Number: 3, To: 40}, {Number: 5, To: 5}, {Number: 40, To: 3}} {
		within := func(v int64) bool { return v >= key.Number && v <= key.To }
		expires := func(c *store.Resource) int64 { return c.Expires }
		selects(t, r, store.ByExpiry, key, byTime(expires, where(func(c *store.Resource) bool { return c.Expires != 0 && within(c.Expires) }))...)
		modified := func(c *store.Resource) int64 { return c.Modified }
		selects(t, r, store.ByModified, key, byTime(modified, where(func(c *store.Resource) bool { return within(c.Modified) }))...)
		m.compareSizes(t, r, key, where(func(c *store.Resource) bool { return c.Size >= 0 && within(c.Size) }))
	}
}

// compareSizes proves that BySize enumerates at least want, in order, nothing
// that has no size, and can be continued from the middle.
func (m *model) compareSizes(t failer, r store.Reader, key store.Key, want []store.ID) {
	t.Helper()
	all := collect(t, r.Select(store.BySize, key, 0))
	if !slices.IsSorted(all) {
		t.Errorf("BySize %+v: %v is not in order", key, all)
	}
	for _, id := range want {
		if !slices.Contains(all, id) {
			t.Errorf("BySize %+v: %d is missing in %v", key, id, all)
		}
	}
	for _, id := range all {
		if c := m.resources[id]; c == nil || c.Size < 0 {
			t.Errorf("BySize %+v: %d is absent or has no size", key, id)
		}
	}
	if n := len(all); n > 1 {
		if rest := collect(t, r.Select(store.BySize, key, all[n/2])); !slices.Equal(rest, all[n/2+1:]) {
			t.Errorf("BySize %+v after %d: %v, want %v", key, all[n/2], rest, all[n/2+1:])
		}
	}
}

// collect returns all elements of a sequence.
func collect(t failer, seq iter.Seq2[store.ID, error]) (list []store.ID) {
	t.Helper()
	for id, err := range seq {
		if err != nil {
			t.Errorf("Select: %v", err)
			return list
		}
		list = append(list, id)
	}
	return list
}

// selects proves that an index enumerates exactly want, and the rest of it from
// the middle if it is one in order of ID.
func selects(t failer, r store.Reader, ix store.Index, key store.Key, want ...store.ID) {
	t.Helper()
	if got := collect(t, r.Select(ix, key, 0)); !slices.Equal(got, want) {
		t.Errorf("Select(%d, %+v): %v, want %v", ix, key, got, want)
	}
	if n := len(want); n > 0 && ix != store.ByExpiry && ix != store.ByModified {
		if got := collect(t, r.Select(ix, key, want[n/2])); !slices.Equal(got, want[n/2+1:]) {
			t.Errorf("Select(%d, %+v, after %d): %v, want %v", ix, key, want[n/2], got, want[n/2+1:])
		}
	}
}
