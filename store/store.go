// Package store is the question that a CSE asks of its storage: resources by
// identifier, by parent and name, the children of a parent in the order of
// their creation, and the indexes that discovery needs, all in transactions.
//
// It knows resources as a fixed header, which it understands, and a body,
// which it does not. store/bolt answers from one file; store/storetest is the
// contract that every implementation passes.
//
// # Promises
//
// An Update that returned nil is on disk: it survives a crash of the process
// and of the machine. One that returned an error left no trace. Updates are
// serializable: each sees what every earlier one wrote. A View sees one
// moment of the store for as long as it runs.
//
// A subtree that has been removed cannot be found by any address or index
// from the moment its removal commits, however long the store takes to free
// what it occupied.
//
// Nothing here looks at a clock. A resource whose time has come is there until
// it is removed; hiding it is the caller's matter.
package store

import (
	"context"
	"errors"
	"iter"

	"github.com/sigil-m2m/sigil/m2m"
)

// An ID numbers a resource within a store, in the order of creation: a later
// resource has a greater ID. Zero is no resource. IDs never appear on the wire.
type ID uint64

// Errors that a Store returns. Anything else is a failure of the storage
// itself, or an error that the caller's own function returned.
var (
	// ErrNotFound tells that there is no such resource.
	ErrNotFound = errors.New("store: no such resource")
	// ErrExists tells that the resource identifier, or the name under its
	// parent, is taken, or that there is a root already.
	ErrExists = errors.New("store: identifier or name is taken")
	// ErrNotDistinct tells that another child of the parent has the same
	// Distinct.
	ErrNotDistinct = errors.New("store: another child has the same distinct text")
	// ErrClosed tells that the store has been closed.
	ErrClosed = errors.New("store: closed")
)

// A Resource is one resource as it is stored. Times are microseconds since
// 1970 in UTC.
//
// A Resource that a Reader returned, and all it points to, may be kept and
// must not be changed in place: make a copy with [Resource.Clone]. A Resource
// given to Put belongs to the store.
type Resource struct {
	ID             ID
	Parent         ID   // 0 for the CSEBase alone
	Ancestors      []ID // root first, the parent last
	Type           m2m.ResourceType
	RI             string // resourceID: unstructured, unique in the store
	Name           string // resourceName: unique under Parent
	Distinct       string // a further text that is unique under Parent, of at most 64 bytes; empty if there is none
	Specialization string // which flexContainer or mgmtObj it is: containerDefinition, or mgmtDefinition in digits; empty for other types
	Creator        string // originator of the creation, in the CSE's shortest form; known even where there is no creator attribute

	Created  int64 // creationTime
	Modified int64 // lastModifiedTime
	Expires  int64 // expirationTime; 0 means never

	// Revision begins at 1 and grows with each change of Body or of the
	// header's other fields by Put, and not with Counters.
	Revision uint64
	Counters Counters

	// Counted tells that the resource is an instance that its parent's
	// Counters.Children and Counters.Bytes count.
	Counted bool

	Size         int64    // contentSize, -1 if the type has none
	Labels       []string // labels, indexed
	IndexCreator string   // creator attribute, indexed; empty if the resource has none
	Generated    bool     // Name was made from RI by the CSE and equals it: it needs no index entry

	// Policies and Grantees are what identifiers in Body meant when they were
	// written, 0 for one that named nothing here. Nobody gains by bearing a
	// name that another had. The store does not look whether they exist.
	Policies []ID // accessControlPolicyIDs, one for each; at least one if the resource has the attribute
	Grantees []ID // of an accessControlPolicy the groups that its rules may be for, of a group the AEs that are members

	// Body is the resource's attributes as the members of a JSON object
	// without its braces and without the counters, ready for the wire.
	Body []byte
}

// Counters are what a resource knows of its children, kept out of the body so
// that a child's creation rewrites a few bytes. All but StateTag are the
// store's own: Put and Delete of a child keep them exact, and what a caller
// sets them to is ignored.
type Counters struct {
	StateTag int64 // stateTag; -1 if the type has none
	Children int64 // currentNrOfInstances: children that are Counted
	Bytes    int64 // currentByteSize: the sum of their Size, bytes
	// LatestExpiry is at least the greatest Expires of any child, and
	// math.MaxInt64 once a child never expires; it does not fall when
	// children go.
	LatestExpiry int64
}

// Clone returns a copy that may be changed; Body and slices are shared until
// they are replaced.
func (r *Resource) Clone() *Resource {
	c := *r
	return &c
}

// A Stat is what changes most about a resource, cheap to read.
type Stat struct {
	Revision uint64
	Expires  int64 // µs, 0 means never
	Counters Counters
}

// An Index is a way to enumerate resources by a property, each in ascending
// order of ID within one key.
type Index int

// Indexes, and what their Key is.
const (
	ByType     Index = iota // Key.Number is the resource type
	ByLabel                 // Key.Text is a label, whole and exact
	ByCreator               // Key.Text is the creator attribute
	BySize                  // Key.Number to Key.To are sizes in bytes, both included; a superset is allowed
	ByExpiry                // Key.Number to Key.To are times in µs, both included; in order of time, then ID
	ByModified              // Key.Number to Key.To are times in µs, both included; in order of time, then ID
)

// A Key selects a part of an Index.
type Key struct {
	Number, To int64
	Text       string
}

// A Reader reads one moment of the store. It is valid within the function it
// was given to, in that goroutine. Absence is ErrNotFound. A resource under a
// removed root is absent for every method.
type Reader interface {
	// Get returns the resource with that ID.
	Get(id ID) (*Resource, error)
	// Head returns the resource with that ID without its Body.
	Head(id ID) (*Resource, error)
	// Stat returns a part of the resource with that ID without reading the
	// rest.
	Stat(id ID) (Stat, error)
	// ByRI returns the resource with that resourceID.
	ByRI(ri string) (*Resource, error)
	// Child returns the child of parent with that resourceName.
	Child(parent ID, name string) (*Resource, error)
	// Oldest and Latest return the first and the last created child of a type.
	Oldest(parent ID, ty m2m.ResourceType) (*Resource, error)
	Latest(parent ID, ty m2m.ResourceType) (*Resource, error)
	// Children enumerates the children of parent, grouped by ascending type
	// and within a type in order of creation, beginning after the child
	// (afterType, after); zeros begin at the first. Restricted to a type
	// unless ty is 0. An error ends the sequence and is its last element.
	Children(parent ID, ty m2m.ResourceType, afterType m2m.ResourceType, after ID) iter.Seq2[*Resource, error]
	// Heads is Children without their bodies.
	Heads(parent ID, ty m2m.ResourceType, afterType m2m.ResourceType, after ID) iter.Seq2[*Resource, error]
	// ChildrenBackward enumerates the children of one type, latest first.
	ChildrenBackward(parent ID, ty m2m.ResourceType) iter.Seq2[*Resource, error]
	// HasChildren reports whether parent has any child.
	HasChildren(parent ID) (bool, error)
	// Select enumerates an index, beginning after the given ID within the
	// key (within the same time, for the indexes in order of time, where
	// after must be 0).
	Select(ix Index, key Key, after ID) iter.Seq2[ID, error]
	// Count returns the number of resources, for metrics and checks; it may
	// lag behind removals.
	Count() (int64, error)
}

// A Tx reads what it has written. What it writes is seen by others once the
// Update that runs it has returned nil.
type Tx interface {
	Reader
	// NextID returns a fresh ID, greater than any before. It is used up even
	// if the Update fails.
	NextID() ID
	// Put creates or replaces the resource with r.ID, and sets Ancestors,
	// Revision and Counters (but StateTag) of r to what they now are. A
	// creation needs an ID that NextID of this Tx returned, else it is
	// ErrNotFound: what has been removed does not come back. It needs a parent
	// that exists, or none for the one root. RI, Name, Parent, Type,
	// Specialization, Distinct and Created of an existing resource do not
	// change, its Revision becomes the stored one plus one. It is ErrExists if
	// RI or Name is taken by another, ErrNotDistinct if Distinct is. Text that FormatRI made of r's own ID never is.
	// A Put that failed has written nothing.
	Put(r *Resource) error
	// IncrementStateTag adds one to the resource's stateTag and returns the
	// new value. A resource without one stays so: the result is -1.
	IncrementStateTag(id ID) (int64, error)
	// Delete removes a resource and everything under it. The cost is that of
	// the one resource: what is under it is freed later (see Reap).
	Delete(id ID) error
}

// A Store keeps resources.
type Store interface {
	// View runs fn on one moment of the store.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn and makes what it wrote durable, together with other
	// Updates that wait. fn may run more than once and has no effect outside
	// its Tx. If fn or the commit fails, nothing of it remains. Once ctx has
	// ended before fn began, fn does not run.
	Update(ctx context.Context, fn func(Tx) error) error
	// EarliestExpiry returns the smallest Expires of all resources, 0 if none
	// expires. It is asked before each request and costs next to nothing.
	// While removed subtrees wait for Reap it may be one of theirs.
	EarliestExpiry(ctx context.Context) (int64, error)
	// Reap frees some of what removed subtrees occupy, in a commit of its own
	// that is short, and reports whether there is more to free.
	Reap(ctx context.Context) (more bool, err error)
	// Check proves the integrity of everything stored: parents, ancestors,
	// names, indexes and counters agree. It returns one line for each fault.
	Check(ctx context.Context) (faults []string, err error)
	// Backup writes a copy of one moment of the store, which the same kind of
	// store can open, to the file named path, which must not exist.
	Backup(ctx context.Context, path string) error
	// Close waits for running transactions and closes. Later calls return
	// ErrClosed.
	Close() error
}
