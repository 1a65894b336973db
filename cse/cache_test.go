package cse

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/clocktest"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/bolt"
)

type text string

func (t text) bytes() int { return len(t) }

func parseText(r *store.Resource) (text, error) { return text(r.Body), nil }

// held sums up what the entries of a cache hold.
func (c *cache) held() (bodies, values, entries int) {
	for i := range c.shards {
		for _, e := range c.shards[i].m {
			entries++
			bodies += len(e.resource.Body)
			for _, v := range e.values {
				values += v.(text).bytes()
			}
		}
	}
	return bodies, values, entries
}

func TestACacheHoldsSoManyBytes(t *testing.T) {
	for _, size := range []int{10, 10_000, largeBody, 1 << 20} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var c cache
			body := bytes.Repeat([]byte("x"), size)
			for id := range store.ID(min(200_000, 1<<28/size)) {
				if _, err := parsedOf(&c, &store.Resource{ID: id, Revision: 1, Body: body}, parseText); err != nil {
					t.Fatal(err)
				}
			}
			bodies, values, entries := c.held()
			if most := len(c.shards) * shardBytes; bodies+values > most || entries*entryCost > most {
				t.Errorf("%d entries hold %d bytes, more than %d", entries, bodies+values, most)
			}
			if entries < len(c.shards) {
				t.Errorf("%d entries are left", entries)
			}
			for i := range c.shards {
				sum := 0
				for _, e := range c.shards[i].m {
					sum += e.cost
				}
				if sum != c.shards[i].bytes {
					t.Errorf("the entries cost %d, the shard says %d", sum, c.shards[i].bytes)
				}
			}
		})
	}
}

func TestACacheKeepsWhatIsMadeOfALargeBodyWithoutTheBody(t *testing.T) {
	var c cache
	r := &store.Resource{ID: 1, Revision: 1, Body: make([]byte, largeBody+1)}
	parse := func(*store.Resource) (int, error) { return 7, nil }
	if _, err := parsedOf(&c, r, parse); err != nil {
		t.Fatal(err)
	}
	if kept := len(c.shard(1).m[1].resource.Body); kept != 0 {
		t.Errorf("%d bytes are kept", kept)
	}
	if r.Body == nil {
		t.Error("the resource has lost its body")
	}
	head := r.Clone()
	head.Body = nil
	if v, err := parsedOf(&c, head, parse); v != 7 || err != nil {
		t.Errorf("%d, %v", v, err)
	}
	head.Revision++
	if _, err := parsedOf(&c, head, parse); err != errHeadAlone {
		t.Errorf("a later revision: %v", err)
	}
}

func TestALargeResourceIsReadWithItsBodyEachTime(t *testing.T) {
	c, st := newCSE(t)
	big := `"lbl":["` + strings.Repeat("x", 1000) + `"],"poa":["http://` + strings.Repeat("y", largeBody) + `"]`
	handle := func(req m2m.Request) *m2m.Response {
		req.RequestID, req.ReleaseVersion = "1", "3"
		return c.Handle(t.Context(), &req)
	}
	rsp := handle(m2m.Request{Operation: m2m.Create, To: "cse-in", From: "Ca", ResourceType: m2m.TypeAE,
		Content: m2m.Content{Data: []byte(`{"m2m:ae":{"rn":"a","api":"Nx","rr":false,"srv":["3"],` + big + `}}`)}})
	if rsp.Status != m2m.StatusCreated {
		t.Fatal(rsp.Status, string(rsp.Content.Data))
	}
	for range 2 {
		err := st.View(t.Context(), func(rd store.Reader) error {
			ae, err := rd.ByRI("Ca")
			if err != nil {
				return err
			}
			got, err := c.load(rd, new(request), ae.ID)
			if err == nil && len(got.Body) <= largeBody {
				t.Errorf("a body of %d bytes", len(got.Body))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if rsp := handle(m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: "Ca", FilterCriteria: &m2m.FilterCriteria{Usage: m2m.Discovery}}); rsp.Status != m2m.StatusOK {
			t.Errorf("a discovery: %v", rsp.Status)
		}
	}
}

func TestAddressesOccupySoManyBytes(t *testing.T) {
	c, _ := newCSE(t)
	name := strings.Repeat("n", 10_000)
	for i := range 5000 {
		c.remember(fmt.Sprint("cse-in/", i, name), &store.Resource{ID: store.ID(i)}, nil)
		c.remember(fmt.Sprint("cse-in/", i, name), &store.Resource{ID: store.ID(i)}, nil)
	}
	total := 0
	for address := range c.addresses.ids {
		total += len(address) + addressCost
	}
	if total > addressBytes || total != c.addresses.idBytes {
		t.Errorf("%d bytes, counted as %d", total, c.addresses.idBytes)
	}
}

// newCSE returns a CSE for a look inside.
func newCSE(t *testing.T) (*CSE, store.Store) {
	t.Helper()
	st, err := bolt.Open(filepath.Join(t.TempDir(), "test.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	types, err := schema.New()
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(t.Context(), Config{Store: st, Schema: types, Clock: clocktest.New(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); st.Close() })
	return c, st
}
