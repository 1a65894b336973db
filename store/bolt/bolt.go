// Package bolt keeps resources in one file, by bbolt: the store of a CSE that
// is a single process.
//
// One goroutine writes. It runs the functions of all Updates that wait, one
// after the other, in one transaction of the file, commits it, and answers
// them together, so that the cost of making a commit durable is shared. A
// function that fails is undone by a log of what it changed and leaves its
// neighbours untouched. Readers work on a moment of the file and wait for
// nobody.
//
// Nearly all that a creation writes is appended: resources are keyed by an ID
// that grows, children by parent, type and ID, the indexes by a property that
// repeats or grows, and then ID. A name or resourceID that was made of the ID
// (see store.FormatRI) needs no entry of its own.
//
// What is on the disk when Update returns stays there: no option trades that
// for speed.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sigil-m2m/sigil/store"
	bbolt "go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// Defaults of Options.
const (
	DefaultMapSize     = 1 << 30 // bytes
	DefaultLockTimeout = time.Second
)

// Options are how to open a file. The zero value is good.
type Options struct {
	// MapSize is the address space in bytes that is set aside for the file. A
	// file that outgrows it makes the writer wait once for all readers. 0
	// means DefaultMapSize.
	MapSize int
	// LockTimeout is how long to wait for another process to let go of the
	// file. 0 means DefaultLockTimeout.
	LockTimeout time.Duration
	// ReadOnly opens a file that exists, shared with other readers, and lets
	// Update and Reap fail with ErrReadOnly.
	ReadOnly bool
}

var (
	// ErrInUse is the cause of an Open that found the file held by another
	// process.
	ErrInUse = errors.New("another process uses the file")
	// ErrReadOnly is what Update and Reap return if the file is open for
	// reading only.
	ErrReadOnly = errors.New("store/bolt: open for reading only")
)

// A Store is a store in a file. It may be used by many goroutines.
type Store struct {
	db        *bbolt.DB
	readOnly  bool
	published atomic.Pointer[summary]

	life    sync.RWMutex // guards sending to queue against closing it
	closed  atomic.Bool  // set with life held
	queue   chan *request
	stopped chan struct{} // closed once the writer has ended

	idle   idle
	writer writer // of the writing goroutine alone
}

var _ store.Store = (*Store)(nil)

// Open opens the store in the file named path, and makes it if there is none.
// It refuses a file of another program, a newer format, a file that is cut
// short, and one that another process has open (ErrInUse).
func Open(path string, o Options) (*Store, error) {
	s, err := openStore(path, o)
	if err != nil {
		if errors.Is(err, bbolterrors.ErrTimeout) {
			err = ErrInUse
		}
		return nil, fmt.Errorf("store/bolt: open %s: %w", path, err)
	}
	return s, nil
}

func openStore(path string, o Options) (*Store, error) {
	if o.MapSize == 0 {
		o.MapSize = DefaultMapSize
	}
	if o.LockTimeout == 0 {
		o.LockTimeout = DefaultLockTimeout
	}
	options := bbolt.Options{
		Timeout:         o.LockTimeout,
		InitialMmapSize: o.MapSize,
		// The map finds a free page in constant time in a large file. The
		// list is stored with each commit, else opening would read it all.
		FreelistType: bbolt.FreelistMapType,
		NoStatistics: true,
	}
	info, err := os.Stat(path)
	fresh := errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0
	if err != nil && !fresh {
		return nil, err
	}
	if !fresh {
		// Look before writing: at a file that is not ours, or not whole.
		if err := inspect(path, options); err != nil {
			return nil, err
		}
	}
	options.ReadOnly = o.ReadOnly
	if o.ReadOnly && fresh {
		return nil, os.ErrNotExist
	}
	db, err := bbolt.Open(path, 0o600, &options)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, readOnly: o.ReadOnly, queue: make(chan *request, queueLength), stopped: make(chan struct{})}
	if err := s.prepare(); err != nil {
		db.Close()
		return nil, err
	}
	if fresh {
		if err := syncDir(path); err != nil {
			db.Close()
			return nil, err
		}
	}
	if s.readOnly {
		close(s.stopped)
	} else {
		go s.write()
	}
	return s, nil
}

// inspect proves that the file is one of this package and is not cut short: a
// map of a file that is would end the process upon access to what is missing.
func inspect(path string, options bbolt.Options) error {
	options.ReadOnly, options.InitialMmapSize = true, 0
	db, err := bbolt.Open(path, 0o600, &options)
	if err != nil {
		return err
	}
	defer db.Close()
	return db.View(func(tx *bbolt.Tx) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return fmt.Errorf("%w: %d bytes of %d", errDamaged, info.Size(), tx.Size())
		}
		if isEmpty(tx) {
			return nil
		}
		return checkFormat(tx)
	})
}

// prepare makes the tables if there are none and reads what the store keeps in
// memory.
func (s *Store) prepare() error {
	empty := false
	err := s.db.View(func(tx *bbolt.Tx) error { empty = isEmpty(tx); return nil })
	if err != nil {
		return err
	}
	if empty {
		if s.readOnly {
			return errors.New("it is not a file of this program")
		}
		if err := s.db.Update(initialise); err != nil {
			return err
		}
	}
	return s.db.View(func(tx *bbolt.Tx) error {
		if err := checkFormat(tx); err != nil {
			return err
		}
		r := reader{ctx: context.Background(), tx: tx}
		summary, err := r.summarise()
		if err != nil {
			return err
		}
		s.published.Store(&summary)
		s.idle.welcome(summary.txid)
		s.writer.lastID = store.ID(r.bucket(tableResource).Sequence())
		return nil
	})
}

// View implements [store.Store]. fn must not call Update or Close: a commit
// that makes the file outgrow Options.MapSize waits for readers.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := s.acquire(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() { s.release(r, sound) }()
	err = fn(r)
	sound = true
	return err
}

// view is View for what needs more of a reader than others may see.
func (s *Store) view(ctx context.Context, fn func(*reader) error) error {
	return s.View(ctx, func(r store.Reader) error { return fn(r.(*reader)) })
}

// EarliestExpiry implements [store.Store].
func (s *Store) EarliestExpiry(context.Context) (int64, error) {
	last, err := s.last()
	return last.earliest, err
}

// last returns what the last commit left in memory.
func (s *Store) last() (summary, error) {
	if s.closed.Load() {
		return summary{}, store.ErrClosed
	}
	return *s.published.Load(), nil
}

// Close implements [store.Store].
func (s *Store) Close() error {
	s.life.Lock()
	first := !s.closed.Swap(true)
	if first {
		close(s.queue)
	}
	s.life.Unlock()
	<-s.stopped
	if !first {
		return nil
	}
	s.idle.dismiss()
	return s.db.Close()
}

// closedError returns the error that a caller knows a closed file by.
func closedError(err error) error {
	if errors.Is(err, bbolterrors.ErrDatabaseNotOpen) {
		return store.ErrClosed
	}
	return err
}

// syncDir makes the directory entry of a new file durable.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
