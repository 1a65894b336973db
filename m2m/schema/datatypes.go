package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// maxMembers bounds the members of a complex type: the standard's largest, a
// request primitive, has 38.
const maxMembers = 64

// declareDataType enters the name of a data type, so that others may refer to
// it before it is defined.
func (b *builder) declareDataType(d *definition) error {
	switch d.keyword {
	case "enumeration", "string", "range", "list", "object":
	default:
		return nil
	}
	name := d.words[0]
	prefix, local, ok := strings.Cut(name, ":")
	if !ok || prefix == "" || local == "" || strings.ContainsAny(name, "[]") {
		return d.errorf(d.line, "%q is no name of a data type, of the form prefix:name", m2m.Clip(name))
	}
	if b.dataTypes[name] != nil {
		return d.errorf(d.line, "there is another data type %s", name)
	}
	t := &DataType{Name: name}
	switch d.keyword {
	case "string":
		t.Kind = KindString
	case "range":
		t.Kind = KindNumber
	case "list":
		t.Kind, t.nonEmpty = KindList, true
	case "object":
		t.Kind, t.rule = KindObject, objectRule(name)
	}
	b.dataTypes[name] = t
	return nil
}

func (b *builder) defineDataType(d *definition) error {
	var t *DataType
	if len(d.words) > 0 {
		t = b.dataTypes[d.words[0]]
	}
	switch d.keyword {
	case "enumeration":
		return defineEnumeration(t, d)
	case "object":
		return b.defineObject(t, d)
	case "string", "range", "list":
	default:
		return nil
	}
	if len(d.body) > 0 {
		return d.errorf(d.body[0].line, "a %s has no body", d.keyword)
	}
	switch d.keyword {
	case "range":
		least, err1 := strconv.ParseInt(d.words[1], 10, 64)
		most, err2 := strconv.ParseInt(d.words[2], 10, 64)
		if err1 != nil || err2 != nil || least > most {
			return d.errorf(d.line, "%s to %s is no range of integers", m2m.Clip(d.words[1]), m2m.Clip(d.words[2]))
		}
		t.Values = []Range{{Min: least, Max: most}}
	case "list":
		item, err := b.typeOf(d.words[1])
		if err != nil {
			return d.errorf(d.line, "%v", err)
		}
		t.Item = item
		if len(d.words) == 3 {
			if t.Count, err = strconv.Atoi(d.words[2]); err != nil || t.Count < 1 {
				return d.errorf(d.line, "%q is no number of members", m2m.Clip(d.words[2]))
			}
		}
	}
	return nil
}

// typeOf returns the data type of a column: a name, "[name]" for a list that
// may be empty, or "[name]+" for one that needs a member.
func (b *builder) typeOf(word string) (*DataType, error) {
	name, plus := strings.CutSuffix(word, "+")
	inner, list := strings.CutPrefix(name, "[")
	if list {
		var closed bool
		if name, closed = strings.CutSuffix(inner, "]"); !closed {
			return nil, fmt.Errorf("%q is no data type", m2m.Clip(word))
		}
	}
	t := b.dataTypes[name]
	if t == nil || plus && !list {
		return nil, fmt.Errorf("%q is no data type", m2m.Clip(word))
	}
	if list {
		return &DataType{Name: "[" + name + "]", Kind: KindList, Item: t, nonEmpty: plus}, nil
	}
	return t, nil
}

// defineEnumeration reads rows "VALUE SYMBOL" or "MIN..MAX SYMBOL" of numbers,
// or rows of strings in quotation marks.
func defineEnumeration(t *DataType, d *definition) error {
	for _, line := range d.body {
		if line.setting != "" || len(line.words) > 2 {
			return d.errorf(line.line, "a row of an enumeration is a value and a name")
		}
		value, symbol := line.words[0], ""
		if len(line.words) == 2 {
			symbol = line.words[1]
		}
		if strings.HasPrefix(value, `"`) {
			token, err := strconv.Unquote(value)
			if err != nil || token == "" || slices.Contains(t.Tokens, token) {
				return d.errorf(line.line, "%s is no further string in quotation marks", m2m.Clip(value))
			}
			t.Tokens = append(t.Tokens, token)
			continue
		}
		first, last, isRange := strings.Cut(value, "..")
		if !isRange {
			last = first
		}
		least, err1 := strconv.ParseInt(first, 10, 64)
		most, err2 := strconv.ParseInt(last, 10, 64)
		if err1 != nil || err2 != nil || least > most {
			return d.errorf(line.line, "%s is no number and no range of numbers", m2m.Clip(value))
		}
		for _, r := range t.Values {
			if least <= r.Max && most >= r.Min {
				return d.errorf(line.line, "%s is there already", m2m.Clip(value))
			}
		}
		t.Values = append(t.Values, Range{least, most, symbol})
	}
	switch {
	case len(t.Tokens) > 0 && len(t.Values) > 0:
		return d.errorf(d.line, "an enumeration is of numbers or of strings, not of both")
	case len(t.Tokens) > 0:
		t.Kind = KindString
	case len(t.Values) > 0:
		t.Kind = KindNumber
		slices.SortFunc(t.Values, func(x, y Range) int {
			if x.Min < y.Min {
				return -1
			}
			return 1
		})
	default:
		return d.errorf(d.line, "an enumeration has at least one value")
	}
	return nil
}

// defineObject reads rows "NAME SHORT TYPE MULTIPLICITY" with a multiplicity
// of 1, 0..1, 0..n or 1..n, and a setting "any-of: SHORT..." after them.
func (b *builder) defineObject(t *DataType, d *definition) error {
	t.byShort = make(map[string]int)
	for _, line := range d.body {
		w := line.words
		if line.setting == "any-of" {
			if err := t.needAnyOf(d, line); err != nil {
				return err
			}
			continue
		}
		if line.setting != "" || len(w) != 4 {
			return d.errorf(line.line, "a member has 4 columns: name, short name, data type, multiplicity")
		}
		m := &Member{Name: w[0], Short: w[1]}
		if !attributeName(m.Short) {
			return d.errorf(line.line, "%q is no short name", m2m.Clip(m.Short))
		}
		if _, ok := t.byShort[m.Short]; ok {
			return d.errorf(line.line, "there is another member %s", m.Short)
		}
		if len(t.Members) == maxMembers {
			return d.errorf(line.line, "more than %d members", maxMembers)
		}
		item, err := b.typeOf(w[2])
		if err != nil {
			return d.errorf(line.line, "member %s: %v", m.Short, err)
		}
		m.Type = item
		switch w[3] {
		case "1":
			m.Required = true
		case "0..1":
		case "0..n", "1..n":
			m.Repeated = true
			m.Required = w[3] == "1..n"
			m.Type = &DataType{Name: "[" + w[2] + "]", Kind: KindList, Item: item, nonEmpty: m.Required}
		default:
			return d.errorf(line.line, "member %s: %q is no multiplicity (1, 0..1, 0..n, 1..n)", m.Short, m2m.Clip(w[3]))
		}
		i := len(t.Members)
		t.byShort[m.Short] = i
		if m.Required {
			t.required |= 1 << i
		}
		t.Members = append(t.Members, m)
	}
	if len(t.Members) == 0 {
		return d.errorf(d.line, "an object has at least one member")
	}
	return nil
}

// needAnyOf reads the setting that names members of which one must be there.
func (d *DataType) needAnyOf(at *definition, line bodyLine) error {
	for _, short := range line.words {
		i, ok := d.byShort[short]
		if !ok {
			return at.errorf(line.line, "there is no member %s above", m2m.Clip(short))
		}
		d.anyOf |= 1 << i
	}
	d.AnyOf = append(d.AnyOf, line.words...)
	return nil
}
