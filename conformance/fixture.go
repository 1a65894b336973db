package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"go.yaml.in/yaml/v3"
)

// A kind of fixture: what is created, and which variables it sets beside its
// own name.
type kind struct {
	ty    m2m.ResourceType
	root  string
	parts []string
	base  bool // its parent is the CSEBase, not the AE, and its maker the administrator
	// attributes returns what is created unless the fixture says otherwise.
	attributes func(p *play) map[string]any
}

var resourceParts = []string{"ri", "rn"}

// makes are the fixtures that a purpose may name in make. A target is no
// resource but a place where notifications arrive.
var makes = map[string]kind{
	"ae": {ty: m2m.TypeAE, root: "m2m:ae", parts: []string{"ri", "rn", "id"}, base: true, attributes: func(p *play) map[string]any {
		ae := map[string]any{"api": "N.conformance", "rr": false}
		if len(p.run.cse.releases) > 0 { // release 1 has no such attribute
			ae["srv"] = []string{p.run.cfg.Release}
		}
		return ae
	}},
	"cnt": {ty: m2m.TypeContainer, root: "m2m:cnt", parts: resourceParts},
	"cin": {ty: m2m.TypeContentInstance, root: "m2m:cin", parts: resourceParts, attributes: func(*play) map[string]any {
		return map[string]any{"con": "x"}
	}},
	"acp": {ty: m2m.TypeAccessControlPolicy, root: "m2m:acp", parts: resourceParts, attributes: func(p *play) map[string]any {
		all := map[string]any{"acr": []any{map[string]any{"acor": []any{p.by}, "acop": 63}}}
		return map[string]any{"pv": all, "pvs": all}
	}},
	"grp": {ty: m2m.TypeGroup, root: "m2m:grp", parts: resourceParts, attributes: func(*play) map[string]any {
		return map[string]any{"mt": 0, "mnm": 10, "mid": []any{}}
	}},
	"sub": {ty: m2m.TypeSubscription, root: "m2m:sub", parts: resourceParts},
	"nod": {ty: m2m.TypeNode, root: "m2m:nod", parts: resourceParts, base: true, attributes: func(p *play) map[string]any {
		return map[string]any{"ni": p.name + "-node"}
	}},
	"target": {},
}

// make creates what a fixture asks for.
func (p *play) make(ctx context.Context, f *Fixture) error {
	at := fmt.Sprintf("%s:%d: making %s", p.purpose.group.File, f.line, f.As)
	if f.Make == "target" {
		url, err := p.run.targets.add(p.name + "/" + f.As)
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		p.env[f.As] = url
		return nil
	}
	k := makes[f.Make]
	attributes := map[string]any{}
	if k.attributes != nil {
		attributes = k.attributes(p)
	}
	in, by := f.In, f.By
	name := f.As
	switch {
	case in != "":
	case k.base || p.ae == "":
		in, name = "$cse", p.name+f.As
	default:
		in = p.ae
	}
	if by == "" && k.base {
		by = "$admin"
	}
	attributes["rn"] = name
	if !f.With.IsZero() {
		with, err := p.env.value(&f.With)
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		own, ok := with.(map[string]any)
		if !ok {
			return fmt.Errorf("%s: its attributes are no mapping", at)
		}
		for member, v := range own {
			// A null takes a usual attribute away and sends any other as null.
			if _, usual := attributes[member]; usual && v == nil {
				delete(attributes, member)
				delete(own, member)
			}
		}
		maps.Copy(attributes, own)
	}
	req := p.request(m2m.Create)
	var err error
	if req.To, err = p.env.text(in); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if by != "" {
		if req.From, err = p.env.text(by); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	if f.Make == "ae" && f.By == "" {
		req.From = p.run.cfg.AEPrefix + p.name + f.As
	}
	req.ResourceType = k.ty
	if req.Content.Data, err = json.Marshal(map[string]any{k.root: attributes}); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	rsp, err := p.send(ctx, req)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if rsc, _ := number(rsp["rsc"]); rsc != float64(m2m.StatusCreated) {
		return fmt.Errorf("%s: %s\n    answered %s", at, describe(req), brief(rsp))
	}
	p.setFixture(f.As, k, req, rsp)
	if f.Make == "ae" && p.ae == "" {
		p.ae = text(p.env[f.As])
		if p.purpose.By == "" {
			p.by = text(p.env[f.As+".id"])
		}
	}
	return nil
}

// setFixture sets the variables of a fixture from the response that created it.
func (p *play) setFixture(as string, k kind, req *m2m.Request, rsp map[string]any) {
	created, _ := lookup(rsp, "pc/"+k.root)
	member := func(name string) string {
		v, _ := lookup(created, name)
		s, _ := v.(string)
		return s
	}
	p.env[as+".ri"] = member("ri")
	p.env[as+".rn"] = member("rn")
	p.env[as] = strings.TrimSuffix(req.To, "/") + "/" + member("rn")
	if k.ty == m2m.TypeAE {
		p.env[as+".id"] = member("aei")
	}
}

// scalar returns the integer of a node that a case may have filled in.
func (p *play) scalar(n *yaml.Node) (int, bool, error) {
	if n.IsZero() {
		return 0, false, nil
	}
	v, err := p.env.value(n)
	if err != nil {
		return 0, false, err
	}
	if v == nil { // a case that leaves the parameter out
		return 0, false, nil
	}
	f, ok := number(v)
	if !ok {
		return 0, false, fmt.Errorf("line %d: %q is no number", n.Line, n.Value)
	}
	return int(f), true, nil
}
