package bolt

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/sigil-m2m/sigil/store"
)

// NextID implements [store.Tx].
func (t *tx) NextID() store.ID {
	w := t.writer
	w.lastID++
	for t.nextReserved <= w.lastID {
		k, _ := t.seek(tableReserved, appendID(t.key[:0], w.lastID))
		switch {
		case k == nil:
			t.nextReserved = maxID
		case firstID(k) == w.lastID:
			w.lastID++
		default:
			t.nextReserved = firstID(k)
		}
	}
	t.given = append(t.given, w.lastID)
	return w.lastID
}

// own reports whether the running function was given the ID.
func (t *tx) own(id store.ID) bool {
	_, ok := slices.BinarySearch(t.given, id)
	return ok
}

// Put implements [store.Tx].
func (t *tx) Put(r *store.Resource) error {
	if r.ID == 0 || r.ID > t.writer.lastID {
		return fmt.Errorf("store/bolt: Put: NextID did not return ID %d", r.ID)
	}
	if len(r.Distinct) > maxDistinct {
		return fmt.Errorf("store/bolt: Put: resource %d has a Distinct of %d bytes", r.ID, len(r.Distinct))
	}
	if r.RI == "" || r.Name == "" || r.Type <= 0 || r.Type > math.MaxInt32 {
		return fmt.Errorf("store/bolt: Put: resource %d without RI, Name or Type", r.ID)
	}
	if raw := t.get(tableResource, appendID(t.key[:0], r.ID)); raw != nil {
		return t.replace(r)
	}
	return t.create(r)
}

// create adds a resource. All checks come before the first write, so that a
// caller may go on after an error.
func (t *tx) create(r *store.Resource) error {
	if !t.own(r.ID) || t.isRemoved(r.ID) {
		// An ID that an earlier Update used: its resource has been removed.
		return store.ErrNotFound
	}
	if err := t.place(r); err != nil {
		return err
	}
	if err := t.claim(r.RI, r.ID, tableRI, 0); err != nil {
		return err
	}
	if err := t.claim(r.Name, r.ID, tableName, r.Parent); err != nil {
		return err
	}
	if err := t.distinguish(r); err != nil {
		return err
	}
	r.Revision = 1
	r.Counters = store.Counters{StateTag: r.Counters.StateTag}
	if err := t.adjust(r.Parent, nil, r); err != nil {
		return err
	}
	var err error
	entries(r, func(tb table, key []byte, id bool) {
		if err == nil {
			err = t.enter(tb, key, id, r.ID)
		}
	})
	if err != nil {
		return err
	}
	t.summary.count++
	return t.set(tableResource, appendID(t.key[:0], r.ID), newRecord(r), nil)
}

// newRecord returns the record of r in memory of its own.
func newRecord(r *store.Resource) []byte {
	return appendRecord(make([]byte, 0, 96+len(r.RI)+len(r.Name)+len(r.Creator)+len(r.Body)), r)
}

// place finds r's parent and sets Ancestors.
func (t *tx) place(r *store.Resource) error {
	if r.Parent == 0 {
		r.Ancestors = nil
		if t.anyChild(0) {
			return store.ErrExists // there is one root
		}
		return nil
	}
	raw, _, err := t.raw(r.Parent)
	if err != nil {
		return err
	}
	above, err := ancestors(make([]store.ID, 0, 6), raw)
	if err != nil {
		return fmt.Errorf("resource %d: %w", r.Parent, err)
	}
	r.Ancestors = append(above, r.Parent)
	return nil
}

// claim proves that the resource with that id may bear a text: as its RI, or
// as its name under parent. A resource under a removed root bears nothing.
func (t *tx) claim(text string, id store.ID, tb table, parent store.ID) error {
	told, ok := store.ParseRI(text)
	if ok && told == id {
		// An ID that the text of another tells is not given out.
		return nil
	}
	if ok {
		other, err := t.Get(told)
		switch {
		case err == nil:
			if tb == tableRI && other.RI == text || tb == tableName && other.Parent == parent && other.Name == text {
				return store.ErrExists
			}
		case !errors.Is(err, store.ErrNotFound):
			return err
		case t.own(told):
			return store.ErrExists // the function may be about to use the ID
		}
	}
	key := t.key[:0]
	if tb == tableName {
		key = appendID(key, parent)
	}
	_, err := t.named(tb, appendText(key, text))
	if err == nil {
		return store.ErrExists
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// maxDistinct bounds Resource.Distinct, in bytes.
const maxDistinct = 64

// distinguish proves that no sibling has r's Distinct.
func (t *tx) distinguish(r *store.Resource) error {
	if r.Distinct == "" {
		return nil
	}
	_, err := t.named(tableName, appendDistinct(t.key[:0], r))
	switch {
	case err == nil:
		return store.ErrNotDistinct
	case errors.Is(err, store.ErrNotFound):
		return nil
	}
	return err
}

// enter adds an index entry of the resource with that id.
func (t *tx) enter(tb table, key []byte, withID bool, id store.ID) error {
	if withID {
		// A removed resource that has not been freed may still have it.
		return t.set(tb, key, appendID(nil, id), t.get(tb, key))
	}
	if tb == tableReserved && t.nextReserved > firstID(key) {
		t.nextReserved = firstID(key)
	}
	return t.set(tb, key, present, nil)
}

// leave deletes an index entry of the resource with that id, unless another
// has taken it over since.
func (t *tx) leave(tb table, key []byte, withID bool, id store.ID) error {
	old := present
	if withID {
		if old = t.get(tb, key); old == nil || lastID(old) != id {
			return nil
		}
	}
	return t.unset(tb, key, old)
}

// replace changes a resource.
func (t *tx) replace(r *store.Resource) error {
	old, err := t.Get(r.ID)
	if err != nil {
		return err
	}
	if r.RI != old.RI || r.Name != old.Name || r.Parent != old.Parent || r.Type != old.Type ||
		r.Specialization != old.Specialization || r.Distinct != old.Distinct || r.Created != old.Created {
		return fmt.Errorf("store/bolt: Put: RI, Name, Parent, Type, Specialization, Distinct and Created of resource %d do not change", r.ID)
	}
	r.Ancestors = old.Ancestors
	r.Revision = old.Revision + 1
	counters := old.Counters
	counters.StateTag = r.Counters.StateTag
	r.Counters = counters
	if err := t.adjust(r.Parent, old, r); err != nil {
		return err
	}
	if err := t.reindex(old, r); err != nil {
		return err
	}
	raw, stored, err := t.raw(r.ID)
	if err != nil {
		return err
	}
	if _, pending := t.pending[r.ID]; (pending || stored != nil) && counters != old.Counters {
		t.setCounters(r.ID, counters)
	}
	return t.set(tableResource, appendID(t.key[:0], r.ID), newRecord(r), raw)
}

// reindex writes the difference between the entries of old and r.
func (t *tx) reindex(old, r *store.Resource) error {
	type entry struct {
		table table
		key   string
	}
	had := make(map[entry]bool)
	entries(old, func(tb table, key []byte, id bool) { had[entry{tb, string(key)}] = id })
	var err error
	entries(r, func(tb table, key []byte, id bool) {
		e := entry{tb, string(key)}
		if _, ok := had[e]; ok {
			delete(had, e)
		} else if err == nil {
			err = t.enter(tb, key, id, r.ID)
		}
	})
	for e, id := range had {
		if err == nil {
			err = t.leave(e.table, []byte(e.key), id, r.ID)
		}
	}
	return err
}

// adjust counts in the counters of parent that the child old became r. Either
// may be nil.
func (t *tx) adjust(parent store.ID, old, r *store.Resource) error {
	if parent == 0 {
		return nil
	}
	s, err := t.Stat(parent)
	if err != nil {
		return err
	}
	c := s.Counters
	was := c
	if old != nil && old.Counted {
		c.Children--
		c.Bytes -= max(old.Size, 0)
	}
	if r != nil && r.Counted {
		c.Children++
		c.Bytes += max(r.Size, 0)
	}
	if r != nil {
		expires := r.Expires
		if expires == 0 {
			expires = math.MaxInt64
		}
		c.LatestExpiry = max(c.LatestExpiry, expires)
	}
	if c != was {
		t.setCounters(parent, c)
	}
	return nil
}

// IncrementStateTag implements [store.Tx].
func (t *tx) IncrementStateTag(id store.ID) (int64, error) {
	s, err := t.Stat(id)
	if err != nil {
		return 0, err
	}
	c := s.Counters
	if c.StateTag < 0 {
		return c.StateTag, nil
	}
	c.StateTag++
	t.setCounters(id, c)
	return c.StateTag, nil
}

// Delete implements [store.Tx].
func (t *tx) Delete(id store.ID) error {
	r, err := t.Head(id)
	if err != nil {
		return err
	}
	if err := t.adjust(r.Parent, r, nil); err != nil {
		return err
	}
	if err := t.free(r); err != nil {
		return err
	}
	if t.anyChild(id) {
		t.summary.removed++
		return t.set(tableRemoved, appendID(t.key[:0], id), present, nil)
	}
	return nil
}

// free deletes a resource's record, counters and entries, and nothing else.
func (t *tx) free(r *store.Resource) error {
	var err error
	entries(r, func(tb table, key []byte, id bool) {
		if err == nil {
			err = t.leave(tb, key, id, r.ID)
		}
	})
	for _, key := range [][]byte{appendID(nil, r.ID), appendCountersKey(nil, r.ID)} {
		if old := t.get(tableResource, key); err == nil && old != nil {
			err = t.unset(tableResource, key, old)
		}
	}
	t.dropCounters(r.ID)
	t.summary.count--
	return err
}
