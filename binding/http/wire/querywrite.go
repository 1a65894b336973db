package wire

import (
	"strconv"
	"strings"
	"time"

	"github.com/sigil-m2m/sigil/m2m"
)

// A queryEncoder writes a query that a queryDecoder reads back. It encodes
// all but the unreserved characters, so that no reader takes '+' or ' ' of a
// value for a separator.
type queryEncoder struct {
	b   strings.Builder
	err error // the first value that a query cannot carry
}

func (q *queryEncoder) field(name string) {
	if q.b.Len() > 0 {
		q.b.WriteByte('&')
	}
	q.b.WriteString(name)
	q.b.WriteByte('=')
}

func (q *queryEncoder) escaped(s string) {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; m2m.Unreserved(s[i : i+1]) {
			q.b.WriteByte(c)
		} else {
			q.b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
}

func (q *queryEncoder) add(name, value string) {
	q.field(name)
	q.escaped(value)
}

func (q *queryEncoder) addText(name, value string) {
	if value != "" {
		q.add(name, value)
	}
}

func (q *queryEncoder) addList(name string, items []string) {
	for i, item := range items {
		if i == 0 {
			q.field(name)
		} else {
			q.b.WriteByte('+')
		}
		if item == "" && q.err == nil {
			q.err = badRequest("%s: an empty item cannot travel in a query", name)
		}
		q.escaped(item)
	}
}

func (q *queryEncoder) addTime(name string, t time.Time) {
	if !t.IsZero() {
		q.add(name, m2m.FormatTimestamp(t))
	}
}

func (q *queryEncoder) addInt(name string, n int) {
	if n != 0 {
		q.add(name, strconv.Itoa(n))
	}
}

func (q *queryEncoder) addIntPointer(name string, n *int) {
	if n != nil {
		q.add(name, strconv.Itoa(*n))
	}
}

func (q *queryEncoder) addInt64Pointer(name string, n *int64) {
	if n != nil {
		q.add(name, strconv.FormatInt(*n, 10))
	}
}

func (q *queryEncoder) addTypes(name string, types []m2m.ResourceType) {
	items := make([]string, len(types))
	for i, t := range types {
		items[i] = strconv.Itoa(int(t))
	}
	q.addList(name, items)
}

func (q *queryEncoder) addConditions(prefix string, conditions []m2m.AttributeCondition) {
	for _, c := range conditions {
		_, taken := queryFieldByName[c.Name]
		if q.err == nil && (!attributeName(c.Name) || prefix == "" && taken || reservedCondition(c.Name)) {
			q.err = badRequest("fc: a condition on attribute %q cannot travel in a query", m2m.Clip(c.Name))
		}
		q.add(prefix+c.Name, c.Value)
	}
}

// request writes the parameters and the filter of r. TS-0009 table 6.2.2.2-1.
func (q *queryEncoder) request(r *m2m.Request) error {
	for i := range queryFields {
		row := &queryFields[i]
		if row.get == nil {
			continue
		}
		if values := row.get(r); len(values) > 0 {
			q.addList(row.name, values)
		}
	}
	if r.FilterCriteria != nil {
		q.filter(r.FilterCriteria)
	}
	return q.err
}

func (q *queryEncoder) filter(f *m2m.FilterCriteria) {
	q.addTime("crb", f.CreatedBefore)
	q.addTime("cra", f.CreatedAfter)
	q.addTime("ms", f.ModifiedSince)
	q.addTime("us", f.UnmodifiedSince)
	q.addInt64Pointer("sts", f.StateTagSmaller)
	q.addInt64Pointer("stb", f.StateTagBigger)
	q.addTime("exb", f.ExpireBefore)
	q.addTime("exa", f.ExpireAfter)
	q.addList("lbl", f.Labels)
	q.addList("clbl", f.ChildLabels)
	q.addList("palb", f.ParentLabels)
	q.addText("lbq", f.LabelsQuery)
	q.addTypes("ty", f.ResourceTypes)
	q.addTypes("chty", f.ChildResourceTypes)
	q.addTypes("pty", f.ParentResourceTypes)
	q.addInt64Pointer("sza", f.SizeAbove)
	q.addInt64Pointer("szb", f.SizeBelow)
	q.addList("cty", f.ContentTypes)
	q.addIntPointer("lim", f.Limit)
	q.addInt("fu", int(f.Usage))
	for _, s := range f.SemanticsFilters {
		q.add("smf", s)
	}
	q.addInt("fo", int(f.Operation))
	q.addInt("cfs", f.ContentFilterSyntax)
	q.addText("cfq", f.ContentFilterQuery)
	q.addIntPointer("lvl", f.Level)
	q.addIntPointer("ofst", f.Offset)
	q.addText("arp", f.ApplyRelativePath)
	q.addInt("ops", int(f.Operations))
	if g := f.Geo; g != nil {
		q.addInt("gmty", g.GeometryType)
		q.addText("geom", string(g.Geometry))
		q.addInt("gsf", g.Function)
	}
	q.addConditions("", f.Attributes)
	q.addConditions("c.", f.ChildAttributes)
	q.addConditions("p.", f.ParentAttributes)
}
