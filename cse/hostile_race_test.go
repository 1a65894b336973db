package cse_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// Many originators at once create, evict, expire, update and remove. When all
// is quiet, containers hold what they say they hold.
func TestCountersAreTrueAfterATumult(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	for i := range 4 {
		w.container(ae, fmt.Sprint("c", i), `"mni":7`)
	}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 1))
			for range 150 {
				c := fmt.Sprintf("cse-in/a/c%d", rnd.IntN(4))
				req := m2m.Request{From: ae, To: c, RequestID: "1", ReleaseVersion: "3"}
				switch rnd.IntN(12) {
				case 0, 1, 2, 3:
					req.Operation, req.ResourceType = m2m.Create, m2m.TypeContentInstance
					req.Content = pc(fmt.Sprintf(`{"m2m:cin":{"con":"%0*d"}}`, 1+rnd.IntN(9), 0))
				case 4:
					req.Operation, req.ResourceType = m2m.Create, m2m.TypeContentInstance
					req.Content = pc(`{"m2m:cin":{"con":"short-lived","et":"20261123T120001"}}`)
				case 5:
					req.Operation, req.To = m2m.Delete, c+"/la"
				case 6:
					req.Operation, req.To = m2m.Delete, c+"/ol"
				case 7:
					req.Operation, req.Content = m2m.Update, pc(fmt.Sprintf(`{"m2m:cnt":{"mni":%d}}`, rnd.IntN(9)))
				case 8:
					req.Operation, req.Content = m2m.Update, pc(fmt.Sprintf(`{"m2m:cnt":{"mbs":%d}}`, 5+rnd.IntN(60)))
				case 9:
					req.Operation = m2m.Delete
				case 10:
					req.Operation, req.To, req.ResourceType = m2m.Create, "cse-in/a", m2m.TypeContainer
					req.Content = pc(`{"m2m:cnt":{"rn":"` + c[len("cse-in/a/"):] + `"}}`)
				case 11:
					if rnd.IntN(8) == 0 {
						w.clock.Advance(200 * time.Millisecond)
					}
					req.Operation, req.To = m2m.Retrieve, c+"/la"
				}
				if rsp := w.Handle(t.Context(), &req); rsp.Status == m2m.StatusInternalServerError {
					t.Errorf("%v %s: %s", req.Operation, req.To, rsp.Content.Data)
				}
			}
		})
	}
	all.Wait()
	w.clock.Advance(time.Hour)
	for i := range 4 {
		c := fmt.Sprintf("cse-in/a/c%d", i)
		rsp := w.retrieve(ae, c)
		if rsp.Status != m2m.StatusOK {
			continue
		}
		o := w.attributes(rsp)
		n, bytes := 0, 0.0
		err := w.store.View(t.Context(), func(rd store.Reader) error {
			r, err := rd.ByRI(o["ri"].(string))
			if err != nil {
				return err
			}
			for child, err := range rd.Children(r.ID, m2m.TypeContentInstance, 0, 0) {
				if err != nil {
					return err
				}
				n++
				bytes += float64(child.Size)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if o["cni"] != float64(n) || o["cbs"] != bytes {
			t.Errorf("%s says %v instances of %v bytes, and holds %d of %v", c, o["cni"], o["cbs"], n, bytes)
		}
	}
}

// An interleaved store lets other requests go between the reading and the
// writing of one.
type interleaved struct {
	store.Store
	before func() // runs once, before the next Update
}

func (s *interleaved) Update(ctx context.Context, fn func(store.Tx) error) error {
	if f := s.before; f != nil {
		s.before = nil
		f()
	}
	return s.Store.Update(ctx, fn)
}

// A parent's expirationTime falls in the moment in which a child's rises. None
// may outlive its parent, whoever is first.
func TestNoChildOutlivesItsParentInARace(t *testing.T) {
	const soon, later = `"20261123T130000"`, `"20261123T150000"`
	setup := func(t *testing.T) (w *world, between *interleaved) {
		between = new(interleaved)
		w = newWorld(t, func(c *cse.Config) { between.Store = c.Store; c.Store = between })
		w.ae("Ca")
		w.container("Ca", "p", `"et":`+later)
		// A child that lived long leaves a bound that is too high.
		w.must(m2m.StatusCreated, w.create("Ca", "cse-in/a/p", m2m.TypeContainer, `{"m2m:cnt":{"rn":"c","et":`+later+`}}`))
		w.must(m2m.StatusUpdated, w.update("Ca", "cse-in/a/p/c", `{"m2m:cnt":{"et":"20261123T121500"}}`))
		return w, between
	}
	lower := func(w *world) { w.update("Ca", "cse-in/a/p", `{"m2m:cnt":{"et":`+soon+`}}`) }
	raise := func(w *world) { w.update("Ca", "cse-in/a/p/c", `{"m2m:cnt":{"et":`+later+`}}`) }
	add := func(w *world) {
		w.create("Ca", "cse-in/a/p", m2m.TypeContainer, `{"m2m:cnt":{"rn":"d","et":`+later+`}}`)
	}
	for _, tt := range []struct {
		name          string
		first, second func(*world) // second begins first and ends last
	}{
		{"a child's rises before the parent's falls", raise, lower},
		{"a child's rises after the parent's fell", lower, raise},
		{"a child comes before the parent's falls", add, lower},
		{"a child comes after the parent's fell", lower, add},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, between := setup(t)
			between.before = func() { tt.first(w) }
			tt.second(w)
			parent := w.attributes(w.retrieve("Ca", "cse-in/a/p"))["et"].(string)
			for _, name := range []string{"c", "d"} {
				if rsp := w.retrieve("Ca", "cse-in/a/p/"+name); rsp.Status == m2m.StatusOK {
					if et := w.attributes(rsp)["et"].(string); et > parent {
						t.Errorf("%s lives until %s, its parent until %s", name, et, parent)
					}
				}
			}
		})
	}
}

// More expires at once than one commit removes. Counters and names tell the
// truth to the next request all the same.
func TestWhatExpiresTogetherIsGoneTogether(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	for range 600 {
		w.instance(ae, c, `"con":"x","et":"20261123T120100"`)
	}
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/a", m2m.TypeContainer, `{"m2m:cnt":{"rn":"d","et":"20261123T120100"}}`))
	w.clock.Advance(time.Minute)
	w.must(m2m.StatusCreated, w.create(ae, "cse-in/a", m2m.TypeContainer, `{"m2m:cnt":{"rn":"d"}}`))
	if o := w.attributes(w.retrieve(ae, c)); o["cni"] != 0.0 || o["cbs"] != 0.0 {
		t.Errorf("%v instances of %v bytes are counted after all have expired", o["cni"], o["cbs"])
	}
}

// A failing store loses what one Update and another before it in the same
// commit have written.
type failing struct {
	store.Store
	before func()               // runs once, before the next Update
	shared func(store.Tx) error // shares its commit with the Update after that one, which fails
}

var errDisk = errors.New("the disk is full")

func (s *failing) Update(ctx context.Context, fn func(store.Tx) error) error {
	if f := s.before; f != nil {
		s.before = nil
		f()
		return s.Store.Update(ctx, fn)
	}
	if f := s.shared; f != nil {
		s.shared = nil
		return s.Store.Update(ctx, func(tx store.Tx) error {
			return cmp.Or(f(tx), fn(tx), errDisk)
		})
	}
	return s.Store.Update(ctx, fn)
}

// What a request has seen inside the writer of a commit that failed is
// nothing that others decide upon, though another revision has its number.
func TestAPolicyOfAFailedCommitPermitsNothing(t *testing.T) {
	st := new(failing)
	w := newWorld(t, func(c *cse.Config) { st.Store = c.Store; c.Store = st })
	a, b := w.ae("Ca"), w.ae("Cb")
	p := w.policy(a, `{"acor":["Ca","Cx"],"acop":63}`)
	c := w.container(a, "c", `"acpi":["`+p+`"]`)
	change := func(who string) {
		w.must(m2m.StatusUpdated, w.update(a, p, `{"m2m:acp":{"pv":{"acr":[{"acor":["Ca","`+who+`"],"acop":63}]}}}`))
	}
	st.before = func() {
		change("Cx") // makes the update below begin again
		st.shared = func(tx store.Tx) error {
			base, err := tx.ByRI("id-in")
			if err != nil {
				return err
			}
			ae, err := tx.Child(base.ID, "a")
			if err != nil {
				return err
			}
			acp, err := tx.Child(ae.ID, "p")
			if err != nil {
				return err
			}
			acp = acp.Clone()
			acp.Body = bytes.Replace(acp.Body, []byte("Cx"), []byte(b), 1)
			return tx.Put(acp)
		}
	}
	w.must(m2m.StatusInternalServerError, w.update(a, c, `{"m2m:cnt":{"lbl":["x"]}}`))
	change("Cy") // bears the number of the revision that never was
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
}

// What the answer says does not depend on whether its originator still waits.
func TestACreationThatNobodyWaitsForTellsItsPlace(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	st := new(afterwards)
	w := newWorld(t, func(c *cse.Config) { st.Store = c.Store; c.Store = st })
	w.ae("Ca")
	st.after = cancel
	rsp := w.Handle(ctx, &m2m.Request{Operation: m2m.Create, To: "cse-in/a", From: "Ca", RequestID: "1", ReleaseVersion: "3",
		ResourceType: m2m.TypeContainer, Content: pc(`{"m2m:cnt":{"rn":"c"}}`)})
	if rsp.Status != m2m.StatusCreated || rsp.Location != "cse-in/a/c" {
		t.Errorf("%v at %s", rsp.Status, rsp.Location)
	}
}

// An afterwards store has something happen after each Update.
type afterwards struct {
	store.Store
	after func()
}

func (s *afterwards) Update(ctx context.Context, fn func(store.Tx) error) error {
	err := s.Store.Update(ctx, fn)
	if s.after != nil {
		s.after()
	}
	return err
}
