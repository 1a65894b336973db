package acp

import (
	"encoding/json"
	"net/netip"
	"strconv"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schedule"
)

// rule reads an m2m:accessControlRule. TS-0004 table 6.3.5.27-1;
// accessControlAttributes is of release 4.
func (p *parser) rule(v json.RawMessage) (r Rule, f *fault) {
	f = p.object(v, func(name string, v json.RawMessage) *fault {
		switch name {
		case "acor":
			return p.texts(v, r.originators.add)
		case "acop":
			n, err := strconv.ParseUint(string(v), 10, 31)
			if err != nil || n == 0 || n > uint64(m2m.PermitAll) {
				return &fault{text: "is no sum of operations in 1 to " + strconv.Itoa(int(m2m.PermitAll))}
			}
			r.operations = m2m.Permission(n)
		case "acco":
			return p.list(v, func(v json.RawMessage) *fault {
				c, f := p.context(v)
				r.contexts = append(r.contexts, c)
				return f
			})
		case "acaf":
			if string(v) != "true" && string(v) != "false" {
				return &fault{text: "is no boolean"}
			}
			r.authenticated = string(v) == "true"
		case "acod":
			return p.list(v, func(v json.RawMessage) *fault {
				o, f := p.details(v)
				r.objects = append(r.objects, o)
				return f
			})
		case "aca":
			return p.texts(v, func(s string) *fault {
				if !m2m.Unreserved(s) || len(s) > 64 {
					return &fault{text: "is no short name of an attribute: " + quote(s)}
				}
				r.attributes = append(r.attributes, s)
				return nil
			})
		default:
			return unknown
		}
		return nil
	})
	switch {
	case f != nil:
	case r.operations == 0:
		f = &fault{"acop", "is missing"}
	case !r.originators.all && r.originators.patterns == nil && r.originators.roles == nil && r.originators.groups == nil:
		f = &fault{"acor", "is missing"}
	}
	return r, f
}

// context reads an element of accessControlContexts.
func (p *parser) context(v json.RawMessage) (c requestContext, f *fault) {
	parts := 0
	f = p.object(v, func(name string, v json.RawMessage) *fault {
		parts++
		switch name {
		case "actw":
			return p.texts(v, func(s string) *fault {
				e, err := schedule.Parse(s)
				if err != nil {
					return &fault{text: "is no schedule entry: " + err.Error()}
				}
				c.windows = append(c.windows, e)
				return nil
			})
		case "acip":
			return p.addresses(v, &c.prefixes)
		case "aclr":
			c.region = new(region)
			return p.region(v, c.region)
		case "acui", "acec", "acl":
			// User identifiers, evaluation criteria and limits of release 4. None
			// of them is known to hold: the element never does.
			c.undecided = true
		default:
			return unknown
		}
		return nil
	})
	if f == nil && parts == 0 {
		f = &fault{text: "is empty"}
	}
	return c, f
}

// addresses reads accessControlIpAddresses.
func (p *parser) addresses(v json.RawMessage, prefixes *[]netip.Prefix) *fault {
	f := p.object(v, func(name string, v json.RawMessage) *fault {
		if name != "ipv4" && name != "ipv6" {
			return unknown
		}
		return p.texts(v, func(s string) *fault {
			prefix, ok := parsePrefix(s)
			if !ok || prefix.Addr().Is4() != (name == "ipv4") {
				return &fault{text: "is no " + name + " address or prefix: " + quote(s)}
			}
			*prefixes = append(*prefixes, unmap(prefix))
			return nil
		})
	})
	if f == nil && *prefixes == nil {
		f = &fault{text: "is empty"}
	}
	return f
}

// parsePrefix reads m2m:ipv4 or m2m:ipv6, an address with an optional length
// of a prefix.
func parsePrefix(s string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(s); err == nil {
		return prefix, true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

// unmap turns a prefix of IPv4-mapped IPv6 addresses into the one of IPv4
// addresses, as the source address of a request is turned.
func unmap(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		return netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p
}

// region reads an m2m:locationRegion, which is one of two things.
func (p *parser) region(v json.RawMessage, r *region) *fault {
	circle := false
	f := p.object(v, func(name string, v json.RawMessage) *fault {
		switch name {
		case "accr":
			circle = true
			return p.circle(v, r)
		case "accc":
			return p.texts(v, func(s string) *fault {
				if len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z' {
					return &fault{text: "is no country code of ISO 3166-1 alpha-2: " + quote(s)}
				}
				r.countries = append(r.countries, s)
				return nil
			})
		}
		return unknown
	})
	if f == nil && circle == (r.countries != nil) {
		f = &fault{text: "is not either a circle (accr) or countries (accc)"}
	}
	return f
}

// circle reads latitude, longitude and radius.
func (p *parser) circle(v json.RawMessage, r *region) *fault {
	var numbers []float64
	limits := [...][2]float64{{-90, 90}, {-180, 180}, {0, 1e9}}
	f := p.list(v, func(v json.RawMessage) *fault {
		if len(numbers) == len(limits) {
			return &fault{text: "is one number too many"}
		}
		limit := limits[len(numbers)]
		n, err := strconv.ParseFloat(string(v), 64) // JSON has neither NaN nor infinity
		if err != nil || n < limit[0] || n > limit[1] {
			return &fault{text: "is out of its range"}
		}
		numbers = append(numbers, n)
		return nil
	})
	switch {
	case f != nil:
		return f
	case len(numbers) != len(limits):
		return &fault{text: "is not latitude, longitude and radius"}
	}
	r.center, r.radius = Position{numbers[0], numbers[1]}, numbers[2]
	return nil
}

// details reads an element of accessControlObjectDetails.
func (p *parser) details(v json.RawMessage) (o object, f *fault) {
	f = p.object(v, func(name string, v json.RawMessage) (f *fault) {
		switch name {
		case "ty":
			o.resourceType, f = resourceType(v)
		case "spty":
			o.specialization, f = p.specialization(v)
		case "chty":
			f = p.list(v, func(v json.RawMessage) *fault {
				t, f := resourceType(v)
				o.children = append(o.children, t)
				return f
			})
		default:
			f = unknown
		}
		return f
	})
	switch {
	case f != nil:
	case o.children == nil:
		// TS-0001 9.6.2.4: childResourceType shall be specified.
		f = &fault{"chty", "is missing"}
	case (o.resourceType == m2m.TypeMgmtObj || o.resourceType == m2m.TypeFlexContainer) && o.specialization == "":
		// TS-0001 table 9.6.2.4-1: the specialization shall be specified.
		f = &fault{"spty", "is missing for a type that has specializations"}
	}
	return o, f
}

// specialization reads an m2m:specializationType, which is one of two things:
// {"cnd":"..."} or {"mgd":1006}. TS-0004 6.3.5.67.
func (p *parser) specialization(v json.RawMessage) (s string, f *fault) {
	parts := 0
	f = p.object(v, func(name string, v json.RawMessage) *fault {
		parts++
		switch name {
		case "cnd":
			var ok bool
			if s, ok = text(v); !ok || s == "" || len(s) > maxIdentifier {
				return &fault{text: "is no containerDefinition"}
			}
		case "mgd":
			n, err := strconv.ParseUint(string(v), 10, 31)
			if err != nil {
				return &fault{text: "is no mgmtDefinition"}
			}
			s = strconv.FormatUint(n, 10)
		default:
			return unknown
		}
		return nil
	})
	if f == nil && parts != 1 {
		f = &fault{text: "is not either a containerDefinition (cnd) or a mgmtDefinition (mgd)"}
	}
	return s, f
}

// Size tells about how many bytes rules occupy, for whoever keeps them.
func Size(rules []Rule) int {
	const each = 256 // bytes of a rule, a pattern, a context or an object without what it points to
	n := each * len(rules)
	for i := range rules {
		r := &rules[i]
		n += each * (len(r.originators.patterns) + len(r.contexts) + len(r.objects))
		for j := range r.originators.patterns {
			p := &r.originators.patterns[j]
			n += p.sp.size() + p.path[0].size() + p.path[1].size()
		}
		for _, list := range [][]string{r.originators.roles, r.originators.groups, r.attributes} {
			for _, s := range list {
				n += 16 + len(s)
			}
		}
		for _, c := range r.contexts {
			n += each * (len(c.windows) + len(c.prefixes))
			if c.region != nil {
				n += each + 16*len(c.region.countries)
			}
		}
		for _, o := range r.objects {
			n += len(o.specialization) + 8*len(o.children)
		}
	}
	return n
}
