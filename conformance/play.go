package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"go.yaml.in/yaml/v3"
)

// pollInterval is how often an answer that is expected eventually is asked
// for.
const pollInterval = 100 * time.Millisecond

// responseMembers are what a pattern over a response may name: parameters of
// the response primitive by their short names, and what an http step sees.
var responseMembers = []string{"rsc", "rqi", "pc", "to", "fr", "ot", "rset", "rvi", "vsi", "cnst", "cnot", "status", "header", "names"}

// play is a purpose while it runs.
type play struct {
	run     *run
	purpose *Purpose
	name    string // that nobody else has
	env     env
	ae      string // address of the first AE given
	by      string // originator of requests that name none
	created []creation
	sent    int
}

// A creation is a resource that is to be deleted again.
type creation struct{ address, by string }

// errSkip ends a purpose whose step told that the CSE lacks what it tests.
var errSkip = errors.New("not supported")

// perform runs the purpose: what is given, then the steps.
func (p *play) perform(ctx context.Context) error {
	if by := p.purpose.By; by != "" {
		s, err := p.env.text(by)
		if err != nil {
			// The originator is an AE that is yet to be given.
			s = by
		}
		p.by = s
	}
	for _, f := range p.purpose.Given {
		if err := p.make(ctx, f); err != nil {
			return err
		}
		if strings.HasPrefix(p.by, "$") {
			if s, err := p.env.text(p.by); err == nil {
				p.by = s
			}
		}
	}
	for _, s := range p.purpose.Steps {
		if err := p.repeat(ctx, s); err != nil {
			return fmt.Errorf("%s:%d: %w", p.purpose.group.File, s.line, err)
		}
	}
	return nil
}

// repeat takes a step as often as it says, one after the other or at once.
func (p *play) repeat(ctx context.Context, s *Step) error {
	times := max(1, s.Repeat)
	if !s.AtOnce {
		for i := range times {
			p.env["i"] = i + 1
			if err := p.step(ctx, s); err != nil {
				return err
			}
		}
		return nil
	}
	players := make([]*play, times)
	errs := make([]error, times)
	var wg sync.WaitGroup
	for i := range players {
		player := *p
		player.name = fmt.Sprintf("%s-%d", p.name, i+1)
		player.env = maps.Clone(p.env)
		player.env["i"] = i + 1
		player.created = nil
		players[i] = &player
		wg.Go(func() { errs[i] = player.step(ctx, s) })
	}
	wg.Wait()
	for _, player := range players {
		p.created = append(p.created, player.created...)
	}
	return errors.Join(errs...)
}

func (p *play) step(ctx context.Context, s *Step) error {
	switch {
	case s.Pause != 0:
		return sleep(ctx, time.Duration(s.Pause))
	case s.Notified != nil:
		return p.notified(ctx, s.Notified)
	case s.Answer != nil:
		return p.run.targets.answer(p.name+"/"+s.Answer.At, m2m.StatusCode(s.Answer.RSC))
	}
	end := time.Now().Add(time.Duration(s.Eventually))
	for {
		err := p.exchange(ctx, s)
		if err == nil || errors.Is(err, errSkip) || !time.Now().Before(end) {
			return err
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return err
		}
	}
}

// exchange sends one request and compares its response with what is expected.
func (p *play) exchange(ctx context.Context, s *Step) error {
	var rsp map[string]any
	var did string
	var op m2m.Operation
	if s.HTTP != nil {
		var err error
		if did, rsp, err = p.raw(ctx, s.HTTP); err != nil {
			return fmt.Errorf("%s: %w", did, err)
		}
	} else {
		req, err := p.compose(s)
		if err != nil {
			return err
		}
		op, did = req.Operation, describe(req)
		if !s.Fc.IsZero() {
			fc, _ := p.env.value(&s.Fc) // compose has evaluated it before
			did += " fc=" + brief(fc)
		}
		if rsp, err = p.send(ctx, req); err != nil {
			return fmt.Errorf("%s: %w", did, err)
		}
	}
	rsc, _ := number(rsp["rsc"])
	if slices.Contains(s.Skip, int(rsc)) {
		return fmt.Errorf("%s answered %d: %w", did, int(rsc), errSkip)
	}
	err := p.compare(s, op, rsp)
	if err != nil {
		return fmt.Errorf("%w\n    %s\n    answered %s", err, did, brief(rsp))
	}
	for name, path := range s.Save {
		v, ok := lookup(rsp, path)
		if !ok {
			return fmt.Errorf("no %s in the answer\n    %s\n    answered %s", path, did, brief(rsp))
		}
		p.env[name] = v
	}
	return nil
}

// success is the response status code of each operation. TS-0004 7.3.3.12.
var success = [...]m2m.StatusCode{
	m2m.Create: m2m.StatusCreated, m2m.Retrieve: m2m.StatusOK, m2m.Update: m2m.StatusUpdated,
	m2m.Delete: m2m.StatusDeleted, m2m.Notify: m2m.StatusOK,
}

// compare holds the response against the step's pattern. A step that expects
// no status code expects that of success.
func (p *play) compare(s *Step, op m2m.Operation, rsp map[string]any) error {
	c := p.comparison()
	expectsStatus := s.HTTP != nil
	if s.Expect.Kind == yaml.MappingNode {
		for i := 0; i < len(s.Expect.Content); i += 2 {
			expectsStatus = expectsStatus || s.Expect.Content[i].Value == "rsc"
		}
	}
	if !expectsStatus {
		if rsc, _ := number(rsp["rsc"]); rsc != float64(success[op]) {
			return fmt.Errorf("rsc: want %d, got %v", success[op], rsp["rsc"])
		}
	}
	if s.Expect.IsZero() {
		return nil
	}
	return c.match(&s.Expect, rsp, "")
}

func (p *play) comparison() *comparison {
	return &comparison{env: p.env, local: m2m.Locality{SP: p.run.cfg.SPID, CSE: p.run.cfg.CSEID}, cse: p.run.cfg.CSEName}
}

// send delivers a request and returns the response primitive as a JSON value.
// What was created is remembered.
func (p *play) send(ctx context.Context, req *m2m.Request) (map[string]any, error) {
	ctx, cancel := context.WithTimeout(ctx, p.run.cfg.Timeout)
	defer cancel()
	rsp, err := p.run.sender.Send(ctx, p.run.cfg.URL, req)
	if err != nil {
		return nil, err
	}
	primitive, err := primitiveOf(rsp)
	if err != nil {
		return nil, err
	}
	if rsp.Status == m2m.StatusCreated {
		p.remember(req.To, req.From, req.Content.Data, primitive["pc"], rsp.Location)
	}
	return primitive, nil
}

// primitiveOf writes a response as the primitive that it is, absent parameters
// left out.
func primitiveOf(rsp *m2m.Response) (map[string]any, error) {
	v := map[string]any{"rsc": int(rsp.Status)}
	for name, s := range map[string]string{
		"rqi": rsp.RequestID, "to": rsp.To, "fr": rsp.From, "ot": rsp.OriginatingTimestamp,
		"rset": rsp.ResultExpiration, "rvi": rsp.ReleaseVersion, "vsi": rsp.VendorInformation,
	} {
		if s != "" {
			v[name] = s
		}
	}
	if rsp.ContentStatus != 0 {
		v["cnst"] = int(rsp.ContentStatus)
	}
	if rsp.ContentOffset != 0 {
		v["cnot"] = rsp.ContentOffset
	}
	if !rsp.Content.Empty() {
		pc, err := decode(rsp.Content.Data)
		if err != nil {
			return nil, fmt.Errorf("the content of the answer is no JSON: %w", err)
		}
		v["pc"] = pc
	}
	return v, nil
}

// decode reads one JSON value; numbers keep their text.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more after the value")
	}
	return v, nil
}

// remember notes what a successful Create made, from whatever its response
// tells.
func (p *play) remember(to, by string, request []byte, pc any, location string) {
	address := location
	if root, ok := pc.(map[string]any); ok {
		for name, v := range root {
			if name == "m2m:rce" { // resource with its address
				address = textOf(v, "uri")
			}
			if name == "m2m:uri" {
				address, _ = v.(string)
			}
			if ri := textOf(v, "ri"); ri != "" {
				address = ri
			}
			if aei := textOf(v, "aei"); aei != "" {
				by = aei
			}
		}
	}
	if address == "" {
		var sent map[string]map[string]any
		if json.Unmarshal(request, &sent) == nil {
			for _, attributes := range sent {
				if rn, ok := attributes["rn"].(string); ok {
					address = strings.TrimSuffix(to, "/") + "/" + rn
				}
			}
		}
	}
	if address != "" {
		p.created = append(p.created, creation{address, by})
	}
}

func textOf(v any, member string) string {
	m, _ := lookup(v, member)
	s, _ := m.(string)
	return s
}

// clean deletes what the purpose created, last first, and returns what could
// not be deleted.
func (p *play) clean(ctx context.Context) (left []string) {
	var refused []creation
	for _, c := range slices.Backward(p.created) {
		if !p.delete(ctx, c) {
			refused = append(refused, c)
		}
	}
	// What refused to go alone may have gone with its parent.
	for _, c := range refused {
		if !p.delete(ctx, c) {
			left = append(left, c.address)
		}
	}
	return left
}

// delete reports whether the resource is gone, after its creator or the
// administrator has deleted it.
func (p *play) delete(ctx context.Context, c creation) bool {
	for _, by := range []string{p.run.cfg.Admin, c.by} {
		req := p.request(m2m.Delete)
		req.To, req.From = c.address, by
		ctx, cancel := context.WithTimeout(ctx, p.run.cfg.Timeout)
		rsp, err := p.run.sender.Send(ctx, p.run.cfg.URL, req)
		cancel()
		if err == nil && (rsp.Status == m2m.StatusDeleted || rsp.Status == m2m.StatusNotFound) {
			return true
		}
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
