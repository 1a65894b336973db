package cse_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
)

func TestResourcesWhoseDefinitionHasGoneAreShownAndDeletedAndNotUpdated(t *testing.T) {
	own, err := schema.New(fstest.MapFS{"lamp.def": {Data: []byte("flexContainer lamp my:lamp com.example.lamp\n  mode mode xs:integer 1 M O OA\n")}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *cse.Config) { c.Schema = own })
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeFlexContainer, `{"my:lamp":{"rn":"lamp","cnd":"com.example.lamp","mode":3}}`))
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in/lamp", m2m.TypeContainer, `{"m2m:cnt":{"rn":"cnt"}}`))

	c, err := cse.New(context.Background(), cse.Config{Store: w.store, Schema: types, Clock: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w.CSE.Close()
	w.CSE = c

	for to, root := range map[string]string{"cse-in/lamp": `{"m2m:fcnt":{"ty":28,`, "cse-in/lamp/cnt": `{"m2m:cnt":{`} {
		if got := string(w.must(m2m.StatusOK, w.retrieve("CAdmin", to)).Content.Data); !strings.HasPrefix(got, root) {
			t.Errorf("%s is %s", to, got)
		}
	}
	if got := string(w.retrieve("CAdmin", "cse-in/lamp").Content.Data); !strings.Contains(got, `"mode":3`) {
		t.Errorf("without its custom attribute: %s", got)
	}
	for _, root := range []string{"m2m:fcnt", "my:lamp"} {
		w.must(m2m.StatusOperationNotAllowed, w.update("CAdmin", "cse-in/lamp", `{"`+root+`":{"lbl":["x"]}}`))
	}
	w.must(m2m.StatusDeleted, w.delete("CAdmin", "cse-in/lamp"))
	w.must(m2m.StatusNotFound, w.retrieve("CAdmin", "cse-in/lamp/cnt"))
}
