package cse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
)

// A stranger that takes the names of somebody who has gone takes nothing else.

const evil = `{"acor":["Cevil"],"acop":63}`

// replace has Ca leave, and Cevil take the name of its <AE>.
func (w *world) replace() {
	w.t.Helper()
	w.must(m2m.StatusDeleted, w.delete("Ca", "Ca"))
	w.must(m2m.StatusCreated, w.create("Cevil", "cse-in", m2m.TypeAE, `{"m2m:ae":{"rn":"a","api":"Nx","rr":false,"srv":["3"]}}`))
}

func acpOf(name, pv, pvs string) string {
	return `{"m2m:acp":{"rn":"` + name + `","pv":{"acr":[` + pv + `]},"pvs":{"acr":[` + pvs + `]}}}`
}

func TestAPolicyUnderTheNameOfAnotherPermitsNothing(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	p := w.policy(a, `{"acor":["Ca","Cb"],"acop":63}`)
	c := w.container(b, "c", `"acpi":["`+p+`"],"lbl":["secret"]`)
	w.must(m2m.StatusOK, w.retrieve(b, c))
	w.replace()
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
	w.must(m2m.StatusCreated, w.create("Cevil", "cse-in/a", m2m.TypeAccessControlPolicy, acpOf("p", evil, evil)))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve("Cevil", c))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.update("Cevil", c, `{"m2m:cnt":{"acpi":null}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.delete("Cevil", c))
	if got := w.discover("Cevil", "cse-in/b", m2m.FilterCriteria{}); len(got) != 0 {
		t.Errorf("the policy lets discover %v", got)
	}
	// An Update of something else is no leave for the new policy.
	w.must(m2m.StatusUpdated, w.update("CAdmin", c, `{"m2m:cnt":{"lbl":["still secret"]}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve("Cevil", c))
	// Writing the identifier again is.
	w.must(m2m.StatusUpdated, w.update("CAdmin", c, `{"m2m:cnt":{"acpi":["`+p+`"]}}`))
	w.must(m2m.StatusOK, w.retrieve("Cevil", c))
}

func TestAPolicyThatComesLaterPermitsNothingUntilItIsNamedAgain(t *testing.T) {
	w := newWorld(t)
	a := w.ae("Ca")
	c := w.container(a, "c", `"acpi":["cse-in/a/p"]`)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(a, c)) // nor does the creator pass
	p := w.policy(a, `{"acor":["Ca"],"acop":63}`)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(a, c))
	w.must(m2m.StatusUpdated, w.update("CAdmin", c, `{"m2m:cnt":{"acpi":["`+p+`"]}}`))
	w.must(m2m.StatusOK, w.retrieve(a, c))
	// Without any, the creator decides again.
	w.must(m2m.StatusUpdated, w.update(a, c, `{"m2m:cnt":{"acpi":null}}`))
	w.must(m2m.StatusDeleted, w.delete(a, p))
	w.must(m2m.StatusOK, w.retrieve(a, c))
}

func TestAPolicyIsNamedInAnyFormat(t *testing.T) {
	w := newWorld(t)
	a := w.ae("Ca")
	p := w.policy(a, `{"acor":["Ca"],"acop":63}`)
	ri := w.attributes(w.must(m2m.StatusOK, w.retrieve(a, p)))["ri"].(string)
	for i, name := range []string{p, ri, "-/a/p", "/id-in/" + p, "/id-in/" + ri, "//sigil.example/id-in/" + p} {
		c := w.container(a, fmt.Sprint("c", i), `"acpi":["/other/p","`+name+`"]`)
		w.must(m2m.StatusOK, w.retrieve(a, c))
	}
	for i, name := range []string{"cse-in/a", "Ca", "/other/" + p, "//other/id-in/" + p, "none"} {
		c := w.container(a, fmt.Sprint("n", i), `"acpi":["`+name+`"]`)
		w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(a, c))
	}
}

func TestAGroupUnderTheNameOfAnotherHasNoMembersForAPolicy(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	group := func(from, member string) {
		t.Helper()
		w.must(m2m.StatusCreated, w.create(from, "cse-in/a", m2m.TypeGroup, `{"m2m:grp":{"rn":"g","mnm":5,"mid":["`+member+`"]}}`))
	}
	group(a, "Cb")
	members := `{"acor":["cse-in/a/g"],"acop":63}`
	w.must(m2m.StatusCreated, w.create(b, "cse-in/b", m2m.TypeAccessControlPolicy, acpOf("p", members, members+`,{"acor":["CAdmin"],"acop":63}`)))
	p := "cse-in/b/p"
	c := w.container(b, "c", `"acpi":["`+p+`"]`)
	w.must(m2m.StatusOK, w.retrieve(b, c))
	w.must(m2m.StatusOK, w.retrieve(b, p))
	w.replace()
	group("Cevil", "Cevil")
	both := func(want m2m.StatusCode) {
		t.Helper()
		w.must(want, w.retrieve("Cevil", c))
		w.must(want, w.retrieve("Cevil", p))
	}
	both(m2m.StatusOriginatorHasNoPrivilege)
	// Each set of rules means what it meant when that set was written.
	w.must(m2m.StatusUpdated, w.update("CAdmin", p, `{"m2m:acp":{"lbl":["x"]}}`))
	both(m2m.StatusOriginatorHasNoPrivilege)
	w.must(m2m.StatusUpdated, w.update("CAdmin", p, `{"m2m:acp":{"pv":{"acr":[`+members+`]}}}`))
	w.must(m2m.StatusOK, w.retrieve("Cevil", c))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve("Cevil", p))
	w.must(m2m.StatusUpdated, w.update("CAdmin", p, `{"m2m:acp":{"pv":{"acr":[{"acor":["Cx","cse-in/a"],"acop":63}]},"pvs":{"acr":[`+members+`]}}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve("Cevil", c))
	w.must(m2m.StatusOK, w.retrieve("Cevil", p))
	w.must(m2m.StatusUpdated, w.update("CAdmin", p, `{"m2m:acp":{"pv":{"acr":[`+members+`]}}}`))
	both(m2m.StatusOK)
}

// Two policies of one resource name a group alike, and mean two.
func TestPoliciesDoNotShareWhatTheyMeanByAName(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	rule := `{"acor":["cse-in/a/g"],"acop":%d}`
	var names []string
	for i, op := range []int{2, 8} {
		member := []string{"Cx", "Cb"}[i]
		w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeGroup, `{"m2m:grp":{"rn":"g","mnm":5,"mid":["`+member+`"]}}`))
		name := fmt.Sprint("p", i)
		w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
			acpOf(name, fmt.Sprintf(rule, op), `{"acor":["Ca"],"acop":63}`)))
		names = append(names, `"cse-in/a/`+name+`"`)
		if i == 0 {
			w.must(m2m.StatusDeleted, w.delete(a, "cse-in/a/g"))
		}
	}
	c := w.container(a, "c", `"acpi":[`+strings.Join(names, ",")+`]`)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
	w.must(m2m.StatusDeleted, w.delete(b, c))
}

func TestAnAEUnderTheNameOfAnotherIsNoMember(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	w.must(m2m.StatusCreated, w.create(b, "cse-in/b", m2m.TypeGroup, `{"m2m:grp":{"rn":"g","mnm":5,"mid":["cse-in/a","cse-in/none"]}}`))
	p := w.policy(b, `{"acor":["Cb","cse-in/b/g"],"acop":63}`)
	c := w.container(b, "c", `"acpi":["`+p+`"]`)
	w.must(m2m.StatusOK, w.retrieve(a, c))
	w.replace()
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve("Cevil", c))
	w.must(m2m.StatusUpdated, w.update(b, "cse-in/b/g", `{"m2m:grp":{"lbl":["x"]}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve("Cevil", c))
	w.must(m2m.StatusUpdated, w.update(b, "cse-in/b/g", `{"m2m:grp":{"mid":["cse-in/a"]}}`))
	w.must(m2m.StatusOK, w.retrieve("Cevil", c))
}

func TestTheContainerOfALocationPolicyKeepsItsPolicies(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	p := w.policy(a, `{"acor":["Cb"],"acop":2},{"acor":["Ca"],"acop":63}`)
	w.must(m2m.StatusUpdated, w.update("CAdmin", "cse-in/a", `{"m2m:ae":{"acpi":["`+p+`"]}}`))
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeLocationPolicy, `{"m2m:lcp":{"rn":"l","los":2,"lon":"places","acpi":["`+p+`"]}}`))
	w.must(m2m.StatusOK, w.retrieve(b, "cse-in/a/places"))
}

func TestARequestLooksUpNoMoreGroupsThanItsLimit(t *testing.T) {
	w := newWorld(t, func(c *cse.Config) { c.Limits.Scan = 100 })
	a, b := w.ae("Ca"), w.ae("Cb")
	group := func(name, member string) string {
		t.Helper()
		w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeGroup, `{"m2m:grp":{"rn":"`+name+`","mnm":5,"mid":["`+member+`"]}}`))
		return `"cse-in/a/` + name + `"`
	}
	var others []string
	for i := range 150 {
		others = append(others, group(fmt.Sprint("g", i), "Cx"))
	}
	mine := group("mine", "Cb")
	for n, want := range map[int]m2m.StatusCode{50: m2m.StatusOK, 150: m2m.StatusOriginatorHasNoPrivilege} {
		name := fmt.Sprint("p", n)
		w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
			acpOf(name, `{"acor":[`+strings.Join(append(others[:n:n], mine), ",")+`],"acop":63}`, `{"acor":["Ca"],"acop":63}`)))
		w.must(want, w.retrieve(b, w.container(a, fmt.Sprint("c", n), `"acpi":["cse-in/a/`+name+`"]`)))
	}
}
