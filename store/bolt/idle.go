package bolt

import (
	"context"
	"sync"
)

// Idle are readers that have done their work and wait for the next View. To
// begin a transaction of the file, and to find its tables, costs more than a
// look-up; between two commits there is no need for either.
//
// A reader that waits holds on to pages and to the map of the file, so the
// writer sends them away before it begins, and takes none back until it has
// committed.
type idle struct {
	mu      sync.Mutex // protects all below
	readers []*reader
	txid    int  // of the last commit: older readers are of no use
	away    bool // a commit is under way, or the store is closing
}

// maxIdle is how many readers wait at most.
const maxIdle = 16

// acquire returns a reader of what the last commit left.
func (s *Store) acquire(ctx context.Context) (*reader, error) {
	if r := s.idle.take(); r != nil {
		r.ctx = ctx
		return r, nil
	}
	tx, err := s.db.Begin(false)
	if err != nil {
		return nil, closedError(err)
	}
	r := new(reader)
	if err := r.begin(ctx, tx, s.published.Load()); err != nil {
		tx.Rollback()
		return nil, err
	}
	return r, nil
}

// release lets go of a reader. One that panicked is not used again.
func (s *Store) release(r *reader, sound bool) {
	if r.ctx = nil; !sound || !s.idle.keep(r) {
		r.tx.Rollback()
	}
}

func (i *idle) take() *reader {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := len(i.readers) - 1
	if last < 0 {
		return nil
	}
	r := i.readers[last]
	i.readers[last] = nil
	i.readers = i.readers[:last]
	return r
}

func (i *idle) keep(r *reader) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.away || r.summary.txid != i.txid || len(i.readers) >= maxIdle {
		return false
	}
	i.readers = append(i.readers, r)
	return true
}

// dismiss ends all readers that wait, and takes none back until welcome.
func (i *idle) dismiss() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.away = true
	for n, r := range i.readers {
		r.tx.Rollback()
		i.readers[n] = nil
	}
	i.readers = i.readers[:0]
}

// welcome takes readers of the given transaction again.
func (i *idle) welcome(txid int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.txid, i.away = txid, false
}
