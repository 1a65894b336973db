package m2m

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"": `""`, "plain": `"plain"`, `a"b\c`: `"a\"b\\c"`, "line\nbreak": `"line\nbreak"`, "\x01": `"\u0001"`,
		"é": `"é"`, "<&>": `"<&>"`, "a\xffb": `"a\ufffdb"`,
	} {
		if got := string(Quote(in)); got != want {
			t.Errorf("Quote(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestQuotedTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		var got string
		if err := json.Unmarshal(Quote(s), &got); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(s) && got != s || !utf8.ValidString(got) {
			t.Fatalf("%q reads back as %q", s, got)
		}
	})
}

func TestObject(t *testing.T) {
	o := Object{{"rn", json.RawMessage(`"a\u0062"`)}, {"cs", json.RawMessage("12345678901234567890")}, {"lbl", json.RawMessage("null")}}
	if s, ok := o.String("rn"); s != "ab" || !ok {
		t.Errorf("rn is %q, %v", s, ok)
	}
	for _, name := range []string{"cs", "lbl", "none"} {
		if s, ok := o.String(name); ok {
			t.Errorf("%s is the text %q", name, s)
		}
	}
	if !o.Has("lbl") || o.Has("none") || o.Get("none") != nil || !o[2].Null() || o[1].Null() {
		t.Error("what is null is there, what is absent is not")
	}
	if got := string(o.AppendMembers([]byte("{"))); got != `{"rn":"a\u0062","cs":12345678901234567890,"lbl":null` {
		t.Errorf("written: %s", got)
	}

	before := o
	o.Set("cs", json.RawMessage("1"))
	o.Set("new", json.RawMessage("2"))
	if string(o.Get("cs")) != "1" || string(o.Get("new")) != "2" || len(o) != 4 || o[1].Name != "cs" {
		t.Errorf("after Set: %v", o)
	}
	o.Delete("rn")
	o.Delete("none")
	var names []string
	for _, m := range o {
		names = append(names, m.Name)
	}
	if d := cmp.Diff([]string{"cs", "lbl", "new"}, names); d != "" {
		t.Error(d)
	}
	if before[0].Name != "rn" || before[1].Name != "cs" {
		t.Error("Delete changed an object that shares its members")
	}
}

func TestMemberNamesCannotEndTheirString(t *testing.T) {
	o := Object{{`x":1,"ri`, json.RawMessage("2")}, {"é", json.RawMessage("3")}, {"", json.RawMessage("4")}, {"m2m:cin", json.RawMessage("5")}}
	text := append(o.AppendMembers([]byte("{")), '}')
	var got map[string]int
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if d := cmp.Diff(map[string]int{`x":1,"ri`: 2, "é": 3, "": 4, "m2m:cin": 5}, got); d != "" {
		t.Error(d)
	}
}

func BenchmarkQuote(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Quote("the resource cse-in/ae is not there")
	}
}
