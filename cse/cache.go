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
// never decides anything that the store would not. It is bounded in
// bytes; when a shard is full, some entries make room.
type cache struct {
	shards [16]shard
}

type shard struct {
	sync.RWMutex // protects what follows, and the entries
	m            map[store.ID]*entry
	bytes        int // the sum of what the entries cost
}

type entry struct {
	resource *store.Resource // without its body if that is large
	values   []any           // at most one of a type
	cost     int             // about the bytes that it occupies
}

const (
	shardBytes = 4 << 20   // that a shard holds
	largeBody  = 256 << 10 // bytes; what is made of such a body is kept, the body is not
	entryCost  = 512       // of an entry without its body
)

// A sized value tells about how many bytes it occupies. Those that do not are
// small.
type sized interface{ bytes() int }

// forget empties the cache.
func (c *cache) forget() {
	for i := range c.shards {
		s := &c.shards[i]
		s.Lock()
		s.m, s.bytes = nil, 0
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
	if e != nil && e.resource.Revision >= r.Revision {
		return e
	}
	s.drop(r.ID)
	e = &entry{resource: r}
	cost := entryCost + 2*len(r.Body) + 8*(len(r.Policies)+len(r.Grantees)) // labels are in the body and beside it
	if len(r.Body) > largeBody {
		e.resource = r.Clone()
		e.resource.Body = nil
		cost -= len(r.Body)
	}
	s.m[r.ID] = e
	s.charge(e, cost)
	return e
}

// charge adds to what an entry costs. If the shard is full then, some others
// make room. The shard is locked.
func (s *shard) charge(e *entry, bytes int) {
	e.cost += bytes
	s.bytes += bytes
	if s.bytes <= shardBytes {
		return
	}
	for id, other := range s.m { // map order is random enough for an eviction
		if other != e {
			s.drop(id)
		}
		if s.bytes <= shardBytes/8*7 {
			break
		}
	}
}

func (s *shard) drop(id store.ID) {
	if e := s.m[id]; e != nil {
		s.bytes -= e.cost
		delete(s.m, id)
	}
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
	if e != nil && e.resource.Revision == stat.Revision && e.resource.Body != nil {
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
	if v, ok := any(v).(sized); ok {
		s.charge(e, v.bytes())
	}
	return v, nil
}

// Addresses keep the structured addresses of resources that have children,
// and the way back. Neither a name, a parent nor a type ever changes, and an ID is
// never used again, so that an entry is true as long as its resource is there.
type addresses struct {
	mu    sync.RWMutex // protects what follows
	paths map[store.ID]string
	ids   map[string]known

	pathBytes, idBytes int // about what the maps occupy
}

// A known resource is what never changes about one.
type known struct {
	id   store.ID
	ty   m2m.ResourceType
	kind *schema.Type
}

const (
	addressBytes = 16 << 20 // that each map occupies, before it begins anew
	addressCost  = 96       // of an entry without its text
)

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
	a := &c.addresses
	if _, ok := a.paths[id]; ok {
		return p, nil
	}
	a.pathBytes += addressCost + len(p)
	if a.paths == nil || a.pathBytes > addressBytes {
		a.paths, a.pathBytes = make(map[store.ID]string), addressCost+len(p)
	}
	a.paths[id] = p
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
		if _, ok := c.addresses.ids[address]; ok {
			c.addresses.idBytes -= addressCost + len(address)
			delete(c.addresses.ids, address)
		}
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
	a := &c.addresses
	if _, ok := a.ids[address]; !ok {
		a.idBytes += addressCost + len(address)
	}
	if a.ids == nil || a.idBytes > addressBytes {
		a.ids, a.idBytes = make(map[string]known), addressCost+len(address)
	}
	// The key outlives the request that the address is a part of.
	a.ids[strings.Clone(address)] = known{r.ID, r.Type, kind}
}
