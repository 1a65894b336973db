package conformance

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// scenario frames steps as a file of one purpose.
func scenario(body string) string {
	return "group: Engine\nclause: TS-0004 7.2.2\npurposes:\n  - id: TP/oneM2M/CSE/GEN/CRE/001\n    title: The engine judges right\n" +
		strings.ReplaceAll(strings.TrimRight(body, "\n"), "\t", "  ") + "\n"
}

func TestRunJudges(t *testing.T) {
	tests := []struct {
		name, body string
		want       Outcome
		detail     string
	}{
		{"an answer as expected passes", `
    given: [ae, cnt]
    steps:
      - retrieve: $cnt
        expect: {rsc: 2000, rqi: !re '^.+$', pc: {m2m:cnt: {ri: $cnt.ri, rn: cnt, no: !is absent}}}
        save: {name: "pc/m2m:cnt/rn"}
      - retrieve: $ae/$name
`, Passed, ""},
		{"another status fails", `
    steps:
      - retrieve: $cse/nothing
`, Failed, "test.yaml:8: rsc: want 2000, got 4004"},
		{"an expected failure passes", `
    steps:
      - retrieve: $cse/nothing
        expect: {rsc: 4004, pc: {m2m:dbg: !is string}}
`, Passed, ""},
		{"another value fails", `
    given: [ae]
    steps:
      - retrieve: $ae
        expect: {pc: {m2m:ae: {rn: other}}}
`, Failed, "pc/m2m:ae/rn: want \"other\""},
		{"an attribute that is there and must not be fails", `
    given: [ae]
    steps:
      - retrieve: $ae
        expect: {pc: {m2m:ae: {rn: !is absent}}}
`, Failed, "no such member"},
		{"a fixture that fails is a failure", `
    given: [ae, {make: cnt, in: $cse/nowhere}]
    steps:
      - retrieve: $ae
`, Failed, "making cnt"},
		{"a code to skip at skips", `
    steps:
      - retrieve: $cse/nothing
        skip: [4004]
`, Skipped, "not supported"},
		{"an unsupported type skips", `
    requires: {types: [28]}
    steps:
      - retrieve: $cse
`, Skipped, "resource type 28"},
		{"an unsupported release skips", `
    requires: {release: "4"}
    steps:
      - retrieve: $cse
`, Skipped, "release"},
		{"steps repeat with a counter", `
    given: [ae]
    steps:
      - {create: $ae, ty: 3, pc: {m2m:cnt: {rn: "c$i"}}, repeat: 3}
      - retrieve: $ae/c3
`, Passed, ""},
		{"steps repeat at once", `
    given: [ae]
    steps:
      - {create: $ae, ty: 3, pc: {m2m:cnt: {rn: "c$i"}}, repeat: 8, at-once: true}
      - {retrieve: "$ae/c$i", repeat: 8}
`, Passed, ""},
		{"one failure of several at once fails", `
    given: [ae, {make: cnt, as: c1}]
    steps:
      - {retrieve: "$ae/c$i", repeat: 2, at-once: true}
`, Failed, "4004"},
		{"what never comes true fails", `
    steps:
      - retrieve: $cse/nothing
        eventually: 50ms
`, Failed, "4004"},
		{"raw answers show header names as spelled", `
    steps:
      - http: {method: DELETE, path: '/x?y=1'}
        expect: {status: 400, rsc: 4000, rqi: !is present, names: !all [!has [X-M2M-RSC], !lacks [X-M2M-RI]], pc: {m2m:dbg: "DELETE /x?y=1"}}
`, Passed, ""},
		{"raw answers that differ fail", `
    steps:
      - http: {method: GET, path: /x}
        expect: {status: 200}
`, Failed, "status: want 200, got 400"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, left := newFake().play(t, scenario(tt.body))
			r := s.Results[0]
			if r.Outcome != tt.want || !strings.Contains(r.Detail, tt.detail) {
				t.Errorf("outcome %s, want %s; detail: %s", r.Outcome, tt.want, r.Detail)
			}
			if left != 0 || len(r.Left) != 0 {
				t.Errorf("%d resources were left behind, %v reported", left, r.Left)
			}
		})
	}
}

func TestRunReportsWhatItCannotDelete(t *testing.T) {
	f := newFake()
	f.refuse = "cnt"
	s, _ := f.play(t, scenario("    given: [ae, {make: cnt, by: somebody}]\n    steps: [{retrieve: $cnt}]"))
	if len(s.Results[0].Left) != 0 {
		t.Errorf("what its creator may delete was left: %v", s.Results[0].Left)
	}
	f = newFake()
	f.refuse = "cnt"
	s, _ = f.play(t, scenario("    given: [ae, cnt]\n    steps: [{retrieve: $cnt}]"), func(c *Config) {
		c.Sender = deaf{f}
	})
	if len(s.Results[0].Left) != 2 {
		t.Errorf("left behind %v, want the AE and the container", s.Results[0].Left)
	}
	var out bytes.Buffer
	NewReporter(&out, false).Report(s.Results[0])
	if !strings.Contains(out.String(), "left behind: ri") {
		t.Errorf("the report is silent about it:\n%s", out.String())
	}
}

// deaf refuses every Delete.
type deaf struct{ *fakeCSE }

func (d deaf) Send(ctx context.Context, poa string, req *request) (*response, error) {
	if req.Operation == 4 {
		return newResponse(req, 4103), nil
	}
	return d.fakeCSE.Send(ctx, poa, req)
}

func TestRunSelects(t *testing.T) {
	body := `
    cases: [{case: A}, {case: B}, {case: C}]
    steps: [{retrieve: $cse}]
`
	for _, tt := range []struct {
		only   string
		except []string
		want   int
	}{{"", nil, 3}, {"GEN/CRE/001/B", nil, 1}, {"TP/*/A", nil, 1}, {"*/CRE/*", []string{"*/C"}, 2}, {"DMR", nil, 0}} {
		s, _ := newFake().play(t, scenario(body), func(c *Config) { c.Only, c.Except, c.Parallel = tt.only, tt.except, 2 })
		if s.Passed != tt.want || len(s.Results) != tt.want {
			t.Errorf("only %q except %q: %v, want %d", tt.only, tt.except, s, tt.want)
		}
	}
}

func TestRunPlaysTargets(t *testing.T) {
	body := `
    given: [ae, target]
    steps:
      - create: $ae
        ty: 23
        pc: {m2m:sub: {rn: s, nu: [$target]}}
      - notified: {at: target, expect: {fr: /id-in, pc: {m2m:sgn: {nev: {net: 3}}}}}
      - answer: {at: target, rsc: 4103}
      - notified: {at: target, never: true, within: 30ms, expect: {pc: !is present}}
`
	f := newFake()
	notify := notifier{f, 0}
	s, _ := f.play(t, scenario(body), func(c *Config) { c.Sender = &notify })
	if s.Passed != 1 || notify.status != http.StatusOK {
		t.Errorf("%v, the target answered %d", s.Results[0].Detail, notify.status)
	}
}

// notifier sends a notification when it sees a subscription created.
type notifier struct {
	*fakeCSE
	status int
}

func (n *notifier) Send(ctx context.Context, poa string, req *request) (*response, error) {
	if req.ResourceType == 23 {
		nu, err := decode(req.Content.Data)
		if err != nil {
			return nil, err
		}
		url, _ := lookup(nu, "m2m:sub/nu/0")
		r, err := http.NewRequestWithContext(ctx, "POST", url.(string), strings.NewReader(`{"m2m:sgn":{"nev":{"net":3}}}`))
		if err != nil {
			return nil, err
		}
		r.Header.Set("X-M2M-Origin", "/id-in")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return nil, err
		}
		answer.Body.Close()
		n.status = answer.StatusCode
	}
	return n.fakeCSE.Send(ctx, poa, req)
}

func TestRunRefusesAConfigurationThatCannotWork(t *testing.T) {
	for _, cfg := range []Config{
		{}, {URL: "nowhere"}, {URL: "http://127.0.0.1:1", CSEID: "id-in"}, {URL: "http://127.0.0.1:1", SPID: "sp"},
		{URL: "gopher://127.0.0.1:1"},
	} {
		if _, err := Run(t.Context(), cfg, nil); err == nil {
			t.Errorf("%+v runs", cfg)
		}
	}
}

func TestSummaryAndJUnitTellTheCounts(t *testing.T) {
	body := `
    cases: [{case: A, to: $cse}, {case: B, to: $cse/x}]
    steps: [{retrieve: $to}]
  - id: TP/oneM2M/CSE/GEN/CRE/002
    title: Nobody supports this type
    requires: {types: [999]}
    steps: [{retrieve: $cse}]
`
	s, _ := newFake().play(t, scenario(body))
	var out bytes.Buffer
	if err := WriteSummary(&out, s); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got := lines[len(lines)-1]; got != "1 passed, 1 failed, 1 skipped" {
		t.Errorf("the last line is %q", got)
	}
	var xmlOut bytes.Buffer
	if err := WriteJUnit(&xmlOut, s); err != nil {
		t.Fatal(err)
	}
	var doc junitSuites
	if err := xml.Unmarshal(xmlOut.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Tests != 3 || doc.Failures != 1 || doc.Skipped != 1 || len(doc.Suites) != 1 || len(doc.Suites[0].Cases) != 3 {
		t.Errorf("JUnit counts are wrong: %s", xmlOut.String())
	}
	failed := doc.Suites[0].Cases[1]
	if failed.Name != "TP/oneM2M/CSE/GEN/CRE/001/B" || failed.Failure == nil || !strings.Contains(failed.Failure.Text, "4004") {
		t.Errorf("the failed case is %+v", failed)
	}
}

func TestRunCleansUpAfterItWasInterrupted(t *testing.T) {
	f := newFake()
	g, err := parse("test.yaml", []byte(scenario("    given: [ae]\n    steps: [{retrieve: $ae}, {pause: 1h}]")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	sender := interrupter{f, cancel}
	s, err := Run(ctx, Config{URL: "http://127.0.0.1:1", Groups: []*Group{g}, Sender: sender}, nil)
	if err == nil || s.Failed != 1 {
		t.Errorf("an interrupted run returned %v, %v", s, err)
	}
	if len(f.resources) != 1 {
		t.Errorf("%d resources are left", len(f.resources)-1)
	}
}

// interrupter cancels the run when the AE is retrieved.
type interrupter struct {
	*fakeCSE
	cancel context.CancelFunc
}

func (i interrupter) Send(ctx context.Context, poa string, req *request) (*response, error) {
	if ctx.Err() != nil {
		return nil, fmt.Errorf("cleaning up on a dead context: %w", ctx.Err())
	}
	if req.Operation == 2 && req.To != "cse-in" {
		i.cancel()
	}
	return i.fakeCSE.Send(ctx, poa, req)
}
