package cse_test

import (
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

// TestWhatIsKeptForSomeRegistrees is TS-0004 7.4.4.2.1, 7.4.11.2.1 and
// 7.4.21.2: whatever policies permit.
func TestWhatIsKeptForSomeRegistrees(t *testing.T) {
	w := newWorld(t)
	ae, other := w.ae("Ca"), w.ae("Cb")
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["all"],"acop":63}]},"pvs":{"acr":[{"acor":["all"],"acop":63}]}}}`))
	w.must(m2m.StatusUpdated, w.update(ae, "cse-in/a", `{"m2m:ae":{"acpi":["cse-in/p"]}}`))

	w.must(m2m.StatusOriginatorHasNoPrivilege, w.create(other, "cse-in/a", m2m.TypePollingChannel, `{"m2m:pch":{}}`))
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/a", m2m.TypePollingChannel, `{"m2m:pch":{"rn":"p"}}`))
	w.must(m2m.StatusConflict, w.create(ae, "cse-in/a", m2m.TypePollingChannel, `{"m2m:pch":{}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(other, "cse-in/a/p"))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.update(other, "cse-in/a/p", `{"m2m:pch":{"lbl":["x"]}}`))
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.delete(other, "cse-in/a/p"))
	rsp := w.with(m2m.RCNAttributesAndChildResources, m2m.Request{Operation: m2m.Retrieve, To: "cse-in/a", From: other})
	if o := w.attributes(w.must(m2m.StatusOK, rsp)); o["m2m:pch"] != nil {
		t.Errorf("the polling channel is shown to another AE: %v", o)
	}
	w.must(m2m.StatusUpdated, w.update(ae, "cse-in/a/p", `{"m2m:pch":{"lbl":["x"]}}`))
	w.must(m2m.StatusDeleted, w.delete(ae, "cse-in/a/p"))
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/a", m2m.TypePollingChannel, `{"m2m:pch":{}}`))

	csr := m2m.Content{Data: []byte(`{"m2m:csr":{"rn":"r","cb":"/r/cse","rr":false,"srv":["3"]}}`)}
	req := m2m.Request{Operation: m2m.Create, To: "cse-in", From: ae, ResourceType: m2m.TypeRemoteCSE, Content: csr}
	w.must(m2m.StatusSecurityAssociationRequired, w.do(req))
	req.Peer.Entities = []string{ae}
	w.must(m2m.StatusOperationNotAllowed, w.do(req))
	req.From, req.Peer.Entities = "/r", []string{"/r"}
	if o := w.attributes(w.must(m2m.StatusCreated, w.do(req))); o["csi"] != "/r" {
		t.Errorf("CSE-ID is %v, want the originator", o["csi"])
	}
	req.Content.Data = []byte(`{"m2m:csr":{"cb":"/r/cse","rr":false,"srv":["3"]}}`)
	w.must(m2m.StatusOriginatorHasAlreadyRegistered, w.do(req))

	const dlv = `{"m2m:dlv":{"rn":"d","sr":"/a","tg":"/b","ls":"20270101T000000","ec":2,"dmd":{"tcop":false}}}`
	w.must(m2m.StatusOperationNotAllowed, w.create(ae, "cse-in", m2m.TypeDelivery, dlv))
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeDelivery, dlv))
	w.must(m2m.StatusOperationNotAllowed, w.delete(ae, "cse-in/d"))
}

func TestTimeSeries(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	create := func(attributes string) *m2m.Response {
		return w.create(ae, "cse-in/a", m2m.TypeTimeSeries, `{"m2m:ts":{`+attributes+`}}`)
	}
	for name, x := range map[string]struct {
		attributes string
		want       m2m.StatusCode
	}{
		"half the interval":                        {`"pei":1000,"peid":500`, m2m.StatusCreated},
		"more than half the interval":              {`"pei":1000,"peid":501`, m2m.StatusBadRequest},
		"detection without a timer":                {`"pei":1000,"mdd":true`, m2m.StatusBadRequest},
		"a timer that is not above the delta":      {`"pei":1000,"peid":100,"mdd":true,"mdt":100`, m2m.StatusBadRequest},
		"a timer that is above the delta":          {`"pei":1000,"peid":100,"mdd":true,"mdt":101`, m2m.StatusCreated},
		"a timer above the delta of the CSE's own": {`"pei":1000,"mdd":true,"mdt":101`, m2m.StatusCreated},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{CSE: w.CSE, t: t, clock: w.clock, store: w.store}
			w.must(x.want, w.create(ae, "cse-in/a", m2m.TypeTimeSeries, `{"m2m:ts":{`+x.attributes+`}}`))
		})
	}
	if o := w.attributes(w.must(m2m.StatusCreated, create(`"rn":"ts","pei":1000,"mdt":2000`))); o["peid"] != 100.0 {
		t.Errorf("peid is %v, want the CSE's own", o["peid"])
	}
	update := func(attributes string) *m2m.Response {
		return w.update(ae, "cse-in/a/ts", `{"m2m:ts":{`+attributes+`}}`)
	}
	if o := w.attributes(w.must(m2m.StatusUpdated, update(`"pei":100`))); o["peid"] != 10.0 {
		t.Errorf("peid is %v, want one that fits", o["peid"])
	}
	w.must(m2m.StatusBadRequest, update(`"mdd":true,"mdt":3000`))
	w.must(m2m.StatusUpdated, update(`"mdd":true`))
	w.must(m2m.StatusBadRequest, update(`"mdt":3000`))
	w.must(m2m.StatusUpdated, update(`"lbl":["x"]`))
	w.must(m2m.StatusUpdated, update(`"mdd":false`))
	w.must(m2m.StatusUpdated, update(`"mdt":3000`))

	// One instance of one time.
	instance := func(dgt string) *m2m.Response {
		return w.create(ae, "cse-in/a/ts", m2m.TypeTimeSeriesInstance, `{"m2m:tsi":{"dgt":"`+dgt+`","con":"\"dgt\":\"20260101T000009\""}}`)
	}
	w.must(m2m.StatusCreated, instance("20260101T000000"))
	w.must(m2m.StatusConflict, instance("20260101T000000"))
	w.must(m2m.StatusConflict, instance("20260101T000000,000"))
	w.must(m2m.StatusCreated, instance("20260101T000009"))
	w.must(m2m.StatusDeleted, w.delete(ae, "cse-in/a/ts/ol"))
	w.must(m2m.StatusCreated, instance("20260101T000000"))
}
