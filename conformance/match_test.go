package conformance

import (
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
	"go.yaml.in/yaml/v3"
)

func TestPatterns(t *testing.T) {
	const got = `{"s":"abc","n":3,"f":2.5,"b":true,"z":null,"l":["a","b","c"],"o":{"x":1,"y":2},"t":"20260101T000000,5",
		"a":"/id-in/cse-in/ae1","u":["cse-in/ae1/c1","//sp.example/id-in/cse-in/ae1/c2"]}`
	tests := []struct {
		pattern string
		match   bool
	}{
		{"{s: abc, n: 3, f: 2.5, b: true, z: null}", true},
		{"{s: ABC}", false}, {"{n: 4}", false}, {"{n: '3'}", false}, {"{b: false}", false}, {"{z: 0}", false}, {"{l: null}", false},
		{"{n: 3.0}", true},
		{"{no: !is absent}", true}, {"{s: !is absent}", false},
		{"{s: !is present}", true}, {"{no: !is present}", false},
		{"{l: [a, b, c]}", true}, {"{l: [a, c, b]}", false}, {"{l: [a, b]}", false}, {"{s: [a]}", false},
		{"{l: !set [c, a, b]}", true}, {"{l: !set [c, a]}", false}, {"{l: !set [a, a, b]}", false},
		{"{l: !has [c]}", true}, {"{l: !has [d]}", false}, {"{l: !has [a, a]}", false},
		{"{l: !lacks [d]}", true}, {"{l: !lacks [d, a]}", false}, {"{s: !lacks [d]}", false},
		{"{l: !count 3}", true}, {"{l: !count 2}", false}, {"{s: !count 3}", false}, {"{l: !count $three}", true},
		{"{o: {x: 1}}", true}, {"{o: {z: 1}}", false}, {"{s: {x: 1}}", false},
		{"{o: !exact {x: 1, y: 2}}", true}, {"{o: !exact {x: 1}}", false},
		{"{s: !is string, n: !is integer, f: !is number, b: !is boolean, l: !is list, o: !is object, t: !is timestamp}", true},
		{"{f: !is integer}", false}, {"{n: !is string}", false}, {"{s: !is timestamp}", false}, {"{s: !is number}", false},
		{"{n: !lt 4}", true}, {"{n: !lt 3}", false}, {"{n: !le 3}", true}, {"{n: !gt 2}", true}, {"{n: !ge 3}", true}, {"{n: !gt 3}", false},
		{"{t: !lt 20260101T000001}", true}, {"{t: !gt 20260101T000000}", true}, {"{t: !ge 20260101T000001}", false}, {"{s: !lt 4}", false},
		{"{t: !lt $now}", true}, {"{t: !gt '${now-1s}'}", false},
		{"{s: !re '^a.c$'}", true}, {"{s: !re '^b'}", false}, {"{n: !re 3}", false}, {"{s: !re '^${text}$'}", true},
		{"{s: !ne abd}", true}, {"{s: !ne abc}", false}, {"{l: !ne [a]}", true},
		{"{a: !addr cse-in/ae1}", true}, {"{a: !addr -/ae1}", true}, {"{a: !addr cse-in/ae2}", false}, {"{n: !addr cse-in/ae2}", false},
		{"{u: !set [!addr /id-in/cse-in/ae1/c2, !addr $address]}", true},
		{"{n: !any [4, 3]}", true}, {"{n: !any [4, 5]}", false}, {"{no: !any [!is absent, 3]}", true}, {"{n: !any [!is absent, 3]}", true}, {"{n: !any [!is absent, 4]}", false},
		{"{n: !all [!gt 2, !lt 4]}", true}, {"{n: !all [!gt 2, !lt 3]}", false},
		{"{n: $three, s: $text}", true}, {"{n: '${three+1}'}", false}, {"{n: '${three-0}'}", true}, {"{s: 'a${repeat:b,1}c'}", true},
	}
	v, err := decode([]byte(got))
	if err != nil {
		t.Fatal(err)
	}
	c := &comparison{
		env:   env{"three": 3, "text": "abc", "address": "cse-in/ae1/c1"},
		local: m2m.Locality{SP: "//sp.example", CSE: "/id-in"}, cse: "cse-in",
	}
	for _, tt := range tests {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(tt.pattern), &n); err != nil {
			t.Fatalf("%s: %v", tt.pattern, err)
		}
		if line, err := checkPattern(n.Content[0], func(int, ...string) (int, error) { return 0, nil }); err != nil {
			t.Errorf("%s: line %d: %v", tt.pattern, line, err)
		}
		if err := c.match(n.Content[0], v, ""); (err == nil) != tt.match {
			t.Errorf("%s: match %v, want %v: %v", tt.pattern, err == nil, tt.match, err)
		}
	}
}
