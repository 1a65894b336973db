package cse_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

func TestContainerKeepsTheNewestInstances(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Clight")
	c := w.container(ae, "c", `"mni":3,"mbs":8`)
	for i, con := range []string{"aa", "bb", "cc", "dd"} {
		w.instance(ae, c, fmt.Sprintf(`"con":%q,"rn":"i%d"`, con, i))
	}
	got := w.attributes(w.retrieve(ae, c))
	if got["cni"] != 3.0 || got["cbs"] != 6.0 || got["st"] != 4.0 {
		t.Errorf("cni %v, cbs %v, st %v; want 3, 6, 4", got["cni"], got["cbs"], got["st"])
	}
	w.must(m2m.StatusNotFound, w.retrieve(ae, c+"/i0"))
	if o := w.attributes(w.retrieve(ae, c+"/ol")); o["con"] != "bb" || o["st"] != 2.0 {
		t.Errorf("oldest is %v", o)
	}
	// maxByteSize evicts as many as it takes.
	w.instance(ae, c, `"con":"1234567"`)
	got = w.attributes(w.retrieve(ae, c))
	if got["cni"] != 1.0 || got["cbs"] != 7.0 {
		t.Errorf("cni %v, cbs %v; want 1, 7", got["cni"], got["cbs"])
	}
	// What can never fit is refused. TS-0004 7.4.7.2.1
	w.must(m2m.StatusNotAcceptable, w.create(ae, c, m2m.TypeContentInstance, `{"m2m:cin":{"con":"123456789"}}`))
	// Lowering a limit evicts at once.
	w.must(m2m.StatusUpdated, w.update(ae, c, `{"m2m:cnt":{"mni":0}}`))
	if got := w.attributes(w.retrieve(ae, c)); got["cni"] != 0.0 || got["cbs"] != 0.0 {
		t.Errorf("cni %v, cbs %v after mni 0", got["cni"], got["cbs"])
	}
	w.must(m2m.StatusNotFound, w.retrieve(ae, c+"/la"))
}

func TestInstancesExpireWithTheirAge(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Clight")
	c := w.container(ae, "c", `"mia":10`)
	first := w.instance(ae, c, `"con":"a"`)
	w.clock.Advance(6 * time.Second)
	w.instance(ae, c, `"con":"b"`)
	w.clock.Advance(4 * time.Second)
	w.must(m2m.StatusNotFound, w.retrieve(ae, first["ri"].(string)))
	if got := w.attributes(w.retrieve(ae, c)); got["cni"] != 1.0 || got["cbs"] != 1.0 {
		t.Errorf("cni %v, cbs %v; want 1, 1", got["cni"], got["cbs"])
	}
	if got := w.attributes(w.retrieve(ae, c+"/ol")); got["con"] != "b" {
		t.Errorf("oldest is %v", got)
	}
	w.clock.Advance(time.Hour)
	w.must(m2m.StatusNotFound, w.retrieve(ae, c+"/la"))
}

func TestDisabledRetrievalHidesInstances(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Clight")
	c := w.container(ae, "c", `"disr":true`)
	i := w.instance(ae, c, `"con":"a"`)["ri"].(string)
	for _, to := range []string{c + "/la", c + "/ol", i, c + "/" + i} {
		w.must(m2m.StatusOperationNotAllowed, w.retrieve(ae, to))
		w.must(m2m.StatusOperationNotAllowed, w.delete(ae, to))
	}
	rcn := m2m.RCNAttributesAndChildResources
	rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: ae, ResultContent: &rcn})
	if o := w.attributes(rsp); o["m2m:cin"] != nil {
		t.Errorf("the container's representation shows instances: %s", rsp.Content.Data)
	}
}

func TestVirtualResources(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Clight")
	c := w.container(ae, "c", "")
	w.must(m2m.StatusNotFound, w.retrieve(ae, c+"/la"))
	w.must(m2m.StatusNotFound, w.delete(ae, c+"/ol"))
	w.must(m2m.StatusOperationNotAllowed, w.update(ae, c+"/la", `{"m2m:cin":{"lbl":["x"]}}`))
	w.must(m2m.StatusOperationNotAllowed, w.create(ae, c+"/la", m2m.TypeContentInstance, `{"m2m:cin":{"con":"x"}}`))
	w.must(m2m.StatusConflict, w.create(ae, c, m2m.TypeContentInstance, `{"m2m:cin":{"con":"x","rn":"la"}}`))
	for _, con := range []string{"1", "2", "3"} {
		w.instance(ae, c, `"con":"`+con+`"`)
	}
	w.must(m2m.StatusDeleted, w.delete(ae, c+"/la"))
	w.must(m2m.StatusDeleted, w.delete(ae, c+"/ol"))
	if got := w.attributes(w.retrieve(ae, c+"/la")); got["con"] != "2" {
		t.Errorf("latest is %v", got)
	}
	// The hybrid form of TS-0001 7.2: resourceID, then the virtual child.
	ri := w.attributes(w.retrieve(ae, c))["ri"].(string)
	if got := w.attributes(w.retrieve(ae, ri+"/ol")); got["con"] != "2" {
		t.Errorf("oldest is %v", got)
	}
}

func TestManyCreateInOneContainerAtOnce(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Clight")
	c := w.container(ae, "c", `"mni":50`)
	const clients, each = 20, 25
	var wg sync.WaitGroup
	names := make([][]string, clients)
	for i := range clients {
		wg.Go(func() {
			for range each {
				rsp := w.Handle(t.Context(), &m2m.Request{Operation: m2m.Create, To: c, From: ae, RequestID: "x", ReleaseVersion: "3",
					ResourceType: m2m.TypeContentInstance, Content: m2m.Content{Data: []byte(`{"m2m:cin":{"con":"0123456789"}}`)}})
				if rsp.Status != m2m.StatusCreated {
					t.Errorf("create: %v %s", rsp.Status, rsp.Content.Data)
					return
				}
				names[i] = append(names[i], rsp.Location)
				if rsp := w.Handle(t.Context(), &m2m.Request{Operation: m2m.Retrieve, To: c + "/la", From: ae, RequestID: "y", ReleaseVersion: "3"}); rsp.Status != m2m.StatusOK {
					t.Errorf("latest: %v %s", rsp.Status, rsp.Content.Data)
				}
			}
		})
	}
	wg.Wait()
	seen := make(map[string]bool)
	for _, list := range names {
		for _, n := range list {
			if seen[n] {
				t.Errorf("%s was made twice", n)
			}
			seen[n] = true
		}
	}
	got := w.attributes(w.retrieve(ae, c))
	if got["cni"] != 50.0 || got["cbs"] != 500.0 || got["st"] != float64(clients*each) {
		t.Errorf("cni %v, cbs %v, st %v", got["cni"], got["cbs"], got["st"])
	}
}

// TestTheStateTagCountsWhatHappensBelow is TS-0001 10.1.4 and 9.6.1.3.2.
func TestTheStateTagCountsWhatHappensBelow(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	for _, x := range []struct {
		what string
		rsp  func() *m2m.Response
		want float64
	}{
		{"a child container is created", func() *m2m.Response {
			return w.create(ae, c, m2m.TypeContainer, `{"m2m:cnt":{"rn":"d"}}`)
		}, 0},
		{"a child container is updated", func() *m2m.Response { return w.update(ae, c+"/d", `{"m2m:cnt":{"lbl":["x"]}}`) }, 1},
		{"an instance is created", func() *m2m.Response {
			return w.create(ae, c, m2m.TypeContentInstance, `{"m2m:cin":{"con":"x"}}`)
		}, 2},
		{"the instance is deleted", func() *m2m.Response { return w.delete(ae, c+"/la") }, 3},
		{"a refused update", func() *m2m.Response { return w.update(ae, c+"/d", `{"m2m:cnt":{"zzz":1}}`) }, 3},
	} {
		x.rsp()
		if got := w.attributes(w.retrieve(ae, c))["st"]; got != x.want {
			t.Errorf("%s: st is %v, want %v", x.what, got, x.want)
		}
	}
}

func TestInstancesThatNobodyCouldRetrieveAreNeverShown(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	for name, content := range map[string]string{"false": `{"m2m:cnt":{"disr":false}}`, "null": `{"m2m:cnt":{"disr":null}}`} {
		c := w.container(ae, name, `"disr":true`)
		w.instance(ae, c, `"con":"x"`)
		w.must(m2m.StatusOperationNotAllowed, w.retrieve(ae, c+"/la"))
		w.must(m2m.StatusUpdated, w.update(ae, c, `{"m2m:cnt":{"mni":5}}`))
		if got := w.attributes(w.retrieve(ae, c))["cni"]; got != 1.0 {
			t.Errorf("cni is %v, want 1", got)
		}
		got := w.attributes(w.must(m2m.StatusUpdated, w.update(ae, c, content)))
		if got["cni"] != 0.0 || got["cbs"] != 0.0 {
			t.Errorf("disr becomes %s: %v", name, got)
		}
		w.must(m2m.StatusNotFound, w.retrieve(ae, c+"/la"))
		w.instance(ae, c, `"con":"y"`)
		w.must(m2m.StatusOK, w.retrieve(ae, c+"/la"))
	}
}

func TestALargeContainerShrinksWithoutHoldingOthers(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Clight")
	fill := func(name, attributes string) string {
		c := w.container(ae, name, attributes)
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				for range 30 {
					w.Handle(t.Context(), &m2m.Request{Operation: m2m.Create, To: c, From: ae, RequestID: "x", ReleaseVersion: "3",
						ResourceType: m2m.TypeContentInstance, Content: m2m.Content{Data: []byte(`{"m2m:cin":{"con":"0123456789"}}`)}})
				}
			})
		}
		wg.Wait()
		return c
	}
	c := fill("shrinks", "")
	got := w.attributes(w.must(m2m.StatusUpdated, w.update(ae, c, `{"m2m:cnt":{"mni":7}}`)))
	if got["cni"] != 7.0 || got["cbs"] != 70.0 || got["mni"] != 7.0 {
		t.Errorf("after mni 7: %v", got)
	}
	// What nobody could retrieve is gone before anybody can.
	c = fill("clears", `"disr":true`)
	got = w.attributes(w.must(m2m.StatusUpdated, w.update(ae, c, `{"m2m:cnt":{"disr":false}}`)))
	if got["cni"] != 0.0 || got["disr"] != false {
		t.Errorf("after disr false: %v", got)
	}
	w.must(m2m.StatusNotFound, w.retrieve(ae, c+"/la"))
}
