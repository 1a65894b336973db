package cse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
)

func TestEveryFormOfAnAddressLeadsToTheSameResource(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	ri := w.attributes(w.retrieve(ae, c))["ri"].(string)
	for _, relative := range []string{c, "-/a/c", ri, "Ca/c", c + "/"} {
		for _, prefix := range []string{"", "/id-in/", "//sigil.example/id-in/"} {
			to := prefix + relative
			t.Run(to, func(t *testing.T) {
				if got := w.attributes(w.must(m2m.StatusOK, w.retrieve(ae, to))); got["ri"] != ri {
					t.Errorf("leads to %v", got["ri"])
				}
			})
		}
	}
	for _, to := range []string{"/id-in", "//sigil.example/id-in", "-", "cse-in", "id-in"} {
		if got := w.attributes(w.must(m2m.StatusOK, w.retrieve("CAdmin", to))); got["ty"] != 5.0 {
			t.Errorf("%s leads to %v", to, got)
		}
	}
	for to, want := range map[string]m2m.StatusCode{
		"/other/x": m2m.StatusNotFound, "//else.example/id-in/x": m2m.StatusNotFound,
		"cse-in/a/none": m2m.StatusNotFound, "nothing": m2m.StatusNotFound, "cse-in//a": m2m.StatusBadRequest,
		"cse-in/a/c/la/x": m2m.StatusNotFound, c + "#": m2m.StatusBadRequest,
	} {
		w.must(want, w.retrieve(ae, to))
	}
}

func TestUpdate(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", `"lbl":["a"],"mni":5,"cr":null`)
	before := w.attributes(w.retrieve(ae, c))
	if before["cr"] != "Ca" {
		t.Errorf("creator is %v", before["cr"])
	}
	w.clock.Advance(time.Second)
	got := w.attributes(w.must(m2m.StatusUpdated, w.update(ae, c, `{"m2m:cnt":{"lbl":null,"mbs":99}}`)))
	if got["lbl"] != nil || got["mbs"] != 99.0 || got["mni"] != 5.0 || got["st"] != 1.0 ||
		got["lt"] == before["lt"] || got["ct"] != before["ct"] || got["cr"] != "Ca" {
		t.Errorf("after the update: %v", got)
	}
	for name, content := range map[string]string{
		"deletes what every container has": `{"m2m:cnt":{"st":null}}`,
		"sets what only the CSE sets":      `{"m2m:cnt":{"cni":1}}`,
		"renames":                          `{"m2m:cnt":{"rn":"d"}}`,
		"an unknown attribute":             `{"m2m:cnt":{"zzz":1}}`,
		"another type":                     `{"m2m:ae":{"lbl":["x"]}}`,
		"a time in the past":               `{"m2m:cnt":{"et":"20200101T000000"}}`,
		"a creator":                        `{"m2m:cnt":{"cr":null}}`,
		"two members":                      `{"m2m:cnt":{},"m2m:ae":{}}`,
		"no object":                        `{"m2m:cnt":[]}`,
	} {
		t.Run(name, func(t *testing.T) { w.must(m2m.StatusBadRequest, w.update(ae, c, content)) })
	}
	if after := w.attributes(w.retrieve(ae, c)); after["st"] != 1.0 {
		t.Errorf("a refused update has changed the resource: %v", after)
	}
	w.clock.Advance(time.Second)
	rcn := m2m.RCNModifiedAttributes
	rsp := w.do(m2m.Request{Operation: m2m.Update, To: c, From: ae, ResultContent: &rcn, Content: m2m.Content{Data: []byte(`{"m2m:cnt":{"mni":6}}`)}})
	if got := w.attributes(rsp); len(got) != 2 || got["st"] != 2.0 || got["lt"] == nil {
		t.Errorf("modified attributes are %v, want lt and st", got)
	}
}

func TestExpiration(t *testing.T) {
	w := newWorld(t, func(c *cse.Config) {
		c.Timers.DefaultExpiration = time.Hour
		c.Timers.MaximumExpiration = 2 * time.Hour
	})
	ae := w.ae("Ca") // expires in an hour
	if got := w.attributes(w.retrieve(ae, "Ca")); got["et"] != "20261123T130000,000000" {
		t.Errorf("default expiration is %v", got["et"])
	}
	w.must(m2m.StatusUpdated, w.update(ae, "Ca", `{"m2m:ae":{"et":"20300101T000000"}}`))
	if got := w.attributes(w.retrieve(ae, "Ca")); got["et"] != "20261123T140000,000000" {
		t.Errorf("expiration is %v, want the maximum", got["et"])
	}
	c := w.container(ae, "c", `"et":"20300101T000000"`)
	if got := w.attributes(w.retrieve(ae, c)); got["et"] != "20261123T140000,000000" {
		t.Errorf("expiration is %v, want the parent's", got["et"])
	}
	// A parent does not leave its child behind. TS-0004 7.3.3.4
	w.must(m2m.StatusBadRequest, w.update(ae, "Ca", `{"m2m:ae":{"et":"20261123T133000"}}`))
	w.must(m2m.StatusUpdated, w.update(ae, c, `{"m2m:cnt":{"et":"20261123T123000"}}`))
	w.must(m2m.StatusUpdated, w.update(ae, "Ca", `{"m2m:ae":{"et":"20261123T133000"}}`))
	w.must(m2m.StatusUpdated, w.update(ae, c, `{"m2m:cnt":{"et":null}}`))
	if got := w.attributes(w.retrieve(ae, c)); got["et"] != "20261123T130000,000000" {
		t.Errorf("expiration without a value is %v", got["et"])
	}
	w.clock.Advance(time.Hour)
	w.must(m2m.StatusNotFound, w.retrieve(ae, c))
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/a", m2m.TypeContainer, `{"m2m:cnt":{"rn":"c"}}`))
	w.clock.Advance(time.Hour)
	w.must(m2m.StatusOriginatorNotAuthenticated, w.retrieve(ae, "cse-in"))
	if n := w.discover("CAdmin", "cse-in", m2m.FilterCriteria{}); len(n) != 0 {
		t.Errorf("left after all has expired: %v", n)
	}
}

func TestADeletedSubtreeIsGoneAtOnceAndFreedLater(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	var instances []string
	for i := range 20 {
		c := w.container(ae, fmt.Sprint("c", i), "")
		for range 20 {
			instances = append(instances, w.instance(ae, c, `"con":"x","lbl":["l"]`)["ri"].(string))
		}
	}
	w.must(m2m.StatusDeleted, w.delete(ae, "Ca"))
	for _, ri := range instances {
		w.must(m2m.StatusNotFound, w.retrieve("CAdmin", ri))
	}
	if got := w.discover("CAdmin", "cse-in", m2m.FilterCriteria{Labels: []string{"l"}}); len(got) != 0 {
		t.Errorf("discovered %d of a deleted subtree", len(got))
	}
	w.ae("Ca") // the name is free
	for more := true; more; {
		var err error
		if more, err = w.store.Reap(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.must(m2m.StatusNotFound, w.retrieve("CAdmin", instances[0]))
}

func TestResultContent(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	w.instance(ae, c, `"con":"1","rn":"i1"`)
	w.instance(ae, c, `"con":"2","rn":"i2","lbl":["x"]`)
	w.must(m2m.StatusCreated, w.create(ae, c, m2m.TypeContainer, `{"m2m:cnt":{"rn":"d"}}`))
	w.instance(ae, c+"/d", `"con":"3","rn":"i3"`)
	get := func(rcn m2m.ResultContent, f *m2m.FilterCriteria) (*m2m.Response, map[string]any) {
		t.Helper()
		rsp := w.must(m2m.StatusOK, w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: ae, ResultContent: &rcn, FilterCriteria: f}))
		return rsp, w.attributes(rsp)
	}
	_, o := get(m2m.RCNAttributesAndChildResources, nil)
	if len(o["m2m:cin"].([]any)) != 2 || o["rn"] != "c" || o["m2m:cnt"].([]any)[0].(map[string]any)["m2m:cin"] == nil {
		t.Errorf("attributes and children: %v", o)
	}
	_, o = get(m2m.RCNChildResources, nil)
	if len(o) != 2 {
		t.Errorf("children alone: %v", o)
	}
	_, o = get(m2m.RCNChildReferences, nil)
	if len(o) != 1 || len(o["ch"].([]any)) != 4 {
		t.Errorf("references: %v", o)
	}
	_, o = get(m2m.RCNAttributesAndChildReferences, &m2m.FilterCriteria{ResourceTypes: []m2m.ResourceType{m2m.TypeContentInstance}})
	if o["rn"] != "c" || len(o["ch"].([]any)) != 3 {
		t.Errorf("attributes and references: %v", o)
	}
	// Paging goes by direct children: container d with what is in it, i1, i2.
	one, two := 1, 2
	rsp, o := get(m2m.RCNChildReferences, &m2m.FilterCriteria{Limit: &two})
	if rsp.ContentStatus != m2m.PartialContent || rsp.ContentOffset != 2 || len(o["ch"].([]any)) != 2 {
		t.Errorf("first page: status %v, offset %v, %v", rsp.ContentStatus, rsp.ContentOffset, o)
	}
	rsp, o = get(m2m.RCNChildReferences, &m2m.FilterCriteria{Limit: &two, Offset: &rsp.ContentOffset})
	if rsp.ContentStatus != 0 || len(o["ch"].([]any)) != 2 {
		t.Errorf("second page: status %v, %v", rsp.ContentStatus, o)
	}
	_, o = get(m2m.RCNChildReferences, &m2m.FilterCriteria{Level: &one})
	if len(o["ch"].([]any)) != 3 {
		t.Errorf("level 1: %v", o)
	}
	rcn := m2m.RCNHierarchicalAddressAttributes
	rsp = w.do(m2m.Request{Operation: m2m.Create, To: c, From: ae, ResourceType: m2m.TypeContentInstance, ResultContent: &rcn,
		Content: m2m.Content{Data: []byte(`{"m2m:cin":{"con":"x","rn":"n"}}`)}})
	if got := string(rsp.Content.Data); !strings.HasPrefix(got, `{"m2m:rce":{"uri":"cse-in/a/c/n","m2m:cin":{`) {
		t.Errorf("address and attributes: %s", got)
	}
}

func TestRequestTimes(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	at := func(change func(*m2m.Request)) *m2m.Response {
		r := m2m.Request{Operation: m2m.Retrieve, To: "Ca", From: ae}
		change(&r)
		return w.do(r)
	}
	w.must(m2m.StatusRequestTimeout, at(func(r *m2m.Request) { r.RequestExpiration = "20200101T000000" }))
	w.must(m2m.StatusRequestTimeout, at(func(r *m2m.Request) { r.RequestExpiration = "-1" }))
	w.must(m2m.StatusBadRequest, at(func(r *m2m.Request) { r.RequestExpiration = "tomorrow" }))
	w.must(m2m.StatusOK, at(func(r *m2m.Request) { r.RequestExpiration = "5000" }))
	w.must(m2m.StatusRequestTimeout, at(func(r *m2m.Request) { r.ResultExpiration = "20200101T000000" }))
	w.must(m2m.StatusRequestTimeout, at(func(r *m2m.Request) { r.OperationExecutionTime, r.RequestExpiration = "9000", "5000" }))
	w.must(m2m.StatusReleaseVersionNotSupported, at(func(r *m2m.Request) { r.ReleaseVersion = "9" }))
	rsp := at(func(r *m2m.Request) { r.OriginatingTimestamp, r.VendorInformation = "20261123T115959", "v" })
	if rsp.VendorInformation != "v" || rsp.OriginatingTimestamp == "" || rsp.ReleaseVersion != "3" {
		t.Errorf("the response lacks what the request had: %+v", rsp)
	}

	// A request is held until its time has come.
	done := make(chan *m2m.Response)
	go func() {
		done <- w.Handle(t.Context(), &m2m.Request{Operation: m2m.Retrieve, To: "Ca", From: ae, RequestID: "x", ReleaseVersion: "3", OperationExecutionTime: "3000"})
	}()
	for w.clock.Waiting() < 2 { // the sweeper's timer and the request's
		time.Sleep(time.Millisecond)
	}
	select {
	case rsp := <-done:
		t.Fatalf("answered before its time: %v", rsp.Status)
	default:
	}
	w.clock.Advance(3 * time.Second)
	w.must(m2m.StatusOK, <-done)
}
