package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	bbolt "go.etcd.io/bbolt"
)

// A reader answers from one transaction of the file.
type reader struct {
	ctx     context.Context
	tx      *bbolt.Tx
	buckets [tables]*bbolt.Bucket
	cursors [tables]*bbolt.Cursor // for single look-ups; a cursor keeps memory that the next one needs
	summary summary

	// changes counts the writes through this transaction. A cursor that was
	// placed before the last of them is placed again, since the file's own do
	// not survive a change. deleted tells that some of them removed keys.
	changes int
	deleted bool

	// stats are those that were read last, by the low bits of the ID. A
	// reader may serve many Views between two commits, and what does not
	// change is asked for in each. A transaction that writes keeps none.
	stats [16]struct {
		id store.ID
		store.Stat
	}

	// pending are counters that this transaction has changed and not written
	// yet.
	pending map[store.ID]store.Counters

	key [64]byte // scratch for keys that are looked up
}

// A summary is what readers ask for often and the file answers slowly. The
// writer publishes one with each commit.
type summary struct {
	txid     int   // the transaction after which it holds
	removed  int64 // removed roots that have not been freed
	earliest int64 // smallest expirationTime, 0 if there is none
	count    int64 // resources, removed ones included
}

// bucket returns the handle of a table.
func (r *reader) bucket(t table) *bbolt.Bucket {
	b := r.buckets[t]
	if b == nil {
		b = r.tx.Bucket(tableNames[t])
		r.buckets[t] = b
	}
	return b
}

// cursor returns the table's cursor for look-ups. Enumerations have their own.
func (r *reader) cursor(t table) *bbolt.Cursor {
	c := r.cursors[t]
	if c == nil {
		c = r.bucket(t).Cursor()
		r.cursors[t] = c
	}
	return c
}

// seek returns the first key that is not less than key, nil if there is none.
func (r *reader) seek(t table, key []byte) (k, v []byte) { return r.cursor(t).Seek(key) }

// get returns the value of a key, nil if it is absent. It is valid as long as
// the transaction.
func (r *reader) get(t table, key []byte) []byte {
	k, v := r.seek(t, key)
	switch {
	case !bytes.Equal(k, key):
		return nil
	case v == nil:
		return present
	}
	return v
}

// begin prepares r to read tx, given the summary published last.
func (r *reader) begin(ctx context.Context, tx *bbolt.Tx, published *summary) error {
	r.ctx, r.tx = ctx, tx
	if published != nil && published.txid == tx.ID() {
		r.summary = *published
		return nil
	}
	var err error
	r.summary, err = r.summarise()
	return err
}

// summarise computes the summary from the file.
func (r *reader) summarise() (summary, error) {
	s := summary{txid: r.tx.ID(), earliest: r.firstExpiry()}
	c := r.bucket(tableRemoved).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		s.removed++
	}
	var err error
	s.count, err = readCount(r.bucket(tableMeta))
	return s, err
}

// firstExpiry returns the smallest time in the expiry index, 0 if it is empty.
func (r *reader) firstExpiry() int64 {
	if k, _ := r.bucket(tableExpiry).Cursor().First(); k != nil {
		return timeOf(k)
	}
	return 0
}

// isRemoved reports whether id is a removed root.
func (r *reader) isRemoved(id store.ID) bool {
	return r.summary.removed > 0 && r.get(tableRemoved, appendID(r.key[:0], id)) != nil
}

// hidden reports whether the resource of a record is under a removed root.
func (r *reader) hidden(raw []byte) (bool, error) {
	if r.summary.removed == 0 {
		return false, nil
	}
	var list [16]store.ID
	above, err := ancestors(list[:0], raw)
	if err != nil {
		return false, err
	}
	for _, id := range above {
		if r.isRemoved(id) {
			return true, nil
		}
	}
	return false, nil
}

// raw returns the record of a resource that is not hidden, and its counters as
// they are stored, nil if they are those of the record. Both are valid as long
// as the transaction.
func (r *reader) raw(id store.ID) (record, counters []byte, err error) {
	key := appendCountersKey(r.key[:0], id)
	c := r.cursor(tableResource)
	k, record := c.Seek(key[:8])
	if !bytes.Equal(k, key[:8]) {
		return nil, nil, store.ErrNotFound
	}
	if k, v := c.Next(); bytes.Equal(k, key) {
		counters = v
	}
	hidden, err := r.hidden(record)
	if err != nil {
		return nil, nil, fmt.Errorf("resource %d: %w", id, err)
	}
	if hidden {
		return nil, nil, store.ErrNotFound
	}
	return record, counters, nil
}

// Get implements [store.Reader].
func (r *reader) Get(id store.ID) (*store.Resource, error) { return r.resource(id, false) }

// Head implements [store.Reader].
func (r *reader) Head(id store.ID) (*store.Resource, error) { return r.resource(id, true) }

func (r *reader) resource(id store.ID, head bool) (*store.Resource, error) {
	record, counters, err := r.raw(id)
	if err != nil {
		return nil, err
	}
	res, err := decode(id, record, head)
	if err == nil {
		res.Counters, err = r.counters(id, counters, res.Counters)
	}
	if err != nil {
		return nil, fmt.Errorf("resource %d: %w", id, err)
	}
	return res, nil
}

// counters returns the counters of a resource: those that wait to be written,
// those that are stored, or those of its record.
func (r *reader) counters(id store.ID, stored []byte, recorded store.Counters) (store.Counters, error) {
	if c, ok := r.pending[id]; ok {
		return c, nil
	}
	if stored != nil {
		return decodeCounters(stored)
	}
	return recorded, nil
}

// Stat implements [store.Reader].
func (r *reader) Stat(id store.ID) (store.Stat, error) {
	kept := &r.stats[id%store.ID(len(r.stats))]
	if kept.id == id && id != 0 {
		return kept.Stat, nil
	}
	record, counters, err := r.raw(id)
	if err != nil {
		return store.Stat{}, err
	}
	s, err := decodeStat(record)
	if err == nil {
		s.Counters, err = r.counters(id, counters, s.Counters)
	}
	if err != nil {
		return store.Stat{}, fmt.Errorf("resource %d: %w", id, err)
	}
	if !r.tx.Writable() {
		kept.id, kept.Stat = id, s
	}
	return s, nil
}

// ByRI implements [store.Reader].
func (r *reader) ByRI(ri string) (*store.Resource, error) {
	if id, ok := store.ParseRI(ri); ok {
		res, err := r.Get(id)
		if err == nil && res.RI == ri || err != nil && !errors.Is(err, store.ErrNotFound) {
			return res, err
		}
	}
	return r.named(tableRI, appendText(r.key[:0], ri))
}

// Child implements [store.Reader].
func (r *reader) Child(parent store.ID, name string) (*store.Resource, error) {
	if id, ok := store.ParseRI(name); ok {
		res, err := r.Get(id)
		if err == nil && res.Parent == parent && res.Name == name ||
			err != nil && !errors.Is(err, store.ErrNotFound) {
			return res, err
		}
	}
	return r.named(tableName, appendText(appendID(r.key[:0], parent), name))
}

// named returns the resource that an entry of the name or RI table leads to.
func (r *reader) named(t table, key []byte) (*store.Resource, error) {
	v := r.get(t, key)
	if v == nil {
		return nil, store.ErrNotFound
	}
	return r.Get(lastID(v))
}

// Oldest implements [store.Reader].
func (r *reader) Oldest(parent store.ID, ty m2m.ResourceType) (*store.Resource, error) {
	prefix := appendType(appendID(r.key[:0], parent), ty)
	k, _ := r.seek(tableChild, prefix)
	return r.linked(k, prefix)
}

// Latest implements [store.Reader].
func (r *reader) Latest(parent store.ID, ty m2m.ResourceType) (*store.Resource, error) {
	prefix := appendType(appendID(r.key[:0], parent), ty)
	return r.linked(r.before(r.cursor(tableChild), prefix, maxID), prefix)
}

// linked returns the child that a key of the child table names, if the key
// begins with prefix. A removed parent takes its children's records with it
// from sight, so that there is nothing to look at above.
func (r *reader) linked(key, prefix []byte) (*store.Resource, error) {
	if !bytes.HasPrefix(key, prefix) {
		return nil, store.ErrNotFound
	}
	return r.Get(lastID(key))
}

// HasChildren implements [store.Reader].
func (r *reader) HasChildren(parent store.ID) (bool, error) {
	if hidden, err := r.hiddenParent(parent); err != nil || hidden {
		return false, err
	}
	return r.anyChild(parent), nil
}

// anyChild reports whether parent has an entry in the child table.
func (r *reader) anyChild(parent store.ID) bool {
	prefix := appendID(r.key[:0], parent)
	k, _ := r.seek(tableChild, prefix)
	return bytes.HasPrefix(k, prefix)
}

// hiddenParent reports whether the children of parent are removed: parent is a
// removed root, or under one.
func (r *reader) hiddenParent(parent store.ID) (bool, error) {
	if r.summary.removed == 0 || parent == 0 {
		return false, nil
	}
	_, _, err := r.raw(parent)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}

// Count implements [store.Reader].
func (r *reader) Count() (int64, error) { return r.summary.count, nil }
