package cse

import (
	"errors"
	"path"
	"strconv"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/store"
)

// discover is a Retrieve with filterUsage discovery: the addresses of what
// matches under the addressed resource. TS-0004 7.3.3.14, TS-0001 10.2.6.
func (c *CSE) discover(rd store.Reader, r *request, t target) (*m2m.Response, error) {
	f, err := prepareFilter(r.FilterCriteria)
	if err != nil {
		return nil, err
	}
	if !r.Content.Empty() || r.address.Attribute != "" {
		return nil, m2m.Errorf("cse.discover", m2m.StatusBadRequest, "a discovery takes no attributes")
	}
	skip, limit := c.page(f)
	s := &search{c: c, rd: rd, r: r, filter: f, root: t.Resource, skip: skip, want: limit + 1,
		may: func(res *store.Resource) (bool, error) {
			d, err := c.decide(rd, r, res, c.typeOf(res), access{operation: m2m.PermitDiscover})
			return d.allow, err
		}}
	if f.Level != nil {
		s.levels = *f.Level
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	found := s.found
	rsp := m2m.NewResponse(r.Request, m2m.StatusOK)
	if len(found) > limit || s.cut {
		found = found[:min(limit, len(found))]
		rsp.ContentStatus = m2m.PartialContent
		rsp.ContentOffset = skip + len(found) + 1
	}
	if f.ApplyRelativePath != "" {
		if found, err = c.applyRelativePath(rd, r, f.ApplyRelativePath, found); err != nil {
			return nil, err
		}
	}
	references := r.ResultContent != nil && *r.ResultContent == m2m.RCNChildReferences
	b := make([]byte, 0, 64*len(found)+32)
	if references {
		b = append(b, `{"m2m:rrl":{"rrf":[`...)
	} else {
		b = append(b, `{"m2m:uril":[`...)
	}
	for i, res := range found {
		if i > 0 {
			b = append(b, ',')
		}
		if references {
			b, err = c.appendReference(b, rd, r, res)
		} else {
			b, err = c.appendAddress(b, rd, r, res)
		}
		if err != nil {
			return nil, err
		}
	}
	if references {
		b = append(b, `]}}`...)
	} else {
		b = append(b, `]}`...)
	}
	rsp.Content.Data = b
	return rsp, nil
}

// page returns how many results to leave out, and how many to give at most.
// TS-0004 7.3.3.17.10, 7.3.3.17.15.
func (c *CSE) page(f *filter) (skip, limit int) {
	limit = c.cfg.Limits.Results
	if f.Limit != nil {
		limit = min(limit, *f.Limit)
	}
	if f.Offset != nil {
		// What is beyond the scan limit is never found.
		skip = min(*f.Offset-1, c.cfg.Limits.Scan)
	}
	return skip, limit
}

// appendAddress appends the address of a resource, as a JSON string, in the
// form that the originator wants. TS-0004 6.3.4.2.8.
func (c *CSE) appendAddress(b []byte, rd store.Reader, r *request, res *store.Resource) ([]byte, error) {
	b = append(b, '"')
	if r.DesiredIdentifierResult == m2m.Unstructured {
		b = append(b, res.RI...)
		return append(b, '"'), nil
	}
	if res.Parent != 0 {
		p, err := c.pathOf(rd, r, res.Parent)
		if err != nil {
			return b, err
		}
		b = append(b, p...)
		b = append(b, '/')
	}
	b = append(b, res.Name...)
	return append(b, '"'), nil
}

// appendReference appends an m2m:childResourceRef. TS-0004 6.3.5.29.
func (c *CSE) appendReference(b []byte, rd store.Reader, r *request, res *store.Resource) ([]byte, error) {
	b = append(b, `{"nm":"`...)
	b = append(b, res.Name...)
	b = append(b, `","typ":`...)
	b = strconv.AppendInt(b, int64(res.Type), 10)
	if res.Type == m2m.TypeFlexContainer && res.Specialization != "" {
		b = append(b, `,"spid":`...)
		b = append(b, m2m.Quote(res.Specialization)...)
	}
	b = append(b, `,"val":`...)
	b, err := c.appendAddress(b, rd, r, res)
	return append(b, '}'), err
}

// applyRelativePath puts in the place of each match what the path leads to
// from it, if that exists and the originator may discover it.
// TS-0004 7.3.3.17.17.
func (c *CSE) applyRelativePath(rd store.Reader, r *request, relative string, found []*store.Resource) ([]*store.Resource, error) {
	var list []*store.Resource
	seen := make(map[store.ID]bool)
	for _, res := range found {
		at, err := c.path(rd, r, res)
		if err != nil {
			return nil, err
		}
		address, err := m2m.ParseAddress(strings.TrimPrefix(path.Join("/", at, relative), "/"))
		if first, _, _ := strings.Cut(address.Path, "/"); err != nil || first != c.cfg.Name {
			continue
		}
		there := &request{Request: &m2m.Request{Operation: m2m.Retrieve}, ctx: r.ctx, now: r.now, address: address}
		t, err := c.resolve(rd, there)
		if m2m.StatusOf(err) == m2m.StatusNotFound || errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if t.virtual != "" && t.virtual != "la" && t.virtual != "ol" || seen[t.ID] {
			continue
		}
		d, err := c.decide(rd, r, t.Resource, t.kind, access{operation: m2m.PermitDiscover})
		if err != nil {
			return nil, err
		}
		if d.allow {
			seen[t.ID] = true
			list = append(list, t.Resource)
		}
	}
	return list, nil
}
