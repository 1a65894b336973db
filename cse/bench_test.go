package cse_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/sigil-m2m/sigil/m2m"
)

// These benchmarks call Handle directly, without a binding. Writes go to the
// disk: BenchmarkBolt is what bbolt alone takes for one.

// writers is how many requests are under way at a time where they share
// commits, for each processor.
const writers = 16

const measured = `{"m2m:cin":{"cnf":"text/plain:0","con":"temperature=21.5 humidity=40.25 battery=3.01 sequence=0000000042"}}`

// handle sends a copy of req, as bindings make one for each request.
func (w *world) handle(b *testing.B, req m2m.Request, want m2m.StatusCode) *m2m.Response {
	rsp := w.Handle(context.Background(), &req)
	if rsp.Status != want {
		b.Fatalf("status is %v, want %v: %s", rsp.Status, want, rsp.Content.Data)
	}
	return rsp
}

// handleInParallel sends copies of req, many at a time.
func (w *world) handleInParallel(b *testing.B, req m2m.Request, want m2m.StatusCode) {
	b.ReportAllocs()
	b.SetParallelism(writers)
	var failed atomic.Pointer[m2m.Response]
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			one := req
			if rsp := w.Handle(context.Background(), &one); rsp.Status != want {
				failed.Store(rsp)
			}
		}
	})
	if rsp := failed.Load(); rsp != nil {
		b.Fatalf("status is %v, want %v: %s", rsp.Status, want, rsp.Content.Data)
	}
}

func BenchmarkCreate(b *testing.B) {
	for _, bb := range []struct{ name, limit string }{{"no limit", ""}, {"mni 1000", `"mni":1000`}} {
		b.Run(bb.name, func(b *testing.B) {
			w := newWorld(b)
			ae := w.ae("CBench")
			w.handleInParallel(b, m2m.Request{
				Operation: m2m.Create, To: w.container(ae, "c", bb.limit), From: ae, RequestID: "1", ReleaseVersion: "3",
				ResourceType: m2m.TypeContentInstance, Content: m2m.Content{Data: []byte(measured)},
			}, m2m.StatusCreated)
		})
	}
}

func BenchmarkRetrieve(b *testing.B) {
	w := newWorld(b)
	ae := w.ae("CBench")
	to := w.container(ae, "c", "")
	w.must(m2m.StatusCreated, w.create(ae, to, m2m.TypeContentInstance, `{"m2m:cin":{"rn":"one","con":"21.5"}}`))
	for _, bb := range []struct{ name, target string }{
		{"instance", to + "/one"}, {"latest", to + "/la"}, {"container", to},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w.handle(b, m2m.Request{Operation: m2m.Retrieve, To: bb.target, From: ae, RequestID: "1", ReleaseVersion: "3"}, m2m.StatusOK)
			}
		})
	}
}

func BenchmarkDiscover(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		w := newWorld(b)
		ae := w.ae("CBench")
		w.populate(b, ae, 20, n)
		limit := 50
		for _, bb := range []struct {
			name   string
			filter m2m.FilterCriteria
		}{
			{"type", m2m.FilterCriteria{ResourceTypes: []m2m.ResourceType{m2m.TypeContentInstance}}},
			{"label", m2m.FilterCriteria{Labels: []string{"rare"}}},
		} {
			bb.filter.Usage, bb.filter.Limit = m2m.Discovery, &limit
			b.Run(fmt.Sprintf("%s/of %d", bb.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f := bb.filter
					w.handle(b, m2m.Request{Operation: m2m.Retrieve, To: "cse-in/bench", From: ae, RequestID: "1", ReleaseVersion: "3", FilterCriteria: &f}, m2m.StatusOK)
				}
			})
		}
	}
}

// populate creates n instances in turn in some containers, every 19th with
// the label "rare".
func (w *world) populate(b *testing.B, ae string, containers, n int) {
	b.Helper()
	var to []string
	for i := range containers {
		to = append(to, w.container(ae, fmt.Sprint("c", i), ""))
	}
	work := make(chan int)
	done := make(chan *m2m.Response)
	for range 256 {
		go func() {
			var failed *m2m.Response
			for i := range work {
				content := measured
				if i%19 == 0 {
					content = `{"m2m:cin":{"lbl":["rare"],"con":"21.5"}}`
				}
				rsp := w.Handle(context.Background(), &m2m.Request{
					Operation: m2m.Create, To: to[i%len(to)], From: ae, RequestID: "1", ReleaseVersion: "3",
					ResourceType: m2m.TypeContentInstance, Content: m2m.Content{Data: []byte(content)},
				})
				if rsp.Status != m2m.StatusCreated {
					failed = rsp
				}
			}
			done <- failed
		}()
	}
	for i := range n {
		work <- i
	}
	close(work)
	for range 256 {
		if rsp := <-done; rsp != nil {
			b.Fatalf("%v: %s", rsp.Status, rsp.Content.Data)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	w := newWorld(b)
	ae := w.ae("CBench")
	w.handleInParallel(b, m2m.Request{
		Operation: m2m.Update, To: w.container(ae, "c", ""), From: ae, RequestID: "1", ReleaseVersion: "3",
		Content: m2m.Content{Data: []byte(`{"m2m:cnt":{"lbl":["kitchen"]}}`)},
	}, m2m.StatusUpdated)
}

// BenchmarkBolt is the floor of a write: a record of an instance's size under
// an ascending key, alone in its commit and in one that many share.
func BenchmarkBolt(b *testing.B) {
	for _, shared := range []int{1, writers} {
		b.Run(fmt.Sprintf("%d to a commit", shared), func(b *testing.B) {
			db, err := bbolt.Open(filepath.Join(b.TempDir(), "floor.db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			name, value := []byte("records"), make([]byte, 300)
			err = db.Update(func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket(name)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			next := uint64(0)
			for left := b.N; left > 0; left -= shared {
				err := db.Update(func(tx *bbolt.Tx) error {
					bucket := tx.Bucket(name)
					bucket.FillPercent = 0.95
					for range min(shared, left) {
						next++
						if err := bucket.Put(binary.BigEndian.AppendUint64(nil, next), value); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
