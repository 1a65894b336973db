// Package storetest is the contract of a store as tests: what package store
// promises, each promise a subtest, and random operations whose outcome is
// compared with a model that is too simple to be wrong. Every implementation
// runs it.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// An Opener opens the store that lives in dir: an empty one if dir is empty,
// else what was there when it was last closed. It fails the test if it can't.
type Opener func(t testing.TB, dir string) store.Store

// Run tests the stores that open returns.
func Run(t *testing.T, open Opener) {
	for _, group := range [][]contract{reading, writing, naming, counting, removing, enumerating, sharing, keeping} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				c.test(t, newFixture(t, open))
			})
		}
	}
	t.Run("random operations agree with a model", func(t *testing.T) { random(t, open) })
}

// A contract is one promise.
type contract struct {
	name string
	test func(t *testing.T, f *fixture)
}

// CheckAtEnd closes s at the end of the test, having proven that it has no
// faults, that what was removed can be freed, and that it has none after that.
func CheckAtEnd(t testing.TB, s store.Store) {
	t.Cleanup(func() {
		Faultless(t, s)
		Reap(t, s)
		Faultless(t, s)
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// Faultless fails the test if the store's own check finds a fault.
func Faultless(t testing.TB, s store.Store) {
	t.Helper()
	faults, err := s.Check(context.Background())
	if err != nil {
		t.Errorf("Check: %v", err)
	}
	for _, fault := range faults {
		t.Errorf("fault: %s", fault)
	}
}

// Reap frees all that has been removed.
func Reap(t testing.TB, s store.Store) {
	t.Helper()
	for {
		more, err := s.Reap(context.Background())
		if err != nil {
			t.Fatalf("Reap: %v", err)
		}
		if !more {
			return
		}
	}
}

// A fixture is a store with a root and a container, and short ways to use it.
type fixture struct {
	store.Store
	open            Opener
	dir             string
	root, container store.ID
}

func newFixture(t testing.TB, open Opener) *fixture {
	f := &fixture{open: open, dir: t.TempDir()}
	f.Store = open(t, f.dir)
	t.Cleanup(func() {
		if f.Store == nil {
			return
		}
		Faultless(t, f.Store)
		Reap(t, f.Store)
		Faultless(t, f.Store)
		if err := f.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	f.update(t, func(tx store.Tx) error {
		f.root = tx.NextID()
		return tx.Put(&store.Resource{
			ID: f.root, Type: m2m.TypeCSEBase, RI: "id-in", Name: "cse-in",
			Created: 1, Modified: 1, Size: -1, Counters: store.Counters{StateTag: -1},
		})
	})
	f.container = f.create(t, f.root, m2m.TypeContainer, "data", nil)
	return f
}

// reopen closes the store and opens it again.
func (f *fixture) reopen(t testing.TB) {
	t.Helper()
	if err := f.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	f.Store = f.open(t, f.dir)
}

func (f *fixture) update(t testing.TB, fn func(store.Tx) error) {
	t.Helper()
	if err := f.Update(context.Background(), fn); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

func (f *fixture) view(t testing.TB, fn func(store.Reader) error) {
	t.Helper()
	if err := f.View(context.Background(), fn); err != nil {
		t.Fatalf("View: %v", err)
	}
}

// create makes a resource, named by its RI if name is empty, and returns its
// ID. with may set more.
func (f *fixture) create(t testing.TB, parent store.ID, ty m2m.ResourceType, name string, with func(*store.Resource)) (id store.ID) {
	t.Helper()
	f.update(t, func(tx store.Tx) error {
		r := fresh(tx, parent, ty, name)
		if with != nil {
			with(r)
		}
		id = r.ID
		return tx.Put(r)
	})
	return id
}

// fresh returns a new resource, named by its RI if name is empty.
func fresh(tx store.Tx, parent store.ID, ty m2m.ResourceType, name string) *store.Resource {
	id := tx.NextID()
	ri := store.FormatRI("res", id)
	r := &store.Resource{
		ID: id, Parent: parent, Type: ty, RI: ri, Name: name,
		Created: int64(id), Modified: int64(id), Expires: 1 << 50, Size: -1,
		Creator: "CAE1", Body: []byte(`"lbl":[]`),
	}
	if name == "" {
		r.Name, r.Generated = ri, true
	}
	if ty == m2m.TypeContentInstance {
		r.Counted, r.Size = true, 10
	}
	return r
}

// get returns a resource.
func (f *fixture) get(t testing.TB, id store.ID) (r *store.Resource) {
	t.Helper()
	f.view(t, func(v store.Reader) (err error) {
		r, err = v.Get(id)
		return err
	})
	return r
}

// refused runs an Update of one function that must fail with want.
func (f *fixture) refused(t testing.TB, want error, fn func(store.Tx) error) {
	t.Helper()
	if err := f.Update(context.Background(), fn); !errors.Is(err, want) {
		t.Errorf("Update: %v, want %v", err, want)
	}
}
