package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/sigil-m2m/sigil/store"
)

// Bounds of a commit. Whoever waits for one waits for all that it contains.
const (
	queueLength = 256
	maxBatch    = 256      // functions
	maxChanges  = 16 << 10 // keys put or deleted
	maxBytes    = 4 << 20  // bytes of values put
)

var errGoexit = errors.New("store/bolt: a function ended the writing goroutine")

// A request is a function that waits for its turn, or for its commit.
type request struct {
	ctx    context.Context
	fn     func(*tx) error
	alone  bool // shares no commit
	noTx   bool // runs outside any transaction, while nobody writes; fn gets nil
	err    error
	panics any // what fn panicked with
	done   chan struct{}
}

var requests = sync.Pool{New: func() any { return &request{done: make(chan struct{}, 1)} }}

// A writer is the state of the writing goroutine between commits.
type writer struct {
	lastID store.ID // the last that was given out
}

// Update implements [store.Store]. fn runs in the writing goroutine and must
// not call View, Update or Close. A panic of fn is raised in the caller's
// goroutine, and nothing of fn remains.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.submit(ctx, request{fn: func(t *tx) error { return fn(t) }})
}

// submit queues a request and waits for its answer.
func (s *Store) submit(ctx context.Context, r request) error {
	if s.readOnly {
		return ErrReadOnly
	}
	req := requests.Get().(*request)
	r.ctx, r.done = ctx, req.done
	*req = r
	s.life.RLock()
	if s.closed.Load() {
		s.life.RUnlock()
		return store.ErrClosed
	}
	select {
	case s.queue <- req:
	case <-ctx.Done():
		s.life.RUnlock()
		return ctx.Err()
	}
	s.life.RUnlock()
	<-req.done
	err, panics := req.err, req.panics
	*req = request{done: req.done}
	requests.Put(req)
	if panics != nil {
		panic(panics)
	}
	return err
}

// write is the writing goroutine.
func (s *Store) write() {
	var (
		batch []*request
		held  *request
		t     *tx
	)
	defer func() {
		if len(batch) == 0 { // the queue is closed
			close(s.stopped)
			return
		}
		// Only runtime.Goexit in a function comes here. What shared its
		// transaction is lost with it, and told so; the store goes on.
		if t != nil {
			t.tx.Rollback()
			s.idle.welcome(s.published.Load().txid)
		}
		if held != nil {
			batch = append(batch, held)
		}
		answer(batch, errGoexit)
		go s.write()
	}()
	for {
		req := held
		held = nil
		if req == nil {
			var open bool
			if req, open = <-s.queue; !open {
				return
			}
		}
		batch = append(batch, req)
		var err error
		if t = nil; req.noTx {
			req.run(nil)
		} else if t, err = s.beginTx(); err == nil {
			req.run(t)
			for !req.alone && len(batch) < maxBatch && t.changes < maxChanges && t.bytes < maxBytes {
				next := s.waiting()
				if next == nil {
					break
				}
				if next.alone {
					held = next
					break
				}
				batch = append(batch, next)
				next.run(t)
			}
			err = s.commit(t)
		}
		answer(batch, err)
		batch = batch[:0]
	}
}

// waiting returns a request that waits, nil if there is none.
func (s *Store) waiting() *request {
	for try := range 2 {
		select {
		case req := <-s.queue: // nil if closed
			return req
		default:
			if try == 0 {
				// Those that the last commit answered are on their way.
				runtime.Gosched()
			}
		}
	}
	return nil
}

// answer ends requests whose commit had the given outcome.
func answer(batch []*request, err error) {
	for _, req := range batch {
		if req.err == nil && req.panics == nil {
			req.err = err
		}
		req.done <- struct{}{}
	}
}

// run runs the request's function and undoes it if it fails.
func (req *request) run(t *tx) {
	if req.err = req.ctx.Err(); req.err != nil {
		return
	}
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			req.panics = fmt.Sprintf("store/bolt: panic in Update: %v\n\n%s", v, debug.Stack())
			if t != nil {
				t.undoAll()
			}
		}
	}()
	if t != nil {
		t.start(req.ctx)
	}
	req.err = req.fn(t)
	returned = true
	if req.err != nil && t != nil {
		t.undoAll()
	}
}

// beginTx begins a transaction of the file.
func (s *Store) beginTx() (*tx, error) {
	s.idle.dismiss()
	btx, err := s.db.Begin(true)
	if err != nil {
		s.idle.welcome(s.published.Load().txid)
		return nil, closedError(err)
	}
	t := &tx{writer: &s.writer}
	t.pending = make(map[store.ID]store.Counters)
	t.reader.tx = btx
	for i := range tables {
		t.bucket(i).FillPercent = fillPercent[i]
	}
	t.summary = *s.published.Load()
	return t, nil
}

// commit makes the transaction durable and publishes what readers ask often.
func (s *Store) commit(t *tx) error {
	defer func() { s.idle.welcome(s.published.Load().txid) }()
	if t.failed != nil {
		t.reader.tx.Rollback()
		return t.failed
	}
	if t.changes == 0 { // all failed, or only read
		return t.reader.tx.Rollback()
	}
	next := summary{txid: t.reader.tx.ID(), removed: t.summary.removed, count: t.summary.count, earliest: t.firstExpiry()}
	err := t.finish()
	if err == nil {
		err = t.reader.tx.Commit()
	} else {
		t.reader.tx.Rollback()
	}
	if err != nil {
		return fmt.Errorf("store/bolt: commit: %w", err)
	}
	s.published.Store(&next)
	return nil
}

// finish writes what is kept once for a commit.
func (t *tx) finish() error {
	if err := t.writeCounters(); err != nil {
		return err
	}
	resources := t.bucket(tableResource)
	if uint64(t.writer.lastID) != resources.Sequence() {
		if err := resources.SetSequence(uint64(t.writer.lastID)); err != nil {
			return err
		}
	}
	return t.bucket(tableMeta).Put(keyCount, binary.BigEndian.AppendUint64(nil, uint64(t.summary.count)))
}
