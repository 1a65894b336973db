package cse_test

import (
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

func TestARolePermitsWhoHoldsItAndClaimsItInItsTime(t *testing.T) {
	const auditors = "auditors@issuer.example"
	w := newWorld(t)
	for _, ae := range []string{"Cholder", "Cother"} {
		w.must(m2m.StatusCreated, w.create(ae, "cse-in", m2m.TypeAE, `{"m2m:ae":{"api":"Ntest","rr":false,"srv":["3"]}}`))
	}
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"acp","pv":{"acr":[{"acor":["`+auditors+`"],"acop":2}]},"pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}}`))
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeContainer, `{"m2m:cnt":{"rn":"cnt","acpi":["cse-in/acp"]}}`))
	stamp := func(d time.Duration) string { return m2m.FormatTimestamp(noon.Add(d)) }
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeRole,
		`{"m2m:rol":{"rn":"role","rlid":"`+auditors+`","tkis":"/id-in","tkhd":"Cholder","tknb":"`+stamp(time.Hour)+`","tkna":"`+stamp(2*time.Hour)+`"}}`))

	ask := func(name, from string, want m2m.StatusCode, roles ...string) {
		t.Helper()
		if rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/cnt", From: from, RoleIDs: roles}); rsp.Status != want {
			t.Errorf("%s: %v %s", name, rsp.Status, rsp.Content.Data)
		}
	}
	ask("before its time", "Cholder", m2m.StatusOriginatorHasNoPrivilege, auditors)
	w.clock.Advance(time.Hour)
	ask("the holder, who claims it", "Cholder", m2m.StatusOK, auditors)
	ask("the holder, who does not", "Cholder", m2m.StatusOriginatorHasNoPrivilege)
	ask("the holder, who claims another", "Cholder", m2m.StatusOriginatorHasNoPrivilege, "others@issuer.example")
	ask("another, who claims it", "Cother", m2m.StatusOriginatorHasNoPrivilege, auditors)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.create("Cother", "cse-in", m2m.TypeRole,
		`{"m2m:rol":{"rlid":"`+auditors+`","tkis":"/id-in","tkhd":"Cother","tknb":"`+stamp(0)+`","tkna":"`+stamp(9*time.Hour)+`"}}`))
	w.clock.Advance(time.Hour)
	ask("after its time", "Cholder", m2m.StatusOriginatorHasNoPrivilege, auditors)
	w.clock.Advance(-30 * time.Minute)
	w.must(m2m.StatusDeleted, w.delete("CAdmin", "cse-in/role"))
	ask("once it is deleted", "Cholder", m2m.StatusOriginatorHasNoPrivilege, auditors)
}
