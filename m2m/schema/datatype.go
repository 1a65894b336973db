package schema

import (
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// A Kind is what the JSON value of a data type looks like. TS-0004 8.4.
type Kind uint8

// Kinds of data type.
const (
	KindAny     Kind = iota // any JSON value but null
	KindString              // a JSON string
	KindNumber              // a JSON number
	KindScalar              // a JSON string or number, as for m2m:absRelTimestamp, or a boolean
	KindBoolean             // true or false
	KindList                // a JSON array
	KindObject              // a JSON object
)

var kindNames = [...]string{"a JSON value", "a JSON string", "a JSON number", "a JSON string or number", "true or false", "a JSON array", "a JSON object"}

// String says what a value of the kind is, as in "a JSON string".
func (k Kind) String() string { return kindNames[k] }

// A DataType is a data type of TS-0004 6.3: simple, enumerated, list or
// complex.
type DataType struct {
	Name    string    // as in "m2m:timestamp"; "[xs:anyURI]" for a list without a name
	Kind    Kind      // of the JSON value
	Item    *DataType // type of the members of a list, else nil
	Members []*Member // of an object, nil if any member is allowed
	AnyOf   []string  // short names of members of which at least one must be there, nil if none need
	Values  []Range   // of an enumeration of numbers, in ascending order, else nil
	Tokens  []string  // of an enumeration of strings, else nil

	Count int // of the members of a list, 0 if any number will do

	nonEmpty bool // a list that needs a member
	byShort  map[string]int
	required uint64 // bits of the members that must be there
	anyOf    uint64 // bits of AnyOf

	// rule checks the content of a scalar: the text between the quotes of a
	// string, unescaped, or the literal of a number. It says what is wrong,
	// or nothing.
	rule func(text []byte) string
}

// A Member is a member of a complex data type.
type Member struct {
	Name     string // long name
	Short    string // short name
	Type     *DataType
	Required bool // multiplicity 1 or 1..n
	Repeated bool // multiplicity 0..n or 1..n: the Type is then a list without a name
}

// A Range is one or more values of an enumeration.
type Range struct {
	Min, Max int64
	Symbol   string // the standard's name of the value
}

// Member returns the member of a complex type with the short name, or nil.
func (d *DataType) Member(short string) *Member {
	if i, ok := d.byShort[short]; ok {
		return d.Members[i]
	}
	return nil
}

// maxDepth bounds the nesting of a value of any data type; the deepest of the
// standard (a request primitive in a resource) has nine levels.
const maxDepth = 32

// A fault is what is wrong with a value, and where in it.
type fault struct {
	path    string
	problem string
}

func wrong(problem string) *fault { return &fault{problem: problem} }

// under puts a step in front of the path.
func (f *fault) under(step string) *fault {
	f.path = step + f.path
	return f
}

// check reports what is wrong with a value, nil if nothing is.
func (d *DataType) check(v []byte, depth int) *fault {
	if len(v) == 0 {
		return wrong("there is no value")
	}
	if depth > maxDepth {
		return wrong("nested too deeply")
	}
	switch c := v[0]; d.Kind {
	case KindString:
		if c != '"' {
			return wrong(describe(v) + " is not a JSON string")
		}
		return d.checkString(v)
	case KindNumber:
		if !numeric(c) {
			return wrong(describe(v) + " is not a JSON number")
		}
		return d.checkText(v)
	case KindScalar:
		switch {
		case c == '"':
			return d.checkString(v)
		case numeric(c):
			return d.checkText(v)
		}
		return wrong(describe(v) + " is not a JSON string or number")
	case KindBoolean:
		if string(v) != "true" && string(v) != "false" {
			return wrong(describe(v) + " is not true or false")
		}
		return nil
	case KindList:
		if c != '[' {
			return wrong(describe(v) + " is not a JSON array")
		}
		return d.checkList(v, depth)
	case KindObject:
		if c != '{' {
			return wrong(describe(v) + " is not a JSON object")
		}
		if f := d.checkObject(v, depth); f != nil || d.rule == nil {
			return f
		}
		if p := d.rule(v); p != "" {
			return wrong(p)
		}
		return nil
	}
	if v[0] == 'n' {
		return wrong("null is not allowed here")
	}
	if d.rule != nil {
		if p := d.rule(v); p != "" {
			return wrong(p)
		}
	}
	return nil
}

func (d *DataType) checkString(v []byte) *fault {
	if d.rule == nil && d.Tokens == nil {
		return nil
	}
	text, ok := unquote(v)
	if !ok {
		return wrong("is not a JSON string")
	}
	return d.checkText(text)
}

func (d *DataType) checkText(text []byte) *fault {
	if d.Tokens != nil {
		for _, t := range d.Tokens {
			if t == string(text) {
				return nil
			}
		}
		return wrong(quote(text) + " is not one of " + strings.Join(d.Tokens, ", "))
	}
	if d.Values != nil {
		return d.checkValue(text)
	}
	if d.rule != nil {
		if p := d.rule(text); p != "" {
			return wrong(quote(text) + " " + p)
		}
	}
	return nil
}

// checkValue holds an enumeration of numbers to its values.
func (d *DataType) checkValue(text []byte) *fault {
	if n, ok := parseInt(text); ok && d.has(n) {
		return nil
	}
	var b strings.Builder
	b.WriteString(m2m.Clip(text))
	if len(d.Values) == 1 {
		b.WriteString(" is not in ")
	} else {
		b.WriteString(" is not one of ")
	}
	for i, r := range d.Values {
		if i > 0 {
			b.WriteString(", ")
		}
		if i == 12 {
			b.WriteString("…")
			break
		}
		b.WriteString(strconv.FormatInt(r.Min, 10))
		if r.Max != r.Min {
			b.WriteString(" to " + strconv.FormatInt(r.Max, 10))
		}
	}
	return wrong(b.String())
}

// has reports whether n is a value of an enumeration of numbers.
func (d *DataType) has(n int64) bool {
	for _, r := range d.Values {
		if n >= r.Min && n <= r.Max {
			return true
		}
	}
	return false
}

func (d *DataType) checkList(v []byte, depth int) *fault {
	n := 0
	rest := v[1:]
	for {
		item, tail, more, ok := nextItem(rest, n)
		if !ok {
			return wrong("is not a JSON array")
		}
		if !more {
			break
		}
		if f := d.Item.check(item, depth+1); f != nil {
			step := "[" + strconv.Itoa(n) + "]"
			return f.under(step)
		}
		rest = tail
		n++
	}
	if n == 0 && d.nonEmpty {
		return wrong("the list needs a member")
	}
	if d.Count != 0 && n != d.Count {
		return wrong("the list has " + strconv.Itoa(n) + " members instead of " + strconv.Itoa(d.Count))
	}
	return nil
}

func (d *DataType) checkObject(v []byte, depth int) *fault {
	var seen uint64
	rest := v[1:]
	for n := 0; ; n++ {
		name, value, tail, more, ok := nextMember(rest, n)
		if !ok {
			return wrong("is not a JSON object")
		}
		if !more {
			break
		}
		rest = tail
		if d.Members == nil {
			continue
		}
		i, known := d.byShort[string(name)]
		if !known {
			return wrong(quote(name) + " is no member of " + d.Name)
		}
		if seen&(1<<i) != 0 {
			return wrong("there are two of it").under("." + string(name))
		}
		seen |= 1 << i
		if f := d.Members[i].Type.check(value, depth+1); f != nil {
			return f.under("." + string(name))
		}
	}
	if missing := d.required &^ seen; missing != 0 {
		for i, m := range d.Members {
			if missing&(1<<i) != 0 {
				return wrong("the mandatory member is missing").under("." + m.Short)
			}
		}
	}
	if d.anyOf != 0 && d.anyOf&seen == 0 {
		return wrong("there is none of " + strings.Join(d.AnyOf, ", "))
	}
	return nil
}
