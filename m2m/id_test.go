package m2m

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// table reads a file of testdata: a row a line, fields divided by tabs,
// comments after '#' at the beginning of a line.
func table(t testing.TB, file string) [][]string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("testdata/%s has no rows", file)
	}
	return rows
}

// undash reads a field in which a dash is nothing.
func undash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

func TestParseAddress(t *testing.T) {
	for _, row := range table(t, "addresses.tsv") {
		t.Run(row[0], func(t *testing.T) {
			text := row[1]
			got, err := ParseAddress(text)
			if row[2] == "bad" {
				if err == nil {
					t.Fatalf("%q is %+v, want an error", text, got)
				}
				if !strings.Contains(err.Error(), row[3]) {
					t.Errorf("%q: error %q does not say %q", text, err, row[3])
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := Address{SP: undash(row[3]), CSE: undash(row[4]), Attribute: undash(row[6])}
			if row[5] != "-" || text == "-" { // "-" is a segment too
				want.Path = strings.ReplaceAll(row[5], " ", "/")
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			again := row[7]
			if again == "=" {
				again = text
			}
			if got.String() != again {
				t.Errorf("put together it is %q, want %q", got, again)
			}
		})
	}
}

func TestAddressesHaveALimit(t *testing.T) {
	if _, err := ParseAddress(strings.Repeat("a", maxIDLength)); err != nil {
		t.Error(err)
	}
	if _, err := ParseAddress(strings.Repeat("a", maxIDLength+1)); err == nil {
		t.Error("an address beyond the limit was taken")
	}
	if _, err := ParseEntity(strings.Repeat("a", maxIDLength+1)); err == nil {
		t.Error("an identifier beyond the limit was taken")
	}
	if _, err := ParseAddress("a#" + strings.Repeat("b", 65)); err == nil {
		t.Error("an attribute name beyond the limit was taken")
	}
}

func TestParseEntity(t *testing.T) {
	for _, row := range table(t, "entities.tsv") {
		t.Run(row[0], func(t *testing.T) {
			text := row[1]
			got, err := ParseEntity(text)
			if row[2] == "bad" {
				if err == nil {
					t.Fatalf("%q is %+v, want an error", text, got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := Entity{SP: undash(row[3]), CSE: undash(row[4]), Stem: undash(row[5])}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
			if got.String() != text {
				t.Errorf("put together it is %q, want %q", got, text)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	l := Locality{SP: "//sp.example", CSE: "/id-in"}
	for _, tt := range []struct{ name, in, want string }{
		{"a stem stays", "Cae", "Cae"},
		{"an AE registered here becomes its stem", "/id-in/Cae", "Cae"},
		{"an absolute AE registered here becomes its stem", "//sp.example/id-in/Cae", "Cae"},
		{"an S-type AE becomes its stem", "/Sae", "Sae"},
		{"an absolute S-type AE becomes its stem", "//sp.example/Sae", "Sae"},
		{"this CSE stays SP-relative", "/id-in", "/id-in"},
		{"this CSE loses its service provider", "//sp.example/id-in", "/id-in"},
		{"another CSE stays SP-relative", "/id-mn", "/id-mn"},
		{"another CSE's AE stays SP-relative", "/id-mn/Cae", "/id-mn/Cae"},
		{"another CSE's AE loses the service provider", "//sp.example/id-mn/Cae", "/id-mn/Cae"},
		{"another service provider stays", "//other.example/id-in/Cae", "//other.example/id-in/Cae"},
		{"a service provider of a longer name is another", "//sp.example.org/id-in/Cae", "//sp.example.org/id-in/Cae"},
		{"a CSE of a longer name is another", "/id-in2/Cae", "/id-in2/Cae"},
		{"an S alone is no S-type AE", "/S", "/S"},
		{"no text stays", "", ""},
		{"the own CSE and a slash stays", "/id-in/", "/id-in/"},
		{"the own CSE before another CSE stays", "/id-in//id-mn", "/id-in//id-mn"},
		{"the own service provider before another stays", "//sp.example//other.example/id-in", "//sp.example//other.example/id-in"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := l.Shorten(tt.in); got != tt.want {
				t.Errorf("Shorten(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
	t.Run("a CSE whose own ID begins with S stays", func(t *testing.T) {
		l := Locality{SP: "//sp.example", CSE: "/Scse"}
		if got := l.Shorten("//sp.example/Scse"); got != "/Scse" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("nothing is short where nothing is known", func(t *testing.T) {
		if got := (Locality{}).Shorten("/id-in/Cae"); got != "/id-in/Cae" {
			t.Errorf("got %q", got)
		}
	})
}

func TestSPRelative(t *testing.T) {
	l := Locality{SP: "//sp.example", CSE: "/id-in"}
	for in, want := range map[string]string{
		"Cae": "/id-in/Cae", "Sae": "/Sae", "/id-mn/Cae": "/id-mn/Cae", "//sp/id/C": "//sp/id/C", "": "",
		"cse-in/ae": "/id-in/cse-in/ae", "Sub/ae": "/id-in/Sub/ae",
		"S": "/id-in/S", // and Shorten leaves /S alone
	} {
		if got := l.SPRelative(in); got != want {
			t.Errorf("SPRelative(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestValidResourceName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "aZ09-._~": true, "--": true, "...": true, strings.Repeat("a", 255): true,
		"": false, "-": false, ".": false, "..": false, "a/b": false, "a b": false, "é": false, "a#b": false, strings.Repeat("a", 256): false,
	} {
		if got := ValidResourceName(name); got != want {
			t.Errorf("ValidResourceName(%q) = %v", name, got)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, row := range table(f, "addresses.tsv") {
		f.Add(row[1])
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddress(s)
		if err != nil {
			return
		}
		text := a.String()
		if text != s && text != strings.Replace(s, "/#", "#", 1) && text+"/" != s {
			t.Fatalf("%q is put together as %q", s, text)
		}
		again, err := ParseAddress(text)
		if err != nil {
			t.Fatalf("%q, put together as %q: %v", s, text, err)
		}
		if d := cmp.Diff(a, again); d != "" {
			t.Fatal(d)
		}
	})
}

func FuzzParseEntity(f *testing.F) {
	for _, row := range table(f, "entities.tsv") {
		f.Add(row[1])
	}
	l := Locality{SP: "//sp.example", CSE: "/id-in"}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseEntity(s)
		if err != nil {
			return
		}
		if e.String() != s {
			t.Fatalf("%q is put together as %q", s, e)
		}
		short := l.Shorten(s)
		if _, err := ParseEntity(short); err != nil {
			t.Fatalf("%q, shortened to %q: %v", s, short, err)
		}
		if again := l.Shorten(short); again != short {
			t.Fatalf("%q, shortened to %q, can be shortened to %q", s, short, again)
		}
		if long := l.Shorten(l.SPRelative(short)); long != short {
			t.Fatalf("%q, shortened to %q, comes back from its SP-relative form as %q", s, short, long)
		}
	})
}

func BenchmarkParseAddress(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseAddress("cse-in/ae/cnt/la"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkShorten(b *testing.B) {
	l := Locality{SP: "//sp.example", CSE: "/id-in"}
	b.ReportAllocs()
	for b.Loop() {
		l.Shorten("/id-in/Cae")
	}
}
