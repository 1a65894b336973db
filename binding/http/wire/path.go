package wire

import (
	"net/url"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// toOfPath returns the To parameter that the path of a request target stands
// for. TS-0009 6.2.2.1:
//
//	/x    x    CSE-relative
//	/~/x  /x   SP-relative
//	/_/x  //x  absolute
//
// A slash at the end means nothing (table 6.2.2.1-1 shows one). The root path
// gives the empty To, which is for the Handler to judge: the notification
// handler of an AE has no other name there.
//
// Only the unreserved characters are in identifiers (TS-0004 6.2.3), encoded
// or not. An encoded slash, a dot segment and an empty segment are refused, so
// that no two readers of a path disagree on what it names.
func toOfPath(u *url.URL) (string, error) {
	path := u.Path
	if u.RawPath != "" { // some character is encoded that need not be, or a slash is
		var b strings.Builder
		for i, raw := range strings.Split(u.RawPath, "/") {
			segment, err := url.PathUnescape(raw)
			if err != nil || segment != "" && !m2m.Unreserved(segment) {
				return "", badSegment(raw)
			}
			if i > 0 {
				b.WriteByte('/')
			}
			b.WriteString(segment)
		}
		path = b.String()
	}
	if path == "/" || path == "" {
		return "", nil
	}
	if path[0] != '/' {
		return "", badRequest("the path does not begin with a slash")
	}
	path = strings.TrimSuffix(path, "/")
	if err := checkSegments(path[1:]); err != nil {
		return "", err
	}
	switch {
	case path == "/~" || path == "/_":
		return "", badRequest("the path %q has no identifier after its prefix", path)
	case strings.HasPrefix(path, "/~/"):
		return path[2:], nil
	case strings.HasPrefix(path, "/_/"):
		return "/" + path[2:], nil
	}
	return path[1:], nil
}

// checkSegments reports the first segment of path that names nothing.
func checkSegments(path string) error {
	for {
		segment, rest, more := strings.Cut(path, "/")
		if segment == "." || segment == ".." || !m2m.Unreserved(segment) {
			return badSegment(segment)
		}
		if !more {
			return nil
		}
		path = rest
	}
}

func badSegment(segment string) error {
	return badRequest("the path segment %q is no resource identifier or name", m2m.Clip(segment))
}

// pathOfTo is the reverse of toOfPath. A single attribute after '#' comes back
// apart, since HTTP carries it in the query (TS-0009 6.2.2.2).
func pathOfTo(to string) (path, attribute string, err error) {
	to, attribute, has := strings.Cut(to, "#")
	if has && !attributeName(attribute) {
		return "", "", badRequest("to: %q is no attribute name", m2m.Clip(attribute))
	}
	body := strings.TrimPrefix(strings.TrimPrefix(to, "/"), "/")
	body = strings.TrimSuffix(body, "/")
	if checkSegments(body) != nil {
		return "", "", badRequest("to: %q is no resource identifier", m2m.Clip(to))
	}
	switch {
	case strings.HasPrefix(to, "//"):
		return "/_/" + body, attribute, nil
	case strings.HasPrefix(to, "/"):
		return "/~/" + body, attribute, nil
	}
	if first, _, _ := strings.Cut(body, "/"); first == "~" || first == "_" {
		return "", "", badRequest("to: %q cannot be told from a prefix in an HTTP path", first)
	}
	return "/" + body, attribute, nil
}
