package acp_test

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/sigil-m2m/sigil/cse/acp"
	"github.com/sigil-m2m/sigil/m2m"
)

// A policyTable is one policy of a file in testdata/decisions and what it
// decides.
type policyTable struct {
	Policy string
	Cases  []decisionCase
}

type decisionCase struct {
	Name           string
	From           string
	Op             string // retrieve if empty
	Target         m2m.ResourceType
	Specialization string
	Child          m2m.ResourceType
	Attributes     []string
	Roles, Groups  []string
	Time           string // RFC 3339
	Addr           string
	Position       []float64 // latitude, longitude
	Country        string
	Authenticated  bool
	Want           string   // allow or deny
	Shows          []string // Decision.Attributes
	Why            string   // part of Decision.Why
}

var operations = map[string]m2m.Permission{
	"":                    m2m.PermitRetrieve,
	"create":              m2m.PermitCreate,
	"retrieve":            m2m.PermitRetrieve,
	"update":              m2m.PermitUpdate,
	"delete":              m2m.PermitDelete,
	"notify":              m2m.PermitNotify,
	"discover":            m2m.PermitDiscover,
	"none":                0,
	"create and retrieve": m2m.PermitCreate | m2m.PermitRetrieve,
}

func (c *decisionCase) query(t *testing.T) *acp.Query {
	t.Helper()
	op, ok := operations[c.Op]
	if !ok {
		t.Fatalf("there is no operation %q", c.Op)
	}
	q := &acp.Query{
		Originator: c.From, Locality: home, Roles: c.Roles, MemberOf: c.Groups,
		Operation: op, Target: c.Target, Specialization: c.Specialization, Child: c.Child,
		Attributes: c.Attributes, Authenticated: c.Authenticated,
	}
	if c.Target == 0 {
		q.Target = m2m.TypeContainer
	}
	var err error
	if c.Time != "" {
		if q.Time, err = time.Parse(time.RFC3339, c.Time); err != nil {
			t.Fatal(err)
		}
	}
	if c.Addr != "" {
		if q.Addr, err = netip.ParseAddr(c.Addr); err != nil {
			t.Fatal(err)
		}
	}
	if c.Country != "" || c.Position != nil {
		q.Location = &acp.Location{Country: c.Country}
		if c.Position != nil {
			q.Location.Position = &acp.Position{Latitude: c.Position[0], Longitude: c.Position[1]}
		}
	}
	return q
}

// tables reads the files of testdata/decisions.
func tables(t testing.TB) map[string][]policyTable {
	t.Helper()
	files, err := filepath.Glob("testdata/decisions/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables of decisions: %v", err)
	}
	all := make(map[string][]policyTable)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := yaml.NewDecoder(bytes.NewReader(data))
		d.KnownFields(true)
		var list []policyTable
		if err := d.Decode(&list); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = list
	}
	return all
}

func mustParse(t testing.TB, policy string) []acp.Rule {
	t.Helper()
	rules, err := acp.ParseRules(json.RawMessage(policy))
	if err != nil {
		t.Fatalf("%s: %v", policy, err)
	}
	return rules
}

func TestDecide(t *testing.T) {
	for file, list := range tables(t) {
		t.Run(file, func(t *testing.T) {
			for _, table := range list {
				rules := mustParse(t, table.Policy)
				for _, c := range table.Cases {
					t.Run(c.Name, func(t *testing.T) {
						got := acp.Decide(rules, c.query(t))
						want := acp.Decision{Allow: c.Want == "allow", Attributes: c.Shows, Why: got.Why}
						if c.Want != "allow" && c.Want != "deny" {
							t.Fatalf("want is %q", c.Want)
						}
						if diff := cmp.Diff(want, got); diff != "" || !strings.Contains(got.Why, c.Why) || got.Why == "" {
							t.Errorf("%s\nbecause %q, want %q; -want +got:\n%s", table.Policy, got.Why, c.Why, diff)
						}
					})
				}
			}
		})
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	for _, list := range tables(t) {
		for _, table := range list {
			if strings.Contains(table.Policy, `"aca"`) {
				continue // a decision by attributes may
			}
			rules := mustParse(t, table.Policy)
			for _, c := range table.Cases {
				// Locality.Shorten may allocate for what is written absolute here.
				if strings.HasPrefix(c.From, home.SP) {
					continue
				}
				q := c.query(t)
				if n := testing.AllocsPerRun(10, func() { acp.Decide(rules, q) }); n != 0 {
					t.Errorf("%s: %s: %v allocations", table.Policy, c.Name, n)
				}
			}
		}
	}
}

func TestZeroRuleGrantsNothing(t *testing.T) {
	for name, op := range operations {
		q := acp.Query{Originator: "CAdmin", Locality: home, Operation: op, Roles: []string{""}, MemberOf: []string{""}, Authenticated: true}
		if d := acp.Decide([]acp.Rule{{}}, &q); d.Allow {
			t.Errorf("the zero rule grants operation %q", name)
		}
	}
}

func TestWithoutItsDomainTheCSEMatchesNoDomain(t *testing.T) {
	rules := mustParse(t, `{"acr":[{"acor":["//*","//*/*","//*/*/*","//sp.example"],"acop":63}]}`)
	for _, originator := range []string{"CAdmin", "SMeter", "/id-in", "/id-mn/C1"} {
		q := acp.Query{Originator: originator, Locality: m2m.Locality{CSE: "/id-in"}, Operation: m2m.PermitRetrieve}
		if acp.Decide(rules, &q).Allow {
			t.Errorf("%s is of a domain that nobody told", originator)
		}
	}
}

func TestGroups(t *testing.T) {
	for _, tt := range []struct {
		name, policy string
		want         []string
	}{
		{"no rules, no groups", `{"acr":[]}`, nil},
		{"what can be no group is left out", `{"acr":[{"acor":["all","*","C*","/id-in","/SMeter","//sp.example","//sp.example/id-mn","admins@issuer.example","/id-in/C*"],"acop":63}]}`, nil},
		{"addresses of resources in every format", `{"acr":[{"acor":["grp1","cse-in/g","-/g","/id-in/grp1","/id-in/cse-in/g","//sp.example/id-in/grp1","//sp.example/id-in/cse-in/g"],"acop":63}]}`,
			[]string{"grp1", "cse-in/g", "-/g", "/id-in/grp1", "/id-in/cse-in/g", "//sp.example/id-in/grp1", "//sp.example/id-in/cse-in/g"}},
		{"AE-IDs look like them", `{"acr":[{"acor":["CAdmin","/id-mn/C1"],"acop":63}]}`, []string{"CAdmin", "/id-mn/C1"}},
		{"each once, in the order of the rules", `{"acr":[{"acor":["g2","g1"],"acop":63},{"acor":["g1","g3","g2"],"acop":2}]}`, []string{"g2", "g1", "g3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules := mustParse(t, tt.policy)
			got := acp.Groups(rules)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			// Whatever is listed permits its members.
			for _, g := range got {
				q := acp.Query{Originator: "CMember", Locality: home, Operation: m2m.PermitRetrieve, MemberOf: []string{g}}
				if !acp.Decide(rules, &q).Allow {
					t.Errorf("a member of %s is denied", g)
				}
			}
		})
	}
}

func TestDecisionAttributesAreTheCallers(t *testing.T) {
	rules := mustParse(t, `{"acr":[{"acor":["all"],"acop":2,"aca":["lbl","et"]}]}`)
	q := acp.Query{Originator: "C1", Locality: home, Operation: m2m.PermitRetrieve}
	want := slices.Clone(acp.Decide(rules, &q).Attributes)
	clear(acp.Decide(rules, &q).Attributes)
	if diff := cmp.Diff(want, acp.Decide(rules, &q).Attributes); diff != "" {
		t.Errorf("changing a decision changed the rules; -want +got:\n%s", diff)
	}
}

func TestRenamedGroupsMeanWhatTheirNewNamesSay(t *testing.T) {
	rules, err := acp.ParseRules([]byte(`{"acr":[{"acor":["cse-in/g","cse-in/h","CA"],"acop":2},{"acor":["cse-in/h"],"acop":2}]}`))
	if err != nil {
		t.Fatal(err)
	}
	renamed := acp.Rename(rules, func(group string) string { return map[string]string{"cse-in/g": "7"}[group] })
	if got := acp.Groups(renamed); !slices.Equal(got, []string{"7"}) {
		t.Errorf("groups %q", got)
	}
	may := func(rules []acp.Rule, originator, group string) bool {
		q := acp.Query{Originator: originator, Locality: home, Operation: m2m.PermitRetrieve, MemberOf: []string{group}}
		return acp.Decide(rules, &q).Allow
	}
	for group, want := range map[string]bool{"7": true, "cse-in/g": false, "cse-in/h": false, "": false} {
		if may(renamed, "CMember", group) != want {
			t.Errorf("a member of %q: %v", group, !want)
		}
	}
	if !may(renamed, "CA", "") || !may(rules, "CMember", "cse-in/h") {
		t.Error("an AE-ID, or the rules that were renamed, have changed")
	}
}

func TestSizeGrowsWithWhatRulesHold(t *testing.T) {
	last := acp.Size(mustParse(t, `{"acr":[{"acor":["CA"],"acop":2}]}`))
	for _, policy := range []string{
		`{"acr":[{"acor":["CA","CB"],"acop":2}]}`,
		`{"acr":[{"acor":["CA","C*B*C*D"],"acop":2}]}`,
		`{"acr":[{"acor":["CA","C*B*C*D"],"acop":2,"aca":["lbl"]}]}`,
		`{"acr":[{"acor":["CA","C*B*C*D"],"acop":2,"aca":["lbl"],"acod":[{"chty":[1,2]}]}]}`,
		`{"acr":[{"acor":["CA","C*B*C*D"],"acop":2,"aca":["lbl"],"acod":[{"chty":[1,2]}],"acco":[{"acip":{"ipv4":["10.0.0.0/8"]}}]}]}`,
	} {
		if n := acp.Size(mustParse(t, policy)); n <= last {
			t.Errorf("%s: %d bytes, no more than %d", policy, n, last)
		} else {
			last = n
		}
	}
}
