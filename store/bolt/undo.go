package bolt

import (
	"context"
	"fmt"

	"github.com/sigil-m2m/sigil/store"
)

// A tx is the transaction of one commit, in which the functions of Updates
// run one after the other.
type tx struct {
	reader
	writer *writer

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

// unset deletes a key that holds old.
func (t *tx) unset(tb table, key, old []byte) error {
	if err := t.bucket(tb).Delete(key); err != nil {
		return fmt.Errorf("store/bolt: delete: %w", err)
	}
	t.deleted = true
	t.log(tb, key, old)
	return nil
}

func (t *tx) log(tb table, key, old []byte) {
	start := len(t.keys)
	t.keys = append(t.keys, key...)
	t.undo = append(t.undo, change{tb, start, len(t.keys), old})
	t.changes++
}
