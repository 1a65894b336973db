package acp

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
)

// What a set of rules from a stranger may hold.
const (
	maxIdentifier = 2048      // bytes of one originator
	maxItems      = 1000      // elements of all lists together
	maxBytes      = 128 << 10 // of the set as JSON
)

// ParseRules reads the value of privileges or selfPrivileges, an
// m2m:setOfAcrs: {"acr":[...]}. TS-0004 6.3.5.26 to 6.3.5.28. An empty set is
// valid and grants nothing.
//
// It is strict, since a rule that is not understood must not be thought to be
// in force: an unknown member, an empty list within a rule or a value out of
// its range is an *m2m.Error of status BAD_REQUEST that names the place, as
// in "acr[0].acor[1] names no originator".
func ParseRules(raw json.RawMessage) ([]Rule, error) {
	const op = "acp.ParseRules"
	if len(raw) > maxBytes {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "has more than %d bytes", maxBytes)
	}
	set, err := encoding.ParseObject(raw, encoding.Limits{})
	if err != nil {
		return nil, err
	}
	rules := []Rule{}
	p := parser{items: maxItems}
	f := p.members(set, func(name string, v json.RawMessage) *fault {
		if name != "acr" {
			return unknown
		}
		if string(v) == "[]" {
			return nil // TS-0001 9.6.2.0: an empty set of rules
		}
		return p.list(v, func(v json.RawMessage) *fault {
			r, f := p.rule(v)
			rules = append(rules, r)
			return f
		})
	})
	if f != nil {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "%s %s", f.path, f.text)
	}
	return rules, nil
}

// A fault is what is wrong with a value and where it stands.
type fault struct {
	path string // "acor[1]"; empty for the value itself
	text string // "is missing"
}

var unknown = &fault{text: "is no member of its element"}

// in returns the fault as seen from one level up.
func (f *fault) in(step string) *fault {
	switch {
	case f.path == "", f.path[0] == '[':
		return &fault{step + f.path, f.text}
	}
	return &fault{step + "." + f.path, f.text}
}

// quote returns a bit of what the peer sent.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "…"
	}
	return strconv.Quote(s)
}

// A parser counts what it has read.
type parser struct {
	items int // how many more elements of lists it takes
}

// members hands each member of an object to set.
func (p *parser) members(o m2m.Object, set func(name string, v json.RawMessage) *fault) *fault {
	for _, m := range o {
		if f := set(m.Name, m.Value); f == unknown {
			return f.in(quote(m.Name))
		} else if f != nil {
			return f.in(m.Name)
		}
	}
	return nil
}

// object hands each member of a value that must be an object to set.
func (p *parser) object(v json.RawMessage, set func(name string, v json.RawMessage) *fault) *fault {
	o, err := encoding.ParseObject(v, encoding.Limits{})
	if err != nil {
		return &fault{text: "is no object"}
	}
	return p.members(o, set)
}

// list hands each element of a value that must be an array of at least one to
// add.
func (p *parser) list(v json.RawMessage, add func(v json.RawMessage) *fault) *fault {
	elements, err := encoding.ParseArray(v, encoding.Limits{})
	if err != nil {
		return &fault{text: "is no array"}
	}
	if len(elements) == 0 {
		return &fault{text: "is empty"}
	}
	if p.items -= len(elements); p.items < 0 {
		return &fault{text: "brings the rules over " + strconv.Itoa(maxItems) + " list elements"}
	}
	for i, element := range elements {
		if f := add(element); f != nil {
			return f.in("[" + strconv.Itoa(i) + "]")
		}
	}
	return nil
}

// texts is list for strings.
func (p *parser) texts(v json.RawMessage, add func(s string) *fault) *fault {
	return p.list(v, func(v json.RawMessage) *fault {
		s, ok := text(v)
		if !ok {
			return &fault{text: "is no string"}
		}
		return add(s)
	})
}

// text returns the text of a JSON string.
func text(v json.RawMessage) (s string, ok bool) {
	if len(v) == 0 || v[0] != '"' {
		return "", false
	}
	return encoding.Text(v)
}

// resourceType reads a positive m2m:resourceType.
func resourceType(v json.RawMessage) (m2m.ResourceType, *fault) {
	n, err := strconv.ParseUint(string(v), 10, 31)
	if err != nil || n == 0 {
		return 0, &fault{text: "is no resource type"}
	}
	return m2m.ResourceType(n), nil
}
