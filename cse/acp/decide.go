package acp

import (
	"slices"

	"github.com/sigil-m2m/sigil/m2m"
)

// What Decision.Why says.
const (
	whyGranted      = "a rule grants the operation"
	whySome         = "rules grant the operation on some attributes"
	whyEach         = "rules together grant the operation on each of its attributes"
	whyBadOperation = "the query asks for no single operation"
)

// A stage is how far the rule that came furthest fulfilled the query.
type stage int

const (
	atNone stage = iota
	atOperation
	atAuthentication
	atOriginator
	atObject
	atContext
	atAttributes
	granted
)

var whyDenied = [...]string{
	atNone:           "there is no rule",
	atOperation:      "no rule has the operation",
	atAuthentication: "no rule for the operation applies to an originator that is not authenticated",
	atOriginator:     "no rule for the operation names the originator",
	atObject:         "no rule for originator and operation covers the types of target and child",
	atContext:        "no rule for the request holds in its context",
	atAttributes:     "the rules for the request leave out some of its attributes",
}

// Decide answers whether the rules permit what the query asks for. Without a
// rule that does, it denies. It implements the access decision algorithm of
// TS-0003 7.1.5, and accessControlAttributes of release 4 on top:
//
//   - A rule without them grants the operation on all attributes.
//   - For Create, Retrieve and Update that name their attributes, each of these
//     must be granted by some rule that otherwise permits the request.
//   - A Retrieve of the whole resource is permitted if any rule permits any
//     attribute, and Decision.Attributes lists which.
//   - Anything else concerns the resource as a whole (Delete, Notify, Discover,
//     a Create or Update whose attributes are not told): a rule for some
//     attributes does not grant it.
//
// It allocates nothing unless rules with attributes apply.
func Decide(rules []Rule, q *Query) Decision {
	if op := q.Operation; op < m2m.PermitCreate || op > m2m.PermitAll || op&(op-1) != 0 {
		return Decision{Why: whyBadOperation}
	}
	e := newEntity(q.Originator, q.Locality)
	furthest := atNone
	var some []*Rule // rules that grant some attributes
	for i := range rules {
		r := &rules[i]
		s := r.evaluate(&e, q)
		if s == granted {
			return Decision{Allow: true, Why: whyGranted}
		}
		if s == atAttributes {
			some = append(some, r)
		}
		furthest = max(furthest, s)
	}
	if some != nil {
		if d := decideAttributes(some, q); d.Allow {
			return d
		}
	}
	return Decision{Why: whyDenied[furthest]}
}

// evaluate returns the stage at which the rule fails the query, atAttributes
// if nothing but its list of attributes is left to look at, or granted.
func (r *Rule) evaluate(e *entity, q *Query) stage {
	switch {
	case r.operations&q.Operation == 0:
		return atOperation
	case r.authenticated && !q.Authenticated:
		return atAuthentication
	case !r.originators.match(e, q):
		return atOriginator
	case r.objects != nil && !slices.ContainsFunc(r.objects, func(o object) bool { return o.match(q) }):
		return atObject
	}
	if r.contexts != nil {
		held := false
		for i := range r.contexts {
			if held = r.contexts[i].match(q); held {
				break
			}
		}
		if !held {
			return atContext
		}
	}
	if r.attributes != nil {
		return atAttributes
	}
	return granted
}

// decideAttributes decides by rules of which each permits the query on its
// attributes.
func decideAttributes(rules []*Rule, q *Query) Decision {
	const named = m2m.PermitCreate | m2m.PermitRetrieve | m2m.PermitUpdate
	switch {
	case q.Operation == m2m.PermitRetrieve && len(q.Attributes) == 0:
		var union []string
		for _, r := range rules {
			union = append(union, r.attributes...)
		}
		slices.Sort(union)
		return Decision{Allow: true, Attributes: slices.Compact(union), Why: whySome}
	case q.Operation&named == 0 || len(q.Attributes) == 0:
		return Decision{}
	}
	for _, name := range q.Attributes {
		if !slices.ContainsFunc(rules, func(r *Rule) bool { return slices.Contains(r.attributes, name) }) {
			return Decision{}
		}
	}
	return Decision{Allow: true, Why: whyEach}
}
