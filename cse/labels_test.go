package cse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseLabelsQuery(t *testing.T) {
	for _, test := range []struct {
		name, query string
		want        []labelExpression // nil if it is refused
	}{
		{"a key", "k", []labelExpression{{key: "k"}}},
		{"a pair", "k:v", []labelExpression{{"k", "EQ", []string{"v"}}}},
		{"a list", "k IN (v, w)", []labelExpression{{"k", "IN", []string{"v", "w"}}}},
		{"a list without white space", "k NI (v,w)", []labelExpression{{"k", "NI", []string{"v", "w"}}}},
		{"a key with the operator in it", "kIND IN (v)", []labelExpression{{"kIND", "IN", []string{"v"}}}},
		{"a key that is the operator", "IN IN (v)", []labelExpression{{"IN", "IN", []string{"v"}}}},
		{"several", "NT a; b EQ c", []labelExpression{{key: "a", operator: "NT"}, {"b", "EQ", []string{"c"}}}},
		{"nothing", "", nil},
		{"an expression that is empty", "a;", nil},
		{"a list without its end", "k IN (v, w", nil},
		{"a list without its beginning", "k IN v)", nil},
		{"one parenthesis", "k IN (", nil},
		{"an empty list", "k IN ()", nil},
		{"an empty value", "k IN (v,,w)", nil},
		{"a pair without a value", "k:", nil},
		{"an unknown operator", "k GT v", nil},
		{"too many", strings.Repeat("a;", maxLabelExpressions) + "a", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseLabelsQuery(test.query)
			if (err == nil) != (test.want != nil) {
				t.Fatalf("%+v, %v", got, err)
			}
			if err == nil {
				if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(labelExpression{})); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// FuzzParseLabelsQuery proves that what is understood can be said again in
// one form.
func FuzzParseLabelsQuery(f *testing.F) {
	for _, query := range []string{"k", "k:v", "NT k; k EQ v; k NE v", "k IN (v, w);k NI (v)", "IN IN (IN)", "k IN ((v))", ";"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		list, err := parseLabelsQuery(query)
		if err != nil {
			return
		}
		var again []string
		for _, e := range list {
			switch e.operator {
			case "":
				again = append(again, e.key)
			case "NT":
				again = append(again, "NT "+e.key)
			case "EQ", "NE":
				again = append(again, e.key+" "+e.operator+" "+e.values[0])
			default:
				again = append(again, e.key+" "+e.operator+" ("+strings.Join(e.values, ", ")+")")
			}
		}
		twice, err := parseLabelsQuery(strings.Join(again, "; "))
		if err != nil {
			t.Fatalf("%q: %v", again, err)
		}
		if diff := cmp.Diff(list, twice, cmp.AllowUnexported(labelExpression{})); diff != "" {
			t.Fatalf("%q: %s", again, diff)
		}
	})
}
