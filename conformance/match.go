package conformance

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"go.yaml.in/yaml/v3"
)

// A matcher is what a tag before a pattern's value asks for.
type matcher struct {
	kind  yaml.Kind // of the node; 0 for any
	match func(c *comparison, n *yaml.Node, got any, at string) error
}

// comparison is what patterns are evaluated with.
type comparison struct {
	env   env
	local m2m.Locality
	cse   string // name of the CSEBase
}

var matchers map[string]matcher

func init() {
	matchers = map[string]matcher{
		"!is":    {yaml.ScalarNode, matchType},
		"!ne":    {0, matchOther},
		"!lt":    {yaml.ScalarNode, matchOrder},
		"!le":    {yaml.ScalarNode, matchOrder},
		"!gt":    {yaml.ScalarNode, matchOrder},
		"!ge":    {yaml.ScalarNode, matchOrder},
		"!re":    {yaml.ScalarNode, matchRegexp},
		"!addr":  {yaml.ScalarNode, matchAddress},
		"!exact": {yaml.MappingNode, matchExact},
		"!count": {yaml.ScalarNode, matchCount},
		"!has":   {yaml.SequenceNode, matchList},
		"!lacks": {yaml.SequenceNode, matchList},
		"!set":   {yaml.SequenceNode, matchList},
		"!any":   {yaml.SequenceNode, matchAny},
		"!all":   {yaml.SequenceNode, matchAll},
	}
}

// match reports how got, which stands at the path at, differs from what the
// pattern n asks for; nil if it does not.
//
// A pattern is a YAML value. A mapping matches an object that has these
// members at least, a sequence a list of exactly these items in this order, a
// scalar its equal. A tag before a value says otherwise:
//
//	!is absent        no such member
//	!is present       any value
//	!is string        a value of that type: string, number, integer, boolean, list, object, timestamp
//	!ne x             another value
//	!lt !le !gt !ge   a number or a timestamp that compares so
//	!re expr          a text that the regular expression matches
//	!addr x           an address or entity that is x in any of its forms
//	!exact {...}      an object with these members and no other
//	!count n          a list of n items
//	!has [...]        a list with an item for each of these
//	!lacks [...]      a list with no item that is any of these
//	!set [...]        a list of these in any order
//	!any [...]        a value that one of these matches
//	!all [...]        a value that all of these match
func (c *comparison) match(n *yaml.Node, got any, at string) error {
	if m, ok := matchers[n.Tag]; ok {
		return m.match(c, n, got, at)
	}
	switch n.Kind {
	case yaml.MappingNode:
		return c.matchMembers(n, got, at)
	case yaml.SequenceNode:
		list, ok := got.([]any)
		if !ok {
			return mismatch(at, "a list", got)
		}
		if len(list) != len(n.Content) {
			return mismatch(at, fmt.Sprintf("a list of %d", len(n.Content)), got)
		}
		for i, item := range n.Content {
			if err := c.match(item, list[i], fmt.Sprintf("%s/%d", at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	want, err := c.env.value(n)
	if err != nil {
		return err
	}
	if !equal(want, got) {
		return mismatch(at, brief(want), got)
	}
	return nil
}

func (c *comparison) matchMembers(n *yaml.Node, got any, at string) error {
	object, ok := got.(map[string]any)
	if !ok {
		return mismatch(at, "an object", got)
	}
	for i := 0; i < len(n.Content); i += 2 {
		name, err := c.env.text(n.Content[i].Value)
		if err != nil {
			return err
		}
		want := n.Content[i+1]
		v, has := object[name]
		path := strings.TrimPrefix(at+"/"+name, "/")
		switch {
		case !has && mayBeAbsent(want):
		case !has:
			return fmt.Errorf("%s is absent in %s", path, brief(got))
		default:
			if err := c.match(want, v, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayBeAbsent reports whether a pattern is met by a member that is not there.
func mayBeAbsent(n *yaml.Node) bool {
	return n.Tag == "!is" && n.Value == "absent" || n.Tag == "!any" && slices.ContainsFunc(n.Content, mayBeAbsent)
}

func mismatch(at, want string, got any) error {
	return fmt.Errorf("%s: want %s, got %s", at, want, brief(got))
}

// brief writes a value as JSON, clipped.
func brief(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 600
	if len(b) > most {
		return strings.ToValidUTF8(string(b[:most]), "") + "…"
	}
	return string(b)
}

// equal compares two JSON values; numbers by their value.
func equal(a, b any) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x == y
	}
	switch a := a.(type) {
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !equal(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			w, has := b[k]
			if !has || !equal(v, w) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}

// types are what !is knows.
var types = []string{"absent", "present", "string", "number", "integer", "boolean", "list", "object", "timestamp"}

func matchType(c *comparison, n *yaml.Node, got any, at string) error {
	ok := false
	switch n.Value {
	case "absent":
		return mismatch(at, "no such member", got)
	case "present":
		ok = true
	case "string":
		_, ok = got.(string)
	case "number":
		_, ok = number(got)
	case "integer":
		var f float64
		f, ok = number(got)
		ok = ok && f == float64(int64(f))
	case "boolean":
		_, ok = got.(bool)
	case "list":
		_, ok = got.([]any)
	case "object":
		_, ok = got.(map[string]any)
	case "timestamp":
		s, _ := got.(string)
		_, err := m2m.ParseTimestamp(s)
		ok = err == nil
	}
	if !ok {
		return mismatch(at, "a "+n.Value, got)
	}
	return nil
}

func matchOther(c *comparison, n *yaml.Node, got any, at string) error {
	plain := *n
	plain.Tag = ""
	if c.match(&plain, got, at) == nil {
		return mismatch(at, "another value", got)
	}
	return nil
}

// matchOrder compares numbers, and timestamps whether they have fractions or
// not.
func matchOrder(c *comparison, n *yaml.Node, got any, at string) error {
	want, err := c.env.value(n)
	if err != nil {
		return err
	}
	order := 0
	if x, ok := number(want); ok {
		y, ok := number(got)
		if !ok {
			return mismatch(at, "a number", got)
		}
		switch {
		case y < x:
			order = -1
		case y > x:
			order = 1
		}
	} else {
		x, err := m2m.ParseTimestamp(text(want))
		if err != nil {
			return err
		}
		y, err := m2m.ParseTimestamp(text(got))
		if err != nil {
			return mismatch(at, "a timestamp", got)
		}
		order = y.Compare(x)
	}
	if ok := map[string]bool{"!lt": order < 0, "!le": order <= 0, "!gt": order > 0, "!ge": order >= 0}[n.Tag]; !ok {
		return mismatch(at, n.Tag[1:]+" "+brief(want), got)
	}
	return nil
}

func matchRegexp(c *comparison, n *yaml.Node, got any, at string) error {
	expr, err := c.env.text(n.Value)
	if err != nil {
		return err
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return err
	}
	if s, ok := got.(string); !ok || !re.MatchString(s) {
		return mismatch(at, "what "+expr+" matches", got)
	}
	return nil
}

// matchAddress compares addresses in their shortest form: which of the forms
// a CSE uses at itself, the standard mostly leaves open (TS-0001 7.2).
func matchAddress(c *comparison, n *yaml.Node, got any, at string) error {
	want, err := c.env.text(n.Value)
	if err != nil {
		return err
	}
	if s, ok := got.(string); !ok || c.shortest(s) != c.shortest(want) {
		return mismatch(at, "the address "+want, got)
	}
	return nil
}

func (c *comparison) shortest(id string) string {
	id = c.local.Shorten(id)
	if id == "-" || strings.HasPrefix(id, "-/") {
		id = c.cse + id[1:]
	}
	return id
}

func matchExact(c *comparison, n *yaml.Node, got any, at string) error {
	if err := c.matchMembers(n, got, at); err != nil {
		return err
	}
	wanted := map[string]bool{}
	for i := 0; i < len(n.Content); i += 2 {
		name, err := c.env.text(n.Content[i].Value)
		if err != nil {
			return err
		}
		wanted[name] = true
	}
	for name, v := range got.(map[string]any) {
		if !wanted[name] {
			return mismatch(at+"/"+name, "no such member", v)
		}
	}
	return nil
}

func matchCount(c *comparison, n *yaml.Node, got any, at string) error {
	want, err := c.env.value(n)
	if err != nil {
		return err
	}
	list, ok := got.([]any)
	if !ok || !equal(want, len(list)) {
		return mismatch(at, "a list of "+text(want), got)
	}
	return nil
}

// matchList matches !has, !lacks and !set. Each pattern of !has and !set takes
// an item for itself.
func matchList(c *comparison, n *yaml.Node, got any, at string) error {
	list, ok := got.([]any)
	if !ok {
		return mismatch(at, "a list", got)
	}
	taken := make([]bool, len(list))
	for _, p := range n.Content {
		found := false
		for i, item := range list {
			if !taken[i] && c.match(p, item, at) == nil {
				taken[i], found = true, true
				break
			}
		}
		if n.Tag == "!lacks" && found {
			return mismatch(at, "no item "+c.describe(p), got)
		}
		if n.Tag != "!lacks" && !found {
			return mismatch(at, "an item "+c.describe(p), got)
		}
	}
	if n.Tag == "!set" && len(list) != len(n.Content) {
		return mismatch(at, fmt.Sprintf("a list of %d", len(n.Content)), got)
	}
	return nil
}

func (c *comparison) describe(n *yaml.Node) string {
	v, err := c.env.value(n)
	if err != nil {
		return err.Error()
	}
	return brief(v)
}

func matchAny(c *comparison, n *yaml.Node, got any, at string) error {
	var last error
	for _, p := range n.Content {
		if last = c.match(p, got, at); last == nil {
			return nil
		}
	}
	if last == nil {
		return fmt.Errorf("line %d: no alternatives", n.Line)
	}
	return last
}

func matchAll(c *comparison, n *yaml.Node, got any, at string) error {
	for _, p := range n.Content {
		if err := c.match(p, got, at); err != nil {
			return err
		}
	}
	return nil
}
