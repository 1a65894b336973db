package m2m

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A FilterUsage says what a filter is for (fu). TS-0004 6.3.4.2.31.
type FilterUsage int

// Filter usages.
const (
	Discovery               FilterUsage = 1
	ConditionalRetrieval    FilterUsage = 2 // the default
	IPEOnDemandDiscovery    FilterUsage = 3
	DiscoveryBasedOperation FilterUsage = 4
)

// A FilterOperation joins the conditions of a filter (fo). TS-0004 6.3.4.2.34.
type FilterOperation int

// Filter operations; XOR is of release 4.
const (
	FilterAND FilterOperation = 1 // the default
	FilterOR  FilterOperation = 2
	FilterXOR FilterOperation = 3
)

// An AttributeCondition compares an attribute, by its short name, with a
// value in which '*' stands for any run of characters. TS-0004 7.3.3.17.9.
type AttributeCondition struct {
	Name  string
	Value string
}

// A GeoQuery is a spatial condition on the location attribute, of release 4.
type GeoQuery struct {
	GeometryType int             // m2m:geometryType: 1 Point to 6 MultiPolygon
	Geometry     json.RawMessage // GeoJSON coordinates
	Function     int             // m2m:geoSpatialFunctionType: 1 within, 2 contains, 3 intersects
}

// FilterCriteria is the Filter Criteria parameter (fc). TS-0004 7.3.3.17,
// TS-0001 table 8.1.2-2. Nil pointers, zero times and empty lists are
// conditions that were not given.
type FilterCriteria struct {
	CreatedBefore, CreatedAfter       time.Time            // crb, cra
	ModifiedSince, UnmodifiedSince    time.Time            // ms, us
	ExpireBefore, ExpireAfter         time.Time            // exb, exa
	StateTagSmaller, StateTagBigger   *int64               // sts, stb
	SizeAbove, SizeBelow              *int64               // sza, szb, bytes
	Labels, ChildLabels, ParentLabels []string             // lbl, clbl, palb
	LabelsQuery                       string               // lbq
	ResourceTypes                     []ResourceType       // ty
	ChildResourceTypes                []ResourceType       // chty
	ParentResourceTypes               []ResourceType       // pty
	ContentTypes                      []string             // cty
	Attributes                        []AttributeCondition // atr
	ChildAttributes                   []AttributeCondition // catr
	ParentAttributes                  []AttributeCondition // patr
	SemanticsFilters                  []string             // smf
	ContentFilterSyntax               int                  // cfs
	ContentFilterQuery                string               // cfq
	Geo                               *GeoQuery            // gq, or gmty with geom and gsf

	Usage             FilterUsage     // fu; 0 means ConditionalRetrieval
	Operation         FilterOperation // fo; 0 means FilterAND
	Limit             *int            // lim: at most so many resources
	Level             *int            // lvl: 1 is the direct children
	Offset            *int            // ofst: 1 is the first direct child
	ApplyRelativePath string          // arp
	Operations        Permission      // ops, release 4: what the originator may do there
}

// Conditions reports whether the filter has any matching condition, as
// opposed to instructions for handling what matched. TS-0004 7.3.3.17.0.
func (f *FilterCriteria) Conditions() bool {
	return !f.CreatedBefore.IsZero() || !f.CreatedAfter.IsZero() || !f.ModifiedSince.IsZero() ||
		!f.UnmodifiedSince.IsZero() || !f.ExpireBefore.IsZero() || !f.ExpireAfter.IsZero() ||
		f.StateTagSmaller != nil || f.StateTagBigger != nil || f.SizeAbove != nil || f.SizeBelow != nil ||
		len(f.Labels) > 0 || len(f.ChildLabels) > 0 || len(f.ParentLabels) > 0 || f.LabelsQuery != "" ||
		len(f.ResourceTypes) > 0 || len(f.ChildResourceTypes) > 0 || len(f.ParentResourceTypes) > 0 ||
		len(f.ContentTypes) > 0 || len(f.Attributes) > 0 || len(f.ChildAttributes) > 0 ||
		len(f.ParentAttributes) > 0 || len(f.SemanticsFilters) > 0 || f.ContentFilterSyntax != 0 ||
		f.ContentFilterQuery != "" || f.Geo != nil
}

// Set gives the member with the short name its values, each as text: a query
// string's as they stand, a JSON member's numbers and strings as theirs. A
// name that is none of the filter's is not known. Single members given twice
// are an error, which names the member. Attribute conditions have no name of
// their own here: bindings append them to their lists.
func (f *FilterCriteria) Set(name string, values []string) (known bool, err error) {
	set, ok := filterMembers[name]
	if !ok {
		return false, nil
	}
	if len(values) == 0 {
		return true, fmt.Errorf("filter member %s has no value", name)
	}
	if err := set(f, values); err != nil {
		return true, fmt.Errorf("filter member %s: %w", name, err)
	}
	return true, nil
}

var filterMembers = map[string]func(*FilterCriteria, []string) error{
	"crb":  one(func(f *FilterCriteria, v string) error { return setTime(&f.CreatedBefore, v) }),
	"cra":  one(func(f *FilterCriteria, v string) error { return setTime(&f.CreatedAfter, v) }),
	"ms":   one(func(f *FilterCriteria, v string) error { return setTime(&f.ModifiedSince, v) }),
	"us":   one(func(f *FilterCriteria, v string) error { return setTime(&f.UnmodifiedSince, v) }),
	"exb":  one(func(f *FilterCriteria, v string) error { return setTime(&f.ExpireBefore, v) }),
	"exa":  one(func(f *FilterCriteria, v string) error { return setTime(&f.ExpireAfter, v) }),
	"sts":  one(func(f *FilterCriteria, v string) error { return setInt64(&f.StateTagSmaller, v, 1) }),
	"stb":  one(func(f *FilterCriteria, v string) error { return setInt64(&f.StateTagBigger, v, 0) }),
	"sza":  one(func(f *FilterCriteria, v string) error { return setInt64(&f.SizeAbove, v, 0) }),
	"szb":  one(func(f *FilterCriteria, v string) error { return setInt64(&f.SizeBelow, v, 1) }),
	"lbl":  many(func(f *FilterCriteria) *[]string { return &f.Labels }),
	"clbl": many(func(f *FilterCriteria) *[]string { return &f.ChildLabels }),
	"palb": many(func(f *FilterCriteria) *[]string { return &f.ParentLabels }),
	"cty":  many(func(f *FilterCriteria) *[]string { return &f.ContentTypes }),
	"smf":  many(func(f *FilterCriteria) *[]string { return &f.SemanticsFilters }),
	"lbq":  one(func(f *FilterCriteria, v string) error { f.LabelsQuery = v; return nil }),
	"ty":   types(func(f *FilterCriteria) *[]ResourceType { return &f.ResourceTypes }),
	"chty": types(func(f *FilterCriteria) *[]ResourceType { return &f.ChildResourceTypes }),
	"pty":  types(func(f *FilterCriteria) *[]ResourceType { return &f.ParentResourceTypes }),
	"fu":   one(func(f *FilterCriteria, v string) error { return setEnum((*int)(&f.Usage), v, 1, 4) }),
	"fo":   one(func(f *FilterCriteria, v string) error { return setEnum((*int)(&f.Operation), v, 1, 3) }),
	"lim":  one(func(f *FilterCriteria, v string) error { return setInt(&f.Limit, v, 0) }),
	"lvl":  one(func(f *FilterCriteria, v string) error { return setInt(&f.Level, v, 1) }),
	"ofst": one(func(f *FilterCriteria, v string) error { return setInt(&f.Offset, v, 1) }),
	"cfs":  one(func(f *FilterCriteria, v string) error { return setEnum(&f.ContentFilterSyntax, v, 1, 1) }),
	"cfq":  one(func(f *FilterCriteria, v string) error { f.ContentFilterQuery = v; return nil }),
	"arp":  one(func(f *FilterCriteria, v string) error { f.ApplyRelativePath = v; return nil }),
	"ops":  one(func(f *FilterCriteria, v string) error { return setEnum((*int)(&f.Operations), v, 1, int(PermitAll)) }),
	"gmty": one(func(f *FilterCriteria, v string) error { return setEnum(&f.geo().GeometryType, v, 1, 6) }),
	"gsf":  one(func(f *FilterCriteria, v string) error { return setEnum(&f.geo().Function, v, 1, 3) }),
	"geom": one(func(f *FilterCriteria, v string) error {
		if !strings.HasPrefix(v, "[") || !json.Valid([]byte(v)) {
			return fmt.Errorf("%q is no GeoJSON coordinates", Clip(v))
		}
		f.geo().Geometry = json.RawMessage(v)
		return nil
	}),
}

func (f *FilterCriteria) geo() *GeoQuery {
	if f.Geo == nil {
		f.Geo = new(GeoQuery)
	}
	return f.Geo
}

func one(set func(*FilterCriteria, string) error) func(*FilterCriteria, []string) error {
	return func(f *FilterCriteria, values []string) error {
		if len(values) != 1 {
			return fmt.Errorf("given %d times, allowed once", len(values))
		}
		return set(f, values[0])
	}
}

func many(list func(*FilterCriteria) *[]string) func(*FilterCriteria, []string) error {
	return func(f *FilterCriteria, values []string) error {
		*list(f) = append(*list(f), values...)
		return nil
	}
}

func types(list func(*FilterCriteria) *[]ResourceType) func(*FilterCriteria, []string) error {
	return func(f *FilterCriteria, values []string) error {
		for _, v := range values {
			n, err := strconv.ParseUint(v, 10, 31)
			if err != nil {
				return fmt.Errorf("%q is no resource type", Clip(v))
			}
			*list(f) = append(*list(f), ResourceType(n))
		}
		return nil
	}
}

func setTime(t *time.Time, v string) (err error) {
	*t, err = ParseTimestamp(v)
	return err
}

func setInt64(p **int64, v string, least int64) error {
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < least {
		return fmt.Errorf("%q is no integer of at least %d", Clip(v), least)
	}
	*p = &n
	return nil
}

func setInt(p **int, v string, least int) error {
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil || int(n) < least {
		return fmt.Errorf("%q is no integer of at least %d", Clip(v), least)
	}
	i := int(n)
	*p = &i
	return nil
}

func setEnum(p *int, v string, least, most int) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < least || n > most {
		return fmt.Errorf("%q is not in %d to %d", Clip(v), least, most)
	}
	*p = n
	return nil
}
