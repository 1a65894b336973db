package storetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
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
			f.view(t, func(v store.Reader) error {
				if got, err := v.EarliestExpiry(); err != nil || got != want {
					t.Errorf("EarliestExpiry: %d, %v; want %d", got, err, want)
				}
				return nil
			})
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

var sharing = []contract{
	{"serialises Updates of many callers", func(t *testing.T, f *fixture) {
		const callers, each = 16, 20
		var group sync.WaitGroup
		for caller := range callers {
			group.Go(func() {
				for i := range each {
					err := f.Update(context.Background(), func(tx store.Tx) error {
						st, err := tx.IncrementStateTag(f.container)
						if err != nil {
							return err
						}
						if err := tx.Put(fresh(tx, f.container, m2m.TypeContentInstance, fmt.Sprintf("n%d", st))); err != nil {
							return err
						}
						if i%4 == caller%4 {
							return errRefused
						}
						return nil
					})
					if err != nil && !errors.Is(err, errRefused) {
						t.Errorf("Update: %v", err)
					}
					if err := f.View(context.Background(), func(v store.Reader) error {
						stat, err := v.Stat(f.container)
						n := int64(0)
						for _, err := range v.Children(f.container, m2m.TypeContentInstance, 0, 0) {
							if err != nil {
								return err
							}
							n++
						}
						if stat.Counters.StateTag != n || stat.Counters.Children != n {
							t.Errorf("a View sees %+v and %d children", stat.Counters, n)
						}
						return err
					}); err != nil {
						t.Errorf("View: %v", err)
					}
				}
			})
		}
		group.Wait()
		if got := f.get(t, f.container).Counters.Children; got != callers*each*3/4 {
			t.Errorf("%d children, want %d", got, callers*each*3/4)
		}
	}},
	{"raises a panic in the caller alone", func(t *testing.T, f *fixture) {
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				defer func() {
					if v := recover(); (v != nil) != (i%2 == 0) {
						t.Errorf("caller %d: panic %v", i, v)
					}
				}()
				err := f.Update(context.Background(), func(tx store.Tx) error {
					if err := tx.Put(fresh(tx, f.container, m2m.TypeContentInstance, "")); err != nil {
						return err
					}
					if i%2 == 0 {
						panic("as told")
					}
					return nil
				})
				if err != nil {
					t.Errorf("Update: %v", err)
				}
			})
		}
		group.Wait()
		if got := f.get(t, f.container).Counters.Children; got != 10 {
			t.Errorf("%d children, want 10", got)
		}
	}},
	{"does not run a function whose context has ended", func(t *testing.T, f *fixture) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := f.Update(ctx, func(store.Tx) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("Update: %v", err)
		}
		if err := f.View(ctx, func(store.Reader) error { t.Error("it ran"); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("View: %v", err)
		}
		if _, err := f.Reap(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Reap: %v", err)
		}
	}},
	{"closes once and answers ErrClosed from then on", func(t *testing.T, f *fixture) {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				for {
					err := f.Update(context.Background(), func(tx store.Tx) error {
						return tx.Put(fresh(tx, f.container, m2m.TypeContentInstance, ""))
					})
					if errors.Is(err, store.ErrClosed) {
						return
					}
					if err != nil {
						t.Errorf("Update: %v", err)
						return
					}
				}
			})
		}
		for range 2 {
			group.Go(func() {
				if err := f.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
		}
		group.Wait()
		ctx := context.Background()
		_, reapErr := f.Reap(ctx)
		_, checkErr := f.Check(ctx)
		for name, err := range map[string]error{
			"View":   f.View(ctx, func(store.Reader) error { return nil }),
			"Update": f.Update(ctx, func(store.Tx) error { return nil }),
			"Reap":   reapErr,
			"Check":  checkErr,
			"Backup": f.Backup(ctx, filepath.Join(t.TempDir(), "b")),
		} {
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("%s: %v, want ErrClosed", name, err)
			}
		}
		f.Store = f.open(t, f.dir)
	}},
}

var keeping = []contract{
	{"keeps everything when it is opened again", func(t *testing.T, f *fixture) {
		for i := range 30 {
			f.create(t, f.container, m2m.TypeContentInstance, "", func(r *store.Resource) { r.Labels = []string{fmt.Sprint(i % 3)} })
		}
		m := &model{}
		f.view(t, func(v store.Reader) error { m.load(t, v); return nil })
		last := slices.Max(m.ids())
		f.reopen(t)
		f.view(t, func(v store.Reader) error { m.compare(t, v); return nil })
		if id := f.create(t, f.container, m2m.TypeContainer, "", nil); id <= last {
			t.Errorf("ID %d after %d", id, last)
		}
	}},
	{"writes a backup that opens, and never over a file", func(t *testing.T, f *fixture) {
		for range 30 {
			f.create(t, f.container, m2m.TypeContentInstance, "", nil)
		}
		m := &model{}
		f.view(t, func(v store.Reader) error { m.load(t, v); return nil })
		dir := t.TempDir()
		path := filepath.Join(dir, "backup")
		if err := f.Backup(context.Background(), path); err != nil {
			t.Fatal(err)
		}
		if err := f.Backup(context.Background(), path); !errors.Is(err, os.ErrExist) {
			t.Errorf("Backup over a file: %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := f.Backup(ctx, path+"2"); !errors.Is(err, context.Canceled) {
			t.Errorf("Backup: %v", err)
		}
		if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
			t.Errorf("files %v, %v; want the backup alone", names, err)
		}
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
