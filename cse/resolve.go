package cse

import (
	"errors"
	"slices"
	"strconv"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// A target is what the To parameter names.
type target struct {
	*store.Resource
	kind *schema.Type
	// virtual is the name of the virtual child that was addressed: of
	// Resource itself ("fopt"), or "la" and "ol", in whose place Resource is
	// the instance that they stand for.
	virtual string
}

func errNoResource() error {
	return m2m.Errorf("cse.resolve", m2m.StatusNotFound, "parameter to: the addressed resource does not exist")
}

// resolve is Recv-6.2: it finds the addressed resource. TS-0001 7.2 and
// 9.3.1, TS-0004 6.2.4, 6.8 and 7.3.3.1.
func (c *CSE) resolve(rd store.Reader, r *request) (target, error) {
	res, rest, err := c.start(rd, r.address.Segments)
	if err != nil {
		return target{}, absent(err)
	}
	if expired(res, r.now) {
		return target{}, errNoResource()
	}
	for i, name := range rest {
		kind := c.typeOf(res)
		if slices.Contains(kind.Virtual, name) {
			if i+1 < len(rest) {
				// fopt has addresses under it: what it fans out to.
				if name == "la" || name == "ol" {
					return target{}, errNoResource()
				}
			}
			return c.virtual(rd, r, res, kind, name)
		}
		if res, err = rd.Child(res.ID, name); err != nil {
			return target{}, absent(err)
		}
		if expired(res, r.now) {
			return target{}, errNoResource()
		}
	}
	return target{Resource: res, kind: c.typeOf(res)}, nil
}

// start finds the resource at which a path begins, and the names that are
// left to walk.
func (c *CSE) start(rd store.Reader, segments []string) (*store.Resource, []string, error) {
	if len(segments) == 0 || segments[0] == "-" || segments[0] == c.cfg.Name {
		base, err := rd.Get(c.base)
		if len(segments) == 0 {
			return base, nil, err
		}
		return base, segments[1:], err
	}
	res, err := rd.ByRI(segments[0])
	return res, segments[1:], err
}

func absent(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errNoResource()
	}
	return err
}

// virtual finds what a virtual child stands for. TS-0004 7.4.27, 7.4.28.
func (c *CSE) virtual(rd store.Reader, r *request, parent *store.Resource, kind *schema.Type, name string) (target, error) {
	t := target{Resource: parent, kind: kind, virtual: name}
	if name != "la" && name != "ol" {
		return t, nil
	}
	if r.Operation == m2m.Create || r.Operation == m2m.Update || r.Operation == m2m.Notify {
		// Neither is ever created, updated or notified, instances or not.
		return t, nil
	}
	instance := instanceOf[parent.Type]
	var res *store.Resource
	var err error
	if name == "la" {
		res, err = rd.Latest(parent.ID, instance)
	} else {
		res, err = rd.Oldest(parent.ID, instance)
	}
	if err == nil && expired(res, r.now) {
		res, err = c.unexpired(rd, r, parent, name == "la")
	}
	if err != nil {
		return t, absent(err)
	}
	t.Resource, t.kind = res, c.typeOf(res)
	return t, nil
}

// instanceOf tells the type of the instances that <latest> and <oldest> of a
// parent stand for.
var instanceOf = map[m2m.ResourceType]m2m.ResourceType{
	m2m.TypeContainer:     m2m.TypeContentInstance,
	m2m.TypeTimeSeries:    m2m.TypeTimeSeriesInstance,
	m2m.TypeFlexContainer: m2m.TypeFlexContainerInstance,
}

// unexpired looks past instances whose time has come and that are not swept
// yet.
func (c *CSE) unexpired(rd store.Reader, r *request, parent *store.Resource, latest bool) (*store.Resource, error) {
	instance := instanceOf[parent.Type]
	seq := rd.Children(parent.ID, instance, 0, 0)
	if latest {
		seq = rd.ChildrenBackward(parent.ID, instance)
	}
	for res, err := range seq {
		if err != nil {
			return nil, err
		}
		if !expired(res, r.now) {
			return res, nil
		}
	}
	return nil, store.ErrNotFound
}

// typeOf returns the table entry of a stored resource.
func (c *CSE) typeOf(r *store.Resource) *schema.Type {
	if r.Specialization != "" {
		if t := c.specialization(r.Type, r.Specialization); t != nil {
			return t
		}
	}
	if t := c.schema.Type(r.Type); t != nil {
		return t
	}
	panic("cse: a stored resource has a type that the schema lacks")
}

// specialization returns the table entry of a flexContainer or mgmtObj
// specialisation, nil if its definition is not known (any more).
func (c *CSE) specialization(ty m2m.ResourceType, name string) *schema.Type {
	if ty == m2m.TypeFlexContainer {
		return c.schema.Flex(name)
	}
	n, err := strconv.Atoi(name)
	if err != nil {
		return nil
	}
	return c.schema.Mgmt(n)
}
