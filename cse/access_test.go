package cse_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

func TestWithoutPoliciesOnlyTheCreatorHasAccess(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	c := w.container(a, "c", "")
	w.instance(a, c, `"con":"x"`)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c+"/la")) // follows its parent
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.create(b, c, m2m.TypeContentInstance, `{"m2m:cin":{"con":"x"}}`))
	w.must(m2m.StatusOK, w.retrieve("CAdmin", c+"/la"))
	// What is not there is NOT_FOUND for everybody. TS-0004 7.2.2.2: 6.2 comes before 6.3.
	w.must(m2m.StatusNotFound, w.retrieve(b, c+"/nothing"))
	// Discovery leaves out what is denied.
	if got := w.discover(b, "cse-in", m2m.FilterCriteria{}); !slices.Equal(got, []string{"cse-in/b"}) {
		t.Errorf("discovered %v", got)
	}
}

func TestPoliciesAloneDecideWhereTheyAreSet(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Cb"],"acop":34}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`))
	c := w.container(a, "c", `"acpi":["cse-in/a/p"]`)
	w.must(m2m.StatusOK, w.retrieve(b, c))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(a, c)) // not even the creator
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.update(b, c, `{"m2m:cnt":{"lbl":["x"]}}`))
	// The policy governs itself by pvs.
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, "cse-in/a/p"))
	w.must(m2m.StatusOK, w.retrieve(a, "cse-in/a/p"))
	// acpi changes by leave of pvs, alone in its request.
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.update(b, c, `{"m2m:cnt":{"acpi":null}}`))
	w.must(m2m.StatusBadRequest, w.update(a, c, `{"m2m:cnt":{"acpi":null,"lbl":["x"]}}`))
	w.must(m2m.StatusUpdated, w.update(a, c, `{"m2m:cnt":{"acpi":null}}`))
	w.must(m2m.StatusOK, w.retrieve(a, c))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
}

func TestAChangedPolicyCountsAtOnce(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	policy := func(acop string) string {
		return `"pv":{"acr":[{"acor":["Cb"],"acop":` + acop + `}]}`
	}
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p",`+policy("2")+`,"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`))
	c := w.container(a, "c", `"acpi":["cse-in/a/p"]`)
	w.must(m2m.StatusOK, w.retrieve(b, c))
	w.must(m2m.StatusUpdated, w.update(a, "cse-in/a/p", `{"m2m:acp":{`+policy("1")+`}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
	// A policy that has gone permits nothing, and neither does one that expires.
	w.must(m2m.StatusUpdated, w.update(a, "cse-in/a/p", `{"m2m:acp":{`+policy("2")+`,"et":"20261123T120100"}}`))
	w.must(m2m.StatusOK, w.retrieve(b, c))
	w.clock.Advance(time.Minute)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
}

func TestGroupsOfOriginators(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeGroup, `{"m2m:grp":{"rn":"g","mt":2,"mnm":5,"mid":["cse-in/a"]}}`))
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["cse-in/a/g"],"acop":2}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`))
	c := w.container(a, "c", `"acpi":["cse-in/a/p"]`)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
	for _, member := range []string{"cse-in/b", "Cb", "/id-in/Cb", "//sigil.example/id-in/Cb"} {
		w.must(m2m.StatusUpdated, w.update(a, "cse-in/a/g", `{"m2m:grp":{"mid":["`+member+`"]}}`))
		w.must(m2m.StatusOK, w.retrieve(b, c))
	}
	w.must(m2m.StatusDeleted, w.delete(a, "cse-in/a/g"))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
}

func TestAttributesThatRulesAreLimitedTo(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Cb"],"acop":6,"aca":["lbl","mni"]}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`))
	c := w.container(a, "c", `"mni":7,"mbs":100,"lbl":["x"],"acpi":["cse-in/a/p"]`)
	got := w.attributes(w.must(m2m.StatusOK, w.retrieve(b, c)))
	if len(got) != 2 || got["mni"] != 7.0 {
		t.Errorf("sees %v, want lbl and mni", got)
	}
	if got := w.attributes(w.must(m2m.StatusUpdated, w.update(b, c, `{"m2m:cnt":{"mni":8}}`))); len(got) != 2 || got["mni"] != 8.0 {
		t.Errorf("the update's response shows %v, want lbl and mni", got)
	}
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.update(b, c, `{"m2m:cnt":{"mni":8,"mbs":5}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c+"#mbs"))
	w.must(m2m.StatusOK, w.retrieve(b, c+"#mni"))
}

func TestWhoIsAsking(t *testing.T) {
	w := newWorld(t)
	w.ae("Ca")
	tests := []struct {
		name, from string
		peer       m2m.Peer
		want       m2m.StatusCode
	}{
		{"nobody", "", m2m.Peer{}, m2m.StatusBadRequest},
		{"an AE that is not registered", "Cx", m2m.Peer{}, m2m.StatusOriginatorNotAuthenticated},
		{"an AE that is registered", "Ca", m2m.Peer{}, m2m.StatusOK},
		{"an AE by more than its stem", "/id-in/Ca", m2m.Peer{}, m2m.StatusBadRequest},
		{"a CSE without association", "/other", m2m.Peer{}, m2m.StatusSecurityAssociationRequired},
		{"this CSE itself", "/id-in", m2m.Peer{}, m2m.StatusSecurityAssociationRequired},
		{"an AE of another CSE", "/other/Ca", m2m.Peer{}, m2m.StatusOriginatorNotAuthenticated},
		{"another than the credential's", "Ca", m2m.Peer{Entities: []string{"Cb"}}, m2m.StatusOriginatorNotAuthenticated},
		{"the admin without the admin's credential", "CAdmin", m2m.Peer{Entities: []string{"Ca"}}, m2m.StatusOriginatorNotAuthenticated},
		{"the credential's own", "Ca", m2m.Peer{Entities: []string{"//sigil.example/id-in/Ca"}}, m2m.StatusOK},
		{"no identifier", "C a", m2m.Peer{}, m2m.StatusBadRequest},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/a", From: tt.from, Peer: tt.peer})
			if rsp.Status != tt.want {
				t.Errorf("status is %v, want %v: %s", rsp.Status, tt.want, rsp.Content.Data)
			}
		})
	}
}

func TestRegistration(t *testing.T) {
	w := newWorld(t, func(c *cse.Config) {
		c.Registration.DenyAE = []string{"Cbad*"}
		c.Registration.AllowApp = []string{"N*", "R*", "r*"}
		c.Registration.DenyApp = []string{"Nbad*"}
	})
	ae := func(from, api, release string) *m2m.Response {
		return w.do(m2m.Request{Operation: m2m.Create, To: "cse-in", From: from, ResourceType: m2m.TypeAE, ReleaseVersion: release,
			Content: m2m.Content{Data: []byte(`{"m2m:ae":{"api":"` + api + `","rr":false,"srv":["3"]}}`)}})
	}
	for from, letter := range map[string]byte{"": 'C', "C": 'C', "S": 'S'} {
		got := w.attributes(w.must(m2m.StatusCreated, ae(from, "Nx", "3")))
		id := got["aei"].(string)
		if id[0] != letter || got["ri"] != id {
			t.Errorf("From %q: aei %v, ri %v", from, id, got["ri"])
		}
		w.must(m2m.StatusOK, w.retrieve(id, id))
		w.must(m2m.StatusDeleted, w.delete(id, id))
		w.must(m2m.StatusOriginatorNotAuthenticated, w.retrieve(id, "cse-in"))
	}
	w.must(m2m.StatusCreated, ae("Cone", "Nx", "3"))
	w.must(m2m.StatusOriginatorHasAlreadyRegistered, ae("Cone", "Nx", "3"))
	w.must(m2m.StatusOriginatorHasAlreadyRegistered, ae("CAdmin", "Nx", "3"))
	w.must(m2m.StatusBadRequest, ae("Xone", "Nx", "3"))
	w.must(m2m.StatusOriginatorHasAlreadyRegistered, ae("/id-in/Cone", "Nx", "3"))
	w.must(m2m.StatusBadRequest, ae("/other/Cone", "Nx", "3"))
	w.must(m2m.StatusAppRuleValidationFailed, ae("Cbad1", "Nx", "3"))
	w.must(m2m.StatusAppRuleValidationFailed, ae("Ctwo", "Nbad", "3"))
	w.must(m2m.StatusBadRequest, ae("Ctwo", "x", "3"))
	w.must(m2m.StatusBadRequest, ae("Ctwo", "rx", "4"))
	w.must(m2m.StatusCreated, ae("Ctwo", "rx", "3"))
	// A name that was registered is free again once its AE has gone.
	w.must(m2m.StatusDeleted, w.delete("Cone", "Cone"))
	w.must(m2m.StatusCreated, ae("Cone", "Nx", "3"))
}

func TestNetworkAddressContext(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["all"],"acop":2,"acco":[{"acip":{"ipv4":["10.1.0.0/16"]}}]}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`))
	c := w.container(a, "c", `"acpi":["cse-in/a/p"]`)
	for addr, want := range map[string]m2m.StatusCode{
		"10.1.2.3": m2m.StatusOK, "10.2.2.3": m2m.StatusOriginatorHasNoPrivilege, "": m2m.StatusOriginatorHasNoPrivilege,
		"::ffff:10.1.2.3": m2m.StatusOK,
	} {
		peer := m2m.Peer{}
		if addr != "" {
			peer.Addr = netip.MustParseAddr(addr)
		}
		w.must(want, w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: b, Peer: peer}))
	}
}

// Every type that is a child of a policy today has policies of its own; this
// is of one that has not.
func TestTheChildOfAPolicyIsTheTargetOfADecision(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	detail := func(op, ty string) string {
		return `,{"acor":["Cb"],"acop":` + op + `,"acod":[{"ty":` + ty + `,"chty":[23]}]}`
	}
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
		acpOf("p", `{"acor":["Cb"],"acop":63}`, `{"acor":["Ca"],"acop":63}`+detail("2", "4")+detail("8", "1"))))
	err := w.store.Update(t.Context(), func(tx store.Tx) error {
		id := tx.NextID()
		ae, err := tx.ByRI("Ca")
		if err != nil {
			return err
		}
		p, err := tx.Child(ae.ID, "p")
		if err != nil {
			return err
		}
		return tx.Put(&store.Resource{ID: id, Parent: p.ID, Type: m2m.TypeContentInstance, RI: "cin", Name: "i", Creator: "Ca", Size: 1, Body: []byte(`"con":"1"`)})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.must(m2m.StatusOK, w.retrieve(b, "cse-in/a/p/i"))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.delete(b, "cse-in/a/p/i"))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, "cse-in/a/p"))
	w.must(m2m.StatusDeleted, w.delete(b, "cse-in/a/p"))
}
