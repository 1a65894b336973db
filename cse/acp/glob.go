package acp

import "strings"

// A glob is a text in which '*' stands for any run of characters, split at
// its asterisks so that matching takes one pass and no backtracking.
type glob struct {
	prefix string
	star   bool     // false: the glob is prefix alone
	middle []string // what must follow in this order, none of them empty
	suffix string
}

func compile(s string) glob {
	parts := strings.Split(s, "*")
	g := glob{prefix: parts[0]}
	if len(parts) == 1 {
		return g
	}
	g.star = true
	g.suffix = parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		if part != "" {
			g.middle = append(g.middle, part)
		}
	}
	return g
}

func (g *glob) match(s string) bool {
	if !g.star {
		return s == g.prefix
	}
	if len(s) < len(g.prefix)+len(g.suffix) || !strings.HasPrefix(s, g.prefix) || !strings.HasSuffix(s, g.suffix) {
		return false
	}
	s = s[len(g.prefix) : len(s)-len(g.suffix)]
	// The leftmost place is never worse than a later one.
	for _, part := range g.middle {
		at := strings.Index(s, part)
		if at < 0 {
			return false
		}
		s = s[at+len(part):]
	}
	return true
}

// size tells how many bytes the glob points to.
func (g *glob) size() int {
	n := len(g.prefix) + len(g.suffix)
	for _, part := range g.middle {
		n += 16 + len(part)
	}
	return n
}
