package wire

import (
	"strconv"

	"github.com/sigil-m2m/sigil/m2m"
)

// A queryField is a field of a query that stands for a request parameter or a
// member of Filter Criteria. TS-0009 table 6.2.2.2-1.
type queryField struct {
	name    string
	repeats bool // may come more than once
	list    bool // the value is a list whose items are joined by '+'
	words   bool // no item of the list has a space or '+' of its own
	index   int  // position in queryFields

	set func(q *queryDecoder, row *queryField, value string) error // one value, or one item of a list
	get func(r *m2m.Request) []string                              // the reverse; nil for members of Filter Criteria
}

// queryFields has the table's rows; clbl, palb, lbq, chty, pty and arp, which
// TS-0004 table 7.3.3.17.0-1 has and the HTTP binding forgot; and ops, gmty,
// geom and gsf of release 4. Attribute conditions have no row: their field's
// name is the attribute's.
var queryFields = []queryField{
	{name: "rt", set: setResponseType, get: getResponseType},
	textField("rp", func(r *m2m.Request) *string { return &r.ResultPersistence }),
	{name: "rcn", set: setResultContent, get: getResultContent},
	{name: "drt", set: setIdentifierResult, get: getIdentifierResult},
	booleanField("da", func(r *m2m.Request) **bool { return &r.DeliveryAggregation }),
	booleanField("tqi", func(r *m2m.Request) **bool { return &r.TokenRequestIndicator }),
	booleanField("asi", func(r *m2m.Request) **bool { return &r.AuthorSignIndicator }),
	booleanField("auri", func(r *m2m.Request) **bool { return &r.AuthorRelIndicator }),
	booleanField("sqi", func(r *m2m.Request) **bool { return &r.SemanticQueryIndicator }),
	listField("rids", func(r *m2m.Request) *[]string { return &r.RoleIDs }),
	listField("tids", func(r *m2m.Request) *[]string { return &r.TokenIDs }),
	listField("ltids", func(r *m2m.Request) *[]string { return &r.LocalTokenIDs }),
	{name: "atrl", list: true, words: true, set: setAttributeList},

	{name: "crb", set: setFilter},
	{name: "cra", set: setFilter},
	{name: "ms", set: setFilter},
	{name: "us", set: setFilter},
	{name: "sts", set: setFilter},
	{name: "stb", set: setFilter},
	{name: "exb", set: setFilter},
	{name: "exa", set: setFilter},
	{name: "lbl", repeats: true, list: true, set: setFilter},
	{name: "clbl", repeats: true, list: true, set: setFilter},
	{name: "palb", repeats: true, list: true, set: setFilter},
	{name: "lbq", set: setFilter},
	{name: "ty", repeats: true, list: true, words: true, set: setFilter},
	{name: "chty", repeats: true, list: true, words: true, set: setFilter},
	{name: "pty", repeats: true, list: true, words: true, set: setFilter},
	{name: "sza", set: setFilter},
	{name: "szb", set: setFilter},
	{name: "cty", repeats: true, list: true, set: setFilter},
	{name: "lim", set: setFilter},
	{name: "fu", set: setFilter},
	{name: "smf", repeats: true, set: setFilter},
	{name: "fo", set: setFilter},
	{name: "cfs", set: setFilter},
	{name: "cfq", set: setFilter},
	{name: "lvl", set: setFilter},
	{name: "ofst", set: setFilter},
	{name: "arp", set: setFilter},
	{name: "ops", set: setFilter},
	{name: "gmty", set: setFilter},
	{name: "geom", set: setFilter},
	{name: "gsf", set: setFilter},
}

var queryFieldByName = func() map[string]*queryField {
	m := make(map[string]*queryField, len(queryFields))
	for i := range queryFields {
		queryFields[i].index = i
		m[queryFields[i].name] = &queryFields[i]
	}
	return m
}()

func setFilter(q *queryDecoder, row *queryField, value string) error {
	if _, err := q.filter().Set(row.name, []string{value}); err != nil {
		return badRequest("query: %v", err)
	}
	return nil
}

func setAttributeList(q *queryDecoder, row *queryField, value string) error {
	if !attributeName(value) {
		return badRequest("query field atrl: %q is no attribute name", m2m.Clip(value))
	}
	q.attributes = append(q.attributes, value)
	return nil
}

func setResponseType(q *queryDecoder, row *queryField, value string) error {
	n, ok := number(value)
	if !ok || n < int(m2m.NonBlockingRequestSynch) || n > int(m2m.NoResponse) {
		return badRequest("query field rt: %q is not in 1 to 5", m2m.Clip(value))
	}
	q.req.ResponseType = m2m.ResponseType(n)
	return nil
}

func getResponseType(r *m2m.Request) []string {
	if r.ResponseType == 0 {
		return nil
	}
	return []string{strconv.Itoa(int(r.ResponseType))}
}

func setResultContent(q *queryDecoder, row *queryField, value string) error {
	n, ok := number(value)
	if !ok {
		return badRequest("query field rcn: %q is no result content", m2m.Clip(value))
	}
	rcn := m2m.ResultContent(n)
	q.req.ResultContent = &rcn
	return nil
}

func getResultContent(r *m2m.Request) []string {
	if r.ResultContent == nil {
		return nil
	}
	return []string{strconv.Itoa(int(*r.ResultContent))}
}

func setIdentifierResult(q *queryDecoder, row *queryField, value string) error {
	n, ok := number(value)
	if !ok || n != int(m2m.Structured) && n != int(m2m.Unstructured) {
		return badRequest("query field drt: %q is not in 1 to 2", m2m.Clip(value))
	}
	q.req.DesiredIdentifierResult = m2m.DesiredIdentifierResultType(n)
	return nil
}

func getIdentifierResult(r *m2m.Request) []string {
	if r.DesiredIdentifierResult == 0 {
		return nil
	}
	return []string{strconv.Itoa(int(r.DesiredIdentifierResult))}
}

func textField(name string, field func(*m2m.Request) *string) queryField {
	return queryField{
		name: name,
		set: func(q *queryDecoder, row *queryField, value string) error {
			*field(q.req) = value
			return nil
		},
		get: func(r *m2m.Request) []string {
			if v := *field(r); v != "" {
				return []string{v}
			}
			return nil
		},
	}
}

func booleanField(name string, field func(*m2m.Request) **bool) queryField {
	return queryField{
		name: name,
		set: func(q *queryDecoder, row *queryField, value string) error {
			b, ok := boolean(value)
			if !ok {
				return badRequest("query field %s: %q is none of true, false, 1 and 0", row.name, m2m.Clip(value))
			}
			*field(q.req) = &b
			return nil
		},
		get: func(r *m2m.Request) []string {
			if p := *field(r); p != nil {
				return []string{strconv.FormatBool(*p)}
			}
			return nil
		},
	}
}

func listField(name string, field func(*m2m.Request) *[]string) queryField {
	return queryField{
		name: name, repeats: true, list: true,
		set: func(q *queryDecoder, row *queryField, value string) error {
			*field(q.req) = append(*field(q.req), value)
			return nil
		},
		get: func(r *m2m.Request) []string { return *field(r) },
	}
}
