package conformance

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigil-m2m/sigil/m2m"
)

type (
	request  = m2m.Request
	response = m2m.Response
)

func newResponse(req *request, status m2m.StatusCode) *response { return m2m.NewResponse(req, status) }

func TestOwnScenariosLoad(t *testing.T) {
	groups, err := Own()
	if err != nil {
		t.Fatal(err)
	}
	purposes := 0
	for _, g := range groups {
		purposes += len(g.Purposes)
		if len(g.Purposes) == 0 {
			t.Errorf("%s has no purposes", g.File)
		}
	}
	if purposes < 300 {
		t.Errorf("%d purposes", purposes)
	}
	t.Logf("%d purposes in %d files", purposes, len(groups))
}

func TestLoadIsStrict(t *testing.T) {
	good := "    steps: [{retrieve: $cse}]"
	tests := []struct{ name, text, want string }{
		{"an unknown key of the file", "group: A\nclauses: x\n", `test.yaml:2: unknown key "clauses"`},
		{"an unknown key of a purpose", scenario("    step: []"), `unknown key "step"`},
		{"an unknown key of a step", scenario("    steps:\n      - retreive: x"), `test.yaml:7: unknown key "retreive"`},
		{"an unknown key of a case's step", scenario("    cases: [{case: A}]\n    steps: [{get: x}]"), `unknown key "get"`},
		{"an unknown key of a fixture", scenario("    given: [{make: ae, is: x}]\n" + good), `unknown key "is"`},
		{"an unknown fixture", scenario("    given: [tv]\n" + good), `nothing makes a "tv"`},
		{"a fixture with the counter's name", scenario("    given: [{make: cnt, as: i}]\n" + good), "$i is not for fixtures"},
		{"an unknown variable", scenario("    steps: [{retrieve: $nobody}]"), "nothing sets $nobody"},
		{"an unknown variable in content", scenario("    steps: [{retrieve: $cse, pc: {a: [$x]}}]"), "nothing sets $x"},
		{"an unknown variable in a pattern", scenario("    steps: [{retrieve: $cse, expect: {pc: {a: !addr $x}}}]"), "nothing sets $x"},
		{"an unknown tag", scenario("    steps: [{retrieve: $cse, expect: {pc: {a: !maybe 1}}}]"), "unknown tag !maybe"},
		{"a tag on the wrong kind", scenario("    steps: [{retrieve: $cse, expect: {pc: {a: !has 1}}}]"), "wrong kind"},
		{"a tag in content", scenario("    steps: [{retrieve: $cse, pc: {a: !is present}}]"), "tag !is in a value"},
		{"a bad regular expression", scenario("    steps: [{retrieve: $cse, expect: {pc: !re '('}}]"), "missing closing )"},
		{"an unknown response member", scenario("    steps: [{retrieve: $cse, expect: {body: 1}}]"), `a response has no "body"`},
		{"two things in one step", scenario("    steps: [{retrieve: $cse, delete: $cse}]"), "2 things to do"},
		{"nothing in a step", scenario("    steps: [{fr: x}]"), "0 things to do"},
		{"one thing at once", scenario("    steps: [{retrieve: $cse, at-once: true}]"), "is repeated"},
		{"no steps", scenario("    given: [ae]"), "no steps"},
		{"a bad identifier", strings.Replace(scenario(good), "TP/", "TC/", 1), "is no identifier"},
		{"no sentence", strings.Replace(scenario(good), "The engine judges right", "Engine", 1), "no sentence"},
		{"no clause", strings.Replace(scenario(good), "clause: TS-0004 7.2.2", "clause: none", 1), "cites no clause"},
		{"a case without a name", scenario("    cases: [{x: 1}]\n" + good), `no name in "case"`},
		{"a bad duration", scenario("    steps: [{pause: long}]"), "no duration"},
		{"an alias", scenario("    steps: [&a {retrieve: $cse}, *a]"), "alias"},
		{"no YAML", "group: [", "did not find"},
		{"no group", "clause: TS-0004 1\n", "no group"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parse("test.yaml", []byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "test.yaml") {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestLoadRefusesIdentifiersGivenTwice(t *testing.T) {
	file := &fstest.MapFile{Data: []byte(scenario("    steps: [{retrieve: $cse}]"))}
	_, err := Load(fstest.MapFS{"a.yaml": file, "b.yaml": file})
	if err == nil || !strings.Contains(err.Error(), "b.yaml:4: identifier TP/oneM2M/CSE/GEN/CRE/001 is that of a.yaml:4") {
		t.Errorf("error %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(scenario("    given: [ae, {make: cnt, with: {mni: 3}}]\n    cases: [{case: A, x: [1]}]\n    steps: [{retrieve: $ae, expect: {pc: !set $x}}]"))
	f.Add("group: a\npurposes: [1]")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := parse("fuzz.yaml", []byte(text))
		if err == nil && g == nil {
			t.Error("neither a group nor an error")
		}
	})
}
