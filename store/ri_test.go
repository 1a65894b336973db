package store

import (
	"math"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"pgregory.net/rapid"
)

func TestAFormattedRIParsesToItsID(t *testing.T) {
	for _, id := range []ID{1, 2, 31, 32, 1 << 32, math.MaxUint64} {
		ri := FormatRI("cin", id)
		if got, ok := ParseRI(ri); !ok || got != id {
			t.Errorf("ParseRI(%q) = %d, %v; want %d", ri, got, ok, id)
		}
		if !m2m.Unreserved(ri) {
			t.Errorf("%q has reserved characters", ri)
		}
	}
}

func TestParseRIRefusesWhatFormatRIDoesNotMake(t *testing.T) {
	good := FormatRI("cin", 77)
	for name, ri := range map[string]string{
		"empty":                      "",
		"no prefix":                  good[3:],
		"a digit in the prefix":      "c1n" + good[3:],
		"no hyphen":                  "cin" + good[4:],
		"upper case digits":          "cin-0000000000A00",
		"too short":                  good[:len(good)-1],
		"too long":                   good + "0",
		"a digit out of the set":     "cin-000000000000w",
		"more than 64 bits":          "cin-g000000000000",
		"the zero ID":                FormatRI("cin", 0),
		"an ordinary name":           "temperature-sensor1",
		"a letter beyond ASCII":      "\xe9" + good[3:],
		"only a hyphen and a number": "-0000000000001",
	} {
		if id, ok := ParseRI(ri); ok {
			t.Errorf("%s: ParseRI(%q) = %d", name, ri, id)
		}
	}
}

func TestRIsAreCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ri := rapid.StringMatching(`[a-zA-Z]{1,5}-[0-9a-w]{13}`).Draw(t, "ri")
		if id, ok := ParseRI(ri); ok {
			if again := FormatRI(ri[:len(ri)-14], id); again != ri {
				t.Fatalf("%q parses to %d, which formats as %q", ri, id, again)
			}
		}
	})
}

func FuzzParseRI(f *testing.F) {
	f.Add(FormatRI("cin", 1))
	f.Add("CAE0001")
	f.Fuzz(func(t *testing.T, ri string) {
		if id, ok := ParseRI(ri); ok && FormatRI(ri[:len(ri)-riLength-1], id) != ri {
			t.Fatalf("%q is a second text for %d", ri, id)
		}
	})
}
