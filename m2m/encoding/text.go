package encoding

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// Text returns the text of a value that the parser gave: a string unquoted, a
// number as it was written. ok is false for anything else.
func Text(raw json.RawMessage) (s string, ok bool) {
	if len(raw) == 0 {
		return "", false
	}
	if c := raw[0]; c == '-' || c >= '0' && c <= '9' {
		return string(raw), true
	}
	return unquote(raw)
}

// Strings returns the strings of a value that the parser gave, if it is an
// array of strings. An empty array gives an empty list that is not nil.
func Strings(raw json.RawMessage) (list []string, ok bool) {
	elements, err := ParseArray(raw, Limits{Bytes: len(raw), Depth: 1})
	if err != nil {
		return nil, false
	}
	list = make([]string, len(elements))
	for i, e := range elements {
		if list[i], ok = unquote(e); !ok {
			return nil, false
		}
	}
	return list, true
}

// unquote returns the text of a JSON string.
func unquote(raw json.RawMessage) (s string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	b, err := jsontext.AppendUnquote(nil, raw)
	return string(b), err == nil
}
