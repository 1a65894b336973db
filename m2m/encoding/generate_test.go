package encoding

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"pgregory.net/rapid"

	"github.com/sigil-m2m/sigil/m2m"
)

// The generators draw primitives that a codec can carry: texts that are not
// empty, times of microseconds, numbers in the ranges of their types.

var (
	genText  = rapid.StringN(1, 12, -1)
	genTexts = rapid.SliceOfN(rapid.StringN(0, 12, -1), 0, 3)
	genIDs   = rapid.StringMatching(`[A-Za-z0-9._~-]{1,12}`)
	genTime  = rapid.Custom(func(t *rapid.T) time.Time {
		// One microsecond after the zero time, which means absence, to the end of the year 9999.
		first := time.Time{}.UnixMicro() + 1
		last := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() - 1
		return time.UnixMicro(rapid.Int64Range(first, last).Draw(t, "µs")).UTC()
	})
	genContent = rapid.Custom(func(t *rapid.T) m2m.Content {
		b := append([]byte(`{"m2m:`), genIDs.Draw(t, "root")...)
		b = m2m.AppendQuote(append(b, `":{"con":`...), genText.Draw(t, "con"))
		return m2m.Content{Data: append(b, `,"n":1e400}}`...)}
	})
	genObject = rapid.Custom(func(t *rapid.T) []byte {
		return append(m2m.AppendQuote([]byte(`{"a":`), genText.Draw(t, "a")), '}')
	})
)

// maybe draws from g or leaves the zero value.
func maybe[V any](t *rapid.T, name string, g *rapid.Generator[V]) (v V) {
	if rapid.Bool().Draw(t, name+"?") {
		v = g.Draw(t, name)
	}
	return v
}

// pointer draws a pointer to what g draws, or nil.
func pointer[V any](t *rapid.T, name string, g *rapid.Generator[V]) *V {
	if !rapid.Bool().Draw(t, name+"?") {
		return nil
	}
	v := g.Draw(t, name)
	return &v
}

// whole draws an integer of type N.
func whole[N ~int](least, most int) *rapid.Generator[N] {
	return rapid.Map(rapid.IntRange(least, most), func(n int) N { return N(n) })
}

var genRequest = rapid.Custom(func(t *rapid.T) *m2m.Request {
	r := &m2m.Request{
		Operation:                 maybe(t, "op", whole[m2m.Operation](1, 5)),
		To:                        maybe(t, "to", genText),
		From:                      maybe(t, "fr", genText),
		RequestID:                 maybe(t, "rqi", genText),
		ResourceType:              maybe(t, "ty", whole[m2m.ResourceType](1, math.MaxInt32)),
		Content:                   maybe(t, "pc", genContent),
		RoleIDs:                   maybe(t, "rids", genTexts),
		OriginatingTimestamp:      maybe(t, "ot", genText),
		RequestExpiration:         maybe(t, "rqet", genText),
		ResultExpiration:          maybe(t, "rset", genText),
		OperationExecutionTime:    maybe(t, "oet", genText),
		ResponseType:              maybe(t, "rtv", whole[m2m.ResponseType](1, 5)),
		ResultPersistence:         maybe(t, "rp", genText),
		ResultContent:             pointer(t, "rcn", whole[m2m.ResultContent](0, 12)),
		EventCategory:             pointer(t, "ec", rapid.IntRange(0, 999)),
		DeliveryAggregation:       pointer(t, "da", rapid.Bool()),
		GroupRequestID:            maybe(t, "gid", genText),
		FilterCriteria:            maybe(t, "fc", genFilter),
		DesiredIdentifierResult:   maybe(t, "drt", whole[m2m.DesiredIdentifierResultType](1, 2)),
		Tokens:                    maybe(t, "tkns", genTexts),
		TokenIDs:                  maybe(t, "tids", genTexts),
		TokenRequestIndicator:     pointer(t, "tqi", rapid.Bool()),
		LocalTokenIDs:             maybe(t, "ltids", genTexts),
		GroupRequestTargetMembers: maybe(t, "grtm", genTexts),
		AuthorSignIndicator:       pointer(t, "asi", rapid.Bool()),
		AuthorSigns:               maybe(t, "aus", genTexts),
		AuthorRelIndicator:        pointer(t, "auri", rapid.Bool()),
		SemanticQueryIndicator:    pointer(t, "sqi", rapid.Bool()),
		ReleaseVersion:            maybe(t, "rvi", genText),
		VendorInformation:         maybe(t, "vsi", genText),
		OntologyMappingResources:  maybe(t, "omr", genTexts),
		PrimitiveProfileID:        maybe(t, "prpi", genText),
		M2MServiceUser:            maybe(t, "msu", genText),
		GroupSomecastTargetNumber: pointer(t, "gstn", rapid.IntRange(1, math.MaxInt32)),
	}
	if r.ResponseType != 0 {
		r.NotificationURIs = maybe(t, "nu", genTexts)
	}
	return r
})

var genFilter = rapid.Custom(func(t *rapid.T) *m2m.FilterCriteria {
	some := rapid.SliceOfN(rapid.StringN(0, 12, -1), 1, 3)
	types := rapid.SliceOfN(whole[m2m.ResourceType](0, math.MaxInt32), 1, 3)
	conditions := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) m2m.AttributeCondition {
		return m2m.AttributeCondition{Name: rapid.String().Draw(t, "nm"), Value: rapid.String().Draw(t, "val")}
	}), 1, 3)
	f := &m2m.FilterCriteria{
		CreatedBefore:       maybe(t, "crb", genTime),
		CreatedAfter:        maybe(t, "cra", genTime),
		ModifiedSince:       maybe(t, "ms", genTime),
		UnmodifiedSince:     maybe(t, "us", genTime),
		ExpireBefore:        maybe(t, "exb", genTime),
		ExpireAfter:         maybe(t, "exa", genTime),
		StateTagSmaller:     pointer(t, "sts", rapid.Int64Range(1, math.MaxInt64)),
		StateTagBigger:      pointer(t, "stb", rapid.Int64Range(0, math.MaxInt64)),
		SizeAbove:           pointer(t, "sza", rapid.Int64Range(0, math.MaxInt64)),
		SizeBelow:           pointer(t, "szb", rapid.Int64Range(1, math.MaxInt64)),
		Labels:              maybe(t, "lbl", some),
		ChildLabels:         maybe(t, "clbl", some),
		ParentLabels:        maybe(t, "palb", some),
		LabelsQuery:         maybe(t, "lbq", genText),
		ResourceTypes:       maybe(t, "ty", types),
		ChildResourceTypes:  maybe(t, "chty", types),
		ParentResourceTypes: maybe(t, "pty", types),
		ContentTypes:        maybe(t, "cty", some),
		Attributes:          maybe(t, "atr", conditions),
		ChildAttributes:     maybe(t, "catr", conditions),
		ParentAttributes:    maybe(t, "patr", conditions),
		SemanticsFilters:    maybe(t, "smf", some),
		ContentFilterSyntax: maybe(t, "cfs", rapid.Just(1)),
		ContentFilterQuery:  maybe(t, "cfq", genText),
		Usage:               maybe(t, "fu", whole[m2m.FilterUsage](1, 4)),
		Operation:           maybe(t, "fo", whole[m2m.FilterOperation](1, 3)),
		Limit:               pointer(t, "lim", rapid.IntRange(0, math.MaxInt32)),
		Level:               pointer(t, "lvl", rapid.IntRange(1, math.MaxInt32)),
		Offset:              pointer(t, "ofst", rapid.IntRange(1, math.MaxInt32)),
		ApplyRelativePath:   maybe(t, "arp", genText),
		Operations:          maybe(t, "ops", whole[m2m.Permission](1, int(m2m.PermitAll))),
	}
	if rapid.Bool().Draw(t, "gq?") {
		f.Geo = &m2m.GeoQuery{
			GeometryType: rapid.IntRange(1, 6).Draw(t, "gmty"),
			Geometry:     json.RawMessage("[" + strconv.Itoa(rapid.Int().Draw(t, "x")) + ",0.5]"),
			Function:     rapid.IntRange(1, 3).Draw(t, "gsf"),
		}
	}
	return f
})

var genResponse = rapid.Custom(func(t *rapid.T) *m2m.Response {
	return &m2m.Response{
		Status:                   whole[m2m.StatusCode](1000, 9999).Draw(t, "rsc"),
		RequestID:                genText.Draw(t, "rqi"),
		Content:                  maybe(t, "pc", genContent),
		To:                       maybe(t, "to", genText),
		From:                     maybe(t, "fr", genText),
		OriginatingTimestamp:     maybe(t, "ot", genText),
		ResultExpiration:         maybe(t, "rset", genText),
		EventCategory:            pointer(t, "ec", rapid.IntRange(0, 999)),
		ContentStatus:            maybe(t, "cnst", whole[m2m.ContentStatus](1, 2)),
		ContentOffset:            maybe(t, "cnot", rapid.IntRange(1, math.MaxInt32)),
		AssignedTokenIdentifiers: maybe(t, "ati", genObject),
		TokenRequestInformation:  maybe(t, "tqf", genObject),
		AuthorSignRequestInfo:    pointer(t, "asri", rapid.Bool()),
		ReleaseVersion:           maybe(t, "rvi", genText),
		VendorInformation:        maybe(t, "vsi", genText),
		M2MServiceUser:           maybe(t, "msu", genText),
	}
})
