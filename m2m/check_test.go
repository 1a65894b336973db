package m2m

import (
	"strings"
	"testing"
)

// valid returns a request that has what its operation needs and no more.
func valid(op Operation) *Request {
	r := &Request{Operation: op, To: "cse-in/ae", From: "Cae", RequestID: "r1", ReleaseVersion: "3"}
	switch op {
	case Create:
		r.ResourceType = TypeContainer
		r.Content = Content{Data: []byte(`{"m2m:cnt":{}}`)}
	case Update, Notify:
		r.Content = Content{Data: []byte(`{"m2m:cnt":{}}`)}
	}
	return r
}

func ptr[V any](v V) *V { return &v }

// parameters has for each restricted parameter how to set and how to clear it.
var parameters = map[string]struct{ set, clear func(*Request) }{
	"to":   {func(r *Request) { r.To = "x" }, func(r *Request) { r.To = "" }},
	"fr":   {func(r *Request) { r.From = "x" }, func(r *Request) { r.From = "" }},
	"rqi":  {func(r *Request) { r.RequestID = "x" }, func(r *Request) { r.RequestID = "" }},
	"ty":   {func(r *Request) { r.ResourceType = TypeAE }, func(r *Request) { r.ResourceType = 0 }},
	"pc":   {func(r *Request) { r.Content = Content{Data: []byte("{}")} }, func(r *Request) { r.Content = Content{} }},
	"rp":   {func(r *Request) { r.ResultPersistence = "1000" }, func(r *Request) { r.ResultPersistence = "" }},
	"rcn":  {func(r *Request) { r.ResultContent = ptr(RCNAttributes) }, func(r *Request) { r.ResultContent = nil }},
	"fc":   {func(r *Request) { r.FilterCriteria = &FilterCriteria{} }, func(r *Request) { r.FilterCriteria = nil }},
	"drt":  {func(r *Request) { r.DesiredIdentifierResult = Unstructured }, func(r *Request) { r.DesiredIdentifierResult = 0 }},
	"grtm": {func(r *Request) { r.GroupRequestTargetMembers = []string{"a"} }, func(r *Request) { r.GroupRequestTargetMembers = nil }},
	"asi":  {func(r *Request) { r.AuthorSignIndicator = ptr(true) }, func(r *Request) { r.AuthorSignIndicator = nil }},
	"aus":  {func(r *Request) { r.AuthorSigns = []string{"a"} }, func(r *Request) { r.AuthorSigns = nil }},
	"auri": {func(r *Request) { r.AuthorRelIndicator = ptr(true) }, func(r *Request) { r.AuthorRelIndicator = nil }},
	"sqi":  {func(r *Request) { r.SemanticQueryIndicator = ptr(true) }, func(r *Request) { r.SemanticQueryIndicator = nil }},
	"gstn": {func(r *Request) { r.GroupSomecastTargetNumber = ptr(1) }, func(r *Request) { r.GroupSomecastTargetNumber = nil }},
	// optional everywhere
	"rids":  {func(r *Request) { r.RoleIDs = []string{"a"} }, func(*Request) {}},
	"ot":    {func(r *Request) { r.OriginatingTimestamp = "20300101T000000" }, func(*Request) {}},
	"rqet":  {func(r *Request) { r.RequestExpiration = "20300101T000000" }, func(*Request) {}},
	"rset":  {func(r *Request) { r.ResultExpiration = "1000" }, func(*Request) {}},
	"oet":   {func(r *Request) { r.OperationExecutionTime = "PT1S" }, func(*Request) {}},
	"rt":    {func(r *Request) { r.ResponseType = FlexBlocking }, func(*Request) {}},
	"ec":    {func(r *Request) { r.EventCategory = ptr(2) }, func(*Request) {}},
	"da":    {func(r *Request) { r.DeliveryAggregation = ptr(true) }, func(*Request) {}},
	"gid":   {func(r *Request) { r.GroupRequestID = "a" }, func(*Request) {}},
	"tkns":  {func(r *Request) { r.Tokens = []string{"a"} }, func(*Request) {}},
	"tids":  {func(r *Request) { r.TokenIDs = []string{"a"} }, func(*Request) {}},
	"ltids": {func(r *Request) { r.LocalTokenIDs = []string{"a"} }, func(*Request) {}},
	"tqi":   {func(r *Request) { r.TokenRequestIndicator = ptr(true) }, func(*Request) {}},
	"rvi":   {func(r *Request) { r.ReleaseVersion = "2a" }, func(r *Request) { r.ReleaseVersion = "" }},
	"vsi":   {func(r *Request) { r.VendorInformation = "a" }, func(*Request) {}},
}

// TestPresence goes through every row and column of the table in testdata.
func TestPresence(t *testing.T) {
	rows := table(t, "presence.tsv")
	if len(rows) != len(parameters) {
		t.Errorf("%d rows, %d parameters", len(rows), len(parameters))
	}
	for _, row := range rows {
		name := row[0]
		p, ok := parameters[name]
		if !ok {
			t.Errorf("no case for %s", name)
			continue
		}
		for op := Create; op <= Notify; op++ {
			t.Run(name+"/"+op.String(), func(t *testing.T) {
				with, without := valid(op), valid(op)
				p.set(with)
				p.clear(without)
				want := row[op]
				expect(t, with, want != "NP", "("+name+")")
				expect(t, without, want != "M", "("+name+")")
			})
		}
	}
}

// expect checks that r passes, or is a bad request whose detail has part.
func expect(t *testing.T, r *Request, ok bool, part string) {
	t.Helper()
	err := r.Check()
	switch {
	case ok && err != nil:
		t.Errorf("%v", err)
	case !ok && err == nil:
		t.Errorf("%+v passed", r)
	case !ok && (StatusOf(err) != StatusBadRequest || !strings.Contains(DetailOf(err), part)):
		t.Errorf("got %v, want BAD_REQUEST with %s", err, part)
	}
}

func TestResultContents(t *testing.T) {
	for _, row := range table(t, "resultcontent.tsv") {
		var rcn ResultContent
		for _, c := range row[0] {
			rcn = rcn*10 + ResultContent(c-'0')
		}
		for i, op := range []Operation{Create, Retrieve, Update, Delete, Retrieve} {
			t.Run(row[0]+" "+op.String()+row[i+1], func(t *testing.T) {
				r := valid(op)
				r.ResultContent = &rcn
				if i == 4 {
					r.FilterCriteria = &FilterCriteria{Usage: Discovery}
				}
				expect(t, r, row[i+1] != "n/a", "(rcn)")
			})
		}
	}
	for _, rcn := range []ResultContent{-1, 13} {
		for op := Create; op <= Delete; op++ {
			r := valid(op)
			r.ResultContent = &rcn
			expect(t, r, false, "(rcn)")
		}
	}
}

func TestCheck(t *testing.T) {
	with := func(op Operation, change func(*Request)) *Request {
		r := valid(op)
		change(r)
		return r
	}
	tests := []struct {
		name   string
		r      *Request
		status StatusCode // StatusOK if it passes
		detail string
	}{
		{"an AE that registers has no identifier", with(Create, func(r *Request) { r.ResourceType, r.From = TypeAE, "" }), StatusOK, ""},
		{"another resource has an originator", with(Create, func(r *Request) { r.From = "" }), StatusBadRequest, "(fr)"},
		{"no operation", with(0, func(*Request) {}), StatusBadRequest, "(op)"},
		{"a sixth operation", with(6, func(*Request) {}), StatusBadRequest, "(op)"},
		{"an empty request", &Request{}, StatusBadRequest, "(op)"},
		{"no release version is release 1", with(Retrieve, func(r *Request) { r.ReleaseVersion = "" }), StatusOK, ""},
		{"a release to come is for the host to judge", with(Retrieve, func(r *Request) { r.ReleaseVersion = "99" }), StatusOK, ""},
		{"no response, whatever its content", with(Retrieve, func(r *Request) { r.ResponseType, r.ResultContent = NoResponse, ptr(RCNAttributes) }), StatusOK, ""},
		{"no response, even of a content that a Retrieve never has", with(Retrieve, func(r *Request) { r.ResponseType, r.ResultContent = NoResponse, ptr(RCNNothing) }), StatusOK, ""},
		{"no response without result content", with(Retrieve, func(r *Request) { r.ResponseType = NoResponse }), StatusOK, ""},
		{"a response type that is none", with(Retrieve, func(r *Request) { r.ResponseType = 6 }), StatusBadRequest, "(rt)"},
		{"a response type below all", with(Retrieve, func(r *Request) { r.ResponseType = -1 }), StatusBadRequest, "(rt)"},
		{"a resource type below all", with(Create, func(r *Request) { r.ResourceType = -1 }), StatusBadRequest, "(ty)"},
		{"an identifier form that is none", with(Retrieve, func(r *Request) { r.DesiredIdentifierResult = 3 }), StatusBadRequest, "(drt)"},
		{"a filter that is no discovery", with(Retrieve, func(r *Request) {
			r.FilterCriteria, r.ResultContent = &FilterCriteria{Usage: ConditionalRetrieval}, ptr(RCNAttributes)
		}), StatusOK, ""},
		{"a discovery without result content", with(Retrieve, func(r *Request) { r.FilterCriteria = &FilterCriteria{Usage: Discovery} }), StatusOK, ""},
		{"half a geo-query", with(Retrieve, func(r *Request) { r.FilterCriteria = &FilterCriteria{Geo: &GeoQuery{GeometryType: 1}} }), StatusBadRequest, "(fc)"},
		{"a geo-query", with(Retrieve, func(r *Request) {
			r.FilterCriteria = &FilterCriteria{Geo: &GeoQuery{GeometryType: 1, Geometry: []byte("[1,2]"), Function: 1}}
		}), StatusOK, ""},
		{"an originating time that is relative", with(Retrieve, func(r *Request) { r.OriginatingTimestamp = "1000" }), StatusBadRequest, "(ot)"},
		{"an expiry that is no time", with(Retrieve, func(r *Request) { r.RequestExpiration = "soon" }), StatusBadRequest, "(rqet)"},
		{"an expiry long past is a time", with(Retrieve, func(r *Request) { r.RequestExpiration = "-P100Y" }), StatusOK, ""},
		{"a result expiry that is no time", with(Retrieve, func(r *Request) { r.ResultExpiration = "1e3" }), StatusBadRequest, "(rset)"},
		{"an execution time that is none", with(Retrieve, func(r *Request) { r.OperationExecutionTime = "P" }), StatusBadRequest, "(oet)"},
		{"a persistence that is no time", with(Retrieve, func(r *Request) { r.ResultPersistence = "x" }), StatusBadRequest, "(rp)"},
		{"a long text is clipped", with(Retrieve, func(r *Request) { r.RequestExpiration = strings.Repeat("9", 1<<16) }), StatusBadRequest, "(rqet)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.r.Check()
			if StatusOf(err) != tt.status || !strings.Contains(DetailOf(err), tt.detail) || len(DetailOf(err)) > 300 {
				t.Errorf("got %v, want %v with %q", err, tt.status, tt.detail)
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	r := valid(Create)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Check(); err != nil {
			b.Fatal(err)
		}
	}
}
