package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

var removing = []contract{
	{"hides a removed subtree at once and frees it whole", func(t *testing.T, f *fixture) {
		top := f.create(t, f.container, m2m.TypeContainer, "top", func(r *store.Resource) { r.RI = "top-ri" })
		inner := f.create(t, top, m2m.TypeContainer, "inner", func(r *store.Resource) {
			r.RI, r.Labels, r.IndexCreator, r.Size = "inner-ri", []string{"label"}, "CAE7", 9
		})
		var last store.ID
		f.update(t, func(tx store.Tx) error {
			for range 1000 {
				r := fresh(tx, inner, m2m.TypeContentInstance, "")
				r.Labels, last = []string{"label"}, r.ID
				if err := tx.Put(r); err != nil {
					return err
				}
			}
			return nil
		})
		lastRI := f.get(t, last).RI
		m := &model{}
		f.view(t, func(v store.Reader) error { m.load(t, v); return nil })
		m.delete(top)
		gone := func(v store.Reader) {
			t.Helper()
			m.compare(t, v)
			for _, id := range []store.ID{top, inner, last} {
				if has, err := v.HasChildren(id); has || err != nil {
					t.Errorf("HasChildren(%d): %v, %v", id, has, err)
				}
				for r, err := range v.Children(id, 0, 0, 0) {
					t.Errorf("Children(%d): %v, %v", id, r, err)
				}
				for r, err := range v.ChildrenBackward(id, m2m.TypeContentInstance) {
					t.Errorf("ChildrenBackward(%d): %v, %v", id, r, err)
				}
				for by, err := range map[string]error{
					"Get":    second(v.Get(id)),
					"Stat":   second(v.Stat(id)),
					"Latest": second(v.Latest(id, m2m.TypeContentInstance)),
					"Oldest": second(v.Oldest(id, m2m.TypeContentInstance)),
					"ByRI":   second(v.ByRI(lastRI)),
					"Child":  second(v.Child(inner, lastRI)),
				} {
					if !errors.Is(err, store.ErrNotFound) {
						t.Errorf("%s(%d): %v", by, id, err)
					}
				}
			}
			selects(t, v, store.ByLabel, store.Key{Text: "label"})
		}
		f.update(t, func(tx store.Tx) error {
			if err := tx.Delete(top); err != nil {
				return err
			}
			gone(tx)
			for name, err := range map[string]error{
				"Put of a child":    tx.Put(fresh(tx, inner, m2m.TypeContentInstance, "")),
				"Put under the top": tx.Put(fresh(tx, top, m2m.TypeContentInstance, "")),
				"Delete":            tx.Delete(inner),
				"IncrementStateTag": second(tx.IncrementStateTag(inner)),
			} {
				if !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			return nil
		})
		f.view(t, func(v store.Reader) error { gone(v); return nil })
		f.reopen(t)
		f.view(t, func(v store.Reader) error { gone(v); return nil })
		for step := 0; ; step++ {
			more, err := f.Reap(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			Faultless(t, f)
			f.view(t, func(v store.Reader) error { gone(v); return nil })
			if !more {
				break
			}
			if step == 1 {
				f.reopen(t)
			}
			if step == 1000 {
				t.Fatal("Reap does not end")
			}
		}
		m.pending = false
		f.view(t, func(v store.Reader) error { gone(v); return nil })
		f.create(t, f.container, m2m.TypeContainer, "top", nil)
	}},
	{"removes nested subtrees one after the other", func(t *testing.T, f *fixture) {
		a := f.create(t, f.container, m2m.TypeContainer, "a", nil)
		b := f.create(t, a, m2m.TypeContainer, "b", nil)
		c := f.create(t, b, m2m.TypeContainer, "c", nil)
		f.create(t, c, m2m.TypeContainer, "d", nil)
		for _, id := range []store.ID{c, b, a} {
			f.update(t, func(tx store.Tx) error { return tx.Delete(id) })
			Faultless(t, f)
		}
		Reap(t, f)
		f.view(t, func(v store.Reader) error {
			if n, err := v.Count(); n != 2 || err != nil {
				t.Errorf("Count: %d, %v; want 2", n, err)
			}
			return nil
		})
	}},
	{"takes back a removal whose Update failed", func(t *testing.T, f *fixture) {
		id := f.create(t, f.container, m2m.TypeContentInstance, "", nil)
		f.refused(t, errRefused, func(tx store.Tx) error { return errors.Join(tx.Delete(f.container), errRefused) })
		f.get(t, id)
		if more, err := f.Reap(context.Background()); more || err != nil {
			t.Errorf("Reap: %v, %v", more, err)
		}
		f.get(t, id)
	}},
	{"removes the root and takes another", func(t *testing.T, f *fixture) {
		f.update(t, func(tx store.Tx) error {
			if err := tx.Delete(f.root); err != nil {
				return err
			}
			return tx.Put(fresh(tx, 0, m2m.TypeCSEBase, "cse-in"))
		})
		Reap(t, f)
		f.view(t, func(v store.Reader) error {
			if n, err := v.Count(); n != 1 || err != nil {
				t.Errorf("Count: %d, %v; want 1", n, err)
			}
			return nil
		})
	}},
}
