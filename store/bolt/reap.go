package bolt

import (
	"bytes"
	"cmp"
	"context"

	"github.com/sigil-m2m/sigil/store"
)

// Bounds of one Reap, such that its commit takes a few milliseconds.
const (
	reapResources = 128
	reapBytes     = 1 << 20 // of records
)

// Reap implements [store.Store].
func (s *Store) Reap(ctx context.Context) (more bool, err error) {
	if last, err := s.last(); err != nil || last.removed == 0 {
		return false, cmp.Or(err, ctx.Err())
	}
	err = s.submit(ctx, request{alone: true, fn: func(t *tx) error {
		for left := (budget{reapResources, reapBytes}); t.summary.removed > 0 && left.some(); {
			k, _ := t.bucket(tableRemoved).Cursor().First()
			if err := t.reap(lastID(k), &left); err != nil {
				return err
			}
		}
		more = t.summary.removed > 0
		return nil
	}})
	return more && err == nil, err
}

// A budget is what a Reap may still free.
type budget struct{ resources, bytes int }

func (b *budget) some() bool { return b.resources > 0 && b.bytes > 0 }

// reap frees what is under a removed root, leaves first, as far as the budget
// goes. It needs no memory of where it stopped: what is left hangs together.
func (t *tx) reap(root store.ID, left *budget) error {
	var path []*store.Resource // from below root down to where it is
	for left.some() {
		at := root
		if len(path) > 0 {
			at = path[len(path)-1].ID
		}
		prefix := appendID(t.key[:0], at)
		k, _ := t.seek(tableChild, prefix)
		switch {
		case bytes.HasPrefix(k, prefix):
			id := lastID(k)
			raw := t.get(tableResource, appendID(t.key[:0], id))
			if raw == nil { // damage that is on its way out
				if err := t.unset(tableChild, bytes.Clone(k), present); err != nil {
					return err
				}
				left.resources--
				continue
			}
			left.bytes -= len(raw)
			r, err := decode(id, raw, false)
			if err != nil {
				return err
			}
			path = append(path, r)
			if t.anyChild(id) {
				continue
			}
		case len(path) == 0:
			t.summary.removed--
			return t.unset(tableRemoved, appendID(t.key[:0], root), present)
		}
		if err := t.free(path[len(path)-1]); err != nil {
			return err
		}
		left.resources--
		path = path[:len(path)-1]
	}
	return nil
}
