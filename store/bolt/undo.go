package bolt

import (
	"bytes"
	"context"
	"fmt"

	"github.com/sigil-m2m/sigil/store"
)

// A tx is the transaction of one commit, in which the functions of Updates
// run one after the other.
type tx struct {
	reader
	writer *writer

	nextReserved store.ID // no reserved id lies between writer.lastID and this; 0 if not known

	// Of the function that runs now.
	given   []store.ID // what NextID returned, ascending
	undo    []change
	keys    []byte // of undo
	entered summary

	bytes  int   // of values put, since the transaction began
	failed error // why the transaction can't be committed
}

// A change is how to undo one write: what the key held before.
type change struct {
	table      table
	start, end int    // of the key, in tx.keys
	old        []byte // nil if it was absent
}

// pendingCounters stands for the table in a change of tx.pending.
const pendingCounters = tables

// present is the value of a key that says all. Not nil, which is absence.
var present = []byte{}

// start prepares t for the next function.
func (t *tx) start(ctx context.Context) {
	t.ctx = ctx
	t.given = t.given[:0]
	t.undo, t.keys = t.undo[:0], t.keys[:0]
	t.entered = t.summary
}

// undoAll takes back what the running function wrote.
func (t *tx) undoAll() {
	for i := len(t.undo) - 1; i >= 0; i-- {
		c := t.undo[i]
		if c.table == pendingCounters {
			t.restoreCounters(c)
			continue
		}
		b, key := t.bucket(c.table), t.keys[c.start:c.end]
		var err error
		if c.old == nil {
			err = b.Delete(key)
			t.deleted = true
		} else {
			err = b.Put(key, c.old)
		}
		if err != nil { // the keys were good before
			t.failed = fmt.Errorf("store/bolt: undo: %w", err)
		}
		t.changes++
	}
	t.undo = t.undo[:0]
	t.summary = t.entered
	t.nextReserved = 0 // what was undone may be that a reserved id was freed
}

// set writes a key that holds old, nil for absent. Of the value the store
// keeps hold until the commit.
func (t *tx) set(tb table, key, value, old []byte) error {
	if err := t.bucket(tb).Put(key, value); err != nil {
		return fmt.Errorf("store/bolt: put: %w", err)
	}
	t.bytes += len(value)
	t.log(tb, key, old)
	return nil
}

// unset deletes a key that holds old. The cursor for look-ups finds it, which
// costs less than to let the table look for it with a new one.
func (t *tx) unset(tb table, key, old []byte) error {
	c := t.cursor(tb)
	if k, _ := c.Seek(key); !bytes.Equal(k, key) {
		return nil
	}
	t.log(tb, key, old) // before the key, which may be the cursor's own, goes
	if err := c.Delete(); err != nil {
		return fmt.Errorf("store/bolt: delete: %w", err)
	}
	t.deleted = true
	return nil
}

func (t *tx) log(tb table, key, old []byte) {
	start := len(t.keys)
	t.keys = append(t.keys, key...)
	t.undo = append(t.undo, change{tb, start, len(t.keys), old})
	t.changes++
}

// setCounters changes the counters of a resource. Those of a busy parent change
// with each child, so they are written once, when the transaction is finished.
func (t *tx) setCounters(id store.ID, c store.Counters) {
	t.logCounters(id)
	t.pending[id] = c
}

// dropCounters forgets counters that wait to be written.
func (t *tx) dropCounters(id store.ID) {
	if _, ok := t.pending[id]; ok {
		t.logCounters(id)
		delete(t.pending, id)
	}
}

func (t *tx) logCounters(id store.ID) {
	var old []byte
	if c, ok := t.pending[id]; ok {
		old = appendCounters(make([]byte, 0, countersSize), c)
	}
	start := len(t.keys)
	t.keys = appendID(t.keys, id)
	t.undo = append(t.undo, change{pendingCounters, start, len(t.keys), old})
	t.changes++
}

func (t *tx) restoreCounters(c change) {
	id := firstID(t.keys[c.start:c.end])
	if c.old == nil {
		delete(t.pending, id)
		return
	}
	t.pending[id], _ = decodeCounters(c.old) // they are of the right size
}

// writeCounters writes what waits.
func (t *tx) writeCounters() error {
	for id, c := range t.pending {
		if err := t.bucket(tableResource).Put(appendCountersKey(t.key[:0], id), appendCounters(make([]byte, 0, countersSize), c)); err != nil {
			return err
		}
	}
	return nil
}
