package acp

import (
	"math"
	"net/netip"
	"slices"

	"github.com/sigil-m2m/sigil/m2m"
	"github.com/sigil-m2m/sigil/m2m/schedule"
)

// A requestContext is one element of accessControlContexts. All of its parts
// must hold; one element that holds is enough. TS-0003 7.1.5.
type requestContext struct {
	windows   schedule.Set   // nil: any time
	prefixes  []netip.Prefix // nil: any address; IPv4 ones are never IPv4-mapped
	region    *region        // nil: anywhere
	undecided bool           // constrained by what this package cannot judge
}

func (c *requestContext) match(q *Query) bool {
	if c.undecided {
		return false
	}
	if c.windows != nil && !c.windows.Contains(q.Time) {
		return false
	}
	if c.prefixes != nil {
		// A zone says by which interface a packet came, not from whom.
		addr := q.Addr.Unmap().WithZone("")
		if !slices.ContainsFunc(c.prefixes, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			return false
		}
	}
	return c.region == nil || q.Location != nil && c.region.contains(q.Location)
}

// A region is an m2m:locationRegion: a circle, or countries. TS-0004 6.3.5.28.
type region struct {
	countries []string // nil: the region is the circle
	center    Position
	radius    float64 // metres
}

// earthRadius is the mean radius of the Earth in metres. On a sphere of it
// distances are true to about half a per cent.
const earthRadius = 6_371_008.8

func (r *region) contains(l *Location) bool {
	if r.countries != nil {
		return l.Country != "" && slices.Contains(r.countries, l.Country)
	}
	// A position that is none, as NaN is, compares false: outside.
	return l.Position != nil && distance(r.center, *l.Position) <= r.radius
}

// distance returns the great-circle distance in metres, by the haversine
// formula.
func distance(a, b Position) float64 {
	const rad = math.Pi / 180
	dLat, dLon := (b.Latitude-a.Latitude)*rad, (b.Longitude-a.Longitude)*rad
	sLat, sLon := math.Sin(dLat/2), math.Sin(dLon/2)
	h := sLat*sLat + math.Cos(a.Latitude*rad)*math.Cos(b.Latitude*rad)*sLon*sLon
	return 2 * earthRadius * math.Asin(math.Sqrt(min(h, 1)))
}

// An object is one element of accessControlObjectDetails. TS-0001 9.6.2.4.
type object struct {
	resourceType   m2m.ResourceType // 0: any
	specialization string           // empty: any
	children       []m2m.ResourceType
}

// match compares the target with the resource type and the specialization
// whatever the operation is, as TS-0001 9.6.2.4 has it: they say what the rule
// applies to. The types of children are subject to Create alone. (TS-0003
// 7.1.5 can be read to leave the whole element out of other operations, which
// would permit more.)
func (o *object) match(q *Query) bool {
	if o.resourceType != 0 && o.resourceType != q.Target {
		return false
	}
	if o.specialization != "" && o.specialization != q.Specialization {
		return false
	}
	return q.Operation != m2m.PermitCreate || slices.Contains(o.children, q.Child)
}
