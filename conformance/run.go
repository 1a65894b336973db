package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// An Outcome is how a purpose ended.
type Outcome string

// Outcomes.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// A Result is the outcome of one purpose.
type Result struct {
	Purpose *Purpose
	Group   string // name of the group
	File    string // scenario file
	Outcome Outcome
	Detail  string   // why it failed or was skipped
	Left    []string // addresses that could not be deleted afterwards
	Took    time.Duration
}

// A Reporter hears results as they come, one at a time, in the order in which
// the purposes end.
type Reporter interface{ Report(Result) }

// A Summary is the outcome of a run; Results are in the order of the files.
type Summary struct {
	Passed, Failed, Skipped int
	Results                 []Result
	Took                    time.Duration
}

// String returns the line that ends a readable summary.
func (s Summary) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", s.Passed, s.Failed, s.Skipped)
}

// run is one run of the suite against one CSE.
type run struct {
	cfg     Config
	sender  m2m.Sender
	targets targets
	token   string
	cse     capabilities
}

// capabilities is what the CSE says about itself. TS-0004 7.4.3.
type capabilities struct {
	types    []int
	releases []string
	cseType  int
}

// Run runs the purposes that cfg selects against the CSE and tells reporter,
// which may be nil. An error means that the suite could not run: a bad
// configuration, bad scenario files, a CSE that does not answer. If ctx ends,
// the purposes that run are cleaned up after and the rest is left out.
func Run(ctx context.Context, cfg Config, reporter Reporter) (Summary, error) {
	start := time.Now()
	if err := cfg.fill(); err != nil {
		return Summary{}, err
	}
	if cfg.Groups == nil {
		var err error
		if cfg.Groups, err = Own(); err != nil {
			return Summary{}, err
		}
	}
	r := &run{cfg: cfg, sender: cfg.Sender, token: token(), targets: targets{listen: cfg.Listen, reach: cfg.Reach}}
	defer r.targets.close()
	if r.sender == nil {
		sender, release, err := newSender(cfg.URL)
		if err != nil {
			return Summary{}, err
		}
		defer release()
		r.sender = sender
	}
	if err := r.probe(ctx); err != nil {
		return Summary{}, err
	}
	var purposes []*Purpose
	for _, g := range cfg.Groups {
		for _, p := range g.Purposes {
			if cfg.selects(p.ID) {
				purposes = append(purposes, p)
			}
		}
	}
	s := Summary{Results: r.all(ctx, purposes, reporter)}
	for _, result := range s.Results {
		switch result.Outcome {
		case Passed:
			s.Passed++
		case Failed:
			s.Failed++
		case Skipped:
			s.Skipped++
		}
	}
	s.Took = time.Since(start)
	return s, ctx.Err()
}

// all runs the purposes, so many at a time, and returns their results in their
// order.
func (r *run) all(ctx context.Context, purposes []*Purpose, reporter Reporter) []Result {
	results := make([]Result, len(purposes))
	next := make(chan int)
	var mu sync.Mutex // serialises the reporter
	var wg sync.WaitGroup
	for range r.cfg.Parallel {
		wg.Go(func() {
			for i := range next {
				results[i] = r.one(ctx, purposes[i], i)
				mu.Lock()
				if reporter != nil {
					reporter.Report(results[i])
				}
				mu.Unlock()
			}
		})
	}
	for i := range purposes {
		select {
		case next <- i:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(next)
	wg.Wait()
	return slices.DeleteFunc(results, func(r Result) bool { return r.Purpose == nil })
}

// one runs one purpose and cleans up after it.
func (r *run) one(ctx context.Context, purpose *Purpose, index int) Result {
	start := time.Now()
	result := Result{Purpose: purpose, Group: purpose.group.Name, File: purpose.group.File, Outcome: Passed}
	if lacks := r.lacks(purpose); lacks != "" {
		result.Outcome, result.Detail = Skipped, lacks
		return result
	}
	p := &play{run: r, purpose: purpose, name: fmt.Sprintf("%sx%d", r.token, index), by: r.cfg.Admin}
	p.env = env{
		"cse": r.cfg.CSEName, "cseid": r.cfg.CSEID, "spid": r.cfg.SPID, "sphost": r.cfg.SPID[1:], "admin": r.cfg.Admin,
		"release": r.cfg.Release, "new": "n" + p.name,
	}
	if err := p.perform(ctx); err != nil {
		result.Outcome, result.Detail = Failed, err.Error()
		if errors.Is(err, errSkip) {
			result.Outcome = Skipped
		}
	}
	result.Left = p.clean(context.WithoutCancel(ctx))
	result.Took = time.Since(start)
	return result
}

// probe asks the CSE what it supports.
func (r *run) probe(ctx context.Context) error {
	p := &play{run: r, name: r.token, by: r.cfg.Admin}
	req := p.request(m2m.Retrieve)
	req.To = r.cfg.CSEName
	rsp, err := p.send(ctx, req)
	if err != nil {
		return fmt.Errorf("conformance: the CSE at %s does not answer: %w", r.cfg.URL, err)
	}
	base, ok := lookup(rsp, "pc/m2m:cb")
	if !ok {
		return fmt.Errorf("conformance: retrieving %s as %s answers %s, no CSEBase", r.cfg.CSEName, r.cfg.Admin, brief(rsp))
	}
	if list, _ := lookup(base, "srt"); list != nil {
		for _, v := range listOf(list) {
			if f, ok := number(v); ok {
				r.cse.types = append(r.cse.types, int(f))
			}
		}
	}
	if list, _ := lookup(base, "srv"); list != nil {
		r.cse.releases = textsOf(list)
	}
	if v, _ := lookup(base, "cst"); v != nil {
		f, _ := number(v)
		r.cse.cseType = int(f)
	}
	return nil
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// lacks says what the purpose requires and the CSE does not support; empty if
// nothing.
func (r *run) lacks(p *Purpose) string {
	for _, need := range []Requires{p.group.Requires, p.Requires} {
		for _, ty := range need.Types {
			if !slices.Contains(r.cse.types, ty) {
				return fmt.Sprintf("resource type %d is not in supportedResourceType", ty)
			}
		}
		for _, ty := range need.Without {
			if slices.Contains(r.cse.types, ty) {
				return fmt.Sprintf("resource type %d is in supportedResourceType", ty)
			}
		}
		if need.Release != "" && !slices.ContainsFunc(r.cse.releases, func(v string) bool { return v >= need.Release }) {
			return fmt.Sprintf("no release from %s on is in supportedReleaseVersions", need.Release)
		}
		if need.Before != "" && !slices.ContainsFunc(r.cse.releases, func(v string) bool { return v < need.Before }) {
			return fmt.Sprintf("no release before %s is in supportedReleaseVersions", need.Before)
		}
		if need.INCSE && r.cse.cseType != int(m2m.INCSE) {
			return "the CSE is no IN-CSE"
		}
		if need.OtherCSE && r.cse.cseType == int(m2m.INCSE) {
			return "the CSE is an IN-CSE"
		}
		if need.Loopback && !strings.Contains(r.cfg.URL, "//127.0.0.1") {
			return "the CSE is not reached at 127.0.0.1"
		}
		if need.HTTP && !r.http() {
			return "the tested binding is not HTTP"
		}
	}
	if slices.ContainsFunc(p.Steps, func(s *Step) bool { return s.HTTP != nil }) && !r.http() {
		return "the tested binding is not HTTP"
	}
	return ""
}

func (r *run) http() bool {
	u, err := url.Parse(r.cfg.URL)
	return err == nil && strings.HasPrefix(u.Scheme, "http")
}
