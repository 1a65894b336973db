package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	bbolt "go.etcd.io/bbolt"
)

// maxID is greater than any resource's ID.
const maxID store.ID = math.MaxUint64

// ctxInterval is the number of keys after which an enumeration looks whether it
// is still wanted.
const ctxInterval = 256

// A scanner walks the keys of a table that begin with a prefix, in ascending
// order, and may be used while the table changes.
type scanner struct {
	r       *reader
	t       table
	prefix  []byte
	at      []byte // the key to continue at; after a step, the current one
	c       *bbolt.Cursor
	changes int
}

// scan returns a scanner that begins at from, or at prefix if that is greater.
func (r *reader) scan(t table, prefix, from []byte) *scanner {
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	return &scanner{r: r, t: t, prefix: slices.Clone(prefix), at: slices.Clone(from), c: r.bucket(t).Cursor(), changes: -1}
}

// next returns the next key, nil at the end. It is valid until the table
// changes.
func (s *scanner) next() []byte {
	var k []byte
	switch {
	case s.changes == s.r.changes:
		k, _ = s.c.Next()
	case s.changes < 0:
		k, _ = s.c.Seek(s.at)
	default:
		if k, _ = s.c.Seek(s.at); bytes.Equal(k, s.at) {
			k, _ = s.c.Next()
		}
	}
	s.changes = s.r.changes
	if !bytes.HasPrefix(k, s.prefix) {
		return nil
	}
	if s.r.tx.Writable() { // only then the place may have to be found again
		s.at = append(s.at[:0], k...)
	}
	return k
}

// before returns the greatest key that is prefix and an id less than bound, nil
// if there is none.
func (r *reader) before(c *bbolt.Cursor, prefix []byte, bound store.ID) []byte {
	var scratch [64]byte
	key := append(scratch[:0], prefix...)
	k, _ := c.Seek(appendID(key, bound))
	switch {
	case k != nil:
		k, _ = c.Prev()
	case !r.deleted:
		k, _ = c.Last()
	}
	if k == nil && r.deleted {
		// Going backward over a page whose keys this transaction has deleted
		// stops there, and Last need not end. Going forward is safe: find the
		// least id that no key follows.
		low, high := uint64(0), uint64(bound)
		for low < high {
			middle := low + (high-low)/2
			found, _ := c.Seek(appendID(key, store.ID(middle)))
			if bytes.HasPrefix(found, prefix) && lastID(found) < bound {
				k, low = found, uint64(lastID(found))+1
			} else {
				high = middle
			}
		}
	}
	if !bytes.HasPrefix(k, prefix) {
		return nil
	}
	return k
}

// Children implements [store.Reader].
func (r *reader) Children(parent store.ID, ty, afterType m2m.ResourceType, after store.ID) iter.Seq2[*store.Resource, error] {
	return r.children(parent, ty, afterType, after, false)
}

// Heads implements [store.Reader].
func (r *reader) Heads(parent store.ID, ty, afterType m2m.ResourceType, after store.ID) iter.Seq2[*store.Resource, error] {
	return r.children(parent, ty, afterType, after, true)
}

func (r *reader) children(parent store.ID, ty, afterType m2m.ResourceType, after store.ID, head bool) iter.Seq2[*store.Resource, error] {
	return func(yield func(*store.Resource, error) bool) {
		hidden, err := r.hiddenParent(parent)
		if err != nil {
			yield(nil, err)
			return
		}
		if hidden {
			return
		}
		if after == maxID { // past all of that type
			afterType++
		}
		prefix := appendID(make([]byte, 0, 20), parent)
		from := appendID(appendType(slices.Clone(prefix), afterType), after+1)
		if ty != 0 {
			prefix = appendType(prefix, ty)
		}
		s := r.scan(tableChild, prefix, from)
		for n := 1; ; n++ {
			k := s.next()
			if k == nil {
				return
			}
			if !r.yieldChild(n, lastID(k), head, yield) {
				return
			}
		}
	}
}

// ChildrenBackward implements [store.Reader].
func (r *reader) ChildrenBackward(parent store.ID, ty m2m.ResourceType) iter.Seq2[*store.Resource, error] {
	return func(yield func(*store.Resource, error) bool) {
		hidden, err := r.hiddenParent(parent)
		if err != nil {
			yield(nil, err)
			return
		}
		if hidden {
			return
		}
		prefix := appendType(appendID(make([]byte, 0, 12), parent), ty)
		c := r.bucket(tableChild).Cursor()
		k := r.before(c, prefix, maxID)
		for n := 1; k != nil; n++ {
			id := lastID(k)
			if !r.yieldChild(n, id, false, yield) {
				return
			}
			if r.tx.Writable() {
				k = r.before(c, prefix, id)
			} else if k, _ = c.Prev(); !bytes.HasPrefix(k, prefix) {
				k = nil
			}
		}
	}
}

// yieldChild yields the n-th child of an enumeration and reports whether there
// is to be another.
func (r *reader) yieldChild(n int, id store.ID, head bool, yield func(*store.Resource, error) bool) bool {
	err := r.wanted(n)
	var res *store.Resource
	if err == nil {
		res, err = r.resource(id, head)
	}
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%w: child %d has no record", errDamaged, id)
	}
	return yield(res, err) && err == nil
}

// wanted returns the error of the context, looked at now and then.
func (r *reader) wanted(n int) error {
	if n%ctxInterval != 0 {
		return nil
	}
	return r.ctx.Err()
}

// Select implements [store.Reader].
func (r *reader) Select(ix store.Index, key store.Key, after store.ID) iter.Seq2[store.ID, error] {
	return func(yield func(store.ID, error) bool) {
		if after == maxID {
			return
		}
		switch ix {
		case store.ByType:
			if key.Number >= 0 && key.Number <= math.MaxInt32 {
				r.selectOne(tableType, appendType(nil, m2m.ResourceType(key.Number)), after, yield)
			}
		case store.ByLabel:
			r.selectOne(tableLabel, appendText(nil, key.Text), after, yield)
		case store.ByCreator:
			r.selectOne(tableCreator, appendText(nil, key.Text), after, yield)
		case store.BySize:
			r.selectSizes(key, after, yield)
		case store.ByExpiry:
			r.selectTimes(tableExpiry, key, yield)
		case store.ByModified:
			r.selectTimes(tableModified, key, yield)
		default:
			yield(0, fmt.Errorf("store/bolt: no index %d", ix))
		}
	}
}

// yieldID yields the n-th id of an index unless its resource is hidden, and
// reports whether there is to be another.
func (r *reader) yieldID(n int, id store.ID, yield func(store.ID, error) bool) bool {
	err := r.wanted(n)
	if err == nil && r.summary.removed > 0 {
		if _, _, err = r.raw(id); errors.Is(err, store.ErrNotFound) {
			return true
		}
	}
	if err != nil {
		yield(0, err)
		return false
	}
	return yield(id, nil)
}

// selectOne enumerates the ids under one prefix.
func (r *reader) selectOne(t table, prefix []byte, after store.ID, yield func(store.ID, error) bool) {
	s := r.scan(t, prefix, appendID(slices.Clone(prefix), after+1))
	for n := 1; ; n++ {
		k := s.next()
		if k == nil || !r.yieldID(n, lastID(k), yield) {
			return
		}
	}
}

// selectTimes enumerates an index in order of time, then id.
func (r *reader) selectTimes(t table, key store.Key, yield func(store.ID, error) bool) {
	s := r.scan(t, nil, appendTime(nil, key.Number))
	for n := 1; ; n++ {
		k := s.next()
		if k == nil || timeOf(k) > key.To || !r.yieldID(n, lastID(k), yield) {
			return
		}
	}
}

// selectSizes merges the classes of sizes that a range touches, in order of id.
func (r *reader) selectSizes(key store.Key, after store.ID, yield func(store.ID, error) bool) {
	if key.To < max(key.Number, 0) {
		return
	}
	type class struct {
		*scanner
		id store.ID
	}
	var classes []class
	for c := sizeClass(key.Number); c <= sizeClass(key.To); c++ {
		s := r.scan(tableSize, []byte{c}, binary.BigEndian.AppendUint64([]byte{c}, uint64(after+1)))
		if k := s.next(); k != nil {
			classes = append(classes, class{s, lastID(k)})
		}
	}
	for n := 1; len(classes) > 0; n++ {
		least := 0
		for i := range classes {
			if classes[i].id < classes[least].id {
				least = i
			}
		}
		if !r.yieldID(n, classes[least].id, yield) {
			return
		}
		if k := classes[least].next(); k != nil {
			classes[least].id = lastID(k)
		} else {
			classes = slices.Delete(classes, least, least+1)
		}
	}
}
