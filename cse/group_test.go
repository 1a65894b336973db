package cse_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

func TestGroupMembersAreOfItsType(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	w.container(ae, "d", "")
	group := func(name, attributes string) *m2m.Response {
		return w.create(ae, "cse-in/a", m2m.TypeGroup, fmt.Sprintf(`{"m2m:grp":{"rn":"%s","mnm":4,%s}}`, name, attributes))
	}
	members := func(o map[string]any) []any { return o["mid"].([]any) }

	o := w.attributes(w.must(m2m.StatusCreated, group("mixed", `"mid":["cse-in/a","cse-in/a/c","cse-in/a/c"]`)))
	if len(members(o)) != 2 || o["cnm"] != 2.0 || o["mtv"] != true {
		t.Errorf("a mixed group: %v", o)
	}
	o = w.attributes(w.must(m2m.StatusCreated, group("abandon", `"mt":3,"csy":1,"mid":["cse-in/a","cse-in/a/c","cse-in/a/none"]`)))
	if !slices.Equal(members(o), []any{"cse-in/a/c"}) || o["cnm"] != 1.0 || o["mtv"] != true {
		t.Errorf("a group that abandons members: %v", o)
	}
	w.must(m2m.StatusGroupMemberTypeInconsistent, group("strict", `"mt":3,"csy":2,"mid":["cse-in/a"]`))
	o = w.attributes(w.must(m2m.StatusCreated, group("loose", `"mt":3,"csy":3,"mid":["cse-in/a"]`)))
	if o["mt"] != 0.0 || len(members(o)) != 1 {
		t.Errorf("a group that becomes mixed: %v", o)
	}
	o = w.attributes(w.must(m2m.StatusCreated, group("far", `"mt":3,"mid":["/other/c","cse-in/a/abandon/fopt"]`)))
	if o["mtv"] != false || len(members(o)) != 2 {
		t.Errorf("a group with a member elsewhere: %v", o)
	}
	o = w.attributes(w.must(m2m.StatusCreated, group("latest", `"mt":20002,"mid":["cse-in/a/c/la","cse-in/a/la","cse-in/a/c/ol","cse-in/a/c"]`)))
	if !slices.Equal(members(o), []any{"cse-in/a/c/la"}) {
		t.Errorf("a group of latest instances: %v", o)
	}
	w.must(m2m.StatusCreated, group("empty", `"mid":[]`))
	w.must(m2m.StatusMaxNumberOfMemberExceeded, group("many", `"mid":["a1","a2","a3","a4","a5"]`))
	w.must(m2m.StatusMaxNumberOfMemberExceeded, w.update(ae, "cse-in/a/mixed", `{"m2m:grp":{"mnm":1}}`))
	o = w.attributes(w.must(m2m.StatusUpdated, w.update(ae, "cse-in/a/abandon", `{"m2m:grp":{"mid":["cse-in/a/d","cse-in/a"]}}`)))
	if !slices.Equal(members(o), []any{"cse-in/a/d"}) || o["cnm"] != 1.0 {
		t.Errorf("after an update: %v", o)
	}
	w.must(m2m.StatusBadRequest, w.update(ae, "cse-in/a/abandon", `{"m2m:grp":{"mt":2}}`))
	w.must(m2m.StatusOK, w.retrieve(ae, c))
}

// Whether a group is consistent tells the types of its members.
func TestAGroupTellsNoTypesToWhoMaySeeNoneOfIts(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	hidden := w.container(a, "hidden", "")
	for name, acop := range map[string]int{"retrieved": 2, "discovered": 32} {
		w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
			acpOf("p"+name, fmt.Sprintf(`{"acor":["Cb"],"acop":%d}`, acop), `{"acor":["Ca"],"acop":63}`)))
		seen := w.container(a, name, `"acpi":["cse-in/a/p`+name+`"]`)
		w.must(m2m.StatusGroupMemberTypeInconsistent, w.create(b, "cse-in/b", m2m.TypeGroup,
			`{"m2m:grp":{"mt":2,"csy":2,"mnm":5,"mid":["`+seen+`"]}}`))
	}
	for mt := range 5 {
		for csy := range 3 {
			for _, suffix := range []string{"", "/la", "/fopt"} {
				o := w.attributes(w.must(m2m.StatusCreated, w.create(b, "cse-in/b", m2m.TypeGroup,
					fmt.Sprintf(`{"m2m:grp":{"mt":%d,"csy":%d,"mnm":5,"mid":["%s%s","%s"]}}`, mt+1, csy+1, hidden, suffix, "cse-in/a"))))
				if o["mtv"] != false || len(o["mid"].([]any)) != 2 {
					t.Errorf("memberType %d, consistencyStrategy %d, %q: %v", mt+1, csy+1, suffix, o)
				}
			}
		}
	}
}
