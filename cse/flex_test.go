package cse_test

import (
	"testing"
	"testing/fstest"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
)

func TestAFlexContainerCountsItsInstancesIfItKeepsThem(t *testing.T) {
	own, err := schema.New(fstest.MapFS{"lamp.def": {Data: []byte(
		"object my:state\n  fcied fcied xs:boolean 1\nflexContainer lamp my:lamp com.example.lamp\n  state state my:state 0..1 O O OA\n")}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *cse.Config) { c.Schema = own })
	for attributes, want := range map[string]bool{
		``:                                      false,
		`,"fcied":true`:                         true,
		`,"fcied":false`:                        false,
		`,"state":{"fcied":true}`:               false,
		`,"state":{"fcied":true},"fcied":false`: false,
		`,"state":{"fcied":false},"fcied":true`: true,
	} {
		o := w.attributes(w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeFlexContainer, `{"my:lamp":{"cnd":"com.example.lamp"`+attributes+`}}`)))
		if _, counts := o["cni"]; counts != want {
			t.Errorf("%s: %v", attributes, o)
		}
	}
}
