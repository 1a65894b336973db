package m2m

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFilterSet(t *testing.T) {
	at := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	const ts = "20300102T030405"
	n := func(v int64) *int64 { return &v }
	i := func(v int) *int { return &v }
	tests := []struct {
		name   string
		values []string
		want   FilterCriteria
		match  bool // it is a matching condition, not an instruction
	}{
		{"crb", []string{ts}, FilterCriteria{CreatedBefore: at}, true},
		{"cra", []string{ts}, FilterCriteria{CreatedAfter: at}, true},
		{"ms", []string{ts}, FilterCriteria{ModifiedSince: at}, true},
		{"us", []string{ts}, FilterCriteria{UnmodifiedSince: at}, true},
		{"exb", []string{ts}, FilterCriteria{ExpireBefore: at}, true},
		{"exa", []string{ts}, FilterCriteria{ExpireAfter: at}, true},
		{"sts", []string{"1"}, FilterCriteria{StateTagSmaller: n(1)}, true},
		{"stb", []string{"0"}, FilterCriteria{StateTagBigger: n(0)}, true},
		{"sza", []string{"0"}, FilterCriteria{SizeAbove: n(0)}, true},
		{"szb", []string{"9223372036854775807"}, FilterCriteria{SizeBelow: n(9223372036854775807)}, true},
		{"lbl", []string{"a", "b:c"}, FilterCriteria{Labels: []string{"a", "b:c"}}, true},
		{"clbl", []string{"a"}, FilterCriteria{ChildLabels: []string{"a"}}, true},
		{"palb", []string{"a"}, FilterCriteria{ParentLabels: []string{"a"}}, true},
		{"lbq", []string{"a:1"}, FilterCriteria{LabelsQuery: "a:1"}, true},
		{"ty", []string{"3", "4"}, FilterCriteria{ResourceTypes: []ResourceType{3, 4}}, true},
		{"chty", []string{"10003"}, FilterCriteria{ChildResourceTypes: []ResourceType{10003}}, true},
		{"pty", []string{"2"}, FilterCriteria{ParentResourceTypes: []ResourceType{2}}, true},
		{"cty", []string{"text/plain:0"}, FilterCriteria{ContentTypes: []string{"text/plain:0"}}, true},
		{"smf", []string{"SELECT"}, FilterCriteria{SemanticsFilters: []string{"SELECT"}}, true},
		{"cfs", []string{"1"}, FilterCriteria{ContentFilterSyntax: 1}, true},
		{"cfq", []string{"$.a"}, FilterCriteria{ContentFilterQuery: "$.a"}, true},
		{"gmty", []string{"6"}, FilterCriteria{Geo: &GeoQuery{GeometryType: 6}}, true},
		{"gsf", []string{"3"}, FilterCriteria{Geo: &GeoQuery{Function: 3}}, true},
		{"geom", []string{"[1,2]"}, FilterCriteria{Geo: &GeoQuery{Geometry: []byte("[1,2]")}}, true},
		{"fu", []string{"4"}, FilterCriteria{Usage: DiscoveryBasedOperation}, false},
		{"fo", []string{"3"}, FilterCriteria{Operation: FilterXOR}, false},
		{"lim", []string{"0"}, FilterCriteria{Limit: i(0)}, false},
		{"lvl", []string{"1"}, FilterCriteria{Level: i(1)}, false},
		{"ofst", []string{"1"}, FilterCriteria{Offset: i(1)}, false},
		{"arp", []string{"a/b"}, FilterCriteria{ApplyRelativePath: "a/b"}, false},
		{"ops", []string{"63"}, FilterCriteria{Operations: PermitAll}, false},
	}
	seen := make(map[string]bool)
	for _, tt := range tests {
		seen[tt.name] = true
		t.Run(tt.name, func(t *testing.T) {
			var got FilterCriteria
			known, err := got.Set(tt.name, tt.values)
			if !known || err != nil {
				t.Fatalf("known %v, %v", known, err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
			if got.Conditions() != tt.match {
				t.Errorf("Conditions is %v", !tt.match)
			}
		})
	}
	for name := range filterMembers {
		if !seen[name] {
			t.Errorf("%s has no case", name)
		}
	}
}

func TestFilterAttributesAreConditions(t *testing.T) {
	c := []AttributeCondition{{"a", "b"}}
	for _, f := range []FilterCriteria{{Attributes: c}, {ChildAttributes: c}, {ParentAttributes: c}} {
		if !f.Conditions() {
			t.Errorf("%+v is no condition", f)
		}
	}
}

func TestFilterSetRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []string
	}{
		{"crb", []string{"yesterday"}}, {"crb", []string{"20300102T030405", "20300102T030405"}},
		{"sts", []string{"0"}}, {"stb", []string{"-1"}}, {"szb", []string{"0"}}, {"sza", []string{"9223372036854775808"}},
		{"ty", []string{"cnt"}}, {"ty", []string{"3", ""}}, {"chty", []string{"-1"}}, {"pty", []string{"4294967296"}},
		{"fu", []string{"0"}}, {"fu", []string{"5"}}, {"fo", []string{"4"}}, {"lim", []string{"-1"}}, {"lim", []string{"1.5"}},
		{"lvl", []string{"0"}}, {"ofst", []string{"0"}}, {"ofst", []string{"99999999999"}}, {"ops", []string{"64"}}, {"cfs", []string{"2"}},
		{"gmty", []string{"7"}}, {"gsf", []string{"0"}}, {"geom", []string{"[1"}}, {"geom", []string{"1"}}, {"geom", []string{`"[1]"`}},
		{"lbl", nil}, {"arp", []string{}}, {"lbq", []string{"a", "b"}},
	} {
		var f FilterCriteria
		known, err := f.Set(tt.name, tt.values)
		if !known || err == nil {
			t.Errorf("%s=%q: known %v, %v, want an error", tt.name, tt.values, known, err)
		} else if !strings.Contains(err.Error(), tt.name) {
			t.Errorf("%s=%q: the error does not name the member: %v", tt.name, tt.values, err)
		}
	}
	for _, name := range []string{"", "rcn", "atr", "LBL", "gq"} {
		var f FilterCriteria
		if known, err := f.Set(name, []string{"1"}); known || err != nil {
			t.Errorf("%q: known %v, %v", name, known, err)
		}
	}
}

func TestFilterErrorsAreClipped(t *testing.T) {
	var f FilterCriteria
	_, err := f.Set("crb", []string{strings.Repeat("x", 1<<16)})
	if err == nil || len(err.Error()) > 300 {
		t.Errorf("%d bytes of error", len(err.Error()))
	}
}
