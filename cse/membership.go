package cse

import (
	"errors"
	"slices"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/store"
)

// roles returns those of the roles that the request claims which a <role>
// resource of this CSE assigns to the originator now. TS-0001 9.6.38,
// TS-0003 7.4.3.
func (c *CSE) roles(rd store.Reader, r *request) ([]string, error) {
	if len(r.RoleIDs) == 0 {
		return nil, nil
	}
	var held []string
	for res, err := range rd.Children(c.base, m2m.TypeRole, 0, 0) {
		if err != nil {
			return nil, err
		}
		if expired(res, r.now) {
			continue
		}
		role, err := parsedOf(&c.cache, res, parseRole)
		if err != nil {
			return nil, err
		}
		if slices.Contains(r.RoleIDs, role.id) && c.locality.Shorten(role.holder) == r.originator &&
			!r.now.Before(role.from) && r.now.Before(role.to) {
			r.rely(res)
			held = append(held, role.id)
		}
	}
	return held, nil
}

// A role is a <role> resource, parsed.
type role struct {
	id, holder string
	from, to   time.Time
}

func parseRole(res *store.Resource) (*role, error) {
	o, err := encoding.ParseObject(braced(res.Body), storedLimits)
	if err != nil {
		return nil, err
	}
	p := new(role)
	p.id, _ = o.String("rlid")
	p.holder, _ = o.String("tkhd")
	for _, t := range []struct {
		name string
		at   *time.Time
	}{{"tknb", &p.from}, {"tkna", &p.to}} {
		s, _ := o.String(t.name)
		if *t.at, err = m2m.ParseTimestamp(s); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// resolveGroups finds out of which of the groups, by their keys, the
// originator is a member. TS-0001 9.6.2.1.
func (c *CSE) resolveGroups(rd store.Reader, r *request, groups []string) error {
	for _, key := range groups {
		if _, known := r.memberOf[key]; known {
			continue
		}
		if c.over(r) {
			return nil // what was not looked up permits nothing
		}
		member := false
		g, err := c.load(rd, r, groupOf(key))
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return err
		case !expired(g, r.now):
			r.rely(g)
			if member, err = c.isMember(rd, r, g); err != nil {
				return err
			}
		}
		if r.memberOf == nil {
			r.memberOf = make(map[string]bool)
		}
		r.memberOf[key] = member
	}
	return nil
}

type memberList []string

func (l memberList) bytes() int {
	n := 0
	for _, m := range l {
		n += 16 + len(m)
	}
	return n
}

func memberIDs(g *store.Resource) (memberList, error) {
	o, err := encoding.ParseObject(braced(g.Body), storedLimits)
	if err != nil {
		return nil, err
	}
	ids, _ := encoding.Strings(o.Get("mid"))
	return ids, nil
}

// isMember reports whether one of the group's members is the AE or the CSE
// that the request comes from: by its identifier, or as the <AE> here that the
// address of a member meant.
func (c *CSE) isMember(rd store.Reader, r *request, g *store.Resource) (bool, error) {
	members, err := parsedOf(&c.cache, g, memberIDs)
	if err != nil {
		return false, err
	}
	r.looked += len(members) >> 6
	for _, m := range members {
		if c.locality.Shorten(m) == r.originator {
			return true, nil
		}
	}
	if len(g.Grantees) == 0 {
		return false, nil
	}
	ae, err := rd.ByRI(r.originator)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && ae.Type == m2m.TypeAE && !expired(ae, r.now) && slices.Contains(g.Grantees, ae.ID), err
}
