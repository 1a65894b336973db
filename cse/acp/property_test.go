package acp_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sigil-m2m/sigil/cse/acp"
	"github.com/sigil-m2m/sigil/m2m"
)

// Small alphabets, so that patterns and originators meet often.
var (
	segment     = rapid.StringMatching(`[CS][ab]{0,3}|id-(in|mn)|[ab]{1,3}`)
	wildSegment = rapid.StringMatching(`[CS*]?[ab*]{1,4}|id-(in|mn|\*)|\*`)
	domain      = rapid.StringMatching(`//(sp|other)\.example`)
	wildDomain  = rapid.StringMatching(`//(sp|other|\*)\.(example|\*)|//\*`)
)

// identifier draws an AE-ID, a CSE-ID or, if domains are to be, a domain, in
// any format.
func identifier(sp, seg *rapid.Generator[string], domains bool) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		switch rapid.IntRange(0, 5).Draw(t, "format") {
		case 0:
			return seg.Draw(t, "stem")
		case 1:
			return "/" + seg.Draw(t, "name")
		case 2:
			return "/" + seg.Draw(t, "cse") + "/" + seg.Draw(t, "stem")
		case 3:
			return sp.Draw(t, "sp") + "/" + seg.Draw(t, "name")
		case 4:
			return sp.Draw(t, "sp") + "/" + seg.Draw(t, "cse") + "/" + seg.Draw(t, "stem")
		}
		if domains {
			return sp.Draw(t, "sp")
		}
		return home.CSE + "/" + seg.Draw(t, "stem")
	})
}

// forms returns the texts by which the standard lets an originator be named
// at the hosting CSE, the domain among them.
func forms(originator string) []string {
	s := home.Shorten(originator)
	switch {
	case strings.HasPrefix(s, "//"):
		sp, _, _ := strings.Cut(s[2:], "/")
		return []string{s, "//" + sp}
	case strings.HasPrefix(s, "/"):
		return []string{s, home.SP + s, home.SP}
	}
	full := home.SPRelative(s)
	return []string{s, full, home.SP + full, home.SP}
}

// rooted returns the number of slashes in front.
func rooted(s string) int { return len(s) - len(strings.TrimLeft(s, "/")) }

// TestWildcardsAgreeWithRegularExpressions holds the matcher, which takes
// identifiers apart, against the plain reading of the standard: a pattern
// matches if it matches the text of the identifier in any format, and '*'
// stands for anything but a slash.
func TestWildcardsAgreeWithRegularExpressions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := identifier(wildDomain, wildSegment, true).Draw(t, "pattern")
		originator := identifier(domain, segment, false).Draw(t, "originator")
		policy, err := json.Marshal(map[string]any{"acr": []any{map[string]any{"acor": []string{pattern}, "acop": 2}}})
		if err != nil {
			t.Fatal(err)
		}
		rules, err := acp.ParseRules(policy)
		if err != nil {
			t.Fatalf("%s: %v", policy, err)
		}
		model := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `[^/]*`) + "$")
		want := pattern == "*" || slices.ContainsFunc(forms(originator), func(form string) bool {
			// The format is told by the slashes in front, which no wildcard makes.
			return rooted(form) == rooted(pattern) && model.MatchString(form)
		})
		// Two identifiers of the same shortest form name the same entity.
		want = want || !strings.Contains(pattern, "*") && home.Shorten(pattern) == home.Shorten(originator)
		q := acp.Query{Originator: originator, Locality: home, Operation: m2m.PermitRetrieve}
		if got := acp.Decide(rules, &q).Allow; got != want {
			t.Fatalf("pattern %q, originator %q: got %t, want %t", pattern, originator, got, want)
		}
	})
}

// rule draws a rule as it is on the wire. Values are few, so that rules and
// queries meet.
var rule = rapid.Custom(func(t *rapid.T) map[string]any {
	r := map[string]any{
		"acor": rapid.SliceOfN(rapid.OneOf(identifier(wildDomain, wildSegment, true),
			rapid.SampledFrom([]string{"all", "r@issuer.example", "cse-in/g"})), 1, 3).Draw(t, "acor"),
		"acop": rapid.IntRange(1, 63).Draw(t, "acop"),
	}
	if rapid.Bool().Draw(t, "flag") {
		r["acaf"] = rapid.Bool().Draw(t, "acaf")
	}
	if rapid.Bool().Draw(t, "contexts") {
		r["acco"] = rapid.SliceOfN(rapid.SampledFrom([]any{
			map[string]any{"actw": []string{"* * 8-19 * * * *"}},
			map[string]any{"acip": map[string]any{"ipv4": []string{"10.0.0.0/8"}}},
			map[string]any{"aclr": map[string]any{"accc": []string{"AT"}}},
			map[string]any{"aclr": map[string]any{"accr": []float64{48.2, 16.3, 1000}}},
			map[string]any{"acl": 1},
		}), 1, 2).Draw(t, "acco")
	}
	if rapid.Bool().Draw(t, "objects") {
		r["acod"] = rapid.SliceOfN(rapid.SampledFrom([]any{
			map[string]any{"chty": []int{4}},
			map[string]any{"ty": 3, "chty": []int{3, 4}},
			map[string]any{"ty": 13, "spty": map[string]any{"mgd": 1006}, "chty": []int{23}},
		}), 1, 2).Draw(t, "acod")
	}
	if rapid.Bool().Draw(t, "attributes") {
		r["aca"] = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"lbl", "et", "mni", "con"}), 1, 3, rapid.ID[string]).Draw(t, "aca")
	}
	return r
})

var query = rapid.Custom(func(t *rapid.T) *acp.Query {
	q := &acp.Query{
		Originator:    identifier(domain, segment, false).Draw(t, "originator"),
		Locality:      home,
		Operation:     m2m.Permission(1 << rapid.IntRange(0, 5).Draw(t, "operation")),
		Target:        rapid.SampledFrom([]m2m.ResourceType{2, 3, 13}).Draw(t, "target"),
		Child:         rapid.SampledFrom([]m2m.ResourceType{0, 3, 4, 23}).Draw(t, "child"),
		Attributes:    rapid.SliceOfN(rapid.SampledFrom([]string{"lbl", "et", "mni", "con"}), 0, 3).Draw(t, "attributes"),
		Roles:         rapid.SampledFrom([][]string{nil, {"r@issuer.example"}}).Draw(t, "roles"),
		MemberOf:      rapid.SampledFrom([][]string{nil, {"cse-in/g"}}).Draw(t, "groups"),
		Time:          time.Date(2026, 11, 23, rapid.IntRange(0, 23).Draw(t, "hour"), 0, 0, 0, time.UTC),
		Addr:          rapid.SampledFrom([]netip.Addr{{}, netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("11.0.0.1")}).Draw(t, "addr"),
		Authenticated: rapid.Bool().Draw(t, "authenticated"),
		Location: rapid.SampledFrom([]*acp.Location{nil, {Country: "AT"},
			{Position: &acp.Position{Latitude: 48.2, Longitude: 16.3}}}).Draw(t, "location"),
	}
	if q.Target == m2m.TypeMgmtObj {
		q.Specialization = rapid.SampledFrom([]string{"1006", "1001"}).Draw(t, "specialization")
	}
	return q
})

func parse(t *rapid.T, rules []map[string]any) []acp.Rule {
	policy, err := json.Marshal(map[string]any{"acr": rules})
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := acp.ParseRules(policy)
	if err != nil {
		t.Fatalf("%s: %v", policy, err)
	}
	return parsed
}

// covers reports whether a permits all that b does.
func covers(a, b acp.Decision) bool {
	if !b.Allow {
		return true
	}
	if !a.Allow || a.Attributes != nil && b.Attributes == nil {
		return false
	}
	return a.Attributes == nil || !slices.ContainsFunc(b.Attributes, func(s string) bool { return !slices.Contains(a.Attributes, s) })
}

func TestAnotherRuleNeverTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rule, 0, 3).Draw(t, "rules")
		q := query.Draw(t, "query")
		before := acp.Decide(parse(t, rules), q)
		at := rapid.IntRange(0, len(rules)).Draw(t, "at")
		more := slices.Insert(slices.Clone(rules), at, rule.Draw(t, "another"))
		if after := acp.Decide(parse(t, more), q); !covers(after, before) {
			t.Fatalf("before %+v, after %+v", before, after)
		}
	})
}

func TestKnowingMoreNeverTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := parse(t, rapid.SliceOfN(rule, 1, 3).Draw(t, "rules"))
		q := query.Draw(t, "query")
		less := *q
		switch rapid.IntRange(0, 4).Draw(t, "unknown") {
		case 0:
			less.Addr = netip.Addr{}
		case 1:
			less.Location = nil
		case 2:
			less.Authenticated = false
		case 3:
			less.Roles = nil
		case 4:
			less.MemberOf = nil
		}
		if with, without := acp.Decide(rules, q), acp.Decide(rules, &less); !covers(with, without) {
			t.Fatalf("with %+v, without %+v", with, without)
		}
	})
}

func TestNothingIsGrantedThatNoRuleLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rule, 0, 4).Draw(t, "rules")
		q := query.Draw(t, "query")
		for _, r := range rules {
			if rest := r["acop"].(int) &^ int(q.Operation); rest != 0 {
				r["acop"] = rest
			} else {
				r["acop"] = 63 &^ int(q.Operation)
			}
		}
		if d := acp.Decide(parse(t, rules), q); d.Allow {
			t.Fatal("an operation is granted that no rule lists")
		}
	})
}

func TestRulesDecideInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rule, 2, 4).Draw(t, "rules")
		q := query.Draw(t, "query")
		one := acp.Decide(parse(t, rules), q)
		other := acp.Decide(parse(t, rapid.Permutation(rules).Draw(t, "other order")), q)
		if !covers(one, other) || !covers(other, one) {
			t.Fatalf("one order %+v, another %+v", one, other)
		}
	})
}

func TestFormatsOfAnOriginatorAreOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := parse(t, rapid.SliceOfN(rule, 1, 3).Draw(t, "rules"))
		q := query.Draw(t, "query")
		want := acp.Decide(rules, q)
		for _, form := range forms(q.Originator) {
			if form == home.SP || strings.HasPrefix(form, "//") && strings.Count(form, "/") == 2 {
				continue // the domain, which is no originator
			}
			q.Originator = form
			if got := acp.Decide(rules, q); !covers(got, want) || !covers(want, got) {
				t.Fatalf("as %q: got %+v, want %+v", form, got, want)
			}
		}
	})
}

func FuzzParseRules(f *testing.F) {
	for _, list := range tables(f) {
		for _, table := range list {
			f.Add([]byte(table.Policy))
		}
	}
	f.Add([]byte(`{"acr":[{"acor":["` + strings.Repeat("*a", 900) + `"],"acop":2}]}`))
	f.Fuzz(func(t *testing.T, policy []byte) {
		rules, err := acp.ParseRules(policy)
		if err != nil {
			if d := m2m.DetailOf(err); d == "" || m2m.StatusOf(err) != m2m.StatusBadRequest {
				t.Errorf("the error is %v", err)
			}
			return
		}
		// A set that is valid stays valid, and means the same, when its JSON is
		// written anew.
		var v any
		d := json.NewDecoder(bytes.NewReader(policy))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("what was parsed is no JSON: %v", err)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		rules2, err := acp.ParseRules(again)
		if len(rules) != len(rules2) || err != nil {
			t.Errorf("%d rules, %d when written anew: %v", len(rules), len(rules2), err)
		}
	})
}

func FuzzDecide(f *testing.F) {
	for _, list := range tables(f) {
		for _, table := range list {
			for i, c := range table.Cases {
				f.Add([]byte(table.Policy), c.From, uint8(i), int64(1795000000), c.Country, 48.2, 16.3)
			}
		}
	}
	f.Fuzz(func(t *testing.T, policy []byte, from string, op uint8, unix int64, country string, latitude, longitude float64) {
		rules, err := acp.ParseRules(policy)
		if err != nil {
			return
		}
		q := acp.Query{
			Originator: from, Locality: home, Operation: m2m.Permission(op), Target: 3, Child: 4,
			Time: time.Unix(unix, 0), Addr: netip.MustParseAddr("10.0.0.1"),
			Location: &acp.Location{Country: country, Position: &acp.Position{Latitude: latitude, Longitude: longitude}},
		}
		d := acp.Decide(rules, &q)
		if d.Why == "" || !d.Allow && d.Attributes != nil {
			t.Errorf("the decision is %+v", d)
		}
		if d.Allow && (len(rules) == 0 || op > 63) {
			t.Errorf("%d rules permit operation %d", len(rules), op)
		}
		// What is no identifier is matched by nothing but the keyword.
		if d.Allow && strings.ContainsAny(from, "*#% \x00") && !strings.Contains(string(policy), `all`) &&
			!strings.Contains(string(policy), `*`) && !strings.Contains(string(policy), `\`) {
			t.Errorf("%s permits %q", policy, from)
		}
		for _, g := range acp.Groups(rules) {
			if strings.ContainsAny(g, "*@") {
				t.Errorf("%q is listed as a group", g)
			}
		}
	})
}
