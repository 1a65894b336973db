package cse_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/sigil-m2m/sigil/cse"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/clocktest"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
	"github.com/sigil-m2m/sigil/store/bolt"
)

// fuzzAddresses are what the requests of FuzzHandle target, beside addresses
// that the fuzzer makes up.
var fuzzAddresses = []string{
	"", "cse-in", "id-in", "/id-in", "-", "//sigil.example/id-in", "Ca", "cse-in/a", "cse-in/b", "Cb", "cse-in/a/c",
	"cse-in/a/c/la", "cse-in/a/c/ol", "-/a/c/la", "cse-in/a/c/one", "cse-in/a/c#lbl", "cse-in/a/c#con", "cse-in/a/p",
	"cse-in/a/g", "cse-in/a/g/fopt", "cse-in/a/g/fopt/la", "cse-in/a/f", "cse-in/a/f/la", "cse-in/a/s", "cse-in/a/ts",
	"cse-in/a/ts/la", "cse-in/a/node", "cse-in/a/c/c", "cse-in/a/c/c/c", "/other/x", "//x/id-in/cse-in", "cse-in/a/pch/pcu",
}

var fuzzOriginators = []string{"", "CAdmin", "Ca", "Cb", "C", "S", "Cnew", "/id-in/Ca", "/other"}

// A fuzzCSE is a CSE with a small tree of everything, made anew now and then.
type fuzzCSE struct {
	*cse.CSE
	store store.Store
	clock *clocktest.Clock
	runs  int
}

func (f *fuzzCSE) open(t testing.TB, dir string) {
	st, err := bolt.Open(filepath.Join(dir, "fuzz.db"), bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.store, f.clock, f.runs = st, clocktest.New(noon), 0
	limits := cse.Limits{Scan: 2000, Results: 20, Depth: 8}
	if f.CSE, err = cse.New(context.Background(), cse.Config{Store: st, Schema: types, Clock: f.clock, Limits: limits}); err != nil {
		t.Fatal(err)
	}
	for i, r := range []m2m.Request{
		{To: "cse-in", From: "Ca", ResourceType: m2m.TypeAE, Content: pc(`{"m2m:ae":{"rn":"a","api":"Nx","rr":true,"poa":["http://127.0.0.1:1"],"srv":["3"]}}`)},
		{To: "cse-in", From: "Cb", ResourceType: m2m.TypeAE, Content: pc(`{"m2m:ae":{"rn":"b","api":"Nx","rr":false,"srv":["3"]}}`)},
		{To: "cse-in/a", From: "Ca", ResourceType: m2m.TypeGroup, Content: pc(`{"m2m:grp":{"rn":"g","mnm":9,"mid":["Cb","cse-in/a"]}}`)},
		{To: "cse-in/a", From: "Ca", ResourceType: m2m.TypeAccessControlPolicy, Content: pc(`{"m2m:acp":{"rn":"p","pv":{"acr":[{"acor":["cse-in/a/g"],"acop":63},{"acor":["Cb"],"acop":2,"aca":["lbl"]}]},"pvs":{"acr":[{"acor":["Ca"],"acop":63}]}}}`)},
		{To: "cse-in/a", From: "Ca", ResourceType: m2m.TypeContainer, Content: pc(`{"m2m:cnt":{"rn":"c","acpi":["cse-in/a/p"],"mni":5,"mbs":400,"mia":60,"lbl":["x","k:v"]}}`)},
		{To: "cse-in/a/c", From: "Ca", ResourceType: m2m.TypeContentInstance, Content: pc(`{"m2m:cin":{"rn":"one","con":"1","cnf":"text/plain:0"}}`)},
		{To: "cse-in/a/c", From: "Cb", ResourceType: m2m.TypeContainer, Content: pc(`{"m2m:cnt":{"rn":"c"}}`)},
		{To: "cse-in/a", From: "Ca", ResourceType: m2m.TypeFlexContainer, Content: pc(`{"cod:binSh":{"rn":"f","cnd":"org.onem2m.common.moduleclass.binarySwitch","powSe":true,"fcied":true,"mni":3}}`)},
		{To: "cse-in/a", From: "Ca", ResourceType: m2m.TypeTimeSeries, Content: pc(`{"m2m:ts":{"rn":"ts","pei":1000,"mni":3}}`)},
		{To: "cse-in/a/ts", From: "Ca", ResourceType: m2m.TypeTimeSeriesInstance, Content: pc(`{"m2m:tsi":{"dgt":"20261123T120000","con":"1"}}`)},
		{To: "cse-in/a", From: "Ca", ResourceType: m2m.TypeSubscription, Content: pc(`{"m2m:sub":{"rn":"s","nu":["http://x.example/"],"enc":{"net":[1]}}}`)},
		{To: "cse-in/a", From: "Ca", ResourceType: m2m.TypePollingChannel, Content: pc(`{"m2m:pch":{"rn":"pch"}}`)},
	} {
		r.Operation, r.RequestID, r.ReleaseVersion = m2m.Create, strconv.Itoa(i), "3"
		if rsp := f.Handle(context.Background(), &r); rsp.Status != m2m.StatusCreated {
			t.Fatalf("%s under %s: %v %s", r.Content.Data, r.To, rsp.Status, rsp.Content.Data)
		}
	}
}

func pc(s string) m2m.Content { return m2m.Content{Data: []byte(s)} }

func (f *fuzzCSE) close(t testing.TB) {
	f.Close()
	faults, err := f.store.Check(context.Background())
	if err != nil {
		t.Errorf("checking the store: %v", err)
	}
	for _, fault := range faults {
		t.Errorf("store: %s", fault)
	}
	f.store.Close()
}

// FuzzHandle sends the CSE whatever its codec lets through. It must answer,
// with content that is JSON, without an internal error, and leave a store
// without faults. State stays from one input to the next: a failure that does
// not repeat by its input alone tells its cause by the stack or the log.
func FuzzHandle(f *testing.F) {
	dir := f.TempDir()
	for i, seed := range []struct {
		op, to, from, ty, rcn byte
		filter, content       string
	}{
		{1, 1, 6, 2, 255, ``, `{"m2m:ae":{"api":"Nx","rr":false,"srv":["3"]}}`},
		{1, 10, 2, 4, 255, ``, `{"m2m:cin":{"con":"12","lbl":["a:b"]}}`},
		{1, 7, 2, 3, 9, ``, `{"m2m:cnt":{"mni":0,"mbs":18446744073709551615,"mia":9223372036,"et":"99991231T235959,999999"}}`},
		{1, 7, 2, 1, 3, ``, `{"m2m:acp":{"pv":{"acr":[{"acor":["all"],"acop":63,"acco":[{"actw":["* * * * * * *"]}]}]},"pvs":{"acr":[{"acor":["C*"],"acop":63}]}}}`},
		{1, 7, 2, 9, 1, ``, `{"m2m:grp":{"mnm":3,"mt":3,"csy":2,"mid":["cse-in/a/g/fopt","cse-in/a/c/la","/x/y"]}}`},
		{1, 7, 2, 23, 1, ``, `{"m2m:sub":{"nu":["Cb"],"enc":{"net":[7]},"nct":2}}`},
		{1, 7, 2, 28, 1, ``, `{"cod:binSh":{"cnd":"org.onem2m.common.moduleclass.binarySwitch","powSe":true}}`},
		{2, 1, 1, 0, 4, `{"lvl":2,"lim":3,"ofst":2}`, ``},
		{2, 1, 3, 0, 6, `{"fu":1,"lbl":["x","k:v"],"ty":[3,4],"fo":2}`, ``},
		{2, 1, 2, 0, 255, `{"fu":1,"lbq":"k IN (v, w); NT x","arp":"../c/la"}`, ``},
		{2, 10, 3, 0, 1, `{"atr":[{"nm":"mni","val":"*"}],"catr":[{"nm":"con","val":"1*"}],"patr":{"nm":"api","val":"N*"},"fo":3}`, ``},
		{2, 1, 2, 0, 255, `{"fu":1,"gq":{"gmty":3,"geom":[[[0,0],[0,1],[1,1],[0,0]]],"gsf":1},"crb":"20300101T000000","sza":0,"szb":99}`, ``},
		{2, 10, 3, 0, 255, ``, `{"m2m:atrl":["lbl","mni","st"]}`},
		{3, 10, 2, 0, 9, ``, `{"m2m:cnt":{"mni":1,"lbl":null,"et":null}}`},
		{3, 10, 2, 0, 1, ``, `{"m2m:cnt":{"acpi":["cse-in/a/p"]}}`},
		{3, 21, 2, 0, 1, ``, `{"cod:binSh":{"powSe":false}}`},
		{3, 18, 2, 0, 1, ``, `{"m2m:grp":{"mid":["Ca"],"mnm":2}}`},
		{3, 25, 2, 0, 1, ``, `{"m2m:ts":{"mdd":true,"et":"20261123T130000"}}`},
		{4, 11, 2, 0, 8, ``, ``},
		{5, 7, 3, 0, 255, ``, `{"m2m:sgn":{"sur":"cse-in/a/s"}}`},
	} {
		f.Add(seed.op, seed.to, seed.from, seed.ty, seed.rcn, uint16(i), "cse-in/a/c/c", seed.filter, seed.content)
	}
	var c *fuzzCSE
	f.Cleanup(func() {
		if c != nil {
			c.close(f)
		}
	})
	n := 0
	f.Fuzz(func(t *testing.T, op, to, from, ty, rcn byte, wait uint16, address, filter, content string) {
		if c != nil && c.runs >= 2000 {
			c.close(t)
			c = nil
		}
		if c == nil {
			c = new(fuzzCSE)
			n++
			own := filepath.Join(dir, strconv.Itoa(n))
			if err := os.Mkdir(own, 0o700); err != nil {
				t.Fatal(err)
			}
			c.open(t, own)
		}
		c.runs++
		if len(filter) > 4096 || len(content) > 4096 {
			return
		}
		if i := int(to) % len(fuzzAddresses); i > 0 {
			address = fuzzAddresses[i]
		}
		text := fmt.Sprintf(`{"op":%d,"to":%s,"fr":%s,"rqi":"1","rvi":"3"`, op%6, m2m.Quote(address),
			m2m.Quote(fuzzOriginators[int(from)%len(fuzzOriginators)]))
		if ty > 0 {
			text += fmt.Sprintf(`,"ty":%d`, ty)
		}
		if rcn < 16 {
			text += fmt.Sprintf(`,"rcn":%d`, rcn)
		}
		if filter != "" {
			text += `,"fc":` + filter
		}
		if content != "" {
			text += `,"pc":` + content
		}
		req, err := encoding.DecodeRequest([]byte(text+"}"), encoding.Limits{})
		if err != nil {
			return
		}
		c.clock.Advance(time.Duration(wait) * time.Millisecond)
		rsp := c.Handle(t.Context(), req)
		switch {
		case rsp == nil:
			t.Fatal("no response")
		case rsp.Status == m2m.StatusInternalServerError:
			t.Fatalf("%s: %s", text, rsp.Content.Data)
		case !rsp.Status.Known():
			t.Fatalf("status %d", rsp.Status)
		case len(rsp.Content.Data) > 0:
			if !json.Valid(rsp.Content.Data) {
				t.Fatalf("%s: the content is no JSON: %s", text, rsp.Content.Data)
			}
			if _, _, err := encoding.ParseContentValue(rsp.Content, encoding.Limits{Bytes: 1 << 30, Depth: 200}); err != nil {
				t.Fatalf("%s: the content is refused: %v: %s", text, err, rsp.Content.Data)
			}
		}
	})
}
