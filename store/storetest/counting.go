package storetest

import (
	"context"
	"math"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

var counting = []contract{
	{"counts the instances of a parent exactly", func(t *testing.T, f *fixture) {
		var ids []store.ID
		for i := range int64(5) {
			ids = append(ids, f.create(t, f.container, m2m.TypeContentInstance, "", func(r *store.Resource) { r.Size = 10 + i }))
		}
		f.create(t, f.container, m2m.TypeSubscription, "sub", func(r *store.Resource) { r.Size = 7 })
		want := func(children, bytes int64) {
			t.Helper()
			if c := f.get(t, f.container).Counters; c.Children != children || c.Bytes != bytes {
				t.Errorf("counters %+v, want %d children of %d bytes", c, children, bytes)
			}
		}
		want(5, 60)
		f.update(t, func(tx store.Tx) error { return tx.Delete(ids[4]) })
		want(4, 46)
		f.change(t, ids[0], func(r *store.Resource) { r.Size = 100 })
		want(4, 136)
		f.change(t, ids[0], func(r *store.Resource) { r.Counted = false })
		want(3, 36)
		f.change(t, f.container, func(r *store.Resource) { r.Counters = store.Counters{StateTag: 5} })
		want(3, 36)
		f.refused(t, errRefused, func(tx store.Tx) error {
			if err := tx.Delete(ids[1]); err != nil {
				return err
			}
			return errRefused
		})
		want(3, 36)
		f.reopen(t)
		want(3, 36)
	}},
	{"increments a stateTag, which is no change of the resource", func(t *testing.T, f *fixture) {
		for want := int64(1); want < 4; want++ {
			f.update(t, func(tx store.Tx) error {
				got, err := tx.IncrementStateTag(f.container)
				if err != nil || got != want {
					t.Errorf("IncrementStateTag: %d, %v; want %d", got, err, want)
				}
				return err
			})
			if r := f.get(t, f.container); r.Counters.StateTag != want || r.Revision != 1 {
				t.Errorf("stateTag %d in revision %d, want %d in 1", r.Counters.StateTag, r.Revision, want)
			}
		}
		f.change(t, f.container, func(r *store.Resource) { r.Counters.StateTag = 70 })
		f.refused(t, store.ErrNotFound, func(tx store.Tx) error { _, err := tx.IncrementStateTag(4711); return err })
		f.update(t, func(tx store.Tx) error {
			if got, err := tx.IncrementStateTag(f.container); got != 71 || err != nil {
				t.Errorf("IncrementStateTag: %d, %v; want 71", got, err)
			}
			if got, err := tx.IncrementStateTag(f.root); got != -1 || err != nil {
				t.Errorf("IncrementStateTag of a type without: %d, %v; want -1", got, err)
			}
			return nil
		})
	}},
	{"knows how long a child may live", func(t *testing.T, f *fixture) {
		latest := func(least int64) {
			t.Helper()
			if c := f.get(t, f.container).Counters; c.LatestExpiry < least {
				t.Errorf("latest expiry %d, want at least %d", c.LatestExpiry, least)
			}
		}
		id := f.create(t, f.container, m2m.TypeContentInstance, "", func(r *store.Resource) { r.Expires = 50 })
		latest(50)
		f.change(t, id, func(r *store.Resource) { r.Expires = 90 })
		latest(90)
		f.create(t, f.container, m2m.TypeContentInstance, "", func(r *store.Resource) { r.Expires = 0 })
		latest(math.MaxInt64)
	}},
	{"knows the earliest expiry", func(t *testing.T, f *fixture) {
		want := func(want int64) {
			t.Helper()
			if got, err := f.EarliestExpiry(context.Background()); err != nil || got != want {
				t.Errorf("EarliestExpiry: %d, %v; want %d", got, err, want)
			}
		}
		f.change(t, f.container, func(r *store.Resource) { r.Expires = 0 })
		want(0)
		a := f.create(t, f.container, m2m.TypeContentInstance, "", func(r *store.Resource) { r.Expires = 90 })
		want(90)
		f.create(t, f.container, m2m.TypeContentInstance, "", func(r *store.Resource) { r.Expires = 50 })
		want(50)
		f.change(t, a, func(r *store.Resource) { r.Expires = 20 })
		want(20)
		f.update(t, func(tx store.Tx) error { return tx.Delete(a) })
		want(50)
		f.reopen(t)
		want(50)
	}},
}

// change puts a changed copy of a resource.
func (f *fixture) change(t testing.TB, id store.ID, change func(*store.Resource)) {
	t.Helper()
	f.update(t, func(tx store.Tx) error {
		r, err := tx.Get(id)
		if err != nil {
			return err
		}
		r = r.Clone()
		change(r)
		return tx.Put(r)
	})
}
