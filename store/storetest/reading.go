package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

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
