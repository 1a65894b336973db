package acp_test

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse/acp"
	"github.com/sigil-m2m/sigil/m2m"
)

var home = m2m.Locality{SP: "//sp.example", CSE: "/id-in"}

func BenchmarkDecide(b *testing.B) {
	for _, bb := range []struct {
		name, rules, originator string
		allow                   bool
	}{
		{"all", `{"acr":[{"acor":["all"],"acop":63}]}`, "CAdmin", true},
		{"one AE-ID", `{"acr":[{"acor":["CAdmin"],"acop":63}]}`, "CAdmin", true},
		{"the last of four rules", `{"acr":[{"acor":["CA"],"acop":63},{"acor":["/id-in/CB"],"acop":63},{"acor":["//sp.example/id-mn/C*"],"acop":63},{"acor":["/id-in/CAd*"],"acop":63}]}`, "CAdmin", true},
		{"no rule, absolute originator", `{"acr":[{"acor":["CA"],"acop":63},{"acor":["/id-in/CB"],"acop":63},{"acor":["//*/id-*/C*x"],"acop":63}]}`, "//other.example/id-mn/CAdmin", false},
		{"a context", `{"acr":[{"acor":["CAdmin"],"acop":63,"acco":[{"actw":["* * 8-20 * * * *"],"acip":{"ipv4":["10.0.0.0/8"]},"aclr":{"accr":[48.2,16.3,50000]}}]}]}`, "CAdmin", true},
	} {
		b.Run(bb.name, func(b *testing.B) {
			rules, err := acp.ParseRules(json.RawMessage(bb.rules))
			if err != nil {
				b.Fatal(err)
			}
			q := acp.Query{
				Originator: bb.originator, Locality: home, Operation: m2m.PermitRetrieve, Target: m2m.TypeContainer,
				Time: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), Addr: netip.MustParseAddr("10.1.2.3"),
				Location: &acp.Location{Position: &acp.Position{Latitude: 48.2, Longitude: 16.4}},
			}
			b.ReportAllocs()
			for b.Loop() {
				if acp.Decide(rules, &q).Allow != bb.allow {
					b.Fatal("the decision is wrong")
				}
			}
		})
	}
}

func BenchmarkParseRules(b *testing.B) {
	raw := json.RawMessage(`{"acr":[{"acor":["CAdmin","/id-mn/C*"],"acop":63},{"acor":["all"],"acop":34,"acco":[{"actw":["* * 8-20 * * * *"],"acip":{"ipv4":["10.0.0.0/8"]}}]}]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := acp.ParseRules(raw); err != nil {
			b.Fatal(err)
		}
	}
}
