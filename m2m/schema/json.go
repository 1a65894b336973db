package schema

import (
	"encoding/json"

	"github.com/sigil-m2m/sigil/m2m"
)

// The functions of this file take JSON apart in place. What they are given is
// compact and valid, as m2m/encoding leaves it: they find the ends of values
// and check no more than they must so as never to run off one.

// nextItem returns the n-th member of an array, given what is left of it. It
// reports no more at the closing bracket.
func nextItem(rest []byte, n int) (item, tail []byte, more, ok bool) {
	if len(rest) > 0 && rest[0] == ']' {
		return nil, rest[1:], false, len(rest) == 1
	}
	if n > 0 {
		if len(rest) == 0 || rest[0] != ',' {
			return nil, nil, false, false
		}
		rest = rest[1:]
	}
	end := valueEnd(rest)
	if end <= 0 {
		return nil, nil, false, false
	}
	return rest[:end], rest[end:], true, true
}

// nextMember returns the n-th member of an object, given what is left of it.
// It reports no more at the closing brace.
func nextMember(rest []byte, n int) (name, value, tail []byte, more, ok bool) {
	if len(rest) > 0 && rest[0] == '}' {
		return nil, nil, rest[1:], false, len(rest) == 1
	}
	if n > 0 {
		if len(rest) == 0 || rest[0] != ',' {
			return nil, nil, nil, false, false
		}
		rest = rest[1:]
	}
	if len(rest) == 0 || rest[0] != '"' {
		return nil, nil, nil, false, false
	}
	end := valueEnd(rest)
	if end <= 0 || end >= len(rest) || rest[end] != ':' {
		return nil, nil, nil, false, false
	}
	name, ok = unquote(rest[:end])
	if !ok {
		return nil, nil, nil, false, false
	}
	rest = rest[end+1:]
	end = valueEnd(rest)
	if end <= 0 {
		return nil, nil, nil, false, false
	}
	return name, rest[:end], rest[end:], true, true
}

// valueEnd returns the length of the value at the beginning of b, -1 if it
// has no end.
func valueEnd(b []byte) int {
	if len(b) == 0 {
		return -1
	}
	switch b[0] {
	case '"':
		return stringEnd(b)
	case '{', '[':
		depth := 0
		for i := 0; i < len(b); i++ {
			switch b[i] {
			case '"':
				n := stringEnd(b[i:])
				if n < 0 {
					return -1
				}
				i += n - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return -1
	}
	for i, c := range b {
		if c == ',' || c == '}' || c == ']' {
			return i
		}
	}
	return len(b)
}

func stringEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// unquote returns the text of a JSON string; it is a part of v unless v has
// escapes.
func unquote(v []byte) ([]byte, bool) {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return nil, false
	}
	text := v[1 : len(v)-1]
	for _, c := range text {
		if c == '\\' {
			var s string
			if json.Unmarshal(v, &s) != nil {
				return nil, false
			}
			return []byte(s), true
		}
	}
	return text, true
}

func numeric(c byte) bool { return c == '-' || c >= '0' && c <= '9' }

// parseInt reads a JSON number that is an integer of at most 64 bits. Forms
// such as 1.0 and 1e3 are numbers, but no lexical form of an xs:integer.
func parseInt(text []byte) (int64, bool) {
	digits := text
	neg := len(digits) > 0 && digits[0] == '-'
	if neg {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

// describe names a value of the wrong kind for an error.
func describe(v []byte) string {
	switch v[0] {
	case '{':
		return "a JSON object"
	case '[':
		return "a JSON array"
	}
	return m2m.Clip(v)
}

// quote returns text in quotation marks, clipped.
func quote(text []byte) string { return `"` + m2m.Clip(text) + `"` }
