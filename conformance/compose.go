package conformance

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"go.yaml.in/yaml/v3"
)

// request returns a request of the purpose's originator that says what every
// request says.
func (p *play) request(op m2m.Operation) *m2m.Request {
	p.sent++
	return &m2m.Request{
		Operation:      op,
		From:           p.by,
		RequestID:      fmt.Sprintf("%s-%d", p.name, p.sent),
		ReleaseVersion: p.run.cfg.Release,
	}
}

// compose makes the request primitive of a step.
func (p *play) compose(s *Step) (*m2m.Request, error) {
	op, to, _ := s.operation()
	req := p.request(m2m.Operation(op))
	texts := []struct {
		into *string
		from *string
	}{
		{&req.To, &to}, {&req.From, s.Fr}, {&req.RequestID, s.Rqi}, {&req.ReleaseVersion, s.Rvi},
		{&req.VendorInformation, &s.Vsi}, {&req.OriginatingTimestamp, &s.Ot}, {&req.RequestExpiration, &s.Rqet},
		{&req.ResultExpiration, &s.Rset}, {&req.OperationExecutionTime, &s.Oet}, {&req.ResultPersistence, &s.Rp},
		{&req.GroupRequestID, &s.Gid},
	}
	for _, t := range texts {
		if t.from == nil {
			continue
		}
		v, err := p.env.text(*t.from)
		if err != nil {
			return nil, err
		}
		*t.into = v
	}
	req.ResponseType = m2m.ResponseType(s.Rt)
	for n, set := range map[*yaml.Node]func(int){
		&s.Ty:  func(v int) { req.ResourceType = m2m.ResourceType(v) },
		&s.Rcn: func(v int) { rcn := m2m.ResultContent(v); req.ResultContent = &rcn },
		&s.Drt: func(v int) { req.DesiredIdentifierResult = m2m.DesiredIdentifierResultType(v) },
	} {
		v, given, err := p.scalar(n)
		if err != nil {
			return nil, err
		}
		if given {
			set(v)
		}
	}
	if !s.Pc.IsZero() {
		pc, err := p.env.value(&s.Pc)
		if err != nil {
			return nil, err
		}
		if req.Content.Data, err = json.Marshal(pc); err != nil {
			return nil, err
		}
	}
	if !s.Fc.IsZero() {
		fc, err := p.env.value(&s.Fc)
		if err != nil {
			return nil, err
		}
		if req.FilterCriteria, err = filter(fc); err != nil {
			return nil, fmt.Errorf("line %d: %w", s.Fc.Line, err)
		}
	}
	return req, nil
}

// filter makes filter criteria of a mapping of short names to values; atr,
// catr and patr are mappings of attribute names to a value or a list.
func filter(v any) (*m2m.FilterCriteria, error) {
	members, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("fc is no mapping")
	}
	fc := new(m2m.FilterCriteria)
	lists := map[string]*[]m2m.AttributeCondition{"atr": &fc.Attributes, "catr": &fc.ChildAttributes, "patr": &fc.ParentAttributes}
	for name, value := range members {
		if list, ok := lists[name]; ok {
			conditions, ok := value.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("%s is no mapping", name)
			}
			for attribute, values := range conditions {
				for _, v := range textsOf(values) {
					*list = append(*list, m2m.AttributeCondition{Name: attribute, Value: v})
				}
			}
			continue
		}
		if known, err := fc.Set(name, textsOf(value)); err != nil || !known {
			return nil, fmt.Errorf("fc member %q: %v", name, err)
		}
	}
	return fc, nil
}

func textsOf(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{text(v)}
	}
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = text(item)
	}
	return texts
}

// describe writes a request in one line, for a reader who wants to know what
// was asked.
func describe(req *m2m.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v %s", req.Operation, req.To)
	if req.ResourceType != 0 {
		fmt.Fprintf(&b, " ty=%d", req.ResourceType)
	}
	fmt.Fprintf(&b, " fr=%q", req.From)
	if req.ResultContent != nil {
		fmt.Fprintf(&b, " rcn=%d", *req.ResultContent)
	}
	if !req.Content.Empty() {
		const most = 400
		pc := string(req.Content.Data)
		if len(pc) > most {
			pc = pc[:most] + "…"
		}
		fmt.Fprintf(&b, " pc=%s", pc)
	}
	return b.String()
}
