package storetest

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

var enumerating = []contract{
	{"goes on while what it enumerates changes", func(t *testing.T, f *fixture) {
		for range 100 {
			f.create(t, f.container, m2m.TypeContentInstance, "", nil)
		}
		f.update(t, func(tx store.Tx) error {
			n := 0
			for r, err := range tx.Children(f.container, 0, 0, 0) {
				if err != nil {
					return err
				}
				if n++; n%2 == 0 {
					if err := tx.Delete(r.ID); err != nil {
						return err
					}
				}
			}
			if n != 100 {
				t.Errorf("%d children forward, want 100", n)
			}
			n = 0
			for r, err := range tx.ChildrenBackward(f.container, m2m.TypeContentInstance) {
				if err != nil {
					return err
				}
				n++
				if err := tx.Delete(r.ID); err != nil {
					return err
				}
			}
			if n != 50 {
				t.Errorf("%d children backward, want 50", n)
			}
			if _, err := tx.Latest(f.container, m2m.TypeContentInstance); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Latest: %v", err)
			}
			return nil
		})
	}},
	{"finds the latest child after many deletions in one Update", func(t *testing.T, f *fixture) {
		before := f.create(t, f.root, m2m.TypeContainer, "before", nil)
		var ids []store.ID
		f.update(t, func(tx store.Tx) error {
			for i := range 3000 {
				parent := f.container
				if i%10 == 0 {
					parent = before
				}
				r := fresh(tx, parent, m2m.TypeContentInstance, "")
				if err := tx.Put(r); err != nil {
					return err
				}
				if parent == f.container {
					ids = append(ids, r.ID)
				}
			}
			return nil
		})
		f.update(t, func(tx store.Tx) error {
			keep := []int{0, 1, 1500, len(ids) - 1}
			for i := len(ids) - 2; i > 0; i-- {
				if !slices.Contains(keep, i) {
					if err := tx.Delete(ids[i]); err != nil {
						return err
					}
				}
			}
			for len(keep) > 0 {
				last := ids[keep[len(keep)-1]]
				if r, err := tx.Latest(f.container, m2m.TypeContentInstance); err != nil || r.ID != last {
					t.Errorf("Latest: %v, %v; want %d", r, err, last)
				}
				keep = keep[:len(keep)-1]
				if err := tx.Delete(last); err != nil {
					return err
				}
			}
			_, err := tx.Latest(f.container, m2m.TypeContentInstance)
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Latest of none: %v", err)
			}
			return nil
		})
	}},
	{"stops when the loop does", func(t *testing.T, f *fixture) {
		for range 10 {
			f.create(t, f.container, m2m.TypeContentInstance, "", nil)
		}
		f.view(t, func(v store.Reader) error {
			n := 0
			for range v.Children(f.container, 0, 0, 0) {
				n++
				break
			}
			for range v.ChildrenBackward(f.container, m2m.TypeContentInstance) {
				n++
				break
			}
			for range v.Select(store.ByType, store.Key{Number: int64(m2m.TypeContentInstance)}, 0) {
				n++
				break
			}
			if n != 3 {
				t.Errorf("%d elements of three loops", n)
			}
			return nil
		})
	}},
	{"ends a long enumeration with its context", func(t *testing.T, f *fixture) {
		f.update(t, func(tx store.Tx) error {
			for range 2000 {
				if err := tx.Put(fresh(tx, f.container, m2m.TypeContentInstance, "")); err != nil {
					return err
				}
			}
			return nil
		})
		ctx, cancel := context.WithCancel(context.Background())
		err := f.View(ctx, func(v store.Reader) error {
			cancel()
			for _, err := range v.Children(f.container, 0, 0, 0) {
				if err != nil {
					return err
				}
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("View: %v", err)
		}
	}},
}
