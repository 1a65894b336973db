package acp_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sigil-m2m/sigil/cse/acp"
	"github.com/sigil-m2m/sigil/m2m"
)

func TestParseRulesRefuses(t *testing.T) {
	rule := func(members string) string { return `{"acr":[{"acor":["all"],"acop":63,` + members + `}]}` }
	context := func(parts string) string { return rule(`"acco":[` + parts + `]`) }
	for _, tt := range []struct{ name, policy, want string }{
		{"nothing", ``, ""},
		{"what is no JSON", `{"acr":`, ""},
		{"null", `null`, ""},
		{"an array", `[]`, ""},
		{"an unknown member of the set", `{"acrs":[]}`, `"acrs" is no member`},
		{"rules that are no array", `{"acr":{}}`, "acr is no array"},
		{"rules that are null", `{"acr":null}`, "acr is no array"},
		{"a rule that is no object", `{"acr":["all"]}`, "acr[0] is no object"},
		{"a member that is there twice", `{"acr":[{"acor":["all"],"acop":63,"acop":2}]}`, "twice"},
		{"a rule without originators", `{"acr":[{"acop":63}]}`, "acr[0].acor is missing"},
		{"a rule without operations", `{"acr":[{"acor":["all"]}]}`, "acr[0].acop is missing"},
		{"the second rule", `{"acr":[{"acor":["all"],"acop":1},{"acor":["all"],"acop":64}]}`, "acr[1].acop is no sum"},
		{"an unknown member of a rule", rule(`"acox":1`), `acr[0]."acox" is no member`},
		{"long names on the wire", `{"acr":[{"accessControlOriginators":["all"],"acop":1}]}`, "is no member"},

		{"no originators", `{"acr":[{"acor":[],"acop":63}]}`, "acr[0].acor is empty"},
		{"originators as one string", `{"acr":[{"acor":"all","acop":63}]}`, "acr[0].acor is no array"},
		{"an originator that is a number", `{"acr":[{"acor":["all",1],"acop":63}]}`, "acr[0].acor[1] is no string"},
		{"an empty originator", `{"acr":[{"acor":[""],"acop":63}]}`, "acr[0].acor[0] names no originator"},
		{"an originator with a blank", `{"acr":[{"acor":["C 1"],"acop":63}]}`, "names no originator"},
		{"an originator of another script", `{"acr":[{"acor":["Č1"],"acop":63}]}`, "names no originator"},
		{"an originator that ends in a slash", `{"acr":[{"acor":["/id-in/"],"acop":63}]}`, "names no originator"},
		{"a domain without a name", `{"acr":[{"acor":["//"],"acop":63}]}`, "names no originator"},
		{"an address with an attribute", `{"acr":[{"acor":["cse-in/g#mid"],"acop":63}]}`, "names no originator"},
		{"a group with a wildcard", `{"acr":[{"acor":["cse-in/g*"],"acop":63}]}`, "wildcard"},
		{"an SP-relative group with a wildcard", `{"acr":[{"acor":["/id-in/cse-in/*"],"acop":63}]}`, "wildcard"},
		{"a role with a wildcard", `{"acr":[{"acor":["*@issuer.example"],"acop":63}]}`, "wildcard"},
		{"a role of two issuers", `{"acr":[{"acor":["a@b@c"],"acop":63}]}`, "Role-ID"},
		{"a role without a name", `{"acr":[{"acor":["@issuer.example"],"acop":63}]}`, "Role-ID"},
		{"an originator of 2049 bytes", `{"acr":[{"acor":["` + strings.Repeat("C", 2049) + `"],"acop":63}]}`, "too long"},

		{"no operation", `{"acr":[{"acor":["all"],"acop":0}]}`, "acr[0].acop"},
		{"an operation too many", `{"acr":[{"acor":["all"],"acop":64}]}`, "acr[0].acop"},
		{"a negative operation", `{"acr":[{"acor":["all"],"acop":-1}]}`, "acr[0].acop"},
		{"half an operation", `{"acr":[{"acor":["all"],"acop":1.5}]}`, "acr[0].acop"},
		{"an operation as text", `{"acr":[{"acor":["all"],"acop":"63"}]}`, "acr[0].acop"},
		{"operations as a list", `{"acr":[{"acor":["all"],"acop":[1,2]}]}`, "acr[0].acop"},
		{"an operation beyond 64 bits", `{"acr":[{"acor":["all"],"acop":18446744073709551617}]}`, "acr[0].acop"},

		{"a flag that is a number", rule(`"acaf":1`), "acr[0].acaf is no boolean"},
		{"a flag that is null", rule(`"acaf":null`), "acr[0].acaf is no boolean"},

		{"contexts that are no array", rule(`"acco":{"actw":["* * * * * * *"]}`), "acr[0].acco is no array"},
		{"no context", rule(`"acco":[]`), "acr[0].acco is empty"},
		{"a context without a part", context(`{}`), "acr[0].acco[0] is empty"},
		{"a context that is null", context(`null`), "acr[0].acco[0] is no object"},
		{"an unknown part of a context", context(`{"acxx":1}`), `acr[0].acco[0]."acxx" is no member`},
		{"a window that is no list", context(`{"actw":"* * * * * * *"}`), "acr[0].acco[0].actw is no array"},
		{"no window", context(`{"actw":[]}`), "acr[0].acco[0].actw is empty"},
		{"a window of five fields", context(`{"actw":["* * * * *"]}`), "acr[0].acco[0].actw[0] is no schedule entry"},
		{"addresses that are no object", context(`{"acip":["10.0.0.1"]}`), "acr[0].acco[0].acip is no object"},
		{"no kind of address", context(`{"acip":{}}`), "acr[0].acco[0].acip is empty"},
		{"no address", context(`{"acip":{"ipv4":[]}}`), "acr[0].acco[0].acip.ipv4 is empty"},
		{"a kind of address that there is not", context(`{"acip":{"ipv5":["1"]}}`), "is no member"},
		{"an IPv4 address with a leading zero", context(`{"acip":{"ipv4":["10.0.0.01"]}}`), "ipv4[0] is no ipv4"},
		{"an IPv4 prefix of 33 bits", context(`{"acip":{"ipv4":["10.0.0.1/33"]}}`), "ipv4[0] is no ipv4"},
		{"an IPv6 address among the IPv4 ones", context(`{"acip":{"ipv4":["::1"]}}`), "ipv4[0] is no ipv4"},
		{"an IPv4 address among the IPv6 ones", context(`{"acip":{"ipv6":["10.0.0.1"]}}`), "ipv6[0] is no ipv6"},
		{"an IPv6 address with a zone", context(`{"acip":{"ipv6":["fe80::1%eth0"]}}`), "ipv6[0] is no ipv6"},
		{"a host name", context(`{"acip":{"ipv4":["localhost"]}}`), "ipv4[0] is no ipv4"},
		{"a region that is neither", context(`{"aclr":{}}`), "aclr is not either"},
		{"a region that is both", context(`{"aclr":{"accr":[1,2,3],"accc":["AT"]}}`), "aclr is not either"},
		{"an unknown kind of region", context(`{"aclr":{"poly":[1]}}`), "is no member"},
		{"a circle without a radius", context(`{"aclr":{"accr":[1,2]}}`), "accr is not latitude"},
		{"a circle of four numbers", context(`{"aclr":{"accr":[1,2,3,4]}}`), "accr[3] is one number too many"},
		{"a latitude of 91", context(`{"aclr":{"accr":[91,2,3]}}`), "accr[0] is out of its range"},
		{"a longitude of -181", context(`{"aclr":{"accr":[1,-181,3]}}`), "accr[1] is out of its range"},
		{"a negative radius", context(`{"aclr":{"accr":[1,2,-3]}}`), "accr[2] is out of its range"},
		{"a radius beyond all numbers", context(`{"aclr":{"accr":[1,2,1e999]}}`), "accr[2] is out of its range"},
		{"a radius as text", context(`{"aclr":{"accr":[1,2,"3"]}}`), "accr[2] is out of its range"},
		{"a country in lower case", context(`{"aclr":{"accc":["at"]}}`), "accc[0] is no country code"},
		{"a country of three letters", context(`{"aclr":{"accc":["AUT"]}}`), "accc[0] is no country code"},

		{"details that are no array", rule(`"acod":{"chty":[3]}`), "acr[0].acod is no array"},
		{"no details", rule(`"acod":[]`), "acr[0].acod is empty"},
		{"details without types of children", rule(`"acod":[{"ty":3}]`), "acr[0].acod[0].chty is missing"},
		{"no types of children", rule(`"acod":[{"chty":[]}]`), "acr[0].acod[0].chty is empty"},
		{"a type as text", rule(`"acod":[{"chty":["3"]}]`), "acr[0].acod[0].chty[0] is no resource type"},
		{"type zero", rule(`"acod":[{"ty":0,"chty":[3]}]`), "acr[0].acod[0].ty is no resource type"},
		{"a type beyond 31 bits", rule(`"acod":[{"ty":2147483648,"chty":[3]}]`), "acr[0].acod[0].ty is no resource type"},
		{"a management object without its definition", rule(`"acod":[{"ty":13,"chty":[23]}]`), "acr[0].acod[0].spty is missing"},
		{"a flexContainer without its definition", rule(`"acod":[{"ty":28,"chty":[28]}]`), "acr[0].acod[0].spty is missing"},
		{"a specialization as text", rule(`"acod":[{"ty":28,"spty":"x","chty":[28]}]`), "spty is no object"},
		{"a specialization that is neither", rule(`"acod":[{"spty":{},"chty":[28]}]`), "spty is not either"},
		{"a specialization that is both", rule(`"acod":[{"spty":{"cnd":"x","mgd":1001},"chty":[28]}]`), "spty is not either"},
		{"an empty containerDefinition", rule(`"acod":[{"spty":{"cnd":""},"chty":[28]}]`), "cnd is no containerDefinition"},
		{"a mgmtDefinition as text", rule(`"acod":[{"spty":{"mgd":"1006"},"chty":[28]}]`), "mgd is no mgmtDefinition"},
		{"an unknown member of details", rule(`"acod":[{"chty":[3],"x":1}]`), "is no member"},

		{"no attributes", rule(`"aca":[]`), "acr[0].aca is empty"},
		{"an attribute that is no name", rule(`"aca":["lbl","*"]`), "acr[0].aca[1] is no short name"},
		{"an empty attribute", rule(`"aca":[""]`), "acr[0].aca[0] is no short name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rules, err := acp.ParseRules(json.RawMessage(tt.policy))
			e, ok := errors.AsType[*m2m.Error](err)
			if !ok {
				t.Fatalf("got error %v", err)
			}
			if e.Status != m2m.StatusBadRequest || !strings.Contains(e.Detail, tt.want) || e.Detail == "" {
				t.Errorf("got %v, want BAD_REQUEST with %q", e, tt.want)
			}
			if rules != nil {
				t.Error("there are rules beside the error")
			}
		})
	}
}

func TestParseRulesQuotesLittle(t *testing.T) {
	secret := strings.Repeat("é ", 500)
	for _, policy := range []string{
		`{"acr":[{"acor":["` + secret + `"],"acop":63}]}`,
		`{"acr":[{"acor":["all"],"acop":63,"` + secret + `":1}]}`,
		`{"acr":[{"acor":["all"],"acop":63,"acco":[{"actw":["` + strings.Repeat("1", 900) + ` * * * * * *"]}]}]}`,
		`{"acr":[{"acor":["all"],"acop":63,"acco":[{"aclr":{"accc":["` + secret + `"]}}]}]}`,
	} {
		_, err := acp.ParseRules(json.RawMessage(policy))
		if d := m2m.DetailOf(err); d == "" || len(d) > 400 || !utf8.ValidString(d) {
			t.Errorf("%.60s...: the detail is %q", policy, d)
		}
	}
}

func TestParseRulesBoundsItsLists(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"acr":[{"acop":2,"acor":["C0"`)
	for i := 1; i < 999; i++ {
		fmt.Fprintf(&b, `,"C%d"`, i)
	}
	fits := b.String() + `]}]}`
	if _, err := acp.ParseRules(json.RawMessage(fits)); err != nil {
		t.Errorf("1000 elements are refused: %v", err)
	}
	over := b.String() + `,"C"]}]}`
	if _, err := acp.ParseRules(json.RawMessage(over)); err == nil || !strings.Contains(m2m.DetailOf(err), "acr[0].acor brings") {
		t.Errorf("1001 elements: got error %v", err)
	}
	long := `{"acr":[{"acor":["all"],"acop":2` + strings.Repeat(" ", 128<<10) + `}]}`
	if _, err := acp.ParseRules(json.RawMessage(long)); m2m.StatusOf(err) != m2m.StatusBadRequest {
		t.Errorf("%d bytes: got error %v", len(long), err)
	}
}

func TestParseRulesTakesWhiteSpaceAndEscapes(t *testing.T) {
	rules := mustParse(t, "{ \"acr\" : [ { \"acor\" : [ \"\\u0043Admin\" ] ,\n \"acop\" : 2 } ] }")
	q := acp.Query{Originator: "CAdmin", Locality: home, Operation: m2m.PermitRetrieve}
	if d := acp.Decide(rules, &q); !d.Allow {
		t.Errorf("denied: %s", d.Why)
	}
}
