package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/sigil-m2m/sigil/m2m"
)

// fakeCSE is just enough of a CSE to prove the engine: it keeps what is
// created, answers with it, and forgets a subtree on delete.
type fakeCSE struct {
	mu        sync.Mutex
	resources map[string]map[string]any // by structured address
	roots     map[string]string
	owner     map[string]string // originator that created it
	n         int
	refuse    string // name of a resource that only its creator may delete
}

func newFake() *fakeCSE {
	return &fakeCSE{
		resources: map[string]map[string]any{"cse-in": {"ri": "id-in", "rn": "cse-in", "srt": []int{1, 2, 3, 4, 5, 9, 23}, "srv": []string{"2a", "3"}, "cst": 1}},
		roots:     map[string]string{"cse-in": "m2m:cb"},
		owner:     map[string]string{},
	}
}

// Send answers as a CSE would.
func (f *fakeCSE) Send(_ context.Context, _ string, req *m2m.Request) (*m2m.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := req.To
	for name, r := range f.resources {
		if r["ri"] == at {
			at = name
		}
	}
	if f.resources[at] == nil {
		return m2m.ErrorResponse(req, m2m.Errorf("fake", m2m.StatusNotFound, "no %s", req.To)), nil
	}
	switch req.Operation {
	case m2m.Create:
		var pc map[string]map[string]any
		if json.Unmarshal(req.Content.Data, &pc) != nil || len(pc) != 1 {
			return m2m.NewResponse(req, m2m.StatusBadRequest), nil
		}
		for root, attributes := range pc {
			f.n++
			if attributes["rn"] == nil {
				attributes["rn"] = fmt.Sprintf("r%d", f.n)
			}
			attributes["ri"] = fmt.Sprintf("ri%d", f.n)
			if root == "m2m:ae" {
				attributes["aei"] = req.From
			}
			at += "/" + attributes["rn"].(string)
			f.resources[at], f.roots[at], f.owner[at] = attributes, root, req.From
		}
		return f.answer(req, m2m.StatusCreated, at), nil
	case m2m.Retrieve:
		return f.answer(req, m2m.StatusOK, at), nil
	case m2m.Delete:
		if f.refuse != "" && strings.HasSuffix(at, f.refuse) && req.From != f.owner[at] {
			return m2m.NewResponse(req, m2m.StatusOriginatorHasNoPrivilege), nil
		}
		for name := range f.resources {
			if name == at || strings.HasPrefix(name, at+"/") {
				delete(f.resources, name)
			}
		}
		return m2m.NewResponse(req, m2m.StatusDeleted), nil
	}
	return m2m.NewResponse(req, m2m.StatusOperationNotAllowed), nil
}

func (f *fakeCSE) answer(req *m2m.Request, status m2m.StatusCode, at string) *m2m.Response {
	rsp := m2m.NewResponse(req, status)
	rsp.Content.Data, _ = json.Marshal(map[string]any{f.roots[at]: f.resources[at]})
	return rsp
}

// play runs scenario text against the fake and a server for raw requests, and
// returns the summary and what the fake still holds beside its CSEBase.
func (f *fakeCSE) play(t *testing.T, scenario string, change ...func(*Config)) (Summary, int) {
	t.Helper()
	g, err := parse("test.yaml", []byte(scenario))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["X-M2M-RSC"] = []string{"4000"}
		w.Header()["x-m2m-ri"] = []string{r.Header.Get("X-M2M-RI")}
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"m2m:dbg":%q}`, r.Method+" "+r.URL.String())
	}))
	t.Cleanup(server.Close)
	cfg := Config{URL: server.URL, Groups: []*Group{g}, Sender: f}
	for _, c := range change {
		c(&cfg)
	}
	s, err := Run(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return s, len(f.resources) - 1
}
