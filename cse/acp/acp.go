// Package acp decides who may do what: it holds access control rules, the
// value of privileges (pv) and selfPrivileges (pvs) of an
// <accessControlPolicy>, against a request. The CSE gathers the rules that
// apply to the target and what is known of the originator, and asks once,
// before it validates or executes anything.
//
// The decision is a pure function of rules and query: no clock, no I/O, no
// state. It permits if one rule permits (TS-0003 7.1.5, "permit-overrides")
// and denies otherwise; what it does not know never helps a request: an
// unknown address or location satisfies no constraint, and a context of a kind
// that this package cannot judge is never fulfilled (TS-0003 7.1.4).
//
// The package does not choose the policies of a target (TS-0001 9.6.1.3.2),
// resolve groups and roles, or authenticate anybody: the CSE does, and puts
// what it found into the [Query].
//
// Parsed rules are immutable and safe for concurrent use.
package acp

import (
	"net/netip"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// A Rule is one access control rule, parsed and compiled. TS-0004 6.3.5.27.
// The zero Rule grants nothing. [ParseRules] makes them.
type Rule struct {
	originators   originators
	operations    m2m.Permission
	authenticated bool // accessControlAuthenticationFlag
	contexts      []requestContext
	objects       []object
	attributes    []string // accessControlAttributes; nil: all
}

// A Query is what the decision needs to know of a request. Slices stay the
// caller's; the decision keeps none of them.
type Query struct {
	// Originator is the From parameter in any of its formats; empty if the
	// request has none. Whether it is true is the caller's to find out.
	Originator string
	// Locality is where the hosting CSE stands: originator and rules may each
	// be written CSE-relative, SP-relative or absolute, and mean the same.
	Locality m2m.Locality
	// Roles are the Role-IDs that are in force for this request.
	Roles []string
	// MemberOf are those identifiers of [Groups] that name a <group> which the
	// originator is a member of, spelled as Groups gave them.
	MemberOf []string
	// Operation is exactly one permission. Discovery is an operation of its
	// own here: on the wire it is a Retrieve with a filter usage.
	Operation m2m.Permission
	// Target is the type of the resource that the request addresses.
	Target m2m.ResourceType
	// Specialization is the target's containerDefinition, or its
	// mgmtDefinition in decimal; empty for a type that has neither.
	Specialization string
	// Child is the type of the resource to be created; Create only.
	Child m2m.ResourceType
	// Attributes are the short names of what the request reads or writes. None
	// means all of them.
	Attributes []string
	// Time is when the hosting CSE received the request. TS-0003 table 7.1.2-2.
	Time time.Time
	// Addr is the source address of the request; invalid if unknown.
	Addr netip.Addr
	// Location is where the originator is; nil if unknown.
	Location *Location
	// Authenticated tells that the originator has been authenticated by the
	// criteria of TS-0003 7.1.2.
	Authenticated bool
}

// A Location is where an originator is, as far as a network that the CSE
// trusts has told. TS-0003 annex F. The zero Location tells nothing.
type Location struct {
	Position *Position // nil if unknown
	Country  string    // ISO 3166-1 alpha-2, upper case; empty if unknown
}

// A Position is a point on the Earth, in degrees: north and east positive.
type Position struct {
	Latitude, Longitude float64
}

// A Decision is the answer to a [Query]. The zero Decision denies.
type Decision struct {
	Allow bool
	// Attributes are the short names of the attributes that a permitted
	// Retrieve of a whole resource may show; nil means all of them. The slice
	// is the caller's.
	Attributes []string
	// Why tells a reader of the log or of a test what decided. It is no text
	// for a peer: it says what a policy holds.
	Why string
}
