package bolt

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	bbolt "go.etcd.io/bbolt"
)

// callers is the number of goroutines that write at a time in benchmarks.
const callers = 32

var benchBody = make([]byte, 300)

// benchStore returns a store with a root and n containers.
func benchStore(b *testing.B, n int) (*Store, []store.ID) {
	s, err := Open(filepath.Join(b.TempDir(), "cse.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	var ids []store.ID
	err = s.Update(context.Background(), func(tx store.Tx) error {
		root := tx.NextID()
		if err := tx.Put(&store.Resource{ID: root, Type: m2m.TypeCSEBase, RI: "id-in", Name: "cse-in", Size: -1}); err != nil {
			return err
		}
		for i := range n {
			id := tx.NextID()
			ids = append(ids, id)
			if err := tx.Put(&store.Resource{
				ID: id, Parent: root, Type: m2m.TypeContainer, RI: store.FormatRI("cnt", id), Name: fmt.Sprint("c", i),
				Creator: "CAE1", Size: -1, Body: benchBody,
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return s, ids
}

// instance is what a request to create a contentInstance writes.
func instance(tx store.Tx, parent store.ID, mni int64) error {
	id := tx.NextID()
	ri := store.FormatRI("cin", id)
	µs := 1_700_000_000_000_000 + int64(id)*100
	if err := tx.Put(&store.Resource{
		ID: id, Parent: parent, Type: m2m.TypeContentInstance, RI: ri, Name: ri, Generated: true, Creator: "CAE1",
		Created: µs, Modified: µs, Expires: µs + 1e12, Counted: true, Size: 64, Body: benchBody,
		Counters: store.Counters{StateTag: int64(id)},
	}); err != nil {
		return err
	}
	if _, err := tx.IncrementStateTag(parent); err != nil {
		return err
	}
	if mni == 0 {
		return nil
	}
	stat, err := tx.Stat(parent)
	if err != nil || stat.Counters.Children <= mni {
		return err
	}
	oldest, err := tx.Oldest(parent, m2m.TypeContentInstance)
	if err != nil {
		return err
	}
	return tx.Delete(oldest.ID)
}

// fill adds n instances to a container.
func fill(b *testing.B, s *Store, parent store.ID, n int) {
	for n > 0 {
		err := s.Update(context.Background(), func(tx store.Tx) error {
			for range min(n, 5000) {
				if err := instance(tx, parent, 0); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		n -= min(n, 5000)
	}
}

// concurrently runs op b.N times, shared by the callers.
func concurrently(b *testing.B, op func(caller int) error) {
	b.ReportAllocs()
	b.ResetTimer()
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			for i := caller; i < b.N; i += callers {
				if err := op(caller); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
}

// BenchmarkFloor is what no creation can beat on the same machine: the same
// writer and shared commits, and one key of the size of a record.
func BenchmarkFloor(b *testing.B) {
	s, _ := benchStore(b, 1)
	if err := s.db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("floor")); return err }); err != nil {
		b.Fatal(err)
	}
	concurrently(b, func(int) error {
		return s.submit(context.Background(), request{fn: func(t *tx) error {
			t.writer.lastID++
			t.changes++
			return t.tx.Bucket([]byte("floor")).Put(appendID(nil, t.writer.lastID), make([]byte, 400))
		}})
	})
}

func BenchmarkCreate(b *testing.B) {
	for _, c := range []struct {
		name            string
		containers, had int
		mni             int64
	}{
		{"one container", 1, 0, 0},
		{"a container each", callers, 0, 0},
		{"one container of 100000", 1, 100_000, 0},
		{"a container each, evicting at 100", callers, 0, 100},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, ids := benchStore(b, c.containers)
			fill(b, s, ids[0], c.had)
			concurrently(b, func(caller int) error {
				return s.Update(context.Background(), func(tx store.Tx) error {
					return instance(tx, ids[caller%len(ids)], c.mni)
				})
			})
		})
	}
}

// BenchmarkReap is one short commit that frees a part of a removed subtree.
func BenchmarkReap(b *testing.B) {
	s, _ := benchStore(b, 0)
	b.ReportAllocs()
	for b.Loop() {
		if s.published.Load().removed == 0 {
			b.StopTimer()
			var id store.ID
			err := s.Update(context.Background(), func(tx store.Tx) error {
				root, err := tx.ByRI("id-in")
				if err != nil {
					return err
				}
				id = tx.NextID()
				ri := store.FormatRI("cnt", id)
				return tx.Put(&store.Resource{ID: id, Parent: root.ID, Type: m2m.TypeContainer, RI: ri, Name: ri, Size: -1})
			})
			if err != nil {
				b.Fatal(err)
			}
			fill(b, s, id, 20*reapResources)
			if err := s.Update(context.Background(), func(tx store.Tx) error { return tx.Delete(id) }); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		if _, err := s.Reap(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead is a View of one question.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		s, ids := benchStore(b, 1)
		fill(b, s, ids[0], n)
		last := ids[0] + store.ID(n)
		ri := store.FormatRI("cin", last)
		for _, c := range []struct {
			name string
			read func(store.Reader) error
		}{
			{"nothing", func(r store.Reader) error { return nil }},
			{"Get", func(r store.Reader) error { _, err := r.Get(last); return err }},
			{"Stat", func(r store.Reader) error { _, err := r.Stat(ids[0]); return err }},
			{"Latest", func(r store.Reader) error { _, err := r.Latest(ids[0], m2m.TypeContentInstance); return err }},
			{"ByRI", func(r store.Reader) error { _, err := r.ByRI(ri); return err }},
			{"Child", func(r store.Reader) error { _, err := r.Child(ids[0]-1, "c0"); return err }},
			{"Get and Latest", func(r store.Reader) error {
				if _, err := r.Get(ids[0]); err != nil {
					return err
				}
				_, err := r.Latest(ids[0], m2m.TypeContentInstance)
				return err
			}},
			{"Select 50", func(r store.Reader) error {
				left := 50
				for _, err := range r.Select(store.ByType, store.Key{Number: 4}, last/2) {
					if left--; left == 0 || err != nil {
						return err
					}
				}
				return nil
			}},
			{"Children 50", func(r store.Reader) error {
				left := 50
				for _, err := range r.Children(ids[0], 4, 4, last/2) {
					if left--; left == 0 || err != nil {
						return err
					}
				}
				return nil
			}},
		} {
			b.Run(fmt.Sprintf("%s of %d", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := s.View(context.Background(), c.read); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
