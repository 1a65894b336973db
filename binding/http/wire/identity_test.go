package wire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sigil-m2m/sigil/m2m"
)

var everyFormat = []m2m.Format{m2m.JSON, m2m.XML, m2m.CBOR}

func TestRequestsSurviveHTTP(t *testing.T) {
	decoder := Decoder{Formats: everyFormat}
	rapid.Check(t, func(t *rapid.T) {
		want := genRequest.Draw(t, "request")
		sent, err := EncodeRequest(context.Background(), "http://cse.example:8080", want)
		if err != nil {
			t.Fatalf("encoding: %v", err)
		}
		got, err := decodeSent(&decoder, sent)
		if err != nil {
			t.Fatalf("decoding %s: %v", sent.URL, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Fatalf("%s %s\n-sent +received\n%s", sent.Method, sent.URL, diff)
		}
	})
}

// decodeSent writes a request to the wire and reads it as a server does.
func decodeSent(d *Decoder, sent *http.Request) (*m2m.Request, error) {
	var wire bytes.Buffer
	if err := sent.Write(&wire); err != nil {
		return nil, err
	}
	r, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	return d.Request(r, body, received)
}

func TestResponsesSurviveHTTP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := genResponse.Draw(t, "response")
		got, _ := exchange(t, want, http.Header{})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-sent +received\n%s", diff)
		}
	})
}

// The generators draw primitives that HTTP can carry: texts without control
// characters and white space at the ends, items of lists not empty.
var (
	genText  = rapid.StringMatching(`[!-~äß€]([ -~äß€]{0,10}[!-~äß€])?`)
	genItem  = rapid.StringMatching(`[!-*,-~ä]([ -*,-~ä]{0,10}[!-*,-~ä])?`) // no plus sign
	genItems = rapid.SliceOfN(genItem, 1, 3)
	genTexts = rapid.SliceOfN(rapid.StringN(1, 12, -1), 1, 3) // anything at all, for the query
	genName  = rapid.StringMatching(`[A-Za-z0-9_-][A-Za-z0-9._~-]{0,6}`)
	genURI   = rapid.StringMatching(`(https?|mqtt)://[a-z]{1,5}(:[0-9]{2,4})?(/[a-z?]{1,5}(\?[a-z]=[a-z0-9]{1,4}(&[a-z]{1,3}=[a-z]{1,2})?)?)?|/[a-z]{1,5}/[a-z]{1,5}`)
	genToken = rapid.StringMatching(`[A-Za-z0-9_-]{1,9}\.[A-Za-z0-9_-]{0,9}\.[A-Za-z0-9_-]{0,9}(\.[A-Za-z0-9_-]{1,5}\.[A-Za-z0-9_-]{1,5})?`)
	genSign  = rapid.StringMatching(`[A-Za-z0-9_-]{1,20}={0,2}`)
	genTime  = rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "µs")).UTC()
	})
	genTo = rapid.Custom(func(t *rapid.T) string {
		path := strings.Join(rapid.SliceOfN(genName, 1, 4).Draw(t, "segments"), "/")
		if first, _, _ := strings.Cut(path, "/"); first == "_" {
			path = "x" + path
		}
		return rapid.SampledFrom([]string{"", "/", "//"}).Draw(t, "prefix") + path
	})
	genContent = rapid.Custom(func(t *rapid.T) m2m.Content {
		return m2m.Content{
			Format: rapid.SampledFrom(everyFormat).Draw(t, "format"),
			Data:   rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "data"),
		}
	})
	genConditions = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) m2m.AttributeCondition {
		return m2m.AttributeCondition{
			Name:  "x" + rapid.StringMatching(`[A-Za-z0-9_.-]{0,6}`).Draw(t, "nm"),
			Value: rapid.String().Draw(t, "val"),
		}
	}), 1, 3)
)

func maybe[V any](t *rapid.T, name string, g *rapid.Generator[V]) (v V) {
	if rapid.Bool().Draw(t, name+"?") {
		v = g.Draw(t, name)
	}
	return v
}

func pointer[V any](t *rapid.T, name string, g *rapid.Generator[V]) *V {
	if !rapid.Bool().Draw(t, name+"?") {
		return nil
	}
	v := g.Draw(t, name)
	return &v
}

func whole[N ~int](least, most int) *rapid.Generator[N] {
	return rapid.Map(rapid.IntRange(least, most), func(n int) N { return N(n) })
}

var genRequest = rapid.Custom(func(t *rapid.T) *m2m.Request {
	r := &m2m.Request{
		Received:                  received,
		Operation:                 whole[m2m.Operation](1, 5).Draw(t, "op"),
		To:                        maybe(t, "to", genTo),
		From:                      maybe(t, "fr", genText),
		RequestID:                 genText.Draw(t, "rqi"),
		Content:                   maybe(t, "pc", genContent),
		RoleIDs:                   maybe(t, "rids", genTexts),
		OriginatingTimestamp:      maybe(t, "ot", genText),
		RequestExpiration:         maybe(t, "rqet", genText),
		ResultExpiration:          maybe(t, "rset", genText),
		OperationExecutionTime:    maybe(t, "oet", genText),
		ResponseType:              maybe(t, "rtv", whole[m2m.ResponseType](1, 5)),
		NotificationURIs:          maybe(t, "nu", rapid.SliceOfN(genURI, 1, 3)),
		ResultPersistence:         maybe(t, "rp", genText),
		ResultContent:             pointer(t, "rcn", whole[m2m.ResultContent](0, 12)),
		EventCategory:             pointer(t, "ec", rapid.IntRange(0, 999)),
		DeliveryAggregation:       pointer(t, "da", rapid.Bool()),
		GroupRequestID:            maybe(t, "gid", genText),
		FilterCriteria:            maybe(t, "fc", genFilter),
		DesiredIdentifierResult:   maybe(t, "drt", whole[m2m.DesiredIdentifierResultType](1, 2)),
		Tokens:                    maybe(t, "tkns", rapid.SliceOfN(genToken, 1, 3)),
		TokenIDs:                  maybe(t, "tids", genTexts),
		TokenRequestIndicator:     pointer(t, "tqi", rapid.Bool()),
		LocalTokenIDs:             maybe(t, "ltids", genTexts),
		GroupRequestTargetMembers: maybe(t, "grtm", genItems),
		AuthorSignIndicator:       pointer(t, "asi", rapid.Bool()),
		AuthorSigns:               maybe(t, "aus", rapid.SliceOfN(genSign, 1, 3)),
		AuthorRelIndicator:        pointer(t, "auri", rapid.Bool()),
		SemanticQueryIndicator:    pointer(t, "sqi", rapid.Bool()),
		ReleaseVersion:            maybe(t, "rvi", genText),
		VendorInformation:         maybe(t, "vsi", genText),
		OntologyMappingResources:  maybe(t, "omr", genItems),
		PrimitiveProfileID:        maybe(t, "prpi", genText),
		M2MServiceUser:            maybe(t, "msu", genText),
		GroupSomecastTargetNumber: pointer(t, "gstn", rapid.IntRange(1, math.MaxInt32)),
	}
	switch r.Operation {
	case m2m.Create:
		r.ResourceType = whole[m2m.ResourceType](1, math.MaxInt32).Draw(t, "ty")
	case m2m.Retrieve:
		if rapid.Bool().Draw(t, "atrl?") {
			r.Content = attributeList(rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z_][a-zA-Z0-9_]{0,8}`), 1, 3).Draw(t, "atrl"))
		}
	}
	if rapid.Bool().Draw(t, "accept?") {
		r.Accept = rapid.Permutation(everyFormat).Draw(t, "accept")[:rapid.IntRange(1, 3).Draw(t, "formats")]
	}
	return r
})

var genFilter = rapid.Custom(func(t *rapid.T) *m2m.FilterCriteria {
	types := rapid.SliceOfN(whole[m2m.ResourceType](0, math.MaxInt32), 1, 3)
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
		Labels:              maybe(t, "lbl", genTexts),
		ChildLabels:         maybe(t, "clbl", genTexts),
		ParentLabels:        maybe(t, "palb", genTexts),
		LabelsQuery:         maybe(t, "lbq", genText),
		ResourceTypes:       maybe(t, "ty", types),
		ChildResourceTypes:  maybe(t, "chty", types),
		ParentResourceTypes: maybe(t, "pty", types),
		ContentTypes:        maybe(t, "cty", genTexts),
		Attributes:          maybe(t, "atr", genConditions),
		ChildAttributes:     maybe(t, "catr", genConditions),
		ParentAttributes:    maybe(t, "patr", genConditions),
		SemanticsFilters:    maybe(t, "smf", genTexts),
		ContentFilterSyntax: maybe(t, "cfs", rapid.Just(1)),
		ContentFilterQuery:  maybe(t, "cfq", genText),
		Usage:               whole[m2m.FilterUsage](1, 4).Draw(t, "fu"), // an empty filter is none
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
			Geometry:     json.RawMessage(rapid.SampledFrom([]string{"[11.5,48]", "[[1,2],[3e0,4]]"}).Draw(t, "geom")),
			Function:     rapid.IntRange(1, 3).Draw(t, "gsf"),
		}
	}
	return f
})

var genResponse = rapid.Custom(func(t *rapid.T) *m2m.Response {
	r := &m2m.Response{
		Status:                rapid.SampledFrom(statusCodes()).Draw(t, "rsc"),
		RequestID:             genText.Draw(t, "rqi"),
		From:                  maybe(t, "fr", genText),
		OriginatingTimestamp:  maybe(t, "ot", genText),
		ResultExpiration:      maybe(t, "rset", genText),
		EventCategory:         pointer(t, "ec", rapid.IntRange(0, 999)),
		ContentStatus:         maybe(t, "cnst", whole[m2m.ContentStatus](1, 2)),
		ContentOffset:         maybe(t, "cnot", rapid.IntRange(1, math.MaxInt32)),
		AuthorSignRequestInfo: pointer(t, "asri", rapid.Bool()),
		ReleaseVersion:        maybe(t, "rvi", genText),
		VendorInformation:     maybe(t, "vsi", genText),
		M2MServiceUser:        maybe(t, "msu", genText),
		Location:              maybe(t, "location", genTo),
	}
	if rapid.Bool().Draw(t, "ati?") {
		r.AssignedTokenIdentifiers = []byte(`{"ltia":[{"lti":"l1","tkid":"t1@das"},{"lti":"l2","tkid":"t:2"}]}`)
	}
	if r.Status == m2m.StatusOriginatorHasNoPrivilege && rapid.Bool().Draw(t, "tqf?") {
		r.TokenRequestInformation = []byte(`{"dasi":[{"uri":"http://das.example"}]}`)
	} else {
		r.Content = maybe(t, "pc", genContent)
	}
	return r
})
