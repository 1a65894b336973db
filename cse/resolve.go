package cse

import (
	"errors"
	"slices"
	"strconv"
	"strings"

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
	whole := r.address.Path
	if t, ok, err := c.recalled(rd, r, whole); ok || err != nil {
		return t, err
	}
	res, rest, err := c.start(rd, r.address.Segments())
	if err != nil {
		return target{}, absent(err)
	}
	kind := c.typeOf(res)
	for i, name := range rest {
		if expired(res, r.now) {
			return target{}, errNoResource()
		}
		if slices.Contains(kind.Virtual, name) {
			// What a fan-out point addresses goes on after its name.
			if i+1 < len(rest) && (name == "la" || name == "ol") {
				return target{}, errNoResource()
			}
			if i+1 == len(rest) && whole != "" {
				c.remember(strings.TrimSuffix(whole, "/"+name), res, kind)
			}
			return c.virtual(rd, r, known{res.ID, res.Type, kind}, name)
		}
		if i+1 == len(rest) && whole != "" {
			c.remember(strings.TrimSuffix(whole, "/"+name), res, kind)
		}
		if res, err = rd.Child(res.ID, name); err != nil {
			return target{}, absent(err)
		}
		kind = c.typeOf(res)
	}
	if expired(res, r.now) {
		return target{}, errNoResource()
	}
	if whole != "" {
		c.remember(whole, res, kind)
	}
	return target{Resource: res, kind: kind}, nil
}

// recalled resolves an address of which all, or all but the last name, has
// been walked before.
func (c *CSE) recalled(rd store.Reader, r *request, whole string) (target, bool, error) {
	if whole == "" {
		return target{}, false, nil
	}
	k, ok, err := c.recall(rd, r, whole)
	if err != nil {
		return target{}, false, err
	}
	if ok {
		get := rd.Get
		if r.Operation == m2m.Create {
			// A parent's counters are the store's own business.
			get = func(id store.ID) (*store.Resource, error) { return c.load(rd, r, id) }
		}
		res, err := get(k.id)
		if err == nil && expired(res, r.now) {
			err = store.ErrNotFound
		}
		return target{Resource: res, kind: k.kind}, true, absent(err)
	}
	slash := strings.LastIndexByte(whole, '/')
	if slash < 0 {
		return target{}, false, nil
	}
	if k, ok, err = c.recall(rd, r, whole[:slash]); err != nil || !ok {
		return target{}, false, err
	}
	name := whole[slash+1:]
	if slices.Contains(k.kind.Virtual, name) {
		t, err := c.virtual(rd, r, k, name)
		return t, true, err
	}
	res, err := rd.Child(k.id, name)
	if err == nil && expired(res, r.now) {
		err = store.ErrNotFound
	}
	if err != nil {
		return target{}, true, absent(err)
	}
	return target{Resource: res, kind: c.typeOf(res)}, true, nil
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

// virtual finds what a virtual child of parent stands for.
// TS-0004 7.4.27, 7.4.28.
func (c *CSE) virtual(rd store.Reader, r *request, parent known, name string) (target, error) {
	instances := name == "la" || name == "ol"
	if !instances || r.Operation == m2m.Create || r.Operation == m2m.Update || r.Operation == m2m.Notify {
		// Latest and oldest are never created, updated or notified, whether
		// there are instances or not.
		res, err := c.load(rd, r, parent.id)
		if err == nil && expired(res, r.now) {
			err = store.ErrNotFound
		}
		return target{Resource: res, kind: parent.kind, virtual: name}, absent(err)
	}
	instance := instanceOf[parent.ty]
	var res *store.Resource
	var err error
	if name == "la" {
		res, err = rd.Latest(parent.id, instance)
	} else {
		res, err = rd.Oldest(parent.id, instance)
	}
	if err == nil && expired(res, r.now) {
		res, err = c.unexpired(rd, r, parent, name == "la")
	}
	if err != nil {
		return target{}, absent(err)
	}
	return target{Resource: res, kind: c.typeOf(res), virtual: name}, nil
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
func (c *CSE) unexpired(rd store.Reader, r *request, parent known, latest bool) (*store.Resource, error) {
	instance := instanceOf[parent.ty]
	seq := rd.Children(parent.id, instance, 0, 0)
	if latest {
		seq = rd.ChildrenBackward(parent.id, instance)
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
	if t := c.orphans[r.Type]; t != nil {
		return t
	}
	if t := c.schema.Type(r.Type); t != nil {
		return t
	}
	panic("cse: a stored resource has a type that the schema lacks")
}

// specialization returns the table entry of a flexContainer or mgmtObj
// specialisation or of its announced variant, nil if its definition is not
// known (any more).
func (c *CSE) specialization(ty m2m.ResourceType, name string) *schema.Type {
	t := c.schema.Flex(name)
	if ty == m2m.TypeMgmtObj || ty == m2m.TypeMgmtObj.Variant() {
		n, err := strconv.Atoi(name)
		if err != nil {
			return nil
		}
		t = c.schema.Mgmt(n)
	}
	if t != nil && ty.Announced() {
		return t.Announced
	}
	return t
}
