package wire

import (
	"net/url"
	"strings"

	"github.com/sigil-m2m/sigil/m2m"
)

// maxQueryFields bounds how many fields a query may have.
const maxQueryFields = 256

// decodeQuery reads the query component into req. TS-0009 6.2.2.2. It returns
// the attribute names of the field atrl apart, which are part of the content.
//
// A '+' that is not encoded is a space, in a list the one between its items:
// ty=2+3 is the list "2 3", and %2B is the character itself. A label that has
// a space is written with %20.
func (d *Decoder) decodeQuery(query string, req *m2m.Request) (attributes []string, err error) {
	q := queryDecoder{req: req, known: d.KnownAttribute}
	for fields := 0; query != ""; {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if pair == "" {
			continue
		}
		if fields++; fields > maxQueryFields {
			return nil, badRequest("the query has more than %d fields", maxQueryFields)
		}
		rawName, value, hasValue := strings.Cut(pair, "=")
		name, err := unescape(rawName)
		if err != nil {
			return nil, badRequest("the query has an ill-formed field name %q", m2m.Clip(rawName))
		}
		if !hasValue {
			return nil, badRequest("query field %q has no value", m2m.Clip(name))
		}
		if err := q.field(name, value); err != nil {
			return nil, err
		}
	}
	return q.attributes, nil
}

// A queryDecoder is a query on its way into a request.
type queryDecoder struct {
	req        *m2m.Request
	known      func(short string) bool
	seen       uint64   // the rows of queryFields that came
	attributes []string // of atrl
}

// field reads one field, whose name is decoded and whose value is not.
func (q *queryDecoder) field(name, raw string) error {
	row, ok := queryFieldByName[name]
	if !ok {
		return q.attribute(name, raw)
	}
	if !row.repeats {
		if q.seen&(1<<row.index) != 0 {
			return badRequest("query field %s is given more than once", name)
		}
		q.seen |= 1 << row.index
	}
	if !row.list {
		value, err := unescape(raw)
		if err != nil {
			return badRequest("query field %s has an ill-formed value %q", name, m2m.Clip(raw))
		}
		return row.set(q, row, value)
	}
	for rawItem := range strings.SplitSeq(raw, "+") {
		item, err := unescape(rawItem)
		if err != nil {
			return badRequest("query field %s has an ill-formed value %q", name, m2m.Clip(rawItem))
		}
		words := []string{item}
		if row.words {
			// No item of such a list has a space or a plus sign in it, so
			// clients that encode the separator mean the same.
			words = strings.FieldsFunc(item, func(r rune) bool { return r == ' ' || r == '+' })
		}
		if item == "" || len(words) == 0 {
			return badRequest("query field %s has an empty item", name)
		}
		for _, word := range words {
			if err := row.set(q, row, word); err != nil {
				return err
			}
		}
	}
	return nil
}

// attribute reads a condition on an attribute, as in cr=Sam, c.cr=Sam for
// those of children and p.cr=Sam for those of the parent.
func (q *queryDecoder) attribute(name, raw string) error {
	list, short := func(f *m2m.FilterCriteria) *[]m2m.AttributeCondition { return &f.Attributes }, name
	if tail, ok := strings.CutPrefix(name, "c."); ok {
		list, short = func(f *m2m.FilterCriteria) *[]m2m.AttributeCondition { return &f.ChildAttributes }, tail
	} else if tail, ok := strings.CutPrefix(name, "p."); ok {
		list, short = func(f *m2m.FilterCriteria) *[]m2m.AttributeCondition { return &f.ParentAttributes }, tail
	}
	switch {
	case reservedCondition(short):
		return badRequest("query field %s is no condition on an attribute", m2m.Clip(name))
	case !attributeName(short) || q.known != nil && !q.known(short):
		return badRequest("query field %q is neither a parameter nor an attribute", m2m.Clip(name))
	}
	value, err := unescape(raw)
	if err != nil {
		return badRequest("query field %s has an ill-formed value %q", name, m2m.Clip(raw))
	}
	conditions := list(q.filter())
	*conditions = append(*conditions, m2m.AttributeCondition{Name: short, Value: value})
	return nil
}

func (q *queryDecoder) filter() *m2m.FilterCriteria {
	if q.req.FilterCriteria == nil {
		q.req.FilterCriteria = new(m2m.FilterCriteria)
	}
	return q.req.FilterCriteria
}

// reservedCondition reports whether a short name cannot be in an attribute
// condition: TS-0004 7.3.3.17.9 leaves out the attributes that have filter
// members of their own, TS-0009 6.2.2.2 the name atr itself.
func reservedCondition(short string) bool {
	switch short {
	case "ct", "lt", "st", "et", "lbl", "ty", "cs", "cnf", "atr", "catr", "patr":
		return true
	}
	return false
}

// attributeName reports whether s may be an attribute's short name: an
// xs:NCName (customAttribute of a flexContainer may be any) of modest length
// in ASCII.
func attributeName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return true
}

// unescape decodes a query's text, in which '+' is a space.
func unescape(s string) (string, error) {
	if !strings.ContainsAny(s, "%+") {
		return s, nil
	}
	return url.QueryUnescape(s)
}
