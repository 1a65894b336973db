package cse_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// with sends a request and a Result Content.
func (w *world) with(rcn m2m.ResultContent, req m2m.Request) *m2m.Response {
	w.t.Helper()
	req.ResultContent = &rcn
	return w.do(req)
}

func TestModifiedAttributesTellWhatTheOriginatorDoesNotKnow(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	w.container(ae, "c", "")

	// A group that becomes mixed loses its specializationType.
	rsp := w.with(m2m.RCNModifiedAttributes, m2m.Request{Operation: m2m.Create, To: "cse-in/a", From: ae, ResourceType: m2m.TypeGroup,
		Content: m2m.Content{Data: []byte(`{"m2m:grp":{"rn":"g","mnm":4,"mt":28,"csy":3,"spty":{"cnd":"org.onem2m.x"},"mid":["cse-in/a/c"]}}`)}})
	got := w.attributes(w.must(m2m.StatusCreated, rsp))
	if spty, has := got["spty"]; !has || spty != nil || got["mt"] != 0.0 || got["ri"] == nil {
		t.Errorf("a Create tells %v; want mt, and spty null", got)
	}
	if _, has := got["mid"]; has {
		t.Errorf("a Create tells %v; mid is as it was asked for", got)
	}

	// What is as the originator knows it is no content at all.
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["all"],"acop":4,"aca":["lbl"]}, {"acor":["all"],"acop":2,"aca":["lbl"]}]},"pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}}`))
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeContainer, `{"m2m:cnt":{"rn":"d","acpi":["cse-in/p"]}}`))
	rsp = w.with(m2m.RCNModifiedAttributes, m2m.Request{Operation: m2m.Update, To: "cse-in/d", From: ae,
		Content: m2m.Content{Data: []byte(`{"m2m:cnt":{"lbl":["x"]}}`)}})
	if w.must(m2m.StatusUpdated, rsp); !rsp.Content.Empty() {
		t.Errorf("an Update tells %s to one who may see lbl alone", rsp.Content.Data)
	}
}

func TestADeleteHasNoContentStatus(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	for i := range 3 {
		w.instance(ae, c, fmt.Sprintf(`"con":"%d"`, i))
	}
	limit := 1
	rsp := w.with(m2m.RCNChildReferences, m2m.Request{Operation: m2m.Delete, To: c, From: ae, FilterCriteria: &m2m.FilterCriteria{Limit: &limit}})
	w.must(m2m.StatusDeleted, rsp)
	if rsp.ContentStatus != 0 || rsp.ContentOffset != 0 || rsp.Content.Empty() {
		t.Errorf("content status %v, offset %v, %s", rsp.ContentStatus, rsp.ContentOffset, rsp.Content.Data)
	}
}

func TestAResponseEchoesTheResultExpiration(t *testing.T) {
	w := newWorld(t)
	at := m2m.FormatTimestamp(noon.Add(time.Minute))
	for name, req := range map[string]m2m.Request{
		"success": {Operation: m2m.Retrieve, To: "cse-in", From: "CAdmin", ResultExpiration: at},
		"failure": {Operation: m2m.Retrieve, To: "cse-in/none", From: "CAdmin", ResultExpiration: at},
	} {
		t.Run(name, func(t *testing.T) {
			if rsp := w.do(req); rsp.ResultExpiration != at {
				t.Errorf("result expiration is %q, want %q", rsp.ResultExpiration, at)
			}
		})
	}
	w.must(m2m.StatusBadRequest, w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: "CAdmin", ResultExpiration: at, RequestExpiration: at}))
}

func TestTokensAreNotImplemented(t *testing.T) {
	w := newWorld(t)
	for name, req := range map[string]m2m.Request{
		"tokens":          {Tokens: []string{"a.b.c"}},
		"token IDs":       {TokenIDs: []string{"1@x"}},
		"local token IDs": {LocalTokenIDs: []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			req.Operation, req.To, req.From = m2m.Retrieve, "cse-in", "CAdmin"
			w.must(m2m.StatusNotImplemented, w.do(req))
			req.To = "/other/cse"
			w.must(m2m.StatusNotFound, w.do(req)) // a transit CSE has no opinion
		})
	}
}

func TestASpecialisationHasNoSchemaOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in", m2m.TypeNode, `{"m2m:nod":{"rn":"n","ni":"1"}}`))
	w.must(m2m.StatusBadRequest, w.create("CAdmin", "cse-in/n", m2m.TypeMgmtObj, `{"m2m:bat":{"mgd":1006,"btl":1,"bts":1,"mgs":"http://x"}}`))
	w.must(m2m.StatusCreated, w.create("CAdmin", "cse-in/n", m2m.TypeMgmtObj, `{"m2m:bat":{"mgd":1006,"btl":1,"bts":1}}`))
}

func TestWhoWantsNoResponseHasNoResultContent(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	p := w.policy(a, `{"acor":["Cb"],"acop":8}`)
	c := w.container(a, "c", `"acpi":["`+p+`"]`)
	for _, v := range []m2m.ResultContent{m2m.RCNAttributes, m2m.RCNPermissions} {
		rsp := w.must(m2m.StatusAccepted, w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/a", From: a, ResponseType: m2m.NoResponse, ResultContent: rcn(v)}))
		if !rsp.Content.Empty() {
			t.Errorf("rcn %d: %s", v, rsp.Content.Data)
		}
	}
	// Cb may not retrieve what it deletes, and asks for nothing that counts.
	w.must(m2m.StatusAccepted, w.do(m2m.Request{Operation: m2m.Delete, To: c, From: b, ResponseType: m2m.NoResponse, ResultContent: rcn(m2m.RCNAttributes)}))
	w.must(m2m.StatusNotFound, w.retrieve(a, c))
}

func TestAnAsteriskStandsForOthersInADiscoveryAlone(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	w.instance(ae, c, `"con":"a*c"`)
	w.instance(ae, c, `"con":"abc"`)
	like := func(text string) m2m.FilterCriteria {
		return m2m.FilterCriteria{Attributes: []m2m.AttributeCondition{{Name: "con", Value: text}}}
	}
	if got := w.discover(ae, c, like("a*c")); len(got) != 2 {
		t.Errorf("a discovery finds %v", got)
	}
	for text, want := range map[string]m2m.StatusCode{"abc": m2m.StatusOK, "a*c": m2m.StatusNotFound, "*": m2m.StatusNotFound} {
		f := like(text)
		w.must(want, w.do(m2m.Request{Operation: m2m.Retrieve, To: c + "/la", From: ae, FilterCriteria: &f}))
	}
	f := like("a*c")
	f.Usage = m2m.ConditionalRetrieval
	rsp := w.must(m2m.StatusOK, w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: ae, ResultContent: rcn(m2m.RCNChildResources), FilterCriteria: &f}))
	if got := string(rsp.Content.Data); !strings.Contains(got, `"a*c"`) || strings.Contains(got, `"abc"`) {
		t.Errorf("children: %s", got)
	}
}
