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

var reading = []contract{
	{"returns what was put", func(t *testing.T, f *fixture) {
		want := &store.Resource{}
		id := f.create(t, f.container, m2m.TypeFlexContainer, "f", func(r *store.Resource) {
			r.Labels, r.IndexCreator = []string{"b", "a", ""}, "CAE9"
			r.Specialization, r.Size, r.Counters.StateTag = "org.example.lamp", 1<<40, 7
			*want = *r
		})
		want.Ancestors, want.Revision = []store.ID{f.root, f.container}, 1
		got := f.get(t, id)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		f.view(t, func(v store.Reader) error {
			stat, err := v.Stat(id)
			if want := (store.Stat{Revision: 1, Expires: got.Expires, Counters: got.Counters}); stat != want || err != nil {
				t.Errorf("Stat: %+v, %v; want %+v", stat, err, want)
			}
			return nil
		})
	}},
	{"says that nothing is there with ErrNotFound", func(t *testing.T, f *fixture) {
		absent(t, f, 4711, "no-such-ri", f.root, "nothing")
		f.view(t, func(v store.Reader) error {
			for name, err := range map[string]error{
				"Latest":                      second(v.Latest(f.container, m2m.TypeContentInstance)),
				"Oldest":                      second(v.Oldest(f.container, m2m.TypeContentInstance)),
				"a child of nobody":           second(v.Child(4711, "x")),
				"a generated RI of nobody":    second(v.ByRI(store.FormatRI("res", 4711))),
				"an RI with another's prefix": second(v.ByRI(store.FormatRI("other", f.container))),
			} {
				if !errors.Is(err, store.ErrNotFound) {
					t.Errorf("%s: %v", name, err)
				}
			}
			return nil
		})
	}},
	{"keeps what a reader returned unchanged", func(t *testing.T, f *fixture) {
		before := f.get(t, f.container)
		copied := *before
		copied.Body = append([]byte(nil), before.Body...)
		f.update(t, func(tx store.Tx) error {
			r, err := tx.Get(f.container)
			if err != nil {
				return err
			}
			r = r.Clone()
			r.Body = []byte("other")
			return tx.Put(r)
		})
		if diff := cmp.Diff(&copied, before); diff != "" {
			t.Errorf("-before +after\n%s", diff)
		}
	}},
	{"shows one moment to a View", func(t *testing.T, f *fixture) {
		f.view(t, func(v store.Reader) error {
			done := make(chan struct{})
			var id store.ID
			go func() {
				defer close(done)
				id = f.create(t, f.container, m2m.TypeContentInstance, "", nil)
			}()
			<-done
			if _, err := v.Get(id); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a View sees what was created after it began: %v", err)
			}
			if has, err := v.HasChildren(f.container); has || err != nil {
				t.Errorf("HasChildren: %v, %v", has, err)
			}
			return nil
		})
	}},
}

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

var naming = []contract{
	{"refuses a name that a sibling has", func(t *testing.T, f *fixture) {
		f.refused(t, store.ErrExists, func(tx store.Tx) error { return tx.Put(fresh(tx, f.root, m2m.TypeAE, "data")) })
		f.create(t, f.container, m2m.TypeContainer, "data", nil) // elsewhere it is free
	}},
	{"refuses an RI that another has", func(t *testing.T, f *fixture) {
		named := f.create(t, f.root, m2m.TypeAE, "ae", func(r *store.Resource) { r.RI = "CAE7" })
		for _, ri := range []string{"CAE7", store.FormatRI("res", f.container)} {
			f.refused(t, store.ErrExists, func(tx store.Tx) error {
				r := fresh(tx, f.root, m2m.TypeAE, "ae2")
				r.RI = ri
				return tx.Put(r)
			})
		}
		f.view(t, func(v store.Reader) error {
			if r, err := v.ByRI("CAE7"); err != nil || r.ID != named {
				t.Errorf("ByRI: %v, %v", r, err)
			}
			return nil
		})
	}},
	{"frees name and RI with a removal", func(t *testing.T, f *fixture) {
		for range 3 {
			id := f.create(t, f.root, m2m.TypeAE, "ae", func(r *store.Resource) { r.RI = "CAE7" })
			f.create(t, id, m2m.TypeContainer, "below", func(r *store.Resource) { r.RI = "CAE8" })
			f.update(t, func(tx store.Tx) error { return tx.Delete(id) })
			absent(t, f, id, "CAE7", f.root, "ae")
			absent(t, f, id, "CAE8", id, "below")
		}
		Faultless(t, f)
		id := f.create(t, f.root, m2m.TypeAE, "x", func(r *store.Resource) { r.RI = "CAE8" })
		Reap(t, f)
		f.view(t, func(v store.Reader) error {
			if r, err := v.ByRI("CAE8"); err != nil || r.ID != id {
				t.Errorf("ByRI: %v, %v", r, err)
			}
			return nil
		})
	}},
	{"refuses a name that a generated one is", func(t *testing.T, f *fixture) {
		id := f.create(t, f.container, m2m.TypeContentInstance, "", nil)
		ri := f.get(t, id).RI
		f.refused(t, store.ErrExists, func(tx store.Tx) error { return tx.Put(fresh(tx, f.container, m2m.TypeContentInstance, ri)) })
		f.create(t, f.root, m2m.TypeContainer, ri, nil) // elsewhere it is free
		f.update(t, func(tx store.Tx) error { return tx.Delete(id) })
		f.create(t, f.container, m2m.TypeContentInstance, ri, nil) // and now here
	}},
	{"never generates a text that is taken", func(t *testing.T, f *fixture) {
		// Texts of IDs that are to come, as names, as RIs, and as both.
		for i := range store.ID(12) {
			text := store.FormatRI("res", f.container+20+i)
			f.create(t, f.container, m2m.TypeContainer, text, func(r *store.Resource) {
				if i%2 == 0 {
					r.RI = text
				}
			})
		}
		removed := first(fetch(f, func(v store.Reader) (*store.Resource, error) {
			return v.Child(f.container, store.FormatRI("res", f.container+25))
		}))
		f.update(t, func(tx store.Tx) error { return tx.Delete(removed.ID) })
		f.reopen(t)
		seen := map[string]bool{}
		for range 40 {
			id := f.create(t, f.container, m2m.TypeContainer, "", nil)
			r := f.get(t, id)
			f.view(t, func(v store.Reader) error {
				if c, err := v.Child(f.container, r.RI); err != nil || c.ID != id {
					t.Errorf("Child(%q): %v, %v; want %d", r.RI, c, err, id)
				}
				if c, err := v.ByRI(r.RI); err != nil || c.ID != id {
					t.Errorf("ByRI(%q): %v, %v; want %d", r.RI, c, err, id)
				}
				return nil
			})
			if seen[r.RI] {
				t.Errorf("%q twice", r.RI)
			}
			seen[r.RI] = true
		}
	}},
	{"refuses the text of an ID that the same function was given", func(t *testing.T, f *fixture) {
		f.update(t, func(tx store.Tx) error {
			r := fresh(tx, f.container, m2m.TypeContainer, "")
			thief := fresh(tx, f.container, m2m.TypeContainer, r.RI)
			if err := tx.Put(thief); !errors.Is(err, store.ErrExists) {
				t.Errorf("Put: %v", err)
			}
			return tx.Put(r)
		})
	}},
}

// absent proves that a resource is found by no address.
func absent(t *testing.T, f *fixture, id store.ID, ri string, parent store.ID, name string) {
	t.Helper()
	f.view(t, func(v store.Reader) error {
		for by, err := range map[string]error{
			"Get":   second(v.Get(id)),
			"Stat":  second(v.Stat(id)),
			"ByRI":  second(v.ByRI(ri)),
			"Child": second(v.Child(parent, name)),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", by, err)
			}
		}
		return nil
	})
}

func first[T any](v T, _ error) T      { return v }
func second[T any](_ T, e error) error { return e }

// fetch returns what get finds.
func fetch(f *fixture, get func(store.Reader) (*store.Resource, error)) (r *store.Resource, err error) {
	err = f.View(context.Background(), func(v store.Reader) (err error) {
		r, err = get(v)
		return err
	})
	return r, err
}
