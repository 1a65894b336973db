package cse

import (
	"errors"
	"slices"

	"github.com/sigil-m2m/sigil/cse/acp"
	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/encoding"
	"github.com/sigil-m2m/sigil/m2m/schema"
	"github.com/sigil-m2m/sigil/store"
)

// A policy is an accessControlPolicy, parsed.
type policy struct {
	privileges, self []acp.Rule
}

func (p *policy) bytes() int { return acp.Size(p.privileges) + acp.Size(p.self) }

func parsePolicy(r *store.Resource) (*policy, error) {
	o, err := encoding.ParseObject(braced(r.Body), storedLimits)
	if err != nil {
		return nil, err
	}
	p := new(policy)
	if p.privileges, err = acp.ParseRules(o.Get("pv")); err != nil {
		return nil, err
	}
	if p.self, err = acp.ParseRules(o.Get("pvs")); err != nil {
		return nil, err
	}
	var rest []store.ID
	p.privileges, rest = bind(p.privileges, r.Grantees)
	p.self, _ = bind(p.self, rest)
	return p, nil
}

// storedLimits are for what the CSE wrote itself.
var storedLimits = encoding.Limits{Bytes: 1 << 30, Depth: 1000}

// A decisionKey is what an access decision on one request depends on beside
// the request itself.
type decisionKey struct {
	holder         store.ID // the resource, or its parent if it follows that
	operation      m2m.Permission
	ty             m2m.ResourceType
	specialization string
	child          m2m.ResourceType
}

// A decision says whether the originator may, and which attributes only; nil
// means all.
type decision struct {
	allow      bool
	attributes []string
}

// Decisions are those made for one request. Most requests need one.
type decisions struct {
	first    decisionKey
	decision decision
	made     bool
	more     map[decisionKey]decision
}

func (m *decisions) get(k decisionKey) (decision, bool) {
	if m.made && m.first == k {
		return m.decision, true
	}
	d, ok := m.more[k]
	return d, ok
}

func (m *decisions) put(k decisionKey, d decision) {
	if !m.made {
		m.first, m.decision, m.made = k, d, true
		return
	}
	if m.more == nil {
		m.more = make(map[decisionKey]decision)
	}
	m.more[k] = d
}

// An access is what is asked of a resource.
type access struct {
	operation  m2m.Permission
	child      m2m.ResourceType // Create: the type to be created
	attributes []string         // what is read or written; nil means all
}

// authorise is Recv-6.3: it refuses with ORIGINATOR_HAS_NO_PRIVILEGE what the
// policies do not permit. The decision becomes part of the request's basis.
// TS-0004 7.3.3.15, TS-0001 9.6.1.3.2.
func (c *CSE) authorise(rd store.Reader, r *request, res *store.Resource, kind *schema.Type, a access) (decision, error) {
	d, err := c.decide(rd, r, res, kind, a)
	if err != nil {
		return d, err
	}
	if !d.allow {
		return d, m2m.Errorf("cse.authorise", m2m.StatusOriginatorHasNoPrivilege,
			"the originator has no privilege for this operation on the addressed resource")
	}
	return d, nil
}

// decide returns the access decision. Within a request the decisions on
// siblings that share their policies are made once.
func (c *CSE) decide(rd store.Reader, r *request, res *store.Resource, kind *schema.Type, a access) (decision, error) {
	if r.admin {
		return decision{allow: true}, nil
	}
	if res.Type == m2m.TypeAccessControlPolicy {
		return c.askPolicy(rd, r, res, res, a)
	}
	if res.Type == m2m.TypePollingChannel {
		if own, err := c.owns(rd, r, res.Parent); err != nil || !own {
			return decision{}, err
		}
	}
	// Siblings without policies of their own share the decision on them.
	key := decisionKey{res.ID, a.operation, res.Type, res.Specialization, a.child}
	if !kind.Has("acpi") {
		key.holder = res.Parent
	}
	if a.attributes == nil {
		if d, ok := r.decisions.get(key); ok {
			return d, nil
		}
	}
	holder := res
	for kind := kind; !kind.Has("acpi"); kind = c.typeOf(holder) {
		// A type without accessControlPolicyIDs follows its parent.
		if holder.Parent == 0 {
			return decision{}, nil
		}
		var err error
		if holder, err = c.load(rd, r, holder.Parent); err != nil {
			return decision{}, err
		}
		if holder.Type == m2m.TypeAccessControlPolicy {
			return c.askPolicy(rd, r, holder, res, a)
		}
	}
	r.rely(holder)
	var d decision
	if len(holder.Policies) == 0 {
		// TS-0001 9.6.1.3.2: without accessControlPolicyIDs the creator alone.
		d.allow = holder.Creator != "" && holder.Creator == r.originator
	} else {
		rules, err := c.rules(rd, r, holder.Policies, func(p *policy) []acp.Rule { return p.privileges })
		if err != nil {
			return d, err
		}
		if d, err = c.ask(rd, r, rules, res, a); err != nil {
			return d, err
		}
	}
	if a.attributes == nil {
		r.decisions.put(key, d)
	}
	return d, nil
}

// askPolicy decides on res, which is a policy or a child of one: these are
// governed by the selfPrivileges of the policy. TS-0001 9.6.2.0.
func (c *CSE) askPolicy(rd store.Reader, r *request, of, res *store.Resource, a access) (decision, error) {
	r.rely(of)
	r.looked += len(of.Body) >> 12
	p, err := parsedOf(&c.cache, of, parsePolicy)
	if errors.Is(err, errHeadAlone) {
		// A search has read no more than the head.
		if of, err = c.load(rd, r, of.ID); err != nil {
			return decision{}, err
		}
		p, err = parsedOf(&c.cache, of, parsePolicy)
	}
	if err != nil {
		return decision{}, err
	}
	return c.ask(rd, r, p.self, res, a)
}

// decidePolicies decides on a change of accessControlPolicyIDs: the
// selfPrivileges of the policies that the resource names now count, or, if it
// names none, its creator. TS-0001 9.6.1.3.2.
func (c *CSE) decidePolicies(rd store.Reader, r *request, res *store.Resource) (decision, error) {
	if r.admin {
		return decision{allow: true}, nil
	}
	r.rely(res)
	if len(res.Policies) == 0 {
		return decision{allow: res.Creator != "" && res.Creator == r.originator}, nil
	}
	rules, err := c.rules(rd, r, res.Policies, func(p *policy) []acp.Rule { return p.self })
	if err != nil {
		return decision{}, err
	}
	return c.ask(rd, r, rules, res, access{operation: m2m.PermitUpdate})
}

// rules collects the rules of those policies. What accessControlPolicyIDs
// named when they were written and is there no more permits nothing, nor does
// a policy of another CSE.
func (c *CSE) rules(rd store.Reader, r *request, ids []store.ID, of func(*policy) []acp.Rule) ([]acp.Rule, error) {
	var all []acp.Rule
	for _, id := range ids {
		if id == 0 {
			continue
		}
		res, err := c.load(rd, r, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if expired(res, r.now) {
			continue
		}
		r.rely(res)
		r.looked += len(res.Body) >> 12 // many rules are much to compare with
		p, err := parsedOf(&c.cache, res, parsePolicy)
		if err != nil {
			return nil, err
		}
		if all == nil {
			all = of(p)
		} else {
			all = append(slices.Clip(all), of(p)...)
		}
	}
	return all, nil
}

// find returns the resource that an attribute's identifier names, in any
// format; store.ErrNotFound if it is not here.
func (c *CSE) find(rd store.Reader, id string) (*store.Resource, error) {
	a, err := m2m.ParseAddress(id)
	if err != nil || !c.hosts(a) {
		return nil, store.ErrNotFound
	}
	res, rest, err := c.start(rd, a.Segments())
	for _, name := range rest {
		if err != nil {
			break
		}
		res, err = rd.Child(res.ID, name)
	}
	return res, err
}

// ask puts the question to the rules.
func (c *CSE) ask(rd store.Reader, r *request, rules []acp.Rule, res *store.Resource, a access) (decision, error) {
	q := acp.Query{
		Originator:     r.originator,
		Locality:       c.locality,
		Operation:      a.operation,
		Target:         res.Type,
		Specialization: res.Specialization,
		Child:          a.child,
		Attributes:     a.attributes,
		Time:           r.now,
		Addr:           r.Peer.Addr,
		Authenticated:  r.Peer.Authenticated(),
	}
	d := acp.Decide(rules, &q)
	if d.Allow && d.Attributes == nil {
		return decision{allow: true}, nil
	}
	// Only a rule for a group or a role can change that; they are looked up now.
	groups := acp.Groups(rules)
	if err := c.resolveGroups(rd, r, groups); err != nil {
		return decision{}, err
	}
	for _, g := range groups {
		if r.memberOf[g] {
			q.MemberOf = append(q.MemberOf, g)
		}
	}
	var err error
	if q.Roles, err = c.roles(rd, r); err != nil {
		return decision{}, err
	}
	if q.MemberOf != nil || q.Roles != nil {
		d = acp.Decide(rules, &q)
	}
	return decision{d.Allow, d.Attributes}, nil
}
