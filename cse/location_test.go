package cse_test

import (
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

func TestALocationPolicyHasAContainer(t *testing.T) {
	w := newWorld(t)
	create := func(attributes string) *m2m.Response {
		return w.create("CAdmin", "cse-in", m2m.TypeLocationPolicy, `{"m2m:lcp":{"los":2,`+attributes+`}}`)
	}
	for name, lon := range map[string]string{"where": `"rn":"p","lon":"where"`, "": `"rn":"p","lon":"no name"`} {
		p := w.attributes(w.must(m2m.StatusCreated, create(lon)))
		c := w.attributes(w.must(m2m.StatusOK, w.retrieve("CAdmin", p["loi"].(string))))
		if c["li"] != p["ri"] || c["et"] != p["et"] || c["pi"] != p["pi"] || c["st"] != 0.0 || c["cni"] != 0.0 {
			t.Errorf("container %v of policy %v", c, p)
		}
		if name != "" && c["rn"] != name {
			t.Errorf("its name is %v, want %s", c["rn"], name)
		}
		w.must(m2m.StatusCreated, w.create("CAdmin", p["loi"].(string), m2m.TypeContentInstance, `{"m2m:cin":{"con":"here"}}`))
		w.must(m2m.StatusDeleted, w.delete("CAdmin", "cse-in/p"))
		w.must(m2m.StatusNotFound, w.retrieve("CAdmin", p["loi"].(string)))
	}
	w.must(m2m.StatusCreated, create(`"rn":"p","lon":"where"`))
	w.must(m2m.StatusConflict, create(`"rn":"q","lon":"where"`))
	w.must(m2m.StatusNotFound, w.retrieve("CAdmin", "cse-in/q"))
	w.must(m2m.StatusDeleted, w.delete("CAdmin", "cse-in/where"))
	w.must(m2m.StatusDeleted, w.delete("CAdmin", "cse-in/p"))
}
