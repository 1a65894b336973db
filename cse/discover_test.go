package cse_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sigil-m2m/sigil/m2m"
)

// A planted resource is what the test knows of one that it created.
type planted struct {
	path    string
	ty      m2m.ResourceType
	labels  []string
	created time.Time
	size    int64
	con     string
	parent  *planted
	kids    []*planted
}

// plant grows a tree of containers and instances under an AE.
func plant(w *world, ae string, draw func(n int) int, containers, instances int) []*planted {
	root := &planted{path: "cse-in/" + strings.ToLower(ae[1:])}
	parents := []*planted{root}
	var all []*planted
	labels := func() []string {
		var l []string
		for i := range draw(3) {
			l = append(l, fmt.Sprintf("k%d:v%d", i, draw(3)))
		}
		return l
	}
	attributes := func(l []string) string {
		if l == nil {
			return ""
		}
		return `,"lbl":["` + strings.Join(l, `","`) + `"]`
	}
	for i := range containers {
		p := parents[draw(len(parents))]
		c := &planted{path: fmt.Sprintf("%s/c%d", p.path, i), ty: m2m.TypeContainer, labels: labels(), created: w.clock.Now(), size: -1, parent: p}
		w.must(m2m.StatusCreated, w.create(ae, p.path, c.ty, fmt.Sprintf(`{"m2m:cnt":{"rn":"c%d"%s}}`, i, attributes(c.labels))))
		p.kids = append(p.kids, c)
		parents = append(parents, c)
		all = append(all, c)
		w.clock.Advance(time.Second)
	}
	for i := range instances {
		p := parents[1+draw(len(parents)-1)]
		con := strings.Repeat("x", draw(5))
		x := &planted{path: fmt.Sprintf("%s/i%d", p.path, i), ty: m2m.TypeContentInstance, labels: labels(), created: w.clock.Now(), size: int64(len(con)), con: con, parent: p}
		w.must(m2m.StatusCreated, w.create(ae, p.path, x.ty, fmt.Sprintf(`{"m2m:cin":{"rn":"i%d","con":"%s"%s}}`, i, con, attributes(x.labels))))
		p.kids = append(p.kids, x)
		all = append(all, x)
		w.clock.Advance(time.Second)
	}
	return all
}

// meets is the filter as the standard words it, over what the test planted.
func (p *planted) meets(f m2m.FilterCriteria) bool {
	var got []bool
	has := func(l, want []string) bool {
		return slices.ContainsFunc(l, func(s string) bool { return slices.Contains(want, s) })
	}
	if len(f.Labels) > 0 {
		got = append(got, has(p.labels, f.Labels))
	}
	if len(f.ParentLabels) > 0 {
		got = append(got, has(p.parent.labels, f.ParentLabels))
	}
	if len(f.ChildLabels) > 0 {
		got = append(got, slices.ContainsFunc(p.kids, func(k *planted) bool { return has(k.labels, f.ChildLabels) }))
	}
	if len(f.ResourceTypes) > 0 {
		got = append(got, slices.Contains(f.ResourceTypes, p.ty))
	}
	if !f.CreatedAfter.IsZero() {
		got = append(got, !p.created.Before(f.CreatedAfter))
	}
	if !f.CreatedBefore.IsZero() {
		got = append(got, p.created.Before(f.CreatedBefore))
	}
	if f.SizeAbove != nil {
		got = append(got, p.size >= 0 && p.size >= *f.SizeAbove)
	}
	if f.SizeBelow != nil {
		got = append(got, p.size >= 0 && p.size < *f.SizeBelow)
	}
	if len(f.Attributes) > 0 {
		got = append(got, slices.ContainsFunc(f.Attributes, func(a m2m.AttributeCondition) bool {
			return a.Name == "con" && p.ty == m2m.TypeContentInstance && (a.Value == p.con || a.Value == "*" || a.Value == "x*" && strings.HasPrefix(p.con, "x"))
		}))
	}
	trues := 0
	for _, g := range got {
		if g {
			trues++
		}
	}
	switch {
	case len(got) == 0:
		return true
	case f.Operation == m2m.FilterOR:
		return trues > 0
	case f.Operation == m2m.FilterXOR:
		return trues%2 == 1
	}
	return trues == len(got)
}

func TestDiscoveryFindsWhatTheFilterSays(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	seed := uint32(7)
	all := plant(w, ae, func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % max(n, 1)
	}, 30, 300)
	rapid.Check(t, func(rt *rapid.T) {
		var f m2m.FilterCriteria
		label := rapid.Custom(func(rt *rapid.T) string {
			return fmt.Sprintf("k%d:v%d", rapid.IntRange(0, 2).Draw(rt, "k"), rapid.IntRange(0, 3).Draw(rt, "v"))
		})
		maybe := func(what string, set func()) {
			if rapid.IntRange(0, 3).Draw(rt, what) == 0 {
				set()
			}
		}
		maybe("lbl", func() { f.Labels = rapid.SliceOfN(label, 1, 3).Draw(rt, "labels") })
		maybe("palb", func() { f.ParentLabels = rapid.SliceOfN(label, 1, 2).Draw(rt, "parent labels") })
		maybe("clbl", func() { f.ChildLabels = rapid.SliceOfN(label, 1, 2).Draw(rt, "child labels") })
		maybe("ty", func() {
			f.ResourceTypes = rapid.SliceOfN(rapid.SampledFrom([]m2m.ResourceType{2, 3, 4}), 1, 2).Draw(rt, "types")
		})
		at := rapid.Custom(func(rt *rapid.T) time.Time {
			return noon.Add(time.Duration(rapid.IntRange(0, 330).Draw(rt, "s")) * time.Second)
		})
		maybe("cra", func() { f.CreatedAfter = at.Draw(rt, "after") })
		maybe("crb", func() { f.CreatedBefore = at.Draw(rt, "before") })
		maybe("sza", func() { n := int64(rapid.IntRange(0, 5).Draw(rt, "above")); f.SizeAbove = &n })
		maybe("szb", func() { n := int64(rapid.IntRange(1, 5).Draw(rt, "below")); f.SizeBelow = &n })
		maybe("atr", func() {
			f.Attributes = []m2m.AttributeCondition{{Name: "con", Value: rapid.SampledFrom([]string{"xx", "x*", "*", "y"}).Draw(rt, "con")}}
		})
		f.Operation = rapid.SampledFrom([]m2m.FilterOperation{0, m2m.FilterAND, m2m.FilterOR, m2m.FilterXOR}).Draw(rt, "fo")
		var want []string
		for _, p := range all {
			if p.meets(f) {
				want = append(want, p.path)
			}
		}
		got := w.discover(ae, "cse-in/a", f)
		whole := slices.Clone(got)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Fatalf("%+v\nfound %v\nwant  %v", f, got, want)
		}
		// Pages put together are the whole, in the same order.
		limit := rapid.IntRange(7, 90).Draw(rt, "limit")
		var paged []string
		for offset := 1; ; offset += limit {
			f.Limit, f.Offset = &limit, &offset
			page := w.discover(ae, "cse-in/a", f)
			paged = append(paged, page...)
			if len(page) < limit {
				break
			}
		}
		if !slices.Equal(paged, whole) {
			rt.Fatalf("%+v\npages %v\nwhole %v", f, paged, whole)
		}
	})
}

func TestDiscoveryInALargeTreeUsesItsIndexes(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	for i := range 3 {
		w.container(a, fmt.Sprint("c", i), "")
	}
	var wg sync.WaitGroup
	for worker := range 60 { // together, so that they share commits
		wg.Go(func() {
			for i := worker; i < 6000; i += 60 {
				content := `{"m2m:cin":{"con":"x"}}`
				if i%2000 == 1999 {
					content = `{"m2m:cin":{"con":"x","lbl":["rare"]}}`
				}
				rsp := w.Handle(t.Context(), &m2m.Request{Operation: m2m.Create, To: fmt.Sprintf("cse-in/a/c%d", i%3), From: a, RequestID: "x",
					ReleaseVersion: "3", ResourceType: m2m.TypeContentInstance, Content: m2m.Content{Data: []byte(content)}})
				if rsp.Status != m2m.StatusCreated {
					t.Errorf("%v: %s", rsp.Status, rsp.Content.Data)
				}
			}
		})
	}
	wg.Wait()
	mark := w.clock.Now().Add(time.Second)
	w.clock.Advance(time.Minute)
	w.container(b, "late", `"lbl":["rare"]`)
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeGroup, `{"m2m:grp":{"rn":"g","mnm":1,"mid":["cse-in/a"]}}`))

	if got := w.discover("CAdmin", "cse-in", m2m.FilterCriteria{Labels: []string{"rare"}}); len(got) != 4 {
		t.Errorf("by label: %v", got)
	}
	if got := w.discover("CAdmin", "cse-in/b", m2m.FilterCriteria{Labels: []string{"rare"}}); !slices.Equal(got, []string{"cse-in/b/late"}) {
		t.Errorf("by label under another root: %v", got)
	}
	if got := w.discover("CAdmin", "cse-in", m2m.FilterCriteria{ResourceTypes: []m2m.ResourceType{m2m.TypeGroup}}); !slices.Equal(got, []string{"cse-in/a/g"}) {
		t.Errorf("by type: %v", got)
	}
	if got := w.discover("CAdmin", "cse-in", m2m.FilterCriteria{CreatedAfter: mark}); !slices.Equal(got, []string{"cse-in/a/g", "cse-in/b/late"}) {
		t.Errorf("by time: %v", got)
	}
	if got := w.discover("CAdmin", "cse-in", m2m.FilterCriteria{ResourceTypes: []m2m.ResourceType{m2m.TypeAE, m2m.TypeContainer}}); len(got) != 6 {
		t.Errorf("by two types: %v", got)
	}
	// A result that the limit cuts says where to go on.
	limit := 50
	rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: "CAdmin",
		FilterCriteria: &m2m.FilterCriteria{Usage: m2m.Discovery, Limit: &limit, ResourceTypes: []m2m.ResourceType{m2m.TypeContentInstance}}})
	if rsp.ContentStatus != m2m.PartialContent || rsp.ContentOffset != 51 {
		t.Errorf("content status %v, offset %v", rsp.ContentStatus, rsp.ContentOffset)
	}
}

func TestLabelsQuery(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	for name, labels := range map[string]string{"red": `"color:red"`, "green": `"color:green"`, "key": `"color"`, "none": `"size:1"`} {
		w.container(ae, name, `"lbl":[`+labels+`]`)
	}
	for query, want := range map[string][]string{
		"color":                 {"green", "key", "red"},
		"NT color":              {"none"},
		"color EQ red":          {"red"},
		"color:red":             {"red"},
		"color NE red":          {"green"},
		"color IN (red, green)": {"green", "red"},
		"color NI (red)":        {"green"},
		"color EQ red;size":     {"none", "red"},
	} {
		t.Run(query, func(t *testing.T) {
			var got []string
			for _, p := range w.discover(ae, "cse-in/a", m2m.FilterCriteria{LabelsQuery: query}) {
				got = append(got, strings.TrimPrefix(p, "cse-in/a/"))
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
		})
	}
	for _, query := range []string{"", ";", "a b c d", "color IN red", "color IN (", "color XX red", "color:"} {
		f := m2m.FilterCriteria{Usage: m2m.Discovery, LabelsQuery: query}
		if query == "" {
			continue
		}
		w.must(m2m.StatusBadRequest, w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/a", From: ae, FilterCriteria: &f}))
	}
}

func TestRelativePathsAndReferences(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", `"lbl":["here"]`)
	w.container(ae, "d", "")
	w.instance(ae, c, `"con":"1","rn":"i"`)
	for arp, want := range map[string][]string{"la": {"cse-in/a/c/i"}, "../d": {"cse-in/a/d"}, "none": nil, "../../../../x": nil} {
		if got := w.discover(ae, "cse-in", m2m.FilterCriteria{Labels: []string{"here"}, ApplyRelativePath: arp}); !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%s leads to %v, want %v", arp, got, want)
		}
	}
	rcn := m2m.RCNChildReferences
	rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/a", From: ae, ResultContent: &rcn, DesiredIdentifierResult: m2m.Unstructured,
		FilterCriteria: &m2m.FilterCriteria{Usage: m2m.Discovery, ResourceTypes: []m2m.ResourceType{m2m.TypeContentInstance}}})
	if got := string(rsp.Content.Data); !strings.HasPrefix(got, `{"m2m:rrl":{"rrf":[{"nm":"i","typ":4,"val":"cin-`) {
		t.Errorf("references: %s", got)
	}
}

func TestNestedContentIsBounded(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	for range 30 {
		w.instance(ae, c, `"con":"x"`)
	}
	rcn, limit := m2m.RCNChildResources, 7
	seen := map[string]bool{}
	offset := 1
	for {
		rsp := w.must(m2m.StatusOK, w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: ae, ResultContent: &rcn,
			FilterCriteria: &m2m.FilterCriteria{Limit: &limit, Offset: &offset}}))
		var page struct {
			Container struct {
				Instances []struct{ RI string } `json:"m2m:cin"`
			} `json:"m2m:cnt"`
		}
		w.parse(rsp, &page)
		for _, i := range page.Container.Instances {
			seen[i.RI] = true
		}
		if rsp.ContentStatus != m2m.PartialContent {
			break
		}
		offset = rsp.ContentOffset
	}
	if len(seen) != 30 {
		t.Errorf("pages show %d instances, want 30", len(seen))
	}
}
