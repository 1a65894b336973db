package encoding

import (
	"github.com/sigil-m2m/sigil/m2m"
)

// What a byte of JSON means to scan, outside of strings.
const (
	plain = iota
	space
	quote
	open
	closing
)

var classes = [256]uint8{
	' ': space, '\t': space, '\r': space, '\n': space,
	'"': quote, '{': open, '[': open, '}': closing, ']': closing,
}

// scan holds data against the limits and reports whether there is no white
// space between its tokens. That it is JSON is for the decoder to find out:
// on other text scan's answers mean nothing, but it comes to an end.
func scan(op string, data []byte, l Limits) (compact bool, err error) {
	if l.Bytes == 0 {
		l.Bytes = DefaultBytes
	}
	if l.Depth == 0 {
		l.Depth = DefaultDepth
	}
	if len(data) > l.Bytes {
		return false, m2m.Errorf(op, m2m.StatusBadRequest, "the JSON text is longer than %d bytes", l.Bytes)
	}
	compact = true
	depth := 0
	for i := 0; i < len(data); i++ {
		switch classes[data[i]] {
		case space:
			compact = false
		case quote:
			i = stringEnd(data, i)
		case open:
			if depth++; depth > l.Depth {
				return false, m2m.Errorf(op, m2m.StatusBadRequest, "the JSON text is nested deeper than %d, byte %d", l.Depth, i)
			}
		case closing:
			depth--
		}
	}
	return compact, nil
}

// stringEnd returns where the closing quote of the string is that begins at
// data[i], or the end of data.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}

// appendCompact appends v, which is valid JSON, without the white space
// between its tokens.
func appendCompact(b, v []byte) []byte {
	for i := 0; i < len(v); i++ {
		switch classes[v[i]] {
		case space:
		case quote:
			end := stringEnd(v, i)
			b = append(b, v[i:end+1]...)
			i = end
		default:
			b = append(b, v[i])
		}
	}
	return b
}
