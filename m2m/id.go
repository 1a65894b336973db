package m2m

import (
	"fmt"
	"strings"
)

// An Address is a resource identifier taken apart. TS-0001 7.2, TS-0004 6.2.4.
//
//	cse-relative  cse-in/ae/cnt   ri1234
//	SP-relative   /id-in/cse-in/ae/cnt
//	absolute      //sp.example/id-in/cse-in/ae/cnt
//
// each with an optional #attribute at its end.
type Address struct {
	SP        string // M2M-SP-ID with its slashes ("//sp.example"), empty unless absolute
	CSE       string // SP-relative CSE-ID with its slash ("/id-in"), empty if CSE-relative
	Path      string // the CSE-relative part: one unstructured identifier, or names with slashes between them
	Attribute string // short name after '#', empty if none
}

// Segments returns the parts of the path; nil if it is empty.
func (a Address) Segments() []string {
	if a.Path == "" {
		return nil
	}
	return strings.Split(a.Path, "/")
}

// maxIDLength bounds an identifier from a stranger, in bytes.
const maxIDLength = 2048

// ParseAddress takes a To parameter apart. An SP-relative or absolute address
// may end at the CSE-ID, which names the CSEBase. The error names the part at
// fault.
func ParseAddress(to string) (Address, error) {
	var a Address
	if len(to) > maxIDLength {
		return a, fmt.Errorf("the address is longer than %d bytes", maxIDLength)
	}
	rest, attribute, hasAttribute := strings.Cut(to, "#")
	if hasAttribute {
		if !ValidShortName(attribute) {
			return a, fmt.Errorf("%q is no attribute name", Clip(attribute))
		}
		a.Attribute = attribute
	}
	if strings.HasPrefix(rest, "//") {
		sp, tail, _ := strings.Cut(rest[2:], "/")
		if !Unreserved(sp) {
			return a, fmt.Errorf("%q is no M2M-SP-ID", Clip("//"+sp))
		}
		a.SP, rest = "//"+sp, "/"+tail
	}
	if strings.HasPrefix(rest, "/") {
		cse, tail, _ := strings.Cut(rest[1:], "/")
		if !Unreserved(cse) {
			return a, fmt.Errorf("%q is no CSE-ID", Clip("/"+cse))
		}
		a.CSE, rest = "/"+cse, tail
		if rest == "" {
			return a, nil
		}
	}
	// TS-0009 table 6.2.2.1-1 shows a trailing slash; it names the same resource.
	rest = strings.TrimSuffix(rest, "/")
	if rest == "" {
		return a, fmt.Errorf("the address is empty")
	}
	for segment := range strings.SplitSeq(rest, "/") {
		if !Unreserved(segment) {
			return a, fmt.Errorf("%q is no resource identifier or name", Clip(segment))
		}
	}
	a.Path = rest
	return a, nil
}

// String puts the address together again.
func (a Address) String() string {
	var b strings.Builder
	b.WriteString(a.SP)
	b.WriteString(a.CSE)
	if a.CSE != "" && a.Path != "" {
		b.WriteByte('/')
	}
	b.WriteString(a.Path)
	if a.Attribute != "" {
		b.WriteByte('#')
		b.WriteString(a.Attribute)
	}
	return b.String()
}

// Unreserved reports whether s is one or more of the unreserved characters of
// RFC 3986 2.3, of which every segment of an identifier consists.
func Unreserved(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
		default:
			return false
		}
	}
	return s != ""
}

// ValidShortName reports whether s has the form of a short name of an
// attribute: letters, digits and underscores, 64 at most. TS-0004 8.2.
func ValidShortName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// ValidResourceName reports whether s may name a resource. TS-0004 6.2.4
// allows the unreserved characters; "-" alone is the short form of the
// CSEBase's name, and "." and ".." mean other things to every HTTP client.
func ValidResourceName(s string) bool {
	return Unreserved(s) && len(s) <= 255 && s != "-" && s != "." && s != ".."
}

// An Entity is an AE or a CSE as the From parameter names it. TS-0004 6.2.3.
type Entity struct {
	SP   string // M2M-SP-ID with its slashes, empty unless absolute
	CSE  string // SP-relative CSE-ID with its slash; empty for an AE-ID-Stem alone and for an S-type AE
	Stem string // AE-ID-Stem, empty for a CSE
}

// ParseEntity reads an AE-ID or a CSE-ID in any of its formats:
//
//	Cstem  Sstem  /Sstem  /cse  /cse/Cstem, the last three also after //sp
//
// A lone SP-relative segment that begins with S is an S-type AE to the
// standard's grammar and might be a CSE's ID too: which of them it is only
// the receiver knows.
func ParseEntity(s string) (Entity, error) {
	var e Entity
	if len(s) > maxIDLength {
		return e, fmt.Errorf("the identifier is longer than %d bytes", maxIDLength)
	}
	rest := s
	if strings.HasPrefix(rest, "//") {
		sp, tail, ok := strings.Cut(rest[2:], "/")
		if !ok || !Unreserved(sp) {
			return e, fmt.Errorf("%q is neither an AE-ID nor a CSE-ID", Clip(s))
		}
		e.SP, rest = "//"+sp, "/"+tail
	}
	if !strings.HasPrefix(rest, "/") {
		if !Unreserved(rest) {
			return e, fmt.Errorf("%q is no AE-ID-Stem", Clip(s))
		}
		e.Stem = rest
		return e, nil
	}
	first, second, two := strings.Cut(rest[1:], "/")
	if !Unreserved(first) || two && !Unreserved(second) {
		return e, fmt.Errorf("%q is neither an AE-ID nor a CSE-ID", Clip(s))
	}
	switch {
	case two:
		e.CSE, e.Stem = "/"+first, second
	default:
		e.CSE = "/" + first
	}
	return e, nil
}

// String puts the identifier together again.
func (e Entity) String() string {
	if e.Stem == "" {
		return e.SP + e.CSE
	}
	if e.CSE == "" && e.SP == "" {
		return e.Stem
	}
	return e.SP + e.CSE + "/" + e.Stem
}

// A Locality is where a CSE stands: its own identifiers, against which others
// are shortened.
type Locality struct {
	SP  string // M2M-SP-ID with its slashes ("//sp.example")
	CSE string // SP-relative CSE-ID with its slash ("/id-in")
}

// Shorten returns the shortest form of an AE-ID or CSE-ID as seen at l: an AE
// registered here becomes its stem, an S-type AE of the own service provider
// likewise, anything else of the own service provider SP-relative. Text that
// is no identifier comes back unchanged. Two identifiers name the same entity
// if their shortened forms are equal. TS-0001 7.2.
func (l Locality) Shorten(id string) string {
	s := id
	if tail, ok := under(l.SP, s); ok {
		s = "/" + tail
	}
	if tail, ok := under(l.CSE, s); ok {
		return tail
	}
	// /Sstem: one segment that begins with S, unless it is this CSE itself.
	if len(s) > 2 && s[0] == '/' && s[1] == 'S' && s != l.CSE && strings.IndexByte(s[1:], '/') < 0 {
		return s[1:]
	}
	return s
}

// under returns what follows prefix and a slash in s. There must be something,
// and it must not begin with a slash: //sp//other is no way to say //other.
func under(prefix, s string) (tail string, ok bool) {
	if prefix == "" || !strings.HasPrefix(s, prefix) {
		return "", false
	}
	tail, ok = strings.CutPrefix(s[len(prefix):], "/")
	return tail, ok && tail != "" && tail[0] != '/'
}

// SPRelative returns the SP-relative form of an identifier of an AE that is
// registered at l, or of a resource hosted there; other forms come back
// unchanged.
func (l Locality) SPRelative(id string) string {
	if strings.HasPrefix(id, "/") || id == "" {
		return id
	}
	if id[0] == 'S' && len(id) > 1 && !strings.Contains(id, "/") {
		return "/" + id
	}
	return l.CSE + "/" + id
}
