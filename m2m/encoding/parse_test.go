package encoding

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sigil-m2m/sigil/m2m"
)

func TestParseObject(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want m2m.Object
	}{
		{"an empty object has no members", `{}`, m2m.Object{}},
		{"members keep their order", `{"b":1,"a":2}`, m2m.Object{{Name: "b", Value: json.RawMessage("1")}, {Name: "a", Value: json.RawMessage("2")}}},
		{"white space goes", " {\t\"a\" : [ 1 , {\r\n\"b\" : \"x y\" } ] , \"c\" : null } ",
			m2m.Object{{Name: "a", Value: json.RawMessage(`[1,{"b":"x y"}]`)}, {Name: "c", Value: json.RawMessage("null")}}},
		{"numbers keep their text", `{"a":12345678901234567890123,"b":1e400,"c":-0.10,"d":1E+2}`, m2m.Object{
			{Name: "a", Value: json.RawMessage("12345678901234567890123")}, {Name: "b", Value: json.RawMessage("1e400")},
			{Name: "c", Value: json.RawMessage("-0.10")}, {Name: "d", Value: json.RawMessage("1E+2")}}},
		{"names are unescaped", `{"a\u0062\"":1}`, m2m.Object{{Name: `ab"`, Value: json.RawMessage("1")}}},
		{"strings keep their escapes", `{"a":"\u0041\\"}`, m2m.Object{{Name: "a", Value: json.RawMessage(`"\u0041\\"`)}}},
		{"quotes and brackets in strings are text", `{ "a" : "\" ] } { [ \\" }`, m2m.Object{{Name: "a", Value: json.RawMessage(`"\" ] } { [ \\"`)}}},
		{"one name may be in two objects", `{"a":{"x":1},"x":2}`, m2m.Object{{Name: "a", Value: json.RawMessage(`{"x":1}`)}, {Name: "x", Value: json.RawMessage("2")}}},
		{"an empty name is a name", `{"":1}`, m2m.Object{{Name: "", Value: json.RawMessage("1")}}},
		{"a long name is a name", `{"aVeryLongNameOfAnAttribute":1}`, m2m.Object{{Name: "aVeryLongNameOfAnAttribute", Value: json.RawMessage("1")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseObject([]byte(tt.in), Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseObjectRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		detail   string // part of what the peer is told
	}{
		{"no text", ``, "ends before"},
		{"white space alone", "  ", "ends before"},
		{"an array", `[1]`, "the value is not an object"},
		{"a string", `"a"`, "the value is not an object"},
		{"a text that is cut", `{"a":{"b":1`, "/a"},
		{"a text that is cut in a string", `{"a":"x`, "/a"},
		{"a text that is cut after a backslash", `{"a":"x\`, "/a"},
		{"a second value", `{} {}`, "follows"},
		{"a second value without space", `{}{}`, "follows"},
		{"a stray bracket", `{}]`, "byte 2"},
		{"letters after the value", `{}x`, "byte 2"},
		{"a name twice", `{"a":1,"a":2}`, "twice at /a, byte 7"},
		{"a name twice, once escaped", `{"a":1,"\u0061":2}`, "twice at /a"},
		{"a name twice deep inside", `{"a":{"b":[0,{"c":1,"c":2}]}}`, "twice at /a/b/1/c"},
		{"a comma too many", `{"a":1,}`, "byte"},
		{"a comma too few", `{"a":1 "b":2}`, "byte 7"},
		{"a name that is no string", `{1:2}`, "byte 1"},
		{"a name without quotes", `{a:2}`, "byte 1"},
		{"single quotes", `{'a':2}`, "byte 1"},
		{"a comment", `{/**/"a":1}`, "byte 1"},
		{"a number with a leading zero", `{"a":01}`, "byte 6"},
		{"a number with a plus", `{"a":+1}`, "/a"},
		{"a hexadecimal number", `{"a":0x1}`, "byte 6"},
		{"NaN", `{"a":NaN}`, "/a"},
		{"a literal in capitals", `{"a":True}`, "/a"},
		{"a control character in a string", "{\"a\":\"\x01\"}", "/a"},
		{"a line break in a string", "{\"a\":\"\n\"}", "/a"},
		{"bytes that are no UTF-8", "{\"a\":\"\xff\"}", "/a"},
		{"an overlong UTF-8 sequence", "{\"a\":\"\xc0\xaf\"}", "/a"},
		{"half a surrogate pair", `{"a":"\ud800"}`, "/a"},
		{"half a surrogate pair in a name", `{"\ud800":1}`, "byte"},
		{"an unknown escape", `{"a":"\x"}`, "/a"},
		{"a byte order mark", "\xef\xbb\xbf{}", "byte 0"},
		{"a no-break space between tokens", "{\u00a0}", "byte 1"},
		{"a form feed between tokens", "{\f}", "byte 1"},
		{"a line break in a name that is there twice", `{"a\nb":1,"a\nb":2}`, "twice at /a�b"},
		{"a NUL at the end", "{}\x00", "byte 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, err := ParseObject([]byte(tt.in), Limits{})
			if err == nil {
				t.Fatalf("got %v, want an error", o)
			}
			refused(t, err, tt.detail)
		})
	}
}

// refused checks that err is what a peer may be told about its bad request.
func refused(t *testing.T, err error, detail string) {
	t.Helper()
	if s := m2m.StatusOf(err); s != m2m.StatusBadRequest {
		t.Errorf("status %v, want BAD_REQUEST", s)
	}
	d := m2m.DetailOf(err)
	if !strings.Contains(d, detail) {
		t.Errorf("detail %q does not contain %q", d, detail)
	}
	if !utf8.ValidString(d) || len(d) > 400 || strings.ContainsAny(d, "\n\r\x00\x1b") {
		t.Errorf("detail %q is no short line of UTF-8", d)
	}
}

func TestLimits(t *testing.T) {
	nested := func(n int) []byte {
		return []byte(`{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}")
	}
	long := func(n int) []byte { return []byte(`{"a":"` + strings.Repeat("x", n-8) + `"}`) }
	tests := []struct {
		name   string
		data   []byte
		l      Limits
		detail string // empty if it is within the limits
	}{
		{"the default depth", nested(DefaultDepth), Limits{}, ""},
		{"one more than the default depth", nested(DefaultDepth + 1), Limits{}, "deeper than 32"},
		{"a depth of its own", nested(3), Limits{Depth: 3}, ""},
		{"one more than a depth of its own", nested(4), Limits{Depth: 3}, "deeper than 3, byte 7"},
		{"brackets in strings are not depth", []byte(`{"a":"[[[[[[\"{{{{"}`), Limits{Depth: 1}, ""},
		{"depth that never ends", bytes.Repeat([]byte{'['}, 1<<20), Limits{}, "deeper"},
		{"the default size", long(DefaultBytes), Limits{}, ""},
		{"one byte more than the default size", long(DefaultBytes + 1), Limits{}, "longer than 1048576"},
		{"a size of its own", long(20), Limits{Bytes: 20}, ""},
		{"one byte more than a size of its own", long(21), Limits{Bytes: 20}, "longer than 20"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseObject(tt.data, tt.l)
			if tt.detail == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			refused(t, err, tt.detail)
		})
	}
}

func TestParseContent(t *testing.T) {
	root, o, err := ParseContent(m2m.Content{Data: []byte(`{"m2m:cin": {"con": "x", "lbl": ["a"]}}`)}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := m2m.Object{{Name: "con", Value: json.RawMessage(`"x"`)}, {Name: "lbl", Value: json.RawMessage(`["a"]`)}}
	if d := cmp.Diff(want, o); root != "m2m:cin" || d != "" {
		t.Errorf("root %q, %s", root, d)
	}
}

func TestParseContentRefuses(t *testing.T) {
	tests := []struct{ name, in, detail string }{
		{"absent content", ``, "(pc) is missing"},
		{"an array", `[]`, "(pc) is not an object"},
		{"no member", `{}`, "exactly one member"},
		{"two members", `{"m2m:cin":{},"m2m:cnt":{}}`, "exactly one member"},
		{"the same member twice", `{"m2m:cin":{},"m2m:cin":{}}`, "one member"},
		{"a member that is no object", `{"m2m:cin":[]}`, "not an object"},
		{"a member that is null", `{"m2m:cin":null}`, "not an object"},
		{"a member that is missing", `{"m2m:cin":}`, "not an object"},
		{"something after it", `{"m2m:cin":{}}1`, "follows"},
		{"a cut text", `{"m2m:cin":{}`, "byte"},
		{"a comma too many", `{"m2m:cin":{},}`, "byte"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, o, err := ParseContent(m2m.Content{Data: []byte(tt.in)}, Limits{})
			if err == nil {
				t.Fatalf("got %v, want an error", o)
			}
			refused(t, err, tt.detail)
		})
	}
	t.Run("another format", func(t *testing.T) {
		_, _, err := ParseContent(m2m.Content{Format: m2m.CBOR, Data: []byte{0xa0}}, Limits{})
		if s := m2m.StatusOf(err); s != m2m.StatusUnsupportedMediaType {
			t.Errorf("status %v", s)
		}
	})
}

func TestParseContentValue(t *testing.T) {
	for _, tt := range []struct{ in, root, value string }{
		{`{"m2m:atrl":["lbl", "et"]}`, "m2m:atrl", `["lbl","et"]`},
		{`{"m2m:uri":"a/b"}`, "m2m:uri", `"a/b"`},
		{` {"x":null} `, "x", `null`},
	} {
		root, v, err := ParseContentValue(m2m.Content{Data: []byte(tt.in)}, Limits{})
		if err != nil || root != tt.root || string(v) != tt.value {
			t.Errorf("%s: got %q %s %v", tt.in, root, v, err)
		}
	}
	if _, _, err := ParseContentValue(m2m.Content{Data: []byte(`{"a":1,"b":2}`)}, Limits{}); err == nil {
		t.Error("two members were taken")
	}
}

func TestParseArray(t *testing.T) {
	got, err := ParseArray([]byte(` [ 1 , "a" , [ ] , {"b" : 1e1} ] `), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := []json.RawMessage{json.RawMessage("1"), json.RawMessage(`"a"`), json.RawMessage("[]"), json.RawMessage(`{"b":1e1}`)}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got, err := ParseArray([]byte("[]"), Limits{}); err != nil || got == nil || len(got) != 0 {
		t.Errorf("an empty array is %v, %v", got, err)
	}
	for _, in := range []string{``, `{}`, `[1`, `[1,]`, `[1 2]`, `[1]]`, `[1],`, `[{"a":1,"a":2}]`} {
		if got, err := ParseArray([]byte(in), Limits{}); err == nil {
			t.Errorf("%s: got %v, want an error", in, got)
		} else {
			refused(t, err, "")
		}
	}
}

func TestCompactInputIsShared(t *testing.T) {
	data := []byte(`{"a":"0123456789"}`)
	o, err := ParseObject(data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if &o[0].Value[0] != &data[5] {
		t.Error("the value was copied")
	}
	if cap(o[0].Value) != len(o[0].Value) {
		t.Error("appending to the value would write over the input")
	}
}

func TestInputIsNotChanged(t *testing.T) {
	for _, in := range []string{`{"a":[1,{"b":"\u0041"}]}`, `{ "a" : [ 1 ] }`, `{"a":1,"a":2}`, `{"a"`} {
		data := []byte(in)
		o, _ := ParseObject(data, Limits{})
		if _, err := ParseObject([]byte(`{"zzz":"zzzzzzzzzzzzzzzzzz"}`), Limits{}); err != nil {
			t.Fatal(err)
		}
		again, _ := ParseObject(data, Limits{})
		if string(data) != in || !cmp.Equal(o, again) {
			t.Errorf("%s became %s, %v became %v", in, data, o, again)
		}
	}
}

func TestParsersDoNotMix(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			name, value := fmt.Sprintf("name%d", g), fmt.Sprintf(`{ "n%d" : [ %d ] }`, g, g)
			want := m2m.Object{{Name: name, Value: json.RawMessage(fmt.Sprintf(`{"n%d":[%d]}`, g, g))}}
			for range 200 {
				o, err := ParseObject([]byte(`{"`+name+`":`+value+`}`), Limits{})
				if err != nil || !cmp.Equal(want, o) {
					t.Errorf("got %v, %v, want %v", o, err, want)
					return
				}
				if _, err := ParseObject([]byte(`{"`+name+`":1,"x`), Limits{}); err == nil {
					t.Error("a cut text was taken")
				}
			}
		})
	}
	wg.Wait()
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		in, want string
		ok       bool
	}{
		{`"a"`, "a", true}, {`""`, "", true}, {`"\u00e9\n"`, "é\n", true}, {`12`, "12", true}, {`-1.5e3`, "-1.5e3", true},
		{`true`, "", false}, {`null`, "", false}, {`[]`, "", false}, {`{}`, "", false}, {``, "", false}, {`"`, "", false},
	} {
		if got, ok := Text(json.RawMessage(tt.in)); got != tt.want || ok != tt.ok {
			t.Errorf("Text(%s) = %q, %v", tt.in, got, ok)
		}
	}
}

func TestStrings(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want []string
		ok   bool
	}{
		{`["a","\u0062"]`, []string{"a", "b"}, true}, {`[]`, []string{}, true},
		{`["a",1]`, nil, false}, {`"a"`, nil, false}, {`null`, nil, false}, {`[["a"]]`, nil, false}, {``, nil, false},
	} {
		got, ok := Strings(json.RawMessage(tt.in))
		if d := cmp.Diff(tt.want, got); d != "" || ok != tt.ok {
			t.Errorf("Strings(%s): %v %s", tt.in, ok, d)
		}
	}
}

// FuzzParseObject holds the parser against encoding/json, which accepts more,
// and against itself.
func FuzzParseObject(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":1,"a":2}`, ` { "a" : [ "\u0041 \" " , -1e5 ] } `, `{"a":"` + "\xff" + `"}`, `{"a":[[[[]]]]}`, `{"a":1}x`, `[1]`, `{"a`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		o, err := ParseObject(data, Limits{Bytes: 1 << 16, Depth: 8})
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			refused(t, err, "")
			return
		}
		var theirs map[string]json.RawMessage
		if err := json.Unmarshal(data, &theirs); err != nil {
			t.Fatalf("%q is no JSON object: %v", data, err)
		}
		if len(theirs) != len(o) {
			t.Fatalf("%q has %d members, not %d", data, len(theirs), len(o))
		}
		for _, m := range o {
			var b bytes.Buffer
			if err := json.Compact(&b, theirs[m.Name]); err != nil || !bytes.Equal(b.Bytes(), m.Value) {
				t.Fatalf("member %q of %q is %s, not %s", m.Name, data, b.Bytes(), m.Value)
			}
		}
		text := append(o.AppendMembers([]byte{'{'}), '}')
		again, err := ParseObject(text, Limits{})
		if err != nil {
			t.Fatalf("%q, written again as %q: %v", data, text, err)
		}
		if d := cmp.Diff(o, again); d != "" {
			t.Fatal(d)
		}
	})
}

var cin = []byte(`{"m2m:cin":{"con":"` + strings.Repeat("x", 64) + `","lbl":["a"]}}`)

func BenchmarkParseContent(b *testing.B) {
	spaced := []byte("{\n  \"m2m:cin\": {\n    \"con\": \"" + strings.Repeat("x", 64) + "\",\n    \"lbl\": [\"a\"]\n  }\n}\n")
	for _, bb := range []struct {
		name string
		data []byte
	}{{"compact", cin}, {"spaced", spaced}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.data)))
			for b.Loop() {
				if _, _, err := ParseContent(m2m.Content{Data: bb.data}, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("baseline of encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(cin)))
		for b.Loop() {
			var m map[string]map[string]json.RawMessage
			if err := json.Unmarshal(cin, &m); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func ExampleParseContent() {
	root, o, err := ParseContent(m2m.Content{Data: []byte(`{"m2m:cin":{"con":"21.5"}}`)}, Limits{})
	con, _ := o.String("con")
	fmt.Println(root, con, err)
	// Output: m2m:cin 21.5 <nil>
}
