package cse

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/sigil-m2m/sigil/cse/geo"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// A filter is a request's Filter Criteria made ready to test many resources.
type filter struct {
	*m2m.FilterCriteria
	labelsQuery []labelExpression
	geo         *geo.Query
	values      int // in all lists
}

// maxValues bounds what each resource is compared with.
const maxValues = 256

// weigh counts a resource of which much is compared with much as several.
func (r *request) weigh(f *filter, res *store.Resource) {
	r.looked += len(res.Labels)*f.values>>12 + len(res.Body)*(1+f.values)>>14
}

// prepareFilter judges the parts of a filter that have a grammar of their own.
func prepareFilter(f *m2m.FilterCriteria) (*filter, error) {
	const op = "cse.filter"
	p := &filter{FilterCriteria: f}
	p.values = len(f.Labels) + len(f.ChildLabels) + len(f.ParentLabels) + len(f.ContentTypes) +
		len(f.ResourceTypes) + len(f.ChildResourceTypes) + len(f.ParentResourceTypes) +
		len(f.Attributes) + len(f.ChildAttributes) + len(f.ParentAttributes) + strings.Count(f.LabelsQuery, ",")
	if p.values > maxValues {
		return nil, m2m.Errorf(op, m2m.StatusBadRequest, "parameter fc: %d values are more than the %d that this CSE takes", p.values, maxValues)
	}
	var err error
	if f.LabelsQuery != "" {
		if p.labelsQuery, err = parseLabelsQuery(f.LabelsQuery); err != nil {
			return nil, m2m.Errorf(op, m2m.StatusBadRequest, "filter member lbq: %v", err)
		}
	}
	if f.Geo != nil {
		if p.geo, err = geo.Compile(f.Geo); err != nil {
			return nil, m2m.Errorf(op, m2m.StatusBadRequest, "filter member gq: %v", err)
		}
	}
	for _, list := range [][]m2m.AttributeCondition{f.Attributes, f.ChildAttributes, f.ParentAttributes} {
		for _, a := range list {
			if slices.Contains(notAttributeConditions, a.Name) {
				return nil, m2m.Errorf(op, m2m.StatusBadRequest, "filter attribute %s has a condition of its own", a.Name)
			}
		}
	}
	return p, nil
}

// readsBodies reports whether a condition is on what the head of a resource
// does not have.
func (f *filter) readsBodies() bool {
	return len(f.ContentTypes) > 0 || len(f.Attributes) > 0 || f.geo != nil
}

// notAttributeConditions are the attributes with filter members of their own.
// TS-0004 7.3.3.17.9.
var notAttributeConditions = []string{"ct", "lt", "st", "et", "lbl", "ty", "cs", "cnf"}

// matches reports whether one resource meets the request's filter. An outcome
// tells what an attribute holds: a condition is met only by what the
// originator may retrieve, whatever the operation is.
func (c *CSE) matches(rd store.Reader, r *request, f *m2m.FilterCriteria, res *store.Resource) (bool, error) {
	p, err := prepareFilter(f)
	if err != nil {
		return false, err
	}
	see, err := c.decide(rd, r, res, c.typeOf(res), access{operation: m2m.PermitRetrieve})
	if err != nil {
		return false, err
	}
	return c.test(rd, r, p, res, see)
}

// shows reports whether who was given the decision sees an attribute.
func (d decision) shows(attribute string) bool {
	return d.allow && (d.attributes == nil || slices.Contains(d.attributes, attribute))
}

// test reports whether a resource meets the conditions. Values of one
// condition are alternatives; conditions are joined as the filterOperation
// says. No condition is met by an attribute that see does not show.
// TS-0004 7.3.3.17.0.
func (c *CSE) test(rd store.Reader, r *request, f *filter, res *store.Resource, see decision) (bool, error) {
	j := joiner{operation: f.Operation}
	window := func(before, after time.Time, at int64, known bool) {
		if !before.IsZero() && j.open() {
			j.add(known && at < before.UnixMicro())
		}
		if !after.IsZero() && j.open() {
			j.add(known && after.UnixMicro() <= at)
		}
	}
	// The header's conditions first: they cost nothing.
	window(f.CreatedBefore, f.CreatedAfter, res.Created, see.shows("ct"))
	window(f.UnmodifiedSince, f.ModifiedSince, res.Modified, see.shows("lt"))
	window(f.ExpireBefore, f.ExpireAfter, res.Expires, res.Expires != 0 && see.shows("et"))
	bounds := func(below, least *int64, v int64, known bool) {
		if below != nil && j.open() {
			j.add(known && v >= 0 && v < *below)
		}
		if least != nil && j.open() {
			j.add(known && v >= 0 && *least <= v)
		}
	}
	bounds(f.StateTagSmaller, f.StateTagBigger, res.Counters.StateTag, see.shows("st"))
	bounds(f.SizeBelow, f.SizeAbove, res.Size, see.shows("cs"))
	if len(f.ResourceTypes) > 0 && j.open() {
		j.add(see.allow && slices.Contains(f.ResourceTypes, res.Type))
	}
	if len(f.Labels) > 0 && j.open() {
		j.add(see.shows("lbl") && overlap(res.Labels, f.Labels))
	}
	if f.labelsQuery != nil && j.open() {
		j.add(see.shows("lbl") && slices.ContainsFunc(f.labelsQuery, func(e labelExpression) bool { return e.matches(res.Labels) }))
	}
	if err := c.testBody(r, f, res, see, &j); err != nil {
		return false, err
	}
	if err := c.testParent(rd, r, f, res, &j); err != nil {
		return false, err
	}
	if err := c.testChildren(rd, r, f, res, &j); err != nil {
		return false, err
	}
	return j.result(), nil
}

// testBody tests the conditions on attributes that the header does not have.
func (c *CSE) testBody(r *request, f *filter, res *store.Resource, see decision, j *joiner) error {
	if !j.open() || !f.readsBodies() {
		return nil
	}
	r.weigh(f, res)
	var o m2m.Object
	if see.allow {
		var err error
		if o, err = object(res, c.typeOf(res)); err != nil {
			return err
		}
		if see.attributes != nil {
			o = only(o, see.attributes)
		}
	}
	if len(f.ContentTypes) > 0 && j.open() {
		// The media type alone: contentInfo goes on with encoding and
		// security. TS-0004 7.3.3.17.8.
		info, _ := o.String("cnf")
		media, _, _ := strings.Cut(info, ":")
		j.add(info != "" && slices.Contains(f.ContentTypes, media))
	}
	if len(f.Attributes) > 0 && j.open() {
		j.add(f.anyAttribute(o, f.Attributes))
	}
	if f.geo != nil && j.open() {
		location := o.Get("loc")
		r.looked += f.geo.Pairs(location) >> 4
		j.add(f.geo.Matches(location))
	}
	return nil
}

func (c *CSE) testParent(rd store.Reader, r *request, f *filter, res *store.Resource, j *joiner) error {
	if !j.open() || len(f.ParentLabels) == 0 && len(f.ParentResourceTypes) == 0 && len(f.ParentAttributes) == 0 {
		return nil
	}
	var parent *store.Resource
	if res.Parent != 0 {
		var err error
		if parent, err = rd.Get(res.Parent); err != nil {
			return err
		}
	}
	return c.testRelative(rd, r, f, f.ParentLabels, f.ParentResourceTypes, f.ParentAttributes, j, func(is func(*store.Resource) (bool, error)) (bool, error) {
		if parent == nil {
			return false, nil
		}
		return is(parent)
	})
}

func (c *CSE) testChildren(rd store.Reader, r *request, f *filter, res *store.Resource, j *joiner) error {
	if !j.open() || len(f.ChildLabels) == 0 && len(f.ChildResourceTypes) == 0 && len(f.ChildAttributes) == 0 {
		return nil
	}
	return c.testRelative(rd, r, f, f.ChildLabels, f.ChildResourceTypes, f.ChildAttributes, j, func(is func(*store.Resource) (bool, error)) (bool, error) {
		for child, err := range rd.Children(res.ID, 0, 0, 0) {
			if err != nil {
				return false, err
			}
			if c.over(r) {
				break
			}
			if expired(child, r.now) {
				continue
			}
			if ok, err := is(child); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	})
}

// testRelative adds the three conditions on a parent or on children; anyOf
// tells whether any of those relatives is so. A relative has its own policies:
// it counts as far as the originator may discover it, or, where this is no
// discovery, retrieve it.
func (c *CSE) testRelative(rd store.Reader, r *request, f *filter, labels []string, types []m2m.ResourceType, attributes []m2m.AttributeCondition,
	j *joiner, anyOf func(is func(*store.Resource) (bool, error)) (bool, error)) error {
	need := access{operation: m2m.PermitRetrieve}
	if f.Usage == m2m.Discovery {
		need.operation = m2m.PermitDiscover
	}
	seen := func(x *store.Resource) (decision, error) { return c.decide(rd, r, x, c.typeOf(x), need) }
	conditions := []struct {
		given bool
		is    func(*store.Resource) (bool, error)
	}{
		{len(types) > 0, func(x *store.Resource) (bool, error) {
			if !slices.Contains(types, x.Type) {
				return false, nil
			}
			see, err := seen(x)
			return see.allow, err
		}},
		{len(labels) > 0, func(x *store.Resource) (bool, error) {
			if !overlap(x.Labels, labels) {
				return false, nil
			}
			see, err := seen(x)
			return see.shows("lbl"), err
		}},
		{len(attributes) > 0, func(x *store.Resource) (bool, error) {
			see, err := seen(x)
			if err != nil || !see.allow {
				return false, err
			}
			r.weigh(f, x)
			o, err := object(x, c.typeOf(x))
			if see.attributes != nil {
				o = only(o, see.attributes)
			}
			return err == nil && f.anyAttribute(o, attributes), err
		}},
	}
	for _, cond := range conditions {
		if !cond.given || !j.open() {
			continue
		}
		ok, err := anyOf(cond.is)
		if err != nil {
			return err
		}
		j.add(ok)
	}
	return nil
}

// A joiner combines the results of conditions. TS-0004 6.3.4.2.34.
type joiner struct {
	operation m2m.FilterOperation
	trues, n  int
}

func (j *joiner) add(ok bool) {
	j.n++
	if ok {
		j.trues++
	}
}

// open reports whether a further condition can change the result.
func (j *joiner) open() bool {
	switch j.operation {
	case m2m.FilterOR:
		return j.trues == 0
	case m2m.FilterXOR:
		return true
	default:
		return j.trues == j.n
	}
}

// result is the joined result; no condition at all is met by everything.
func (j *joiner) result() bool {
	switch {
	case j.n == 0:
		return true
	case j.operation == m2m.FilterOR:
		return j.trues > 0
	case j.operation == m2m.FilterXOR:
		return j.trues%2 == 1
	default:
		return j.trues == j.n
	}
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// anyAttribute reports whether any of the conditions holds. A '*' stands for
// any run of characters in a discovery, elsewhere for itself.
// TS-0004 7.3.3.17.9.
func (f *filter) anyAttribute(o m2m.Object, conditions []m2m.AttributeCondition) bool {
	same := func(pattern, s string) bool { return pattern == s }
	if f.Usage == m2m.Discovery {
		same = wildcard
	}
	return slices.ContainsFunc(conditions, func(a m2m.AttributeCondition) bool {
		return valueMatches(o.Get(a.Name), a.Value, same)
	})
}

// valueMatches compares an attribute's value with a condition's text: a
// string by its characters, a number or a boolean by its literal, a list by
// any of its members.
func valueMatches(value json.RawMessage, pattern string, same func(pattern, s string) bool) bool {
	if len(value) == 0 {
		return false
	}
	if value[0] == '[' {
		items, err := encoding.ParseArray(value, storedLimits)
		return err == nil && slices.ContainsFunc(items, func(item json.RawMessage) bool { return valueMatches(item, pattern, same) })
	}
	text, ok := encoding.Text(value)
	if !ok {
		text = string(value)
	}
	return same(pattern, text)
}

// wildcard reports whether s is pattern, in which each '*' stands for any run
// of characters. It takes time in proportion to the length of both.
func wildcard(pattern, s string) bool {
	prefix, rest, star := strings.Cut(pattern, "*")
	if !star {
		return s == pattern
	}
	s, ok := strings.CutPrefix(s, prefix)
	for ok {
		part, tail, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, part)
		}
		// The leftmost place is never worse than a later one.
		_, s, ok = strings.Cut(s, part)
		rest = tail
	}
	return false
}
