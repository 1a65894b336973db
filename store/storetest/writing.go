package storetest

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

var errRefused = errors.New("refused")

var writing = []contract{
	{"counts revisions", func(t *testing.T, f *fixture) {
		for want := uint64(2); want < 5; want++ {
			f.update(t, func(tx store.Tx) error {
				r, err := tx.Get(f.container)
				if err != nil {
					return err
				}
				r = r.Clone()
				r.Revision = 99 // the store's own
				return tx.Put(r)
			})
			if got := f.get(t, f.container).Revision; got != want {
				t.Errorf("revision %d, want %d", got, want)
			}
		}
	}},
	{"sets what it knows better in a resource that is put", func(t *testing.T, f *fixture) {
		f.update(t, func(tx store.Tx) error {
			r := fresh(tx, f.container, m2m.TypeContainer, "x")
			r.Revision, r.Ancestors, r.Counters = 5, []store.ID{9}, store.Counters{StateTag: 3, Children: 4, Bytes: 5, LatestExpiry: 6}
			if err := tx.Put(r); err != nil {
				return err
			}
			if got, err := tx.Get(r.ID); err != nil || !cmp.Equal(got, r) {
				t.Errorf("%v, %v; want %v", got, err, r)
			}
			return nil
		})
	}},
	{"refuses a creation without a parent", func(t *testing.T, f *fixture) {
		f.refused(t, store.ErrNotFound, func(tx store.Tx) error { return tx.Put(fresh(tx, 4711, m2m.TypeContainer, "x")) })
	}},
	{"refuses a second root", func(t *testing.T, f *fixture) {
		f.refused(t, store.ErrExists, func(tx store.Tx) error { return tx.Put(fresh(tx, 0, m2m.TypeCSEBase, "x")) })
	}},
	{"does not bring back what was removed", func(t *testing.T, f *fixture) {
		id := f.create(t, f.container, m2m.TypeContentInstance, "", nil)
		r := f.get(t, id)
		f.update(t, func(tx store.Tx) error { return tx.Delete(id) })
		f.refused(t, store.ErrNotFound, func(tx store.Tx) error { return tx.Put(r.Clone()) })
		f.refused(t, store.ErrNotFound, func(tx store.Tx) error { return tx.Delete(id) })
	}},
	{"refuses to change what does not change", func(t *testing.T, f *fixture) {
		for name, change := range map[string]func(*store.Resource){
			"RI":             func(r *store.Resource) { r.RI = "other" },
			"Name":           func(r *store.Resource) { r.Name = "other" },
			"Parent":         func(r *store.Resource) { r.Parent = f.container },
			"Type":           func(r *store.Resource) { r.Type = m2m.TypeAE },
			"Specialization": func(r *store.Resource) { r.Specialization = "other" },
			"Created":        func(r *store.Resource) { r.Created++ },
		} {
			err := f.Update(context.Background(), func(tx store.Tx) error {
				r, err := tx.Get(f.container)
				if err != nil {
					return err
				}
				r = r.Clone()
				change(r)
				return tx.Put(r)
			})
			if err == nil {
				t.Errorf("%s was changed", name)
			}
		}
	}},
	{"refuses an ID that it did not give out", func(t *testing.T, f *fixture) {
		for _, id := range []store.ID{0, 1 << 60, math.MaxUint64} {
			if err := f.Update(context.Background(), func(tx store.Tx) error {
				r := fresh(tx, f.container, m2m.TypeContainer, "x")
				r.ID = id
				return tx.Put(r)
			}); err == nil {
				t.Errorf("ID %d was taken", id)
			}
		}
	}},
	{"gives out ascending IDs, a failed Update's never again", func(t *testing.T, f *fixture) {
		last := f.container
		for range 10 {
			f.refused(t, errRefused, func(tx store.Tx) error {
				id := tx.NextID()
				if id <= last {
					t.Errorf("ID %d after %d", id, last)
				}
				last = id
				return errRefused
			})
		}
	}},
	{"sees what it wrote before it commits", func(t *testing.T, f *fixture) {
		f.refused(t, errRefused, func(tx store.Tx) error {
			m := &model{}
			m.load(t, tx)
			for i := range 50 {
				r := fresh(tx, f.container, m2m.TypeContentInstance, "")
				r.Labels = []string{"new"}
				m.put(r.Clone())
				if err := tx.Put(r); err != nil {
					t.Fatal(err)
				}
				if i%3 == 0 {
					oldest, err := tx.Oldest(f.container, m2m.TypeContentInstance)
					if err != nil {
						t.Fatal(err)
					}
					m.delete(oldest.ID)
					if err := tx.Delete(oldest.ID); err != nil {
						t.Fatal(err)
					}
				}
			}
			m.compare(t, tx)
			return errRefused
		})
	}},
	{"leaves no trace of an Update that failed", func(t *testing.T, f *fixture) {
		f.create(t, f.container, m2m.TypeContentInstance, "", nil)
		m := &model{}
		f.view(t, func(v store.Reader) error { m.load(t, v); return nil })
		f.refused(t, errRefused, func(tx store.Tx) error {
			if err := tx.Put(fresh(tx, f.container, m2m.TypeContentInstance, "")); err != nil {
				return err
			}
			if _, err := tx.IncrementStateTag(f.container); err != nil {
				return err
			}
			r, err := tx.Get(f.container)
			if err != nil {
				return err
			}
			r = r.Clone()
			r.Labels, r.Expires, r.Body = []string{"gone"}, 5, nil
			if err := tx.Put(r); err != nil {
				return err
			}
			if err := tx.Delete(f.container); err != nil {
				return err
			}
			return errRefused
		})
		f.view(t, func(v store.Reader) error { m.compare(t, v); return nil })
	}},
	{"goes on after an error that the function handles", func(t *testing.T, f *fixture) {
		f.update(t, func(tx store.Tx) error {
			if err := tx.Put(fresh(tx, f.root, m2m.TypeContainer, "data")); !errors.Is(err, store.ErrExists) {
				t.Errorf("Put: %v", err)
			}
			if _, err := tx.Get(4711); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("Get: %v", err)
			}
			return tx.Put(fresh(tx, f.root, m2m.TypeContainer, "data2"))
		})
	}},
	{"keeps long texts", func(t *testing.T, f *fixture) {
		long := strings.Repeat("é", 40000)
		id := f.create(t, f.container, m2m.TypeContainer, long, func(r *store.Resource) {
			r.RI, r.Labels, r.IndexCreator = long, []string{long, long + "1"}, long
		})
		f.view(t, func(v store.Reader) error {
			for name, r := range map[string]*store.Resource{"ByRI": first(v.ByRI(long)), "Child": first(v.Child(f.container, long))} {
				if r == nil || r.ID != id {
					t.Errorf("%s does not find it", name)
				}
			}
			selects(t, v, store.ByLabel, store.Key{Text: long}, id)
			selects(t, v, store.ByCreator, store.Key{Text: long}, id)
			return nil
		})
	}},
}
