package cse

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// appendMembers appends the attributes of a resource as they go out: its
// stored body, and the counters that live beside it.
func appendMembers(b []byte, r *store.Resource, kind *schema.Type) []byte {
	b = append(b, r.Body...)
	if r.Counters.StateTag >= 0 {
		b = append(b, `,"st":`...)
		b = strconv.AppendInt(b, r.Counters.StateTag, 10)
	}
	if counts(r, kind) {
		b = append(b, `,"cni":`...)
		b = strconv.AppendInt(b, r.Counters.Children, 10)
		b = append(b, `,"cbs":`...)
		b = strconv.AppendInt(b, r.Counters.Bytes, 10)
	}
	return b
}

// counts reports whether a resource shows how many instances it holds: a
// <flexContainer> only if it keeps any.
func counts(r *store.Resource, kind *schema.Type) bool {
	if !kind.Has("cni") {
		return false
	}
	if r.Type != m2m.TypeFlexContainer || r.Counters.Children > 0 {
		return true
	}
	if !bytes.Contains(r.Body, []byte(`"fcied":true`)) {
		return false
	}
	// A custom attribute may hold the same text.
	o, err := encoding.ParseObject(braced(r.Body), storedLimits)
	return err == nil && string(o.Get("fcied")) == "true"
}

// representation returns {"m2m:cnt":{...}}.
func representation(r *store.Resource, kind *schema.Type) []byte {
	b := make([]byte, 0, len(r.Body)+len(kind.Root)+64)
	b = append(b, '{', '"')
	b = append(b, kind.Root...)
	b = append(b, `":{`...)
	b = appendMembers(b, r, kind)
	return append(b, '}', '}')
}

// object takes a resource's attributes apart, counters included.
func object(r *store.Resource, kind *schema.Type) (m2m.Object, error) {
	return encoding.ParseObject(braced(appendMembers(nil, r, kind)), storedLimits)
}

// wrapped returns {"root":{members}}.
func wrapped(root string, o m2m.Object) []byte {
	b := append([]byte(`{"`), root...)
	b = append(b, `":{`...)
	b = o.AppendMembers(b)
	return append(b, '}', '}')
}

// presentCreated answers a Create. TS-0004 7.3.3.12, 7.5.2.
func (c *CSE) presentCreated(r *request, n *creation) (*m2m.Response, error) {
	rsp := m2m.NewResponse(r.Request, m2m.StatusCreated)
	rcn := m2m.RCNAttributes
	if r.ResultContent != nil {
		rcn = *r.ResultContent
	}
	var path string
	// It is created, whether or not there is time left to say so.
	err := c.store.View(context.WithoutCancel(r.ctx), func(rd store.Reader) (err error) {
		path, err = c.pathOf(rd, r, n.stored.Parent)
		return err
	})
	if err != nil {
		// The parent went after the commit; the resource with it.
		path = c.cfg.Name
	}
	path += "/" + n.stored.Name
	rsp.Location = path
	switch rcn {
	case m2m.RCNNothing:
	case m2m.RCNHierarchicalAddress:
		rsp.Content.Data = append(append([]byte(`{"m2m:uri":`), m2m.Quote(path)...), '}')
	case m2m.RCNHierarchicalAddressAttributes:
		b := append([]byte(`{"m2m:rce":{"uri":`), m2m.Quote(path)...)
		b = append(b, ',')
		b = append(b, bytes.TrimPrefix(representation(n.stored, n.kind), []byte("{"))...)
		rsp.Content.Data = append(b, '}')
	case m2m.RCNModifiedAttributes:
		o, err := object(n.stored, n.kind)
		if err != nil {
			return nil, err
		}
		rsp.Content.Data = modified(n.kind.Root, o, n.given)
	default:
		rsp.Content.Data = representation(n.stored, n.kind)
	}
	return rsp, nil
}

// modified returns the content of a modified-attributes result: those of now
// that known does not have, or has with another value, and null for those that
// known has and now has not. There is no content if there is no difference.
// TS-0004 7.3.3.12, TS-0001 8.1.2.
func modified(root string, now, known m2m.Object) []byte {
	var d m2m.Object
	for _, m := range now {
		if !bytes.Equal(known.Get(m.Name), m.Value) {
			d = append(d, m)
		}
	}
	for _, m := range known {
		if !m.Null() && !now.Has(m.Name) {
			d = append(d, m2m.Member{Name: m.Name, Value: json.RawMessage("null")})
		}
	}
	if len(d) == 0 {
		return nil
	}
	return wrapped(root, d)
}

// partial answers a partial Retrieve: the attributes that the originator
// names. TS-0004 7.3.3.6.
func partial(o m2m.Object, kind *schema.Type, wanted []string) (m2m.Object, error) {
	p := make(m2m.Object, 0, len(wanted))
	for _, name := range wanted {
		if !kind.Has(name) {
			return nil, m2m.Errorf("cse.partial", m2m.StatusBadRequest, "%s is no attribute of %s", m2m.Clip(name), kind.Name)
		}
		if v := o.Get(name); v != nil && !p.Has(name) {
			p = append(p, m2m.Member{Name: name, Value: v})
		}
	}
	return p, nil
}

// only keeps the attributes that a decision allows to be seen.
func only(o m2m.Object, visible []string) m2m.Object {
	return slices.DeleteFunc(slices.Clone(o), func(m m2m.Member) bool { return !slices.Contains(visible, m.Name) })
}
