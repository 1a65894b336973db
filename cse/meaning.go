package cse

import (
	"errors"
	"strconv"

	"github.com/sigil-m2m/sigil/cse/acp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// What access depends on is named by identifiers, and a name can be borne by
// another after the first has gone. An identifier therefore means what it
// means when it is written, and the resource keeps that beside it. What comes
// later under an old name permits nothing, until the identifier is written
// again.

// A meaning is what the identifiers of one resource mean.
type meaning struct {
	policies []store.ID // of accessControlPolicyIDs
	grantees []store.ID // groups that a policy names, AEs that are members of a group
}

// mean finds out what the identifiers among the attributes o, which are about
// to be stored, mean now. An Update tells what it gives and what was stored
// before: what it does not write means what it meant.
func (c *CSE) mean(rd store.Reader, r *request, kind *schema.Type, o, given m2m.Object, stored *store.Resource) (m meaning, err error) {
	if stored != nil {
		m = meaning{stored.Policies, stored.Grantees}
	}
	written := func(name string) bool { return stored == nil || given.Has(name) }
	if written("acpi") && kind.Has("acpi") {
		if m.policies, err = c.meanPolicies(rd, r, o); err != nil {
			return m, err
		}
	}
	switch {
	case kind.Number == m2m.TypeGroup && written("mid"):
		m.grantees, err = c.meanMembers(rd, r, o)
	case kind.Number == m2m.TypeAccessControlPolicy:
		m.grantees, err = c.meanGroups(rd, r, o, written, stored)
	}
	return m, err
}

func (c *CSE) meanPolicies(rd store.Reader, r *request, o m2m.Object) ([]store.ID, error) {
	raw := o.Get("acpi")
	if raw == nil {
		return nil, nil
	}
	names, _ := encoding.Strings(raw)
	policies := make([]store.ID, 0, len(names)+1)
	for _, name := range names {
		p, err := c.meant(rd, r, name, m2m.TypeAccessControlPolicy)
		if err != nil {
			return nil, err
		}
		policies = append(policies, idOf(p))
		if p != nil {
			r.rely(p)
		}
	}
	if len(policies) == 0 {
		policies = append(policies, 0) // an empty list is not the same as none
	}
	return policies, nil
}

// meanMembers returns the AEs among the members of a <group>. There may be
// too many to rely on: one that has gone in the meantime is nobody's any more.
func (c *CSE) meanMembers(rd store.Reader, r *request, o m2m.Object) (aes []store.ID, err error) {
	names, _ := encoding.Strings(o.Get("mid"))
	for _, name := range names {
		ae, err := c.meant(rd, r, name, m2m.TypeAE)
		if err != nil {
			return nil, err
		}
		if ae != nil {
			aes = append(aes, ae.ID)
		}
	}
	return aes, nil
}

// meanGroups returns what each of acp.Groups is, of privileges first and then
// of selfPrivileges.
func (c *CSE) meanGroups(rd store.Reader, r *request, o m2m.Object, written func(string) bool, stored *store.Resource) (groups []store.ID, err error) {
	var before m2m.Object
	var meant []store.ID
	if stored != nil {
		if before, err = encoding.ParseObject(braced(stored.Body), storedLimits); err != nil {
			return nil, err
		}
		meant = stored.Grantees
	}
	for _, attribute := range [...]string{"pv", "pvs"} {
		if stored != nil {
			rules, err := acp.ParseRules(before.Get(attribute))
			if err != nil {
				return nil, err
			}
			n := min(len(acp.Groups(rules)), len(meant))
			if !written(attribute) {
				groups = append(groups, meant[:n]...)
			}
			meant = meant[n:]
		}
		if !written(attribute) {
			continue
		}
		rules, err := acp.ParseRules(o.Get(attribute))
		if err != nil {
			return nil, err
		}
		for _, name := range acp.Groups(rules) {
			g, err := c.meant(rd, r, name, m2m.TypeGroup)
			if err != nil {
				return nil, err
			}
			groups = append(groups, idOf(g))
		}
	}
	return groups, nil
}

// meant returns the resource of that type which an identifier names now, nil
// if there is none here.
func (c *CSE) meant(rd store.Reader, r *request, name string, ty m2m.ResourceType) (*store.Resource, error) {
	res, err := c.find(rd, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && (res.Type != ty || expired(res, r.now)) {
		return nil, nil
	}
	return res, err
}

func idOf(res *store.Resource) store.ID {
	if res == nil {
		return 0
	}
	return res.ID
}

// bind has rules name groups by what they meant, and returns what is left of
// the list for other rules.
func bind(rules []acp.Rule, meant []store.ID) ([]acp.Rule, []store.ID) {
	groups := acp.Groups(rules)
	keys := make(map[string]string, len(groups))
	for i, g := range groups {
		if i < len(meant) && meant[i] != 0 {
			keys[g] = groupKey(meant[i])
		}
	}
	bound := acp.Rename(rules, func(group string) string { return keys[group] })
	return bound, meant[min(len(groups), len(meant)):]
}

// groupKey is how the rules of a stored policy name a group.
func groupKey(id store.ID) string { return strconv.FormatUint(uint64(id), 10) }

func groupOf(key string) store.ID {
	n, _ := strconv.ParseUint(key, 10, 64) // groupKey made it
	return store.ID(n)
}
