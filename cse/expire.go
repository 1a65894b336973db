package cse

import (
	"context"
	"errors"
	"time"

	"github.com/sigil-m2m/sigil/store"
)

// sweepChunk bounds how much one commit of a sweep removes, so that no
// request waits for it.
const sweepChunk = 256

// sweepChunks bounds for how many of them one request waits.
const sweepChunks = 16

// sweepDue removes what has expired by now, in the order of time, before a
// request is carried out, so that counters tell the truth. Whatever is left
// for want of time is hidden by its expirationTime all the same.
func (c *CSE) sweepDue(r *request) {
	earliest, err := c.store.EarliestExpiry(r.ctx)
	if err == nil && earliest != 0 && earliest <= r.now.UnixMicro() {
		more := true
		for n := 0; more && n < sweepChunks; n++ {
			more, err = c.sweep(r.ctx)
		}
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		c.log.Warn("removing what has expired", "err", err)
	}
}

// sweep removes one chunk of what has expired, and reports whether there is
// more. TS-0001 9.6.1.3.2 expirationTime.
func (c *CSE) sweep(ctx context.Context) (more bool, err error) {
	now := c.clock.Now()
	removed := 0
	err = c.store.Update(ctx, func(tx store.Tx) error {
		var due []store.ID
		for id, err := range tx.Select(store.ByExpiry, store.Key{Number: 1, To: now.UnixMicro()}, 0) {
			if err != nil {
				return err
			}
			if due = append(due, id); len(due) == sweepChunk {
				break
			}
		}
		for _, id := range due {
			// A child may have gone with its parent just now.
			if err := tx.Delete(id); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		removed = len(due)
		return nil
	})
	if removed > 0 {
		c.reapSoon()
	}
	return removed == sweepChunk, err
}

// sweeper sweeps now and then, for resources that nobody asks for.
func (c *CSE) sweeper() {
	defer c.done.Done()
	for {
		due := make(chan struct{})
		stop := c.clock.AfterFunc(c.cfg.Timers.ExpirySweep, func() { close(due) })
		select {
		case <-due:
		case <-c.background.Done():
			stop()
			return
		}
		for more := true; more; {
			var err error
			if more, err = c.sweep(c.background); err != nil {
				if c.background.Err() == nil {
					c.log.Warn("removing what has expired", "err", err)
				}
				more = false
			}
		}
	}
}

// reapSoon lets the reaper free what removed subtrees occupy.
func (c *CSE) reapSoon() {
	select {
	case c.wakeReaper <- struct{}{}:
	default:
	}
}

// reaper frees removed subtrees, chunk by chunk, beginning with those that an
// earlier run of the CSE left behind.
func (c *CSE) reaper() {
	defer c.done.Done()
	for {
		more, err := c.store.Reap(c.background)
		switch {
		case c.background.Err() != nil || errors.Is(err, store.ErrClosed):
			return
		case err != nil:
			c.log.Warn("freeing removed resources", "err", err)
			more = false
		}
		if more {
			// Others write in between.
			select {
			case <-time.After(reapPause):
			case <-c.background.Done():
				return
			}
			continue
		}
		select {
		case <-c.wakeReaper:
		case <-c.background.Done():
			return
		}
	}
}

// reapPause leaves the writer to requests between two chunks.
const reapPause = time.Millisecond
