package bolt

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

func TestSmoke(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "a.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	var root, cnt store.ID
	err = s.Update(ctx, func(tx store.Tx) error {
		root = tx.NextID()
		if err := tx.Put(&store.Resource{ID: root, Type: m2m.TypeCSEBase, RI: "id-in", Name: "cse-in", Size: -1, Counters: store.Counters{StateTag: -1}}); err != nil {
			return err
		}
		cnt = tx.NextID()
		return tx.Put(&store.Resource{ID: cnt, Parent: root, Type: m2m.TypeContainer, RI: store.FormatRI("cnt", cnt), Name: "c", Size: -1, Labels: []string{"a", "b", "a"}, Body: []byte("x")})
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		err = s.Update(ctx, func(tx store.Tx) error {
			id := tx.NextID()
			ri := store.FormatRI("cin", id)
			if err := tx.Put(&store.Resource{ID: id, Parent: cnt, Type: 4, RI: ri, Name: ri, Generated: true, Counted: true, Size: 10, Created: 5, Modified: 5, Expires: 100 + int64(id)}); err != nil {
				return err
			}
			_, err := tx.IncrementStateTag(cnt)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.View(ctx, func(r store.Reader) error {
		c, err := r.Get(cnt)
		t.Logf("%+v %v", c, err)
		l, err := r.Latest(cnt, 4)
		t.Logf("%+v %v", l, err)
		return nil
	})
	f, err := s.Check(ctx)
	t.Log(f, err)
	s.Update(ctx, func(tx store.Tx) error { return tx.Delete(cnt) })
	f, err = s.Check(ctx)
	t.Log(f, err)
	for {
		more, err := s.Reap(ctx)
		t.Log(more, err)
		if !more {
			break
		}
	}
	f, err = s.Check(ctx)
	t.Log(f, err)
	t.Log(s.Close(), s.Close())
}
