package cse

import (
	"sync"

	"github.com/sigil-m2m/sigil/store"
)

// A cache keeps what was made of a resource's body, such as the rules of a
// policy, until the resource changes: an entry counts only with the revision
// it was made from, which the reader has in its hands. It is bounded; when a
// shard is full, some entries make room.
type cache struct {
	shards [16]struct {
		sync.RWMutex // protects m
		m            map[store.ID]cached
	}
}

type cached struct {
	revision uint64
	value    any
}

const cacheShardEntries = 2048

// parsedOf returns the cached value for that revision of r, or makes and
// keeps it. T is one type per resource type.
func parsedOf[T any](c *cache, r *store.Resource, make_ func(*store.Resource) (T, error)) (T, error) {
	s := &c.shards[uint64(r.ID)%uint64(len(c.shards))]
	s.RLock()
	e, ok := s.m[r.ID]
	s.RUnlock()
	if ok && e.revision == r.Revision {
		if v, ok := e.value.(T); ok {
			return v, nil
		}
	}
	v, err := make_(r)
	if err != nil {
		return v, err
	}
	s.Lock()
	defer s.Unlock()
	if s.m == nil {
		s.m = make(map[store.ID]cached)
	}
	if len(s.m) >= cacheShardEntries {
		drop := cacheShardEntries / 8
		for id := range s.m { // map order is random enough for an eviction
			delete(s.m, id)
			if drop--; drop == 0 {
				break
			}
		}
	}
	if have, ok := s.m[r.ID]; !ok || have.revision <= r.Revision {
		s.m[r.ID] = cached{r.Revision, v}
	}
	return v, nil
}

// A pathCache keeps the structured CSE-relative addresses of resources that
// have children. Neither names nor parents ever change and an ID is never
// used again, so an entry is true as long as its resource is there.
type pathCache struct {
	mu sync.RWMutex // protects m
	m  map[store.ID]string
}

const pathCacheEntries = 32768

// path returns the structured address of r. TS-0001 9.3.1.
func (c *CSE) path(rd store.Reader, r *store.Resource) (string, error) {
	if r.Parent == 0 {
		return r.Name, nil
	}
	p, err := c.pathOf(rd, r.Parent)
	if err != nil {
		return "", err
	}
	return p + "/" + r.Name, nil
}

// pathOf returns the structured address of the resource with that ID.
func (c *CSE) pathOf(rd store.Reader, id store.ID) (string, error) {
	c.paths.mu.RLock()
	p, ok := c.paths.m[id]
	c.paths.mu.RUnlock()
	if ok {
		return p, nil
	}
	r, err := rd.Get(id)
	if err != nil {
		return "", err
	}
	if p, err = c.path(rd, r); err != nil {
		return "", err
	}
	c.paths.mu.Lock()
	defer c.paths.mu.Unlock()
	if c.paths.m == nil || len(c.paths.m) >= pathCacheEntries {
		c.paths.m = make(map[store.ID]string)
	}
	c.paths.m[id] = p
	return p, nil
}
