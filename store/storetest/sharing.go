package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

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
		_, expiryErr := f.EarliestExpiry(ctx)
		for name, err := range map[string]error{
			"View":   f.View(ctx, func(store.Reader) error { return nil }),
			"Update": f.Update(ctx, func(store.Tx) error { return nil }),
			"Reap":   reapErr,
			"Check":  checkErr,
			"Expiry": expiryErr,
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
