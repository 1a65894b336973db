package cse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/clocktest"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/bolt"
)

// noon is when every test begins.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A world is a CSE over a real store, with a clock that the test moves. Its
// store is checked when the test ends.
type world struct {
	*cse.CSE
	t     testing.TB
	clock *clocktest.Clock
	store store.Store
	n     int
}

var types = func() *schema.Schema {
	s, err := schema.New()
	if err != nil {
		panic(err)
	}
	return s
}()

func newWorld(t testing.TB, change ...func(*cse.Config)) *world {
	t.Helper()
	st, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	clock := clocktest.New(noon)
	cfg := cse.Config{Store: st, Schema: types, Clock: clock}
	for _, f := range change {
		f(&cfg)
	}
	c, err := cse.New(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		faults, err := st.Check(context.Background())
		if err != nil {
			t.Errorf("checking the store: %v", err)
		}
		for _, f := range faults {
			t.Errorf("store: %s", f)
		}
		st.Close()
	})
	return &world{CSE: c, t: t, clock: clock, store: st}
}

// do sends one request of release 3 and returns the answer.
func (w *world) do(req m2m.Request) *m2m.Response {
	w.t.Helper()
	w.n++
	req.RequestID = fmt.Sprint("r", w.n)
	if req.ReleaseVersion == "" {
		req.ReleaseVersion = "3"
	}
	rsp := w.Handle(context.Background(), &req)
	if rsp == nil {
		w.t.Fatal("Handle returned nil")
	}
	if rsp.RequestID != req.RequestID {
		w.t.Errorf("the response to %s carries request identifier %s", req.RequestID, rsp.RequestID)
	}
	return rsp
}

// must fails the test unless the answer has that status.
func (w *world) must(status m2m.StatusCode, rsp *m2m.Response) *m2m.Response {
	w.t.Helper()
	if rsp.Status != status {
		w.t.Fatalf("status is %v, want %v: %s", rsp.Status, status, rsp.Content.Data)
	}
	return rsp
}

func (w *world) create(from, to string, ty m2m.ResourceType, content string) *m2m.Response {
	w.t.Helper()
	return w.do(m2m.Request{Operation: m2m.Create, To: to, From: from, ResourceType: ty, Content: m2m.Content{Data: []byte(content)}})
}

func (w *world) retrieve(from, to string) *m2m.Response {
	w.t.Helper()
	return w.do(m2m.Request{Operation: m2m.Retrieve, To: to, From: from})
}

func (w *world) update(from, to, content string) *m2m.Response {
	w.t.Helper()
	return w.do(m2m.Request{Operation: m2m.Update, To: to, From: from, Content: m2m.Content{Data: []byte(content)}})
}

func (w *world) delete(from, to string) *m2m.Response {
	w.t.Helper()
	return w.do(m2m.Request{Operation: m2m.Delete, To: to, From: from})
}

func (w *world) discover(from, to string, f m2m.FilterCriteria) []string {
	w.t.Helper()
	f.Usage = m2m.Discovery
	rsp := w.must(m2m.StatusOK, w.do(m2m.Request{Operation: m2m.Retrieve, To: to, From: from, FilterCriteria: &f}))
	var content struct {
		URIs []string `json:"m2m:uril"`
	}
	w.parse(rsp, &content)
	return content.URIs
}

func (w *world) parse(rsp *m2m.Response, v any) {
	w.t.Helper()
	if err := json.Unmarshal(rsp.Content.Data, v); err != nil {
		w.t.Fatalf("%s: %v", rsp.Content.Data, err)
	}
}

// attributes returns the attributes in a response of one resource.
func (w *world) attributes(rsp *m2m.Response) map[string]any {
	w.t.Helper()
	var content map[string]map[string]any
	w.parse(rsp, &content)
	for _, o := range content {
		return o
	}
	w.t.Fatal("no content")
	return nil
}

// ae registers an AE and returns its AE-ID.
func (w *world) ae(stem string) string {
	w.t.Helper()
	w.must(m2m.StatusCreated, w.create(stem, "cse-in", m2m.TypeAE,
		`{"m2m:ae":{"rn":"`+strings.ToLower(stem[1:])+`","api":"Ntest","rr":false,"srv":["3"]}}`))
	return stem
}

// container creates cse-in/<ae>/<name> with further attributes.
func (w *world) container(ae, name, attributes string) string {
	w.t.Helper()
	parent := "cse-in/" + strings.ToLower(ae[1:])
	if attributes != "" {
		attributes = "," + attributes
	}
	w.must(m2m.StatusCreated, w.create(ae, parent, m2m.TypeContainer, `{"m2m:cnt":{"rn":"`+name+`"`+attributes+`}}`))
	return parent + "/" + name
}

func (w *world) instance(ae, container, attributes string) map[string]any {
	w.t.Helper()
	return w.attributes(w.must(m2m.StatusCreated, w.create(ae, container, m2m.TypeContentInstance, `{"m2m:cin":{`+attributes+`}}`)))
}
