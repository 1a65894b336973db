package m2m

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestClipLeavesWhatCanBeQuoted(t *testing.T) {
	long := strings.Repeat("x", 62)
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"short text", "cse-in/ä €", "cse-in/ä €"},
		{"as much as there is room for", long + "yz", long + "yz"},
		{"more", long + "yz!", long + "yz…"},
		{"a character across the end", long + "€", long + "…"},
		{"line breaks and escapes", "a\nb\x1b[2Jc\u2028d", "a\ufffdb\ufffd[2Jc\ufffdd"},
		{"bytes that are no UTF-8", "a\xffb", "a\ufffdb"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Clip(test.text); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if got := Clip([]byte(test.text)); got != test.want {
				t.Errorf("of bytes: %q, want %q", got, test.want)
			}
		})
	}
}

func TestClipIsShortValidAndPrints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := Clip(rapid.SliceOf(rapid.Byte()).Draw(t, "text"))
		if !utf8.ValidString(got) || len(got) > 3*clipped+len("…") || printable(got) != got {
			t.Fatalf("%q", got)
		}
	})
}
