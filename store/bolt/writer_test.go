package bolt

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/storetest"
	bbolterrors "go.etcd.io/bbolt/errors"
)

func TestACommitThatFailsIsToldToAllAndLeavesNoTrace(t *testing.T) {
	s := openIn(t, t.TempDir()).(*Store)
	storetest.CheckAtEnd(t, s)
	exemplary(t, s)
	before := everything(t, s)
	add := func() error {
		return s.Update(context.Background(), func(tx store.Tx) error {
			ae, err := tx.ByRI("CAE1")
			if err != nil {
				return err
			}
			id := tx.NextID()
			ri := store.FormatRI("cin", id)
			return tx.Put(&store.Resource{ID: id, Parent: ae.ID, Type: m2m.TypeContainer, RI: ri, Name: ri, Size: -1, Expires: 1, Body: make([]byte, 40<<20)})
		})
	}
	s.db.MaxSize = 32 << 20 // a disk that is full
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := add(); !errors.Is(err, bbolterrors.ErrMaxSizeReached) {
				t.Errorf("Update: %v", err)
			}
		})
	}
	group.Wait()
	if diff := cmp.Diff(before, everything(t, s)); diff != "" {
		t.Errorf("-before +after\n%s", diff)
	}
	if earliest, err := s.EarliestExpiry(context.Background()); earliest != 8000 || err != nil {
		t.Errorf("EarliestExpiry: %d, %v; want 8000", earliest, err)
	}
	storetest.Faultless(t, s)
	s.db.MaxSize = 0
	if err := add(); err != nil {
		t.Errorf("Update once there is room: %v", err)
	}
}

func TestUpdatesThatWaitShareACommit(t *testing.T) {
	s := openIn(t, t.TempDir()).(*Store)
	storetest.CheckAtEnd(t, s)
	exemplary(t, s)
	const waiting = 20
	before := s.published.Load().txid
	started, proceed := make(chan bool), make(chan bool)
	var group sync.WaitGroup
	group.Go(func() {
		s.Update(context.Background(), func(store.Tx) error { close(started); <-proceed; return nil })
	})
	<-started
	for range waiting {
		req := &request{ctx: context.Background(), done: make(chan struct{}, 1), fn: func(t *tx) error {
			ae, err := t.ByRI("CAE1")
			if err != nil {
				return err
			}
			_, err = t.IncrementStateTag(ae.ID)
			return err
		}}
		s.queue <- req
		group.Go(func() { <-req.done })
	}
	close(proceed)
	group.Wait()
	if commits := s.published.Load().txid - before; commits != 1 {
		t.Errorf("%d commits for %d Updates that waited, want 1", commits, waiting)
	}
	s.View(context.Background(), func(r store.Reader) error {
		if ae, err := r.ByRI("CAE1"); err != nil || ae.Counters.StateTag != waiting {
			t.Errorf("%+v, %v; want stateTag %d", ae, err, waiting)
		}
		return nil
	})
}
