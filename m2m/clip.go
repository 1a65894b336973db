package m2m

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clipped is the most that Clip leaves, in bytes.
const clipped = 64

// Clip makes what a stranger sent fit to be quoted in an error or a log: at
// most 64 bytes, an ellipsis if that is not all, and U+FFFD in the place of
// what does not print or is no UTF-8, so that it neither fills a line nor
// begins a new one.
func Clip[T ~string | ~[]byte](text T) string {
	if len(text) <= clipped {
		return printable(string(text))
	}
	end := clipped
	for end > clipped-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return printable(string(text[:end])) + "…"
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}
