package cse_test

import (
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

// TestWhatASubscriptionMayAskFor is TS-0004 7.4.8.2.1 and 7.4.8.2.3, by the
// type of the subscribed-to resource.
func TestWhatASubscriptionMayAskFor(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/a", m2m.TypeTimeSeries, `{"m2m:ts":{"rn":"ts"}}`))
	const bad, ok = m2m.StatusBadRequest, m2m.StatusCreated
	for name, x := range map[string]struct {
		to, attributes string
		want           m2m.StatusCode
	}{
		"a child of a type that may be there":          {c, `"enc":{"net":[3],"chty":[4]}`, ok},
		"a child of a type that is never there":        {c, `"enc":{"net":[3],"chty":[2]}`, bad},
		"modified attributes of a deletion":            {c, `"enc":{"net":[2]},"nct":2`, bad},
		"all attributes of a deletion":                 {c, `"enc":{"net":[2]},"nct":1`, ok},
		"modified attributes of update and creation":   {c, `"enc":{"net":[1,3]},"nct":2`, bad},
		"events and operations":                        {c, `"enc":{"net":[1],"om":[{"ops":1}]}`, bad},
		"operations alone":                             {c, `"enc":{"om":[{"ops":1}]}`, ok},
		"missing data of a container":                  {c, `"enc":{"net":[8],"md":{"num":1,"dur":"PT1S"}}`, bad},
		"missing data of a timeSeries":                 {"cse-in/a/ts", `"enc":{"net":[8],"md":{"num":1,"dur":"PT1S"}}`, ok},
		"missing data that is not described":           {"cse-in/a/ts", `"enc":{"net":[8]}`, bad},
		"a retrieval without a child, of a container":  {c, `"enc":{"net":[5]}`, ok},
		"a retrieval without a child, of an AE":        {"cse-in/a", `"enc":{"net":[5]}`, bad},
		"a trigger for an AE":                          {"cse-in/a", `"enc":{"net":[6]}`, ok},
		"a trigger for a container":                    {c, `"enc":{"net":[6]}`, bad},
		"a blocking update with another policy":        {c, `"enc":{"net":[7]},"bn":{"num":2}`, bad},
		"a blocking update with another condition":     {c, `"enc":{"net":[7],"stb":2}`, bad},
		"a blocking update with another event":         {c, `"enc":{"net":[1,7]},"nct":2`, bad},
		"a blocking update that tells all attributes":  {c, `"enc":{"net":[7]},"nct":1`, bad},
		"a blocking update with attributes and labels": {c, `"enc":{"net":[7],"atr":["lbl"]},"lbl":["x"]`, ok},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{CSE: w.CSE, t: t, clock: w.clock, store: w.store}
			w.must(x.want, w.create(ae, x.to, m2m.TypeSubscription, `{"m2m:sub":{"nu":["Ca"],`+x.attributes+`}}`))
		})
	}
	for name, nu := range map[string]string{
		"goes to two":   `["Ca","Cb"]`,
		"goes to a URL": `["http://127.0.0.1:1/n"]`,
	} {
		t.Run("a blocking update that "+name, func(t *testing.T) {
			d := &world{CSE: w.CSE, t: t, clock: w.clock, store: w.store}
			d.must(bad, d.create(ae, "cse-in/a", m2m.TypeSubscription, `{"m2m:sub":{"nu":`+nu+`,"enc":{"net":[7]}}}`))
		})
	}

	// One subscription to blocking updates is enough, and none becomes one.
	w.must(m2m.StatusBlockingSubscriptionAlreadyExists, w.create(ae, c, m2m.TypeSubscription, `{"m2m:sub":{"nu":["Ca"],"enc":{"net":[7]}}}`))
	w.must(ok, w.create(ae, "cse-in/a", m2m.TypeSubscription, `{"m2m:sub":{"rn":"s","nu":["Ca"],"enc":{"net":[1]}}}`))
	w.must(bad, w.update(ae, "cse-in/a/s", `{"m2m:sub":{"enc":{"net":[7]},"nct":2}}`))
	w.must(bad, w.update(ae, "cse-in/a/s", `{"m2m:sub":{"enc":{"net":[3],"chty":[4]}}}`))
	w.must(bad, w.update(ae, "cse-in/a/s", `{"m2m:sub":{"enc":{"net":[6]}}}`))
	w.must(m2m.StatusUpdated, w.update(ae, "cse-in/a/s", `{"m2m:sub":{"enc":{"net":[3],"chty":[3]}}}`))
}

func TestASubscriptionKnowsItsCreatorIfSomebodyElseIsNotified(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	for nu, want := range map[string]any{
		`["Ca"]`: nil, `["/id-in/Ca?ct=json"]`: nil,
		`["Cb"]`: "Ca", `["Ca","http://127.0.0.1:1/n"]`: "Ca",
	} {
		t.Run(nu, func(t *testing.T) {
			w := &world{CSE: w.CSE, t: t, clock: w.clock, store: w.store}
			o := w.attributes(w.must(m2m.StatusCreated, w.create(ae, "cse-in/a", m2m.TypeSubscription, `{"m2m:sub":{"nu":`+nu+`}}`)))
			if o["cr"] != want {
				t.Errorf("creator is %v, want %v", o["cr"], want)
			}
		})
	}
}

func TestASubscriberMayRetrieveWhatItSubscribesTo(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["Ca"],"acop":1}]},"pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}}`))
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeContainer, `{"m2m:cnt":{"rn":"d","acpi":["cse-in/p"]}}`))
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/d", m2m.TypeContainer, `{"m2m:cnt":{}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.create(ae, "cse-in/d", m2m.TypeSubscription, `{"m2m:sub":{"nu":["Ca"]}}`))
	w.must(m2m.StatusUpdated, w.update("CAdmin", "cse-in/p",
		`{"m2m:acp":{"pv":{"acr":[{"acor":["Ca"],"acop":3}]}}}`))
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/d", m2m.TypeSubscription, `{"m2m:sub":{"nu":["Ca"]}}`))
}

func TestWhetherAChildIsAllowedComesBeforeWhatItIs(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	i := c + "/" + w.instance(ae, c, `"con":"x"`)["rn"].(string)
	for name, x := range map[string]struct {
		to      string
		ty      m2m.ResourceType
		content string
		want    m2m.StatusCode
	}{
		"a wrong child with the content of another type": {c, m2m.TypeAE, `{"m2m:cnt":{}}`, m2m.StatusInvalidChildResourceType},
		"a wrong child with an unknown attribute":        {"cse-in/a", m2m.TypeContentInstance, `{"m2m:cin":{"zzz":1}}`, m2m.StatusInvalidChildResourceType},
		"a wrong child with another root":                {"cse-in/a", m2m.TypeContentInstance, `{"m2m:cnt":{}}`, m2m.StatusInvalidChildResourceType},
		"a right child with another root":                {c, m2m.TypeContentInstance, `{"m2m:cnt":{}}`, m2m.StatusBadRequest},
		"a subscription where there is none":             {i, m2m.TypeSubscription, `{"m2m:sub":{"nu":["Ca"]}}`, m2m.StatusTargetNotSubscribable},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{CSE: w.CSE, t: t, clock: w.clock, store: w.store}
			w.must(x.want, w.create(ae, x.to, x.ty, x.content))
		})
	}
}
