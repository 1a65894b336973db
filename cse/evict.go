package cse

import (
	"context"
	"errors"

	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// evictChunk bounds how many instances one commit removes, so that nobody else
// waits long for it.
const evictChunk = 256

// evict removes the oldest instances that a parent has no room for, the one
// just made among them if there is room for none, and reports whether there
// are more than one commit should remove. No notification tells of it.
// TS-0004 7.4.7.2.1.
func evict(tx store.Tx, parent store.ID, instance m2m.ResourceType, limits *resources.Hold) (more bool, err error) {
	if limits.MaxInstances < 0 && limits.MaxBytes < 0 {
		return false, nil
	}
	for removed := 0; ; removed++ {
		s, err := tx.Stat(parent)
		if err != nil {
			return false, err
		}
		if (limits.MaxInstances < 0 || s.Counters.Children <= limits.MaxInstances) &&
			(limits.MaxBytes < 0 || s.Counters.Bytes <= limits.MaxBytes) {
			return false, nil
		}
		if removed == evictChunk {
			return true, nil
		}
		gone := false
		for oldest, err := range tx.Heads(parent, instance, 0, 0) {
			if err == nil {
				err = tx.Delete(oldest.ID)
			}
			if err != nil {
				return false, err
			}
			gone = true
			break
		}
		if !gone {
			return false, nil
		}
	}
}

// evictRest removes what the commit of an update has left of the instances
// that have no room any more, commit by commit. Whatever a crash leaves of
// them goes when the next instance comes.
func (c *CSE) evictRest(ctx context.Context, u *change) error {
	for u.more {
		err := c.store.Update(context.WithoutCancel(ctx), func(tx store.Tx) (err error) {
			if u.more, err = evict(tx, u.ID, instanceOf[u.Type], u.evict); err == nil {
				u.stored, err = tx.Get(u.ID)
			}
			return err
		})
		if errors.Is(err, store.ErrNotFound) {
			return nil // somebody has deleted the parent meanwhile
		}
		if err != nil {
			return err
		}
	}
	return nil
}
