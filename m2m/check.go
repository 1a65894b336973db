package m2m

import (
	"slices"
	"time"
)

// A presence says in which requests a parameter may stand, one letter for
// each of Create, Retrieve, Update, Delete and Notify: M must be there, O may,
// - must not.
type presence struct {
	name     string // short name
	letters  string
	is       func(*Request) bool
	longName string
}

// presences is TS-0004 table 7.2.1.1-1 without the parameters that every
// operation may carry. Release Version Indicator is not among the mandatory
// ones: a request without it is of release 1 (TS-0004 7.3.2.1).
var presences = []presence{
	{"to", "MMMMM", func(r *Request) bool { return r.To != "" }, "To"},
	{"fr", "OMMMM", func(r *Request) bool { return r.From != "" }, "From"},
	{"rqi", "MMMMM", func(r *Request) bool { return r.RequestID != "" }, "Request Identifier"},
	{"ty", "M----", func(r *Request) bool { return r.ResourceType != 0 }, "Resource Type"},
	{"pc", "MOM-M", func(r *Request) bool { return !r.Content.Empty() }, "Content"},
	{"rp", "OOOO-", func(r *Request) bool { return r.ResultPersistence != "" }, "Result Persistence"},
	{"rcn", "OOOO-", func(r *Request) bool { return r.ResultContent != nil }, "Result Content"},
	{"fc", "-OOO-", func(r *Request) bool { return r.FilterCriteria != nil }, "Filter Criteria"},
	{"drt", "-O---", func(r *Request) bool { return r.DesiredIdentifierResult != 0 }, "Desired Identifier Result Type"},
	{"grtm", "OOOO-", func(r *Request) bool { return r.GroupRequestTargetMembers != nil }, "Group Request Target Members"},
	{"asi", "OOOO-", func(r *Request) bool { return r.AuthorSignIndicator != nil }, "Authorization Signature Indicator"},
	{"aus", "OOOO-", func(r *Request) bool { return r.AuthorSigns != nil }, "Authorization Signatures"},
	{"auri", "OOOO-", func(r *Request) bool { return r.AuthorRelIndicator != nil }, "Authorization Relationship Indicator"},
	{"sqi", "-O---", func(r *Request) bool { return r.SemanticQueryIndicator != nil }, "Semantic Query Indicator"},
	{"gstn", "OOOO-", func(r *Request) bool { return r.GroupSomecastTargetNumber != nil }, "Group Somecast Target Number"},
}

// resultContents is TS-0001 table 8.1.2-1: which values of Result Content an
// operation may ask for. Discovery stands at index 0, being no operation.
var resultContents = [...][]ResultContent{
	0: {RCNChildReferences, RCNDiscoveryResultReferences},
	Create: {RCNNothing, RCNAttributes, RCNHierarchicalAddress, RCNHierarchicalAddressAttributes,
		RCNModifiedAttributes},
	Retrieve: {RCNAttributes, RCNAttributesAndChildResources, RCNAttributesAndChildReferences, RCNChildReferences,
		RCNOriginalResource, RCNChildResources, RCNSemanticContent, RCNPermissions},
	Update: {RCNNothing, RCNAttributes, RCNModifiedAttributes},
	Delete: {RCNNothing, RCNAttributes, RCNAttributesAndChildResources, RCNAttributesAndChildReferences,
		RCNChildReferences, RCNChildResources},
}

// Check reports what is wrong with the request as such, whatever it targets
// and whoever sent it: a parameter that its operation needs is missing, one
// that it must not have is there, or values do not fit together. TS-0004
// 7.2.1.1 and 7.3.2.1. The *Error has status BAD_REQUEST and names the
// parameter.
//
// It does not judge the release version: that is the Hosting CSE's to refuse,
// and a transit CSE forwards releases that it does not know.
func (r *Request) Check() error {
	const op = "m2m.Request.Check"
	bad := func(format string, args ...any) error { return Errorf(op, StatusBadRequest, format, args...) }

	if !r.Operation.Valid() {
		return bad("Operation (op) is missing or none of the five")
	}
	for i := range presences {
		p := &presences[i]
		switch p.letters[r.Operation-1] {
		case 'M':
			if !p.is(r) {
				return bad("%s (%s) is missing", p.longName, p.name)
			}
		case '-':
			if p.is(r) {
				return bad("%s (%s) must not be in a %s request", p.longName, p.name, r.Operation)
			}
		}
	}
	// An AE that registers may have no identifier yet.
	if r.From == "" && r.ResourceType != TypeAE {
		return bad("From (fr) is missing")
	}
	if r.ResponseType < 0 || r.ResponseType > NoResponse {
		return bad("Response Type (rt) %d is none", int(r.ResponseType))
	}
	if r.ResourceType < 0 {
		return bad("Resource Type (ty) %d is none", int(r.ResourceType))
	}
	if r.DesiredIdentifierResult < 0 || r.DesiredIdentifierResult > Unstructured {
		return bad("Desired Identifier Result Type (drt) %d is none", int(r.DesiredIdentifierResult))
	}
	if f := r.FilterCriteria; f != nil && f.Geo != nil &&
		(f.Geo.GeometryType == 0 || f.Geo.Function == 0 || len(f.Geo.Geometry) == 0) {
		return bad("Filter Criteria (fc) has gmty, geom and gsf only together")
	}
	if err := r.checkResultContent(); err != nil {
		return err
	}
	return r.checkTimes()
}

func (r *Request) checkResultContent() error {
	const op = "m2m.Request.Check"
	if r.ResultContent == nil {
		return nil
	}
	// TS-0001 8.1.2, Response Type: Result Content should not be in a request
	// for no response. What is there all the same has nothing to say.
	if r.ResponseType == NoResponse {
		return nil
	}
	allowed, what := resultContents[r.Operation], r.Operation.String()
	if r.Operation == Retrieve && r.FilterCriteria != nil && r.FilterCriteria.Usage == Discovery {
		allowed, what = resultContents[0], "discovery"
	}
	if !slices.Contains(allowed, *r.ResultContent) {
		return Errorf(op, StatusBadRequest, "Result Content (rcn) %d is not for a %s request", int(*r.ResultContent), what)
	}
	return nil
}

// checkTimes reads the parameters that are times. What they mean depends on
// the receiver's clock; whether they are times does not.
func (r *Request) checkTimes() error {
	const op = "m2m.Request.Check"
	if r.OriginatingTimestamp != "" {
		if _, err := ParseTimestamp(r.OriginatingTimestamp); err != nil {
			return Errorf(op, StatusBadRequest, "Originating Timestamp (ot): %s", err)
		}
	}
	for _, t := range [...]struct{ name, text string }{
		{"Request Expiration Timestamp (rqet)", r.RequestExpiration},
		{"Result Expiration Timestamp (rset)", r.ResultExpiration},
		{"Operation Execution Time (oet)", r.OperationExecutionTime},
		{"Result Persistence (rp)", r.ResultPersistence},
	} {
		if t.text == "" {
			continue
		}
		if _, err := ParseAbsRelTimestamp(t.text, time.Unix(0, 0)); err != nil {
			return Errorf(op, StatusBadRequest, "%s: %s", t.name, err)
		}
	}
	return nil
}
