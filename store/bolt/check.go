package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/sigil-m2m/sigil/store"
	bbolt "go.etcd.io/bbolt"
)

// maxFaults is the number of faults that a check reports; more say nothing new.
const maxFaults = 1000

// Check implements [store.Store]. It needs memory for the file's pages, not for
// its resources. Nobody writes while it looks at the pages.
func (s *Store) Check(ctx context.Context) (faults []string, err error) {
	c := &checker{}
	pages := func(*tx) error { return s.db.View(c.pages) }
	if s.readOnly {
		err = closedError(pages(nil))
	} else {
		err = s.submit(ctx, request{alone: true, noTx: true, fn: pages})
	}
	if err != nil || len(c.faults) > 0 {
		return c.faults, err
	}
	err = s.view(ctx, func(r *reader) error {
		c.reader = r
		for _, step := range []func() error{c.resources, c.dangling, c.recount, c.removedRoots} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errTooMany) {
		err = nil
	}
	return c.faults, err
}

var errTooMany = errors.New("store/bolt: too many faults")

// A checker collects faults.
type checker struct {
	*reader
	faults []string

	expected [tables]int64 // entries that resources should have
	n        int           // steps, to look at the context now and then
}

// fault notes a fault. Its error ends the check.
func (c *checker) fault(format string, args ...any) error {
	if len(c.faults) == maxFaults {
		c.faults = append(c.faults, "there are more faults")
		return errTooMany
	}
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
	return nil
}

// pages lets bbolt look at the pages of the file.
func (c *checker) pages(tx *bbolt.Tx) error {
	for err := range tx.Check() {
		// The channel has to be read to its end.
		if len(c.faults) < maxFaults {
			c.faults = append(c.faults, "page: "+err.Error())
		}
	}
	return nil
}

// each calls fn with the keys and values of a table.
func (c *checker) each(t table, fn func(k, v []byte) error) error {
	cursor := c.bucket(t).Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		c.n++
		if err := c.wanted(c.n); err != nil {
			return err
		}
		if err := fn(k, v); err != nil {
			return err
		}
	}
	return nil
}

// resources looks at each record, its place in the tree and its entries.
func (c *checker) resources() error {
	sequence := store.ID(c.bucket(tableResource).Sequence())
	count := int64(0)
	roots := 0
	err := c.each(tableResource, func(k, v []byte) error {
		if len(k) == 9 && k[8] == 1 {
			return c.ownCounters(k, v)
		}
		count++
		id := lastID(k)
		if len(k) != 8 || id == 0 || id > sequence {
			return c.fault("resource %x: no ID that was given out", k)
		}
		r, err := decode(id, v, false)
		if err != nil {
			return c.fault("resource %d: %v", id, err)
		}
		if r.Parent == 0 {
			if roots++; roots > 1 {
				return c.fault("resource %d: a second root", id)
			}
		}
		if c.isRemoved(id) {
			return c.fault("resource %d: is there and is a removed root", id)
		}
		if fault := c.badPlace(r); fault != "" {
			return c.fault("resource %d: %s", id, fault)
		}
		return c.entriesOf(r, v)
	})
	if err == nil && count != c.summary.count {
		err = c.fault("%d resources, and the file says %d", count, c.summary.count)
	}
	return err
}

// badPlace says what is wrong with r's parent and ancestors, if anything.
func (c *checker) badPlace(r *store.Resource) string {
	if r.Parent == 0 {
		return ""
	}
	raw := c.get(tableResource, appendID(c.key[:0], r.Parent))
	if raw == nil {
		if !c.isRemoved(r.Parent) {
			return fmt.Sprintf("parent %d does not exist", r.Parent)
		}
		return ""
	}
	above, err := ancestors(nil, raw)
	if err != nil {
		return fmt.Sprintf("parent %d: %v", r.Parent, err)
	}
	if !slices.Equal(append(above, r.Parent), r.Ancestors) {
		return fmt.Sprintf("ancestors are %v, not those of its parent %d and it", r.Ancestors, r.Parent)
	}
	return ""
}

// entriesOf proves that each entry of r exists and leads to it.
func (c *checker) entriesOf(r *store.Resource, raw []byte) error {
	hidden, err := c.hidden(raw)
	if err != nil {
		return err
	}
	entries(r, func(t table, key []byte, withID bool) {
		v := c.get(t, key)
		switch {
		case err != nil:
		case withID && hidden && (v == nil || lastID(v) != r.ID):
			// Another has taken the text since.
		case v == nil:
			err = c.fault("resource %d: entry %x in table %s is missing", r.ID, key, tableNames[t])
		case withID && lastID(v) != r.ID:
			err = c.fault("resource %d: entry %x in table %s leads to %d", r.ID, key, tableNames[t], lastID(v))
		default:
			c.expected[t]++
		}
	})
	return err
}

// dangling looks for entries of no resource. All that should exist do, so that
// their number tells, and only where it is wrong each is looked at.
func (c *checker) dangling() error {
	for t := tableChild; t < tables; t++ {
		if t == tableRemoved {
			continue
		}
		n := int64(0)
		if err := c.each(t, func([]byte, []byte) error { n++; return nil }); err != nil {
			return err
		}
		if n == c.expected[t] {
			continue
		}
		if err := c.each(t, func(k, v []byte) error { return c.leads(t, k, v) }); err != nil {
			return err
		}
	}
	return nil
}

// leads proves that the resource that an entry names has such an entry.
func (c *checker) leads(t table, k, v []byte) error {
	id := lastID(k)
	if t == tableName || t == tableRI {
		id = lastID(v)
	}
	if raw := c.get(tableResource, appendID(c.key[:0], id)); raw != nil {
		r, err := decode(id, raw, false)
		if err != nil {
			return nil // already told
		}
		found := false
		entries(r, func(has table, key []byte, _ bool) {
			found = found || has == t && bytes.Equal(key, k)
		})
		if found {
			return nil
		}
	}
	return c.fault("entry %x in table %s leads to resource %d, which has none such", k, tableNames[t], id)
}

// recount proves the counters of each parent.
func (c *checker) recount() error {
	var parent store.ID
	var sum store.Counters
	done := func() error {
		if parent == 0 {
			return nil
		}
		return c.compare(parent, sum)
	}
	err := c.each(tableChild, func(k, _ []byte) error {
		if p := firstID(k); p != parent {
			if err := done(); err != nil {
				return err
			}
			parent, sum = p, store.Counters{}
		}
		id := lastID(k)
		r, err := decode(id, c.get(tableResource, appendID(c.key[:0], id)), false)
		if err != nil {
			return nil // already told
		}
		if r.Counted {
			sum.Children++
			sum.Bytes += max(r.Size, 0)
		}
		if r.Expires == 0 {
			r.Expires = math.MaxInt64
		}
		sum.LatestExpiry = max(sum.LatestExpiry, r.Expires)
		return nil
	})
	if err == nil {
		err = done()
	}
	return err
}

// ownCounters looks at stored counters, which recount compares if their
// resource has children.
func (c *checker) ownCounters(k, v []byte) error {
	id := firstID(k)
	if c.get(tableResource, k[:8]) == nil {
		return c.fault("counters of resource %d, which does not exist", id)
	}
	if _, err := decodeCounters(v); err != nil {
		return c.fault("resource %d: %v", id, err)
	}
	if c.anyChild(id) {
		return nil
	}
	return c.compare(id, store.Counters{})
}

// compare proves that a resource's counters are the sum of its children's.
// Those under a removed root are no longer kept.
func (c *checker) compare(id store.ID, sum store.Counters) error {
	hidden, err := c.hiddenParent(id)
	if err != nil || hidden {
		return ignoreTold(err)
	}
	stat, err := c.Stat(id)
	if err != nil {
		return ignoreTold(err)
	}
	has := stat.Counters
	if has.Children != sum.Children || has.Bytes != sum.Bytes || has.LatestExpiry < sum.LatestExpiry {
		return c.fault("resource %d: counters are %+v, and its children make %+v", id, has, sum)
	}
	return nil
}

// ignoreTold drops the errors of records that are missing or damaged, which
// have been told by then.
func ignoreTold(err error) error {
	if errors.Is(err, errRecord) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// removedRoots proves that each removed root still has something to free.
func (c *checker) removedRoots() error {
	return c.each(tableRemoved, func(k, _ []byte) error {
		if !c.anyChild(lastID(k)) {
			return c.fault("removed root %d has nothing under it", lastID(k))
		}
		return nil
	})
}
