package cse_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
)

// policy creates cse-in/<ae>/p with those rules, which ae alone may change.
func (w *world) policy(ae, rules string) string {
	w.t.Helper()
	parent := "cse-in/" + strings.ToLower(ae[1:])
	w.must(m2m.StatusCreated, w.create(ae, parent, m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"p","pv":{"acr":[`+rules+`]},"pvs":{"acr":[{"acor":["`+ae+`"],"acop":63}]}}}`))
	return parent + "/p"
}

func rcn(v m2m.ResultContent) *m2m.ResultContent { return &v }

func TestAnAttributeThatIsNamedAgainIsShownOnce(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", `"lbl":["`+strings.Repeat("x", 1000)+`"]`)
	list := strings.TrimSuffix(strings.Repeat(`"lbl",`, 1000), ",")
	rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: ae, Content: pc(`{"m2m:atrl":[` + list + `]}`)})
	if n := len(rsp.Content.Data); n > 2000 {
		t.Errorf("%v with %d bytes for an attribute of a thousand", rsp.Status, n)
	}
}

func TestWhoMayDeleteDoesNotSeeByIt(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	p := w.policy(a, `{"acor":["Cb"],"acop":8}`)
	for _, r := range []m2m.ResultContent{m2m.RCNAttributes, m2m.RCNAttributesAndChildResources, m2m.RCNAttributesAndChildReferences} {
		t.Run(fmt.Sprint(r), func(t *testing.T) {
			c := w.container(a, fmt.Sprint("c", r), `"lbl":["secret"],"acpi":["`+p+`"]`)
			rsp := w.do(m2m.Request{Operation: m2m.Delete, To: c, From: b, ResultContent: rcn(r)})
			if strings.Contains(string(rsp.Content.Data), "secret") {
				t.Errorf("%v: %s", rsp.Status, rsp.Content.Data)
			}
		})
	}
}

func TestWhoMayUpdateDoesNotSeeByIt(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	for name, rule := range map[string]string{
		"all attributes":  `{"acor":["Cb"],"acop":4}`,
		"some attributes": `{"acor":["Cb"],"acop":4,"aca":["mni"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := w.policy(a, rule)
			c := w.container(a, "c", `"lbl":["secret"],"acpi":["`+p+`"]`)
			w.clock.Advance(time.Minute)
			for _, r := range []m2m.ResultContent{m2m.RCNAttributes, m2m.RCNModifiedAttributes} {
				rsp := w.must(m2m.StatusUpdated, w.do(m2m.Request{Operation: m2m.Update, To: c, From: b, ResultContent: rcn(r),
					Content: pc(`{"m2m:cnt":{"mni":7}}`)}))
				for _, hidden := range []string{"secret", `"lt"`, `"ct"`, `"cni"`, `"st"`} {
					if strings.Contains(string(rsp.Content.Data), hidden) {
						t.Errorf("rcn %d shows %s: %s", r, hidden, rsp.Content.Data)
					}
				}
			}
			w.must(m2m.StatusDeleted, w.delete("CAdmin", c))
			w.must(m2m.StatusDeleted, w.delete("CAdmin", p))
		})
	}
}

// A filter must not tell by its outcome what its originator may not retrieve.
func TestFiltersAreBlindToWhatTheirOriginatorMayNotSee(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	p := w.policy(a, `{"acor":["Cb"],"acop":46,"aca":["lbl"]},{"acor":["Cb"],"acop":33}`)
	c := w.container(a, "c", `"mni":77,"acpi":["`+p+`"],"lbl":["x"]`)
	same := func(what string, f func(guess string) *m2m.Response) {
		t.Helper()
		right, wrong := f("77"), f("78")
		if right.Status != wrong.Status || len(right.Content.Data) != len(wrong.Content.Data) {
			t.Errorf("%s tells a hidden attribute: %v %s, %v %s", what, right.Status, right.Content.Data, wrong.Status, wrong.Content.Data)
		}
	}
	same("a conditional Retrieve", func(guess string) *m2m.Response {
		return w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: b, FilterCriteria: &m2m.FilterCriteria{Attributes: []m2m.AttributeCondition{{Name: "mni", Value: guess}}}})
	})
	same("a conditional Update", func(guess string) *m2m.Response {
		return w.do(m2m.Request{Operation: m2m.Update, To: c, From: b, Content: pc(`{"m2m:cnt":{"lbl":["x"]}}`), ResultContent: rcn(0),
			FilterCriteria: &m2m.FilterCriteria{Attributes: []m2m.AttributeCondition{{Name: "mni", Value: guess}}}})
	})
	same("a Retrieve of children", func(guess string) *m2m.Response {
		return w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/b", From: b, ResultContent: rcn(m2m.RCNChildReferences),
			FilterCriteria: &m2m.FilterCriteria{ParentAttributes: []m2m.AttributeCondition{{Name: "mni", Value: guess}}}})
	})
	// Cb may make children of d, and see them, and knows nothing of d by that.
	w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy,
		`{"m2m:acp":{"rn":"q","pv":{"acr":[{"acor":["Cb"],"acop":1},{"acor":["Ca"],"acop":63}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`))
	d := w.container(a, "d", `"mni":77,"acpi":["cse-in/a/q"]`)
	w.must(m2m.StatusCreated, w.create(b, d, m2m.TypeContainer, `{"m2m:cnt":{"rn":"own"}}`))
	if got := w.discover(b, "cse-in/a", m2m.FilterCriteria{}); !slices.Equal(got, []string{c, d + "/own"}) {
		t.Fatalf("discovered %v", got)
	}
	same("a Discovery by the parent", func(guess string) *m2m.Response {
		return w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: b,
			FilterCriteria: &m2m.FilterCriteria{Usage: m2m.Discovery, ParentAttributes: []m2m.AttributeCondition{{Name: "mni", Value: guess}}}})
	})
	// Cc may see c, and nothing under it.
	cc := w.ae("Cc")
	w.must(m2m.StatusUpdated, w.update(a, p, `{"m2m:acp":{"pv":{"acr":[{"acor":["Cc"],"acop":34},{"acor":["Ca"],"acop":63}]}}}`))
	w.must(m2m.StatusCreated, w.create(a, c, m2m.TypeContainer, `{"m2m:cnt":{"mni":77}}`))
	same("a Discovery by the children", func(guess string) *m2m.Response {
		return w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/a", From: cc,
			FilterCriteria: &m2m.FilterCriteria{Usage: m2m.Discovery, ChildAttributes: []m2m.AttributeCondition{{Name: "mni", Value: guess}}}})
	})
}

// What follows would take minutes if its cost grew as an attacker can make it.

func TestAWildcardIsNoWorkForMinutes(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	for range 4 {
		w.instance(ae, c, `"con":"`+strings.Repeat("a", 1_000_000)+`"`)
	}
	for pattern, want := range map[string]int{
		"*" + strings.Repeat("a", 7000) + "b": 0,
		strings.Repeat("*a", 3500) + "b":      0,
		strings.Repeat("*a", 3500):            4,
	} {
		got := w.discover(ae, c, m2m.FilterCriteria{Attributes: []m2m.AttributeCondition{{Name: "con", Value: pattern}}})
		if len(got) != want {
			t.Errorf("%.8s… finds %d, want %d", pattern, len(got), want)
		}
	}
}

func TestWildcardsStandForAnyRun(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	w.instance(ae, c, `"con":"abcab"`)
	for pattern, want := range map[string]bool{
		"abcab": true, "*": true, "**": true, "a*": true, "*b": true, "a*b": true, "*ab": true, "ab*ab": true, "*bc*": true,
		"*a*b*c*": true, "a*b*c*a*b": true, "abcab*": true, "*abcab": true, "ab*b*b": false,
		"": false, "b*": false, "*a": false, "abca*cab": false, "ab*cab*ab": false, "abcabc": false, "abcab*b": false,
	} {
		got := w.discover(ae, c, m2m.FilterCriteria{Attributes: []m2m.AttributeCondition{{Name: "con", Value: pattern}}})
		if (len(got) == 1) != want {
			t.Errorf("%q matches: %v, want %v", pattern, !want, want)
		}
	}
}

func TestPoliciesThatNameThousandsAreNoWorkForMinutes(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	var policies []string
	for i := range cse.DefaultLimits.Policies {
		var names strings.Builder
		for j := range 998 {
			fmt.Fprintf(&names, `"Cnobody%d-%d",`, i, j)
		}
		w.must(m2m.StatusCreated, w.create(a, "cse-in/a", m2m.TypeAccessControlPolicy, fmt.Sprintf(
			`{"m2m:acp":{"rn":"p%d","pv":{"acr":[{"acor":[%s"Ca"],"acop":63}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`, i, &names)))
		policies = append(policies, fmt.Sprintf(`"cse-in/a/p%d"`, i))
	}
	c := w.container(a, "c", `"acpi":[`+strings.Join(policies, ",")+`]`)
	w.must(m2m.StatusOriginatorHasNoPrivilege, w.retrieve(b, c))
}

func TestLargePoliciesCountMoreInAScan(t *testing.T) {
	w := newWorld(t, func(c *cse.Config) { c.Limits.Scan = 100 })
	a, b := w.ae("Ca"), w.ae("Cb")
	names := strings.Repeat(`"Cnobody-with-a-long-name",`, 900)
	p := w.policy(a, `{"acor":[`+names+`"Cb"],"acop":34}`)
	for i := range 50 {
		w.container(a, fmt.Sprint("c", i), `"acpi":["`+p+`"]`)
	}
	rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: b, FilterCriteria: &m2m.FilterCriteria{Usage: m2m.Discovery}})
	if rsp.ContentStatus != m2m.PartialContent {
		t.Errorf("%v: 50 decisions by a policy for 900 originators are within a limit of 100 resources", rsp.Status)
	}
}

func TestAFilterHasABoundedNumberOfValues(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	labels := make([]string, 5000)
	for i := range labels {
		labels[i] = fmt.Sprint("l", i)
	}
	for _, f := range []m2m.FilterCriteria{
		{Labels: labels}, {ChildLabels: labels}, {ParentLabels: labels}, {ContentTypes: labels},
		{ResourceTypes: make([]m2m.ResourceType, 5000)}, {ChildResourceTypes: make([]m2m.ResourceType, 5000)},
		{Attributes: make([]m2m.AttributeCondition, 5000)}, {ParentAttributes: make([]m2m.AttributeCondition, 5000)},
		{LabelsQuery: "k IN (" + strings.Join(labels, ",") + ")"},
	} {
		f.Usage = m2m.Discovery
		w.must(m2m.StatusBadRequest, w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: ae, FilterCriteria: &f}))
	}
}

func TestLargeResourcesCountMoreInAScan(t *testing.T) {
	w := newWorld(t, func(c *cse.Config) { c.Limits.Scan = 100 })
	ae := w.ae("Ca")
	c := w.container(ae, "c", "")
	for range 5 {
		w.instance(ae, c, `"con":"`+strings.Repeat("a", 1_000_000)+`"`)
	}
	rsp := w.do(m2m.Request{Operation: m2m.Retrieve, To: c, From: ae, FilterCriteria: &m2m.FilterCriteria{
		Usage: m2m.Discovery, Attributes: []m2m.AttributeCondition{{Name: "con", Value: "b*"}}}})
	if rsp.ContentStatus != m2m.PartialContent {
		t.Errorf("%v: five megabytes were searched within a limit of 100 resources", rsp.Status)
	}
}

func TestStrangersDoNotWaitForTheirOperationExecutionTime(t *testing.T) {
	w := newWorld(t)
	w.must(m2m.StatusOriginatorNotAuthenticated, w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: "Cnobody",
		OperationExecutionTime: "P1D", RequestExpiration: "P2D"}))
}

func TestSoManyRequestsWaitAndNoMore(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	wait := func() *m2m.Response {
		return w.Handle(t.Context(), &m2m.Request{Operation: m2m.Retrieve, To: ae, From: ae, RequestID: "1", ReleaseVersion: "3",
			OperationExecutionTime: "P1D", RequestExpiration: "P2D"})
	}
	const many = 1100
	before := w.clock.Waiting()
	answers := make(chan m2m.StatusCode, many)
	for range many {
		go func() { answers <- wait().Status }()
	}
	for range many - 1024 {
		if got := <-answers; got != m2m.StatusNotAcceptable {
			t.Errorf("one too many is answered %v", got)
		}
	}
	for w.clock.Waiting() < before+2*1024 { // a timer for the deadline, and one for the wait
		runtime.Gosched()
	}
	w.clock.Advance(24 * time.Hour)
	for range 1024 {
		if got := <-answers; got != m2m.StatusOK {
			t.Errorf("one that waited is answered %v", got)
		}
	}
}

func TestWhoIsDeregisteredWhileWaitingIsRefused(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	before := w.clock.Waiting()
	answer := make(chan *m2m.Response)
	go func() {
		answer <- w.Handle(t.Context(), &m2m.Request{Operation: m2m.Retrieve, To: "cse-in", From: ae, RequestID: "1", ReleaseVersion: "3",
			OperationExecutionTime: "PT1S", RequestExpiration: "PT2S"})
	}()
	for w.clock.Waiting() < before+2 {
		runtime.Gosched()
	}
	w.must(m2m.StatusDeleted, w.delete("CAdmin", ae))
	w.clock.Advance(time.Second)
	w.must(m2m.StatusOriginatorNotAuthenticated, <-answer)
}

func TestDetailedLocationsAreNoWorkForMinutes(t *testing.T) {
	w := newWorld(t)
	ae := w.ae("Ca")
	// A line that goes to and fro n times, along one axis or the other: two of
	// them cross everywhere.
	zigzag := func(n int, upright bool) string {
		var b strings.Builder
		for i := range n {
			x, y := float64(i)/float64(n), float64(i%2)
			if upright {
				x, y = y, x
			}
			fmt.Fprintf(&b, ",[%.4f,%.4f]", x, y)
		}
		return "[" + b.String()[1:] + "]"
	}
	for _, n := range []int{100, 20_000} {
		w.container(ae, fmt.Sprint("c", n), `"loc":{"typ":2,"crd":`+string(m2m.Quote(zigzag(n, false)))+`}`)
	}
	find := func(n, function int) *m2m.Response {
		return w.do(m2m.Request{Operation: m2m.Retrieve, To: "cse-in/a", From: ae, FilterCriteria: &m2m.FilterCriteria{Usage: m2m.Discovery,
			Geo: &m2m.GeoQuery{GeometryType: 2, Function: function, Geometry: []byte(zigzag(n, true))}}})
	}
	for function := range 3 {
		w.must(m2m.StatusOK, find(500, function+1))
		w.must(m2m.StatusBadRequest, find(20_000, function+1))
	}
	if got := string(find(100, 3).Content.Data); got != `{"m2m:uril":["cse-in/a/c100"]}` {
		t.Errorf("found %s", got)
	}
}

func TestARefusalDoesNotTellTheParentsLimits(t *testing.T) {
	w := newWorld(t)
	a, b := w.ae("Ca"), w.ae("Cb")
	p := w.policy(a, `{"acor":["Cb"],"acop":1}`)
	c := w.container(a, "c", `"mbs":7,"acpi":["`+p+`"]`)
	rsp := w.must(m2m.StatusNotAcceptable, w.create(b, c, m2m.TypeContentInstance, `{"m2m:cin":{"con":"12345689"}}`))
	if strings.Contains(string(rsp.Content.Data), "7") {
		t.Errorf("%s", rsp.Content.Data)
	}
}
