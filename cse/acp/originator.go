package acp

import (
	"slices"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// originators is the list accessControlOriginators, sorted by what its values
// can name. TS-0004 table 7.3.3.15-1, TS-0001 9.6.2.1.
type originators struct {
	all      bool
	patterns []pattern // domains, CSE-IDs and AE-IDs
	roles    []string
	groups   []string // may be the resource identifier of a <group>
}

// A format is how far an identifier is spelled out. TS-0001 table 7.2-1.
type format int

const (
	relative   format = iota // x: an AE-ID-Stem
	spRelative               // /x or /x/y
	absolute                 // //sp, //sp/x or //sp/x/y
)

// A pattern is a domain, a CSE-ID or an AE-ID, in which '*' stands for any run
// of characters, also none, that has no '/' in it: "the scope of a '*' is
// terminated by a following '/' character" (TS-0003 7.1.3).
type pattern struct {
	format  format
	literal bool    // has no wildcard
	sp      glob    // absolute only, without the slashes
	path    [2]glob // the segments after it
	n       int     // how many of path are used; none in a domain
}

// add compiles one value of accessControlOriginators.
func (l *originators) add(s string) *fault {
	switch {
	case len(s) > maxIdentifier:
		return &fault{text: "is too long for an identifier"}
	case s == "all", s == "*":
		// A lone asterisk would match AE-ID-Stems only; whoever writes it means
		// the keyword.
		l.all = true
		return nil
	case strings.Contains(s, "@"):
		// TS-0004 6.3.3 m2m:roleID. No other identifier has an '@'.
		name, issuer, _ := strings.Cut(s, "@")
		if !m2m.Unreserved(name) || !m2m.Unreserved(issuer) {
			return &fault{text: "is no Role-ID, or one with a wildcard: " + quote(s)}
		}
		l.roles = append(l.roles, s)
		return nil
	}
	f, rest := cutFormat(s)
	segments := strings.Split(rest, "/")
	if slices.ContainsFunc(segments, func(s string) bool { return !m2m.Unreserved(strings.ReplaceAll(s, "*", "x")) }) {
		return &fault{text: "names no originator: " + quote(s)}
	}
	literal := !strings.Contains(s, "*")
	// What can name a <group>: any resource identifier, that is at least one
	// segment below what names a CSE. An AE-ID looks the same.
	if literal && len(segments) > int(f) {
		l.groups = append(l.groups, s)
	}
	most := int(f) + 1 // segments of an AE-ID in this format
	if len(segments) > most {
		if !literal {
			return &fault{text: "has a wildcard in a resource identifier: " + quote(s)}
		}
		return nil
	}
	p := pattern{format: f, literal: literal}
	if f == absolute {
		p.sp = compile(segments[0])
		segments = segments[1:]
	}
	for _, segment := range segments {
		p.path[p.n] = compile(segment)
		p.n++
	}
	l.patterns = append(l.patterns, p)
	return nil
}

// cutFormat takes the leading slashes off an identifier.
func cutFormat(s string) (format, string) {
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		return absolute, rest
	}
	if rest, ok := strings.CutPrefix(s, "/"); ok {
		return spRelative, rest
	}
	return relative, s
}

// An entity is an originator taken apart into what patterns are matched with.
type entity struct {
	valid bool      // the originator is an AE-ID or a CSE-ID
	stem  string    // its relative form, empty if it has none at the hosting CSE
	home  bool      // it is of the hosting CSE's service provider
	sp    string    // without slashes, empty if the hosting CSE does not know its own
	path  [2]string // the segments of its SP-relative form
	n     int
	cse   string // the hosting CSE, without slash
}

// newEntity takes an originator apart, as seen at l. It allocates nothing.
func newEntity(originator string, l m2m.Locality) entity {
	e := entity{cse: strings.TrimPrefix(l.CSE, "/")}
	f, rest := cutFormat(l.Shorten(originator))
	if f == absolute {
		e.sp, rest, e.valid = strings.Cut(rest, "/")
		if !e.valid || !plain(e.sp) {
			return entity{}
		}
	} else {
		e.home = true
		e.sp = strings.TrimPrefix(l.SP, "//")
	}
	first, second, two := strings.Cut(rest, "/")
	e.valid = plain(first) && (!two || plain(second))
	switch {
	case f == relative:
		e.valid = e.valid && !two
		e.stem = first
		// An S-type AE-ID-Stem is unique in the whole domain, any other in
		// that of its registrar CSE. TS-0001 table 7.2-1. An S alone asks for a
		// stem to be assigned.
		if strings.HasPrefix(first, "S") && len(first) > 1 {
			e.path, e.n = [2]string{first}, 1
		} else {
			e.path, e.n = [2]string{e.cse, first}, 2
		}
	case two:
		e.path, e.n = [2]string{first, second}, 2
	default:
		e.path, e.n = [2]string{first}, 1
	}
	return e
}

// plain reports whether s can be a segment of an AE-ID or a CSE-ID. Dot
// segments can't: they mean other things to whoever resolves a path.
func plain(s string) bool { return m2m.Unreserved(s) && s != "." && s != ".." }

// match reports whether the pattern names the entity in any of the formats
// that the entity's identifier has.
func (p *pattern) match(e *entity) bool {
	switch p.format {
	case relative:
		return e.stem != "" && p.path[0].match(e.stem)
	case spRelative:
		if !e.home {
			return false
		}
	case absolute:
		if e.sp == "" || !p.sp.match(e.sp) {
			return false
		}
		if p.n == 0 {
			return true // a domain: whoever is of it. TS-0003 7.1.3
		}
	}
	if p.n == e.n {
		return p.path[0].match(e.path[0]) && (p.n == 1 || p.path[1].match(e.path[1]))
	}
	// An S-type AE under the hosting CSE's name is still that AE, by
	// m2m.Locality.Shorten. A wildcard there means the AEs of that CSE, which
	// it need not be one of. Whoever has no stem is matched by no literal.
	return p.n == 2 && p.literal && p.path[0].match(e.cse) && p.path[1].match(e.stem)
}

// match reports whether any value of the list stands for the originator.
func (l *originators) match(e *entity, q *Query) bool {
	if l.all {
		return true
	}
	if e.valid {
		for i := range l.patterns {
			if l.patterns[i].match(e) {
				return true
			}
		}
	}
	return intersect(l.roles, q.Roles) || intersect(l.groups, q.MemberOf)
}

func intersect(a, b []string) bool {
	if len(b) == 0 {
		return false
	}
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// Rename returns the rules with each of their [Groups] spelled as name has it,
// and without those for which it returns an empty text. Who knows what the
// identifiers meant when the rules were written says so by it; what two sets
// of rules mean by one identifier may differ.
func Rename(rules []Rule, name func(group string) string) []Rule {
	renamed := slices.Clone(rules)
	for i := range renamed {
		var groups []string
		for _, g := range renamed[i].originators.groups {
			if g = name(g); g != "" {
				groups = append(groups, g)
			}
		}
		renamed[i].originators.groups = groups
	}
	return renamed
}

// Groups returns the values of accessControlOriginators that may be the
// identifier of a <group>, each once, in the order of the rules. An AE-ID
// can look like one, so AE-IDs are among them: the caller looks each up and
// puts those that are groups with the originator as a member into
// Query.MemberOf. As one rule is enough to permit, it needs to do so only if
// the decision without them is not a permission for all attributes.
//
// A <group> that cannot be retrieved has no members here: the rule does not
// apply for it, and others still may (TS-0001 9.6.2.1, TS-0003 7.1.5).
func Groups(rules []Rule) []string {
	var list []string
	var seen map[string]bool // of a list too long to search
	for i := range rules {
		for _, g := range rules[i].originators.groups {
			switch {
			case seen[g] || seen == nil && slices.Contains(list, g):
				continue
			case seen != nil:
				seen[g] = true
			case len(list) == 32:
				seen = make(map[string]bool, 64)
				for _, g := range list {
					seen[g] = true
				}
				seen[g] = true
			}
			list = append(list, g)
		}
	}
	return list
}
