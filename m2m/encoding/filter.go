package encoding

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// decodeFilterCriteria reads fc. TS-0004 6.3.5.8.
func decodeFilterCriteria(r *m2m.Request, raw json.RawMessage) error {
	o, err := nested(raw)
	if err != nil {
		return err
	}
	if o.Has("gq") && (o.Has("gmty") || o.Has("geom") || o.Has("gsf")) {
		return errors.New("has gq and members of it")
	}
	f := new(m2m.FilterCriteria)
	for _, m := range o {
		if err := decodeFilterMember(f, m); err != nil {
			return &paramError{m.Name, err}
		}
	}
	r.FilterCriteria = f
	return nil
}

func decodeFilterMember(f *m2m.FilterCriteria, m m2m.Member) error {
	member, ok := filterMembers[m.Name]
	if !ok {
		return errUnknown
	}
	switch member.shape {
	case conditionList:
		return decodeConditions(member.conditions(f), m.Value)
	case geoQuery:
		return decodeGeoQuery(f, m.Value)
	}
	values, err := member.shape.texts(m.Value)
	if err != nil {
		return err
	}
	if _, err := f.Set(m.Name, values); err != nil {
		return errors.New("is refused: " + err.Error())
	}
	return nil
}

// A shape is the JSON type of a member of fc.
type shape int

const (
	textValue shape = iota
	textList
	numberValue
	numberList
	rawValue      // any array
	conditionList // of m2m:attribute
	geoQuery      // m2m:geoQuery
)

// texts returns the texts that m2m.FilterCriteria.Set takes.
func (s shape) texts(raw json.RawMessage) ([]string, error) {
	switch s {
	case textValue:
		if v, ok := unquote(raw); ok {
			return []string{v}, nil
		}
		return nil, errors.New("is not a string")
	case numberValue:
		if v, ok := Text(raw); ok && raw[0] != '"' {
			return []string{v}, nil
		}
		return nil, errors.New("is not a number")
	case rawValue:
		if raw[0] == '[' {
			return []string{string(raw)}, nil
		}
		return nil, errors.New("is not an array")
	case textList:
		if v, ok := Strings(raw); ok {
			return v, nil
		}
		return nil, errors.New("is not an array of strings")
	}
	elements, err := ParseArray(raw, Limits{Bytes: len(raw), Depth: 1})
	if err != nil {
		return nil, errors.New("is not an array of numbers")
	}
	list := make([]string, len(elements))
	for i, e := range elements {
		v, ok := Text(e)
		if !ok || e[0] == '"' {
			return nil, errors.New("is not an array of numbers")
		}
		list[i] = v
	}
	return list, nil
}

// A filterMember is a member of fc: its shape, and what it is in a filter.
type filterMember struct {
	shape      shape
	append     func(b []byte, f *m2m.FilterCriteria) []byte
	conditions func(f *m2m.FilterCriteria) *[]m2m.AttributeCondition // of conditionList alone
}

// filterMembers are the members of m2m:filterCriteria. TS-0004 table
// 6.3.5.8-1; ops, gq and its members are of release 4. The members of gq may
// stand in fc itself, as they do in a query string.
var filterMembers = map[string]filterMember{
	"crb":  instant(func(f *m2m.FilterCriteria) time.Time { return f.CreatedBefore }),
	"cra":  instant(func(f *m2m.FilterCriteria) time.Time { return f.CreatedAfter }),
	"ms":   instant(func(f *m2m.FilterCriteria) time.Time { return f.ModifiedSince }),
	"us":   instant(func(f *m2m.FilterCriteria) time.Time { return f.UnmodifiedSince }),
	"exb":  instant(func(f *m2m.FilterCriteria) time.Time { return f.ExpireBefore }),
	"exa":  instant(func(f *m2m.FilterCriteria) time.Time { return f.ExpireAfter }),
	"sts":  counter(func(f *m2m.FilterCriteria) *int64 { return f.StateTagSmaller }),
	"stb":  counter(func(f *m2m.FilterCriteria) *int64 { return f.StateTagBigger }),
	"sza":  counter(func(f *m2m.FilterCriteria) *int64 { return f.SizeAbove }),
	"szb":  counter(func(f *m2m.FilterCriteria) *int64 { return f.SizeBelow }),
	"lbl":  labels(func(f *m2m.FilterCriteria) []string { return f.Labels }),
	"clbl": labels(func(f *m2m.FilterCriteria) []string { return f.ChildLabels }),
	"palb": labels(func(f *m2m.FilterCriteria) []string { return f.ParentLabels }),
	"cty":  labels(func(f *m2m.FilterCriteria) []string { return f.ContentTypes }),
	"smf":  labels(func(f *m2m.FilterCriteria) []string { return f.SemanticsFilters }),
	"lbq":  line(func(f *m2m.FilterCriteria) string { return f.LabelsQuery }),
	"cfq":  line(func(f *m2m.FilterCriteria) string { return f.ContentFilterQuery }),
	"arp":  line(func(f *m2m.FilterCriteria) string { return f.ApplyRelativePath }),
	"ty":   types(func(f *m2m.FilterCriteria) []m2m.ResourceType { return f.ResourceTypes }),
	"chty": types(func(f *m2m.FilterCriteria) []m2m.ResourceType { return f.ChildResourceTypes }),
	"pty":  types(func(f *m2m.FilterCriteria) []m2m.ResourceType { return f.ParentResourceTypes }),
	"fu":   enum(func(f *m2m.FilterCriteria) m2m.FilterUsage { return f.Usage }),
	"fo":   enum(func(f *m2m.FilterCriteria) m2m.FilterOperation { return f.Operation }),
	"cfs":  enum(func(f *m2m.FilterCriteria) int { return f.ContentFilterSyntax }),
	"ops":  enum(func(f *m2m.FilterCriteria) m2m.Permission { return f.Operations }),
	"lim":  count(func(f *m2m.FilterCriteria) *int { return f.Limit }),
	"lvl":  count(func(f *m2m.FilterCriteria) *int { return f.Level }),
	"ofst": count(func(f *m2m.FilterCriteria) *int { return f.Offset }),
	"atr":  conditions(func(f *m2m.FilterCriteria) *[]m2m.AttributeCondition { return &f.Attributes }),
	"catr": conditions(func(f *m2m.FilterCriteria) *[]m2m.AttributeCondition { return &f.ChildAttributes }),
	"patr": conditions(func(f *m2m.FilterCriteria) *[]m2m.AttributeCondition { return &f.ParentAttributes }),
	"gq":   {shape: geoQuery, append: appendGeoQuery},
	"gmty": {shape: numberValue, append: nothing},
	"gsf":  {shape: numberValue, append: nothing},
	"geom": {shape: rawValue, append: nothing},
}

// filterParams are the members again, in the order in which they are written.
var filterParams = func() []param[m2m.FilterCriteria] {
	order := []string{
		"crb", "cra", "ms", "us", "sts", "stb", "exb", "exa", "lbl", "clbl", "palb", "lbq", "ty", "chty", "pty",
		"sza", "szb", "cty", "atr", "catr", "patr", "fu", "lim", "smf", "fo", "cfs", "cfq", "lvl", "ofst", "arp",
		"ops", "gq",
	}
	table := make([]param[m2m.FilterCriteria], len(order))
	for i, name := range order {
		table[i] = param[m2m.FilterCriteria]{name: name, append: filterMembers[name].append}
	}
	return table
}()

func appendFilterCriteria(b []byte, r *m2m.Request) []byte {
	if r.FilterCriteria == nil {
		return b
	}
	return appendObject(b, filterParams, r.FilterCriteria)
}

func nothing(b []byte, _ *m2m.FilterCriteria) []byte { return b }

func instant(get func(*m2m.FilterCriteria) time.Time) filterMember {
	return filterMember{shape: textValue, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		t := get(f)
		if t.IsZero() {
			return b
		}
		return append(m2m.AppendTimestamp(append(b, '"'), t), '"')
	}}
}

func counter(get func(*m2m.FilterCriteria) *int64) filterMember {
	return filterMember{shape: numberValue, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		n := get(f)
		if n == nil {
			return b
		}
		return strconv.AppendInt(b, *n, 10)
	}}
}

func count(get func(*m2m.FilterCriteria) *int) filterMember {
	return filterMember{shape: numberValue, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		n := get(f)
		if n == nil {
			return b
		}
		return strconv.AppendInt(b, int64(*n), 10)
	}}
}

func enum[N ~int](get func(*m2m.FilterCriteria) N) filterMember {
	return filterMember{shape: numberValue, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		n := get(f)
		if n == 0 {
			return b
		}
		return strconv.AppendInt(b, int64(n), 10)
	}}
}

func line(get func(*m2m.FilterCriteria) string) filterMember {
	return filterMember{shape: textValue, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		return appendText(b, get(f))
	}}
}

func labels(get func(*m2m.FilterCriteria) []string) filterMember {
	return filterMember{shape: textList, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		list := get(f)
		if len(list) == 0 {
			return b
		}
		return appendTexts(b, list)
	}}
}

func types(get func(*m2m.FilterCriteria) []m2m.ResourceType) filterMember {
	return filterMember{shape: numberList, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		list := get(f)
		if len(list) == 0 {
			return b
		}
		for i, t := range list {
			b = append(b, "[,"[min(i, 1)])
			b = strconv.AppendInt(b, int64(t), 10)
		}
		return append(b, ']')
	}}
}

func conditions(at func(*m2m.FilterCriteria) *[]m2m.AttributeCondition) filterMember {
	return filterMember{shape: conditionList, conditions: at, append: func(b []byte, f *m2m.FilterCriteria) []byte {
		list := *at(f)
		if len(list) == 0 {
			return b
		}
		for i, c := range list {
			b = append(b, "[,"[min(i, 1)])
			b = m2m.AppendQuote(append(b, `{"nm":`...), c.Name)
			b = m2m.AppendQuote(append(b, `,"val":`...), c.Value)
			b = append(b, '}')
		}
		return append(b, ']')
	}}
}

// decodeConditions reads one m2m:attribute or an array of them. TS-0004
// 6.3.5.9: the value is of any simple type; conditions compare its text.
func decodeConditions(list *[]m2m.AttributeCondition, raw json.RawMessage) error {
	elements := []json.RawMessage{raw}
	if raw[0] == '[' {
		var err error
		if elements, err = ParseArray(raw, Limits{Bytes: len(raw), Depth: math.MaxInt}); err != nil {
			return err
		}
	}
	if len(elements) == 0 {
		return errors.New("is empty")
	}
	for _, e := range elements {
		o, err := nested(e)
		if err != nil {
			return errors.New("has an element that is not an object")
		}
		name, hasName := o.String("nm")
		value, hasValue := Text(o.Get("val"))
		if v := o.Get("val"); !hasValue && (string(v) == "true" || string(v) == "false") {
			value, hasValue = string(v), true
		}
		if !hasName || !hasValue || len(o) != 2 {
			return errors.New("has an element that is not an object of nm and val")
		}
		*list = append(*list, m2m.AttributeCondition{Name: name, Value: value})
	}
	return nil
}

// geoParams are the members of m2m:geoQuery. That all three are there is told
// by m2m.Request.Check, since a query string can lack one as well.
var geoParams = []param[m2m.GeoQuery]{
	number("gmty", 1, 6, func(g *m2m.GeoQuery) *int { return &g.GeometryType }),
	{"geom", decodeGeometry, func(b []byte, g *m2m.GeoQuery) []byte { return append(b, g.Geometry...) }},
	number("gsf", 1, 3, func(g *m2m.GeoQuery) *int { return &g.Function }),
}

var geoIndex = indexOf(geoParams)

func decodeGeometry(g *m2m.GeoQuery, raw json.RawMessage) error {
	if raw[0] != '[' {
		return errors.New("is not an array")
	}
	g.Geometry = raw
	return nil
}

func decodeGeoQuery(f *m2m.FilterCriteria, raw json.RawMessage) error {
	o, err := nested(raw)
	if err != nil {
		return err
	}
	f.Geo = new(m2m.GeoQuery)
	return geoIndex.decode(f.Geo, o)
}

func appendGeoQuery(b []byte, f *m2m.FilterCriteria) []byte {
	if f.Geo == nil {
		return b
	}
	return appendObject(b, geoParams, f.Geo)
}
