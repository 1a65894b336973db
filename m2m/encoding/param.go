package encoding

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/sigil-m2m/sigil/m2m"
)

// A param is one parameter of the primitive P by its short name. TS-0004
// 8.2.2.
type param[P any] struct {
	name string
	// decode sets the parameter from its compact value. The error says what
	// the value must be.
	decode func(p *P, raw json.RawMessage) error
	// append appends the value to b, nothing if the parameter is absent.
	append func(b []byte, p *P) []byte
}

// An index finds the parameters of a table by name.
type index[P any] map[string]*param[P]

func indexOf[P any](table []param[P]) index[P] {
	m := make(index[P], len(table))
	for i := range table {
		m[table[i].name] = &table[i]
	}
	return m
}

// decode sets every member of o that the table has. The rest is read too
// when one is wrong: the error is that of the first.
func (x index[P]) decode(p *P, o m2m.Object) error {
	var first error
	for _, m := range o {
		err := errUnknown
		if f, ok := x[m.Name]; ok {
			err = f.decode(p, m.Value)
		}
		if err != nil && first == nil {
			first = &paramError{m.Name, err}
		}
	}
	return first
}

var errUnknown = errors.New("unknown")

// A paramError tells which parameter is at fault and what is wrong with it.
type paramError struct {
	name string
	err  error
}

func (e *paramError) Error() string {
	if e.err == errUnknown {
		return strconv.Quote(m2m.Clip(e.name)) + " is unknown"
	}
	if inner, ok := e.err.(*paramError); ok {
		return e.name + ": " + inner.Error()
	}
	return e.name + " " + e.err.Error()
}

// appendObject appends the parameters of the table that p has as an object.
func appendObject[P any](b []byte, table []param[P], p *P) []byte {
	b = append(b, '{')
	for i := range table {
		start := len(b)
		if b[start-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, table[i].name...)
		b = append(b, '"', ':')
		value := len(b)
		if b = table[i].append(b, p); len(b) == value {
			b = b[:start]
		}
	}
	return append(b, '}')
}

// text is a parameter that is a string. The empty one is as good as absent:
// an AE that registers may send such a From.
func text[P any](name string, at func(*P) *string) param[P] {
	return param[P]{name,
		func(p *P, raw json.RawMessage) error {
			s, ok := unquote(raw)
			if !ok {
				return errors.New("is not a string")
			}
			*at(p) = s
			return nil
		},
		func(b []byte, p *P) []byte { return appendText(b, *at(p)) },
	}
}

// absRel is an m2m:absRelTimestamp: a string, or a number of milliseconds,
// which is the other half of the union. TS-0004 6.3.3.
func absRel[P any](name string, at func(*P) *string) param[P] {
	return param[P]{name,
		func(p *P, raw json.RawMessage) error {
			s, ok := Text(raw)
			if !ok {
				return errors.New("is neither a string nor a number")
			}
			if s == "" {
				return errors.New("is empty")
			}
			*at(p) = s
			return nil
		},
		func(b []byte, p *P) []byte { return appendText(b, *at(p)) },
	}
}

// texts is a parameter that is a list of strings. An empty list is a list; a
// nil one is none.
func texts[P any](name string, at func(*P) *[]string) param[P] {
	return param[P]{name,
		func(p *P, raw json.RawMessage) error {
			list, ok := Strings(raw)
			if !ok {
				return errors.New("is not an array of strings")
			}
			*at(p) = list
			return nil
		},
		func(b []byte, p *P) []byte {
			if *at(p) == nil {
				return b
			}
			return appendTexts(b, *at(p))
		},
	}
}

// number is a parameter that is an integer from least to most, absent if it
// is zero.
func number[P any, N ~int](name string, least, most int, at func(*P) *N) param[P] {
	return param[P]{name,
		func(p *P, raw json.RawMessage) error {
			n, err := integer(raw, least, most)
			if err == nil {
				*at(p) = N(n)
			}
			return err
		},
		func(b []byte, p *P) []byte {
			if *at(p) == 0 {
				return b
			}
			return strconv.AppendInt(b, int64(*at(p)), 10)
		},
	}
}

// optional is a parameter that is an integer from least to most of which zero
// is one, absent if it is nil.
func optional[P any, N ~int](name string, least, most int, at func(*P) **N) param[P] {
	return param[P]{name,
		func(p *P, raw json.RawMessage) error {
			n, err := integer(raw, least, most)
			if err == nil {
				v := N(n)
				*at(p) = &v
			}
			return err
		},
		func(b []byte, p *P) []byte {
			if *at(p) == nil {
				return b
			}
			return strconv.AppendInt(b, int64(**at(p)), 10)
		},
	}
}

// flag is a parameter that is a boolean, absent if it is nil.
func flag[P any](name string, at func(*P) **bool) param[P] {
	return param[P]{name,
		func(p *P, raw json.RawMessage) error {
			v := string(raw) == "true"
			if !v && string(raw) != "false" {
				return errors.New("is not a boolean")
			}
			*at(p) = &v
			return nil
		},
		func(b []byte, p *P) []byte {
			if *at(p) == nil {
				return b
			}
			return strconv.AppendBool(b, **at(p))
		},
	}
}

// object is a parameter that is an object and kept as its bytes, absent if
// there are none.
func object[P any](name string, at func(*P) *[]byte) param[P] {
	return param[P]{name,
		func(p *P, raw json.RawMessage) error {
			if raw[0] != '{' {
				return errors.New("is not an object")
			}
			*at(p) = raw
			return nil
		},
		func(b []byte, p *P) []byte { return append(b, *at(p)...) },
	}
}

// integer reads a JSON number that is an integer in decimal digits.
func integer(raw json.RawMessage, least, most int) (int, error) {
	if c := raw[0]; c != '-' && (c < '0' || c > '9') {
		return 0, errors.New("is not a number")
	}
	n, err := strconv.ParseInt(string(raw), 10, 32)
	if err != nil || int(n) < least || int(n) > most {
		return 0, errors.New("is no integer in " + strconv.Itoa(least) + " to " + strconv.Itoa(most))
	}
	return int(n), nil
}

// appendText appends s as a JSON string, nothing if it is empty.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return b
	}
	return m2m.AppendQuote(b, s)
}

// appendTexts appends list as an array of strings.
func appendTexts(b []byte, list []string) []byte {
	b = append(b, '[')
	for i, s := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = m2m.AppendQuote(b, s)
	}
	return append(b, ']')
}
