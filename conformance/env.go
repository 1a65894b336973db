package conformance

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"go.yaml.in/yaml/v3"
)

// builtins are the variables that every purpose has: the name and the CSE-ID
// of the tested CSE, its service provider, its administrator, the release that
// requests name, a name that nobody else has, and the current time. sphost is the
// service provider without the slashes before it, with one.
var builtins = []string{"cse", "cseid", "spid", "sphost", "admin", "release", "new", "now"}

// env is what the variables of a running purpose stand for.
type env map[string]any

// operand returns the variable that an expression is about: name, name+1,
// now+60s. It is empty for repeat:text,n, which has none.
func operand(expression string) string {
	if strings.HasPrefix(expression, "repeat:") {
		return ""
	}
	if i := strings.LastIndexAny(expression, "+-"); i > 0 {
		return expression[:i]
	}
	return expression
}

// eval returns the value of an expression.
func (e env) eval(expression string) (any, error) {
	if rest, ok := strings.CutPrefix(expression, "repeat:"); ok {
		i := strings.LastIndexByte(rest, ',')
		n, err := strconv.Atoi(rest[i+1:])
		if i < 0 || err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not of the form repeat:text,n", expression)
		}
		return strings.Repeat(rest[:i], n), nil
	}
	name := operand(expression)
	offset := expression[len(name):]
	if name == "now" {
		t := time.Now()
		if offset != "" {
			d, err := time.ParseDuration(offset)
			if err != nil {
				return nil, err
			}
			t = t.Add(d)
		}
		// Whole seconds: some CSEs know no fractions.
		return m2m.FormatTimestamp(t)[:15], nil
	}
	v, ok := e[name]
	if !ok {
		return nil, fmt.Errorf("$%s is not set", name)
	}
	if offset == "" {
		return v, nil
	}
	add, err := strconv.ParseInt(offset, 10, 64)
	if err != nil {
		return nil, err
	}
	n, ok := number(v)
	if !ok {
		return nil, fmt.Errorf("$%s is no number", name)
	}
	return json.Number(strconv.FormatInt(int64(n)+add, 10)), nil
}

// text puts the variables into a text.
func (e env) text(s string) (string, error) {
	var failed error
	s = variable.ReplaceAllStringFunc(s, func(m string) string {
		v, err := e.eval(variableOf(variable.FindStringSubmatch(m)))
		if err != nil {
			failed = err
			return m
		}
		return text(v)
	})
	return s, failed
}

// text writes a scalar as it stands in a query or an address.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

// value makes a value that encoding/json can write of a node.
func (e env) value(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.ScalarNode:
		if m := variable.FindStringSubmatch(n.Value); m != nil && m[0] == n.Value {
			return e.eval(variableOf(m))
		}
		if variable.MatchString(n.Value) {
			return e.text(n.Value)
		}
		plain := *n
		plain.Tag = ""
		var v any
		err := plain.Decode(&v)
		return v, err
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, c := range n.Content {
			v, err := e.value(c)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			k, err := e.text(n.Content[i].Value)
			if err != nil {
				return nil, err
			}
			if object[k], err = e.value(n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return nil, nil
}

// number returns v as a number if it is one.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// lookup follows a path of member names and indexes, separated by slashes,
// into a value.
func lookup(v any, path string) (any, bool) {
	for _, name := range strings.Split(path, "/") {
		switch c := v.(type) {
		case map[string]any:
			m, ok := c[name]
			if !ok {
				return nil, false
			}
			v = m
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(c) {
				return nil, false
			}
			v = c[i]
		default:
			return nil, false
		}
	}
	return v, true
}
