package cse

import (
	"errors"
	"strings"
	"sync"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// What a request reads again and again hardly ever changes: the policies, the
// parents on a path, the AE that asks. A cache keeps such resources, decoded,
// and what was made of their bodies. An entry counts only while its revision
// is the one that the store tells in the same transaction, so that a cache
// never decides anything that the store would not. It is bounded; when a
// shard is full, some entries make room.
type cache struct {
	shards [16]shard
}

type shard struct {
	sync.RWMutex // protects m and the values of its entries
	m            map[store.ID]*entry
}

type entry struct {
	resource *store.Resource
	values   []any // at most one of a type
}

const shardEntries = 2048

// forget empties the cache.
func (c *cache) forget() {
	for i := range c.shards {
		s := &c.shards[i]
		s.Lock()
		s.m = nil
		s.Unlock()
	}
}

func (c *cache) shard(id store.ID) *shard { return &c.shards[uint64(id)%uint64(len(c.shards))] }

// enter makes or renews the entry of a resource. The shard is locked.
func (s *shard) enter(r *store.Resource) *entry {
	if s.m == nil {
		s.m = make(map[store.ID]*entry)
	}
	e := s.m[r.ID]
	switch {
	case e != nil && e.resource.Revision >= r.Revision:
		return e
	case e == nil && len(s.m) >= shardEntries:
		drop := shardEntries / 8
		for id := range s.m { // map order is random enough for an eviction
			delete(s.m, id)
			if drop--; drop == 0 {
				break
			}
		}
	}
	e = &entry{resource: r}
	s.m[r.ID] = e
	return e
}

// load returns the resource with that ID, with counters that may be old: for
// policies, parents and whoever else is only asked what it is. Within one
// transaction it asks the store once.
func (c *CSE) load(rd store.Reader, r *request, id store.ID) (*store.Resource, error) {
	if res := r.loaded.get(id); res != nil {
		return res, nil
	}
	stat, err := rd.Stat(id)
	if err != nil {
		return nil, err
	}
	s := c.cache.shard(id)
	s.RLock()
	e := s.m[id]
	s.RUnlock()
	if e != nil && e.resource.Revision == stat.Revision {
		r.loaded.put(e.resource)
		return e.resource, nil
	}
	res, err := rd.Get(id)
	if err != nil {
		return nil, err
	}
	s.Lock()
	s.enter(res)
	s.Unlock()
	r.loaded.put(res)
	return res, nil
}

// Loaded are the last few resources that one transaction has read: the AE
// that asks, the parent, a policy or two.
type loaded struct {
	last [4]*store.Resource
	next int
}

func (l *loaded) get(id store.ID) *store.Resource {
	for _, r := range l.last {
		if r != nil && r.ID == id {
			return r
		}
	}
	return nil
}

func (l *loaded) put(r *store.Resource) {
	l.last[l.next%len(l.last)] = r
	l.next++
}

// errHeadAlone tells that something was to be made of the body of a resource
// of which only the head was read.
var errHeadAlone = errors.New("cse: a resource was read without its body")

// parsedOf returns what parse makes of that revision of r, and keeps it. There
// is one T for each thing that is made of a body.
func parsedOf[T any](c *cache, r *store.Resource, parse func(*store.Resource) (T, error)) (T, error) {
	s := c.shard(r.ID)
	s.RLock()
	if e := s.m[r.ID]; e != nil && e.resource.Revision == r.Revision {
		for _, v := range e.values {
			if v, ok := v.(T); ok {
				s.RUnlock()
				return v, nil
			}
		}
	}
	s.RUnlock()
	if r.Body == nil {
		var none T
		return none, errHeadAlone
	}
	v, err := parse(r)
	if err != nil {
		return v, err
	}
	s.Lock()
	defer s.Unlock()
	e := s.enter(r)
	if e.resource.Revision != r.Revision {
		return v, nil // a newer revision is there already
	}
	for _, have := range e.values {
		if _, ok := have.(T); ok {
			return v, nil
		}
	}
	e.values = append(e.values, v)
	return v, nil
}

// Addresses keep the structured addresses of resources that have children,
// and the way back. Neither a name, a parent nor a type ever changes, and an ID is
// never used again, so that an entry is true as long as its resource is there.
type addresses struct {
	mu    sync.RWMutex // protects the maps
	paths map[store.ID]string
	ids   map[string]known
}

// A known resource is what never changes about one.
type known struct {
	id   store.ID
	ty   m2m.ResourceType
	kind *schema.Type
}

const addressEntries = 32768

// path returns the structured address of res. TS-0001 9.3.1.
func (c *CSE) path(rd store.Reader, r *request, res *store.Resource) (string, error) {
	if res.Parent == 0 {
		return res.Name, nil
	}
	p, err := c.pathOf(rd, r, res.Parent)
	if err != nil {
		return "", err
	}
	return p + "/" + res.Name, nil
}

// pathOf returns the structured address of the resource with that ID.
func (c *CSE) pathOf(rd store.Reader, r *request, id store.ID) (string, error) {
	c.addresses.mu.RLock()
	p, ok := c.addresses.paths[id]
	c.addresses.mu.RUnlock()
	if ok {
		return p, nil
	}
	res, err := c.load(rd, r, id)
	if err != nil {
		return "", err
	}
	if p, err = c.path(rd, r, res); err != nil {
		return "", err
	}
	c.addresses.mu.Lock()
	defer c.addresses.mu.Unlock()
	if c.addresses.paths == nil || len(c.addresses.paths) >= addressEntries {
		c.addresses.paths = make(map[store.ID]string)
	}
	c.addresses.paths[id] = p
	return p, nil
}

// recall returns the resource at a structured address that was walked before;
// ok is false if it was not, or has gone since. The CSE-relative address is
// the key as it was written.
func (c *CSE) recall(rd store.Reader, r *request, address string) (k known, ok bool, err error) {
	c.addresses.mu.RLock()
	k, ok = c.addresses.ids[address]
	c.addresses.mu.RUnlock()
	if !ok {
		return k, false, nil
	}
	if _, err := c.load(rd, r, k.id); err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			return k, false, err
		}
		c.addresses.mu.Lock()
		delete(c.addresses.ids, address)
		c.addresses.mu.Unlock()
		return k, false, nil
	}
	return k, true, nil
}

// remember keeps the address of a resource that may have children.
func (c *CSE) remember(address string, r *store.Resource, kind *schema.Type) {
	if r.Counted {
		return // instances come and go
	}
	c.addresses.mu.Lock()
	defer c.addresses.mu.Unlock()
	if c.addresses.ids == nil || len(c.addresses.ids) >= addressEntries {
		c.addresses.ids = make(map[string]known)
	}
	// The key outlives the request that the address is a part of.
	c.addresses.ids[strings.Clone(address)] = known{r.ID, r.Type, kind}
}
