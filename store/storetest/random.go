package storetest

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	"pgregory.net/rapid"
)

// random runs random Updates, some of which fail, on a store and on a model.
func random(t *testing.T, open Opener) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "random")
		if err != nil {
			rt.Fatalf("%v", err)
		}
		s := open(t, dir)
		defer func() { s.Close() }()
		m := &model{resources: make(map[store.ID]*store.Resource)}
		if err := s.Update(context.Background(), func(tx store.Tx) error {
			r := fresh(tx, 0, m2m.TypeCSEBase, "cse-in")
			r.Expires = 0
			m.resources[r.ID] = r.Clone()
			m.resources[r.ID].Revision = 1
			return tx.Put(r)
		}); err != nil {
			rt.Fatalf("%v", err)
		}
		check := func() {
			faults, err := s.Check(context.Background())
			if err != nil || len(faults) > 0 {
				rt.Fatalf("Check: %v, %q", err, faults)
			}
			if err := s.View(context.Background(), func(r store.Reader) error { m.compare(rt, r); return nil }); err != nil {
				rt.Fatalf("View: %v", err)
			}
			m.compareEarliest(rt, s)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"update": func(rt *rapid.T) {
				before := m.clone()
				fails := rapid.IntRange(0, 3).Draw(rt, "fails") == 0
				err := s.Update(context.Background(), func(tx store.Tx) error {
					begin := tx.NextID()
					for range rapid.IntRange(1, 6).Draw(rt, "steps") {
						step(rt, tx, m, begin)
					}
					m.compare(rt, tx)
					if fails {
						return errRefused
					}
					return nil
				})
				if fails {
					m = before
				}
				if fails != errors.Is(err, errRefused) || !fails && err != nil {
					rt.Fatalf("Update: %v", err)
				}
			},
			"reap": func(rt *rapid.T) {
				more, err := s.Reap(context.Background())
				if err != nil {
					rt.Fatalf("Reap: %v", err)
				}
				m.pending = more
			},
			"reopen": func(rt *rapid.T) {
				if err := s.Close(); err != nil {
					rt.Fatalf("Close: %v", err)
				}
				s = open(t, dir)
			},
			"": func(*rapid.T) { check() },
		})
		Reap(t, s)
		m.pending = false
		check()
	})
}

// step does one random thing to a transaction and to the model. begin is an ID
// that was given out before the others of this transaction.
func step(rt *rapid.T, tx store.Tx, m *model, begin store.ID) {
	ids := m.ids()
	at := rapid.SampledFrom(ids).Draw(rt, "at")
	agree := func(what string, got, want error) {
		if !errors.Is(got, want) {
			rt.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
	switch rapid.SampledFrom([]string{"create", "create", "create", "change", "delete", "tag"}).Draw(rt, "do") {
	case "create":
		ty := rapid.SampledFrom([]m2m.ResourceType{m2m.TypeContainer, m2m.TypeContentInstance}).Draw(rt, "type")
		r := fresh(tx, at, ty, randomText(rt, "name", ids, begin))
		if text := randomText(rt, "ri", ids, begin); text != "" {
			r.RI, r.Generated = text, r.Name == text
		}
		vary(rt, r)
		r.Distinct = rapid.SampledFrom([]string{"", "", "", "1", "2", "a"}).Draw(rt, "distinct")
		want := m.put(r.Clone())
		agree("Put", tx.Put(r), want)
	case "change":
		r := m.resources[at].Clone()
		vary(rt, r)
		agree("Put", tx.Put(r.Clone()), m.put(r))
	case "delete":
		if len(ids) > 1 && m.resources[at].Parent != 0 {
			agree("Delete", tx.Delete(at), m.delete(at))
		}
	case "tag":
		m.resources[at].Counters.StateTag++
		got, err := tx.IncrementStateTag(at)
		if want := m.resources[at].Counters.StateTag; err != nil || got != want {
			rt.Fatalf("IncrementStateTag: %d, %v; want %d", got, err, want)
		}
	}
}

// randomText returns a name or RI: mostly none, else a few that collide often,
// among them such as tell IDs of resources that are there, were there, or are
// to come. It leaves out IDs of the same transaction that have no resource: the
// store refuses these, and the model does not know them.
func randomText(rt *rapid.T, label string, ids []store.ID, begin store.ID) string {
	switch rapid.IntRange(0, 6).Draw(rt, label) {
	case 0:
		return rapid.SampledFrom([]string{"a", "b", "c", "a\x00", "A"}).Draw(rt, label)
	case 1:
		return store.FormatRI("res", rapid.SampledFrom(ids).Draw(rt, label))
	case 2:
		return store.FormatRI("res", store.ID(rapid.Uint64Range(1, uint64(begin)-1).Draw(rt, label)))
	case 3:
		return store.FormatRI("res", begin+store.ID(rapid.IntRange(20, 30).Draw(rt, label)))
	}
	return ""
}

// vary sets what may be changed.
func vary(rt *rapid.T, r *store.Resource) {
	small := rapid.Int64Range(1, 60)
	r.Modified = r.Created + small.Draw(rt, "modified")
	r.Expires = rapid.OneOf(rapid.Just(int64(0)), small).Draw(rt, "expires")
	r.Size = rapid.OneOf(rapid.Just(int64(-1)), small).Draw(rt, "size")
	r.Counted = rapid.Bool().Draw(rt, "counted")
	r.Labels = rapid.SliceOfN(rapid.SampledFrom([]string{"", "x", "y", "xx"}), 0, 3).Draw(rt, "labels")
	if len(r.Labels) == 0 {
		r.Labels = nil
	}
	ids := rapid.OneOf(rapid.Just([]store.ID(nil)), rapid.SliceOfN(rapid.Map(rapid.Uint64Max(1<<40), func(n uint64) store.ID { return store.ID(n) }), 1, 3))
	r.Policies, r.Grantees = ids.Draw(rt, "policies"), ids.Draw(rt, "grantees")
	r.IndexCreator = rapid.SampledFrom([]string{"", "CAE1", "CAE2"}).Draw(rt, "creator")
	r.Body = []byte(rapid.StringN(1, 20, 40).Draw(rt, "body"))
}
