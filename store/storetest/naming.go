package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

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
	{"refuses what is to be distinct and is not", func(t *testing.T, f *fixture) {
		distinct := func(r *store.Resource) { r.Distinct = "5" }
		id := f.create(t, f.container, m2m.TypeContentInstance, "", distinct)
		f.refused(t, store.ErrNotDistinct, func(tx store.Tx) error {
			r := fresh(tx, f.container, m2m.TypeContentInstance, "")
			distinct(r)
			return tx.Put(r)
		})
		f.create(t, f.root, m2m.TypeContainer, "5", distinct) // under another parent, whatever the names are
		f.update(t, func(tx store.Tx) error { return tx.Put(f.get(t, id).Clone()) })
		f.update(t, func(tx store.Tx) error { return tx.Delete(id) })
		f.create(t, f.container, m2m.TypeContentInstance, "", distinct)
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
	{"keeps a taken text taken when its bearer's removal is undone", func(t *testing.T, f *fixture) {
		taken := store.FormatRI("res", f.container+20)
		bearer := f.create(t, f.root, m2m.TypeContainer, "bearer", func(r *store.Resource) { r.RI = taken })
		f.reopen(t) // it knows nothing of what is reserved
		f.refused(t, errRefused, func(tx store.Tx) error {
			if err := tx.Delete(bearer); err != nil {
				return err
			}
			tx.NextID()
			return errRefused
		})
		for range 30 {
			if r := f.get(t, f.create(t, f.container, m2m.TypeContainer, "", nil)); r.RI == taken {
				t.Errorf("resource %d was given %q, which resource %d bears", r.ID, taken, bearer)
			}
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
