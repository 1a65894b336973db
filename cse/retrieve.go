package cse

import (
	"github.com/sigil-m2m/sigil/cse/resources"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// retrieve is the Retrieve operation, discovery included. TS-0004 7.3.3.6,
// 7.3.3.14, TS-0001 10.1.3.
func (c *CSE) retrieve(r *request) (*m2m.Response, error) {
	err := c.store.View(r.ctx, func(rd store.Reader) (err error) {
		r.response, err = c.read(rd, r)
		return err
	})
	return r.response, err
}

func (c *CSE) read(rd store.Reader, r *request) (*m2m.Response, error) {
	const op = "cse.retrieve"
	if err := c.checkRegistered(rd, r); err != nil {
		return nil, err
	}
	t, err := c.resolve(rd, r)
	if err != nil {
		return nil, err
	}
	if t.virtual != "" && t.virtual != "la" && t.virtual != "ol" {
		return nil, errVirtual(t.virtual)
	}
	f := r.FilterCriteria
	if f != nil && f.Usage == m2m.Discovery {
		return c.discover(rd, r, t)
	}
	wanted, err := c.wanted(r)
	if err != nil {
		return nil, err
	}
	d, err := c.authorise(rd, r, t.Resource, t.kind, access{operation: m2m.PermitRetrieve, attributes: wanted})
	if err != nil {
		return nil, err
	}
	if err := c.retrievable(rd, r, t); err != nil {
		return nil, err
	}
	rcn := m2m.RCNAttributes
	if r.ResultContent != nil {
		rcn = *r.ResultContent
	}
	switch rcn {
	case m2m.RCNAttributes:
		if f != nil && f.Conditions() {
			// A conditional retrieve of one resource. TS-0004 7.3.3.1.
			// DEVIATION: the text has the filter before the decision, here and
			// in Update and Delete; to one without privilege its answer would
			// tell, condition by condition, what the resource holds.
			ok, err := c.matches(rd, r, f, t.Resource)
			if err != nil {
				return nil, err
			}
			if !ok {
				return nil, m2m.Errorf(op, m2m.StatusNotFound, "the addressed resource does not match the filter criteria")
			}
		}
		rsp := m2m.NewResponse(r.Request, m2m.StatusOK)
		if wanted == nil && d.attributes == nil {
			rsp.Content.Data = representation(t.Resource, t.kind)
			return rsp, nil
		}
		o, err := object(t.Resource, t.kind)
		if err != nil {
			return nil, err
		}
		if wanted != nil {
			if o, err = partial(o, t.kind, wanted); err != nil {
				return nil, err
			}
			if r.address.Attribute != "" && len(o) == 0 {
				return nil, m2m.Errorf(op, m2m.StatusNotFound, "parameter to: the resource has no attribute %s", r.address.Attribute)
			}
		} else {
			o = only(o, d.attributes)
		}
		rsp.Content.Data = wrapped(t.kind.Root, o)
		return rsp, nil
	case m2m.RCNAttributesAndChildResources, m2m.RCNAttributesAndChildReferences, m2m.RCNChildReferences, m2m.RCNChildResources:
		if wanted != nil {
			return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter rcn: a partial retrieve shows attributes of one resource")
		}
		rsp := m2m.NewResponse(r.Request, m2m.StatusOK)
		return rsp, c.family(rd, r, t, d, rcn, rsp)
	default:
		// original-resource is for announced resources. TS-0001 8.1.2.
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter rcn: %d does not fit the addressed resource", rcn)
	}
}

// wanted returns the attributes that a partial retrieve names, in the content
// or after '#' in the address; nil for a whole one. TS-0004 7.3.3.6.
func (c *CSE) wanted(r *request) ([]string, error) {
	const op = "cse.wanted"
	if r.Content.Empty() {
		if r.address.Attribute != "" {
			return []string{r.address.Attribute}, nil
		}
		return nil, nil
	}
	root, value, err := encoding.ParseContentValue(r.Content, c.cfg.Limits.Content)
	if err != nil {
		return nil, err
	}
	list, ok := encoding.Strings(value)
	if root != "m2m:atrl" || !ok || len(list) == 0 {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter pc: a Retrieve takes a list of attribute names, m2m:atrl")
	}
	if r.address.Attribute != "" {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter to: attributes are named in the address or in the content, not in both")
	}
	if len(list) > maxNames {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter pc: no resource has %d attributes", len(list))
	}
	return list, nil
}

// maxNames is more than the attributes of any type: it bounds what the access
// decision compares with the attributes that rules name.
const maxNames = 1024

// retrievable refuses instances of a container that disables their
// retrieval, by whatever address. TS-0004 7.4.7.2.2, 7.4.27.2.2.
func (c *CSE) retrievable(rd store.Reader, r *request, t target) error {
	if t.Type != m2m.TypeContentInstance {
		return nil
	}
	parent, err := c.load(rd, r, t.Parent)
	if err != nil {
		return err
	}
	hold, err := parsedOf(&c.cache, parent, resources.ParseHold)
	if err != nil {
		return err
	}
	if hold.DisableRetrieval {
		return m2m.Errorf("cse.retrievable", m2m.StatusOperationNotAllowed, "the container's disableRetrieval is set")
	}
	return nil
}
