package m2m

import (
	"context"
	"net/netip"
	"time"
)

// A Format is a serialization of primitives. TS-0004 clause 8.
type Format int

// The serializations. The zero value is JSON, which is what Sigil keeps inside.
const (
	JSON Format = iota
	XML
	CBOR
)

// String returns the name that m2m:serializations uses.
func (f Format) String() string { return [...]string{"json", "xml", "cbor"}[f] }

// Content is the Content parameter (pc) as the bytes that came, parsed on
// demand, so that a transit CSE forwards what it does not know. In JSON it is
// an object of one member, as in {"m2m:cin":{...}}. TS-0004 7.5.2.
//
// Nobody changes Data: whoever wants other content makes another Content.
type Content struct {
	Format Format
	Data   []byte // empty if the parameter is absent
}

// Empty reports whether the parameter is absent.
func (c Content) Empty() bool { return len(c.Data) == 0 }

// A Request is a request primitive. TS-0001 8.1.2, TS-0004 7.2.1.1. The zero
// value of a field is its absence, unless the field says otherwise.
//
// Times are kept as the text that came, since they may be relative to the
// receiver's clock (m2m:absRelTimestamp); see [ParseAbsRelTimestamp].
type Request struct {
	Operation    Operation    // op
	To           string       // to: a resource identifier in any format
	From         string       // fr: empty if absent
	RequestID    string       // rqi
	ResourceType ResourceType // ty: Create only
	Content      Content      // pc

	RoleIDs                   []string     // rids
	OriginatingTimestamp      string       // ot
	RequestExpiration         string       // rqet
	ResultExpiration          string       // rset
	OperationExecutionTime    string       // oet
	ResponseType              ResponseType // rt.rtv; 0 means BlockingRequest
	NotificationURIs          []string     // rt.nu
	ResultPersistence         string       // rp
	ResultContent             *ResultContent
	EventCategory             *int                        // ec
	DeliveryAggregation       *bool                       // da
	GroupRequestID            string                      // gid
	FilterCriteria            *FilterCriteria             // fc
	DesiredIdentifierResult   DesiredIdentifierResultType // drt; 0 means Structured
	Tokens                    []string                    // tkns
	TokenIDs                  []string                    // tids
	TokenRequestIndicator     *bool                       // tqi
	LocalTokenIDs             []string                    // ltids
	GroupRequestTargetMembers []string                    // grtm
	AuthorSignIndicator       *bool                       // asi
	AuthorSigns               []string                    // aus
	AuthorRelIndicator        *bool                       // auri
	SemanticQueryIndicator    *bool                       // sqi
	ReleaseVersion            string                      // rvi: empty means release 1 (TS-0004 7.3.2.1)
	VendorInformation         string                      // vsi
	OntologyMappingResources  []string                    // omr, release 4
	PrimitiveProfileID        string                      // prpi, release 4
	M2MServiceUser            string                      // msu, release 4
	GroupSomecastTargetNumber *int                        // gstn, release 4

	// What no codec fills:

	// Peer is who the other side has proven to be. A binding's association or
	// the end-to-end security layer sets it; it never comes from the wire.
	Peer Peer
	// Accept lists the serializations that the originator can read, best
	// first; empty means the one in which it wrote. TS-0009 6.4.2.
	Accept []Format
	// Received is when the binding took the request in. Relative times count
	// from here. Zero means that the handler takes its own clock's.
	Received time.Time
}

// A Response is a response primitive. TS-0001 8.1.3, TS-0004 7.2.1.2.
type Response struct {
	Status    StatusCode // rsc
	RequestID string     // rqi
	Content   Content    // pc

	To                       string        // to
	From                     string        // fr
	OriginatingTimestamp     string        // ot
	ResultExpiration         string        // rset
	EventCategory            *int          // ec
	ContentStatus            ContentStatus // cnst; 0 if absent
	ContentOffset            int           // cnot; 0 if absent
	AssignedTokenIdentifiers []byte        // ati as JSON; empty if absent
	TokenRequestInformation  []byte        // tqf as JSON; empty if absent
	AuthorSignRequestInfo    *bool         // asri
	ReleaseVersion           string        // rvi: empty towards a release 1 entity
	VendorInformation        string        // vsi
	M2MServiceUser           string        // msu, release 4

	// Location is the address of a created resource, for bindings that have a
	// place for it beside the content (TS-0009 6.4.4). Not a parameter.
	Location string
}

// A Peer is who the other side of an association has proven to be. The zero
// Peer has proven nothing: the originator is then a claim in a header.
type Peer struct {
	// Entities are the AE-IDs and CSE-IDs that the association's credential
	// stands for. Empty: not authenticated.
	Entities []string
	// Credential names the credential for the log and for registration
	// (TS-0003 10.4 Credential-ID); it is no secret.
	Credential string
	// Addr is the network address that the request came from; invalid if it
	// came another way.
	Addr netip.Addr
	// Confidential reports that what is answered travels encrypted to this
	// peer alone.
	Confidential bool
}

// Authenticated reports whether the peer has proven to be anybody.
func (p Peer) Authenticated() bool { return len(p.Entities) > 0 }

// A Handler answers a request primitive. The CSE is a Handler, and so is every
// part that stands in front of it. It never returns nil: every failure is a
// Response. It does not keep or change req's slices after it has returned.
type Handler interface {
	Handle(ctx context.Context, req *Request) *Response
}

// A HandlerFunc is a function that is a Handler.
type HandlerFunc func(ctx context.Context, req *Request) *Response

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, req *Request) *Response { return f(ctx, req) }

// A Sender delivers a request primitive to a point of access, which is a URI
// whose scheme chose the Sender. An error means that no answer came; an
// answer that tells a failure is a Response.
type Sender interface {
	Send(ctx context.Context, poa string, req *Request) (*Response, error)
}

// ErrorResponse answers req with err: its status, its detail as m2m:dbg, and
// what every response to this request carries. TS-0004 7.3.3.13.
func ErrorResponse(req *Request, err error) *Response {
	rsp := NewResponse(req, StatusOf(err))
	if d := DetailOf(err); d != "" {
		rsp.Content = Content{Data: append(append([]byte(`{"m2m:dbg":`), Quote(d)...), '}')}
	}
	return rsp
}

// NewResponse returns a response without content that carries what a response
// to req always carries: the request identifier, the release version (unless
// the originator is of release 1 and sent none, TS-0004 7.3.3.12), and the
// vendor information, an originating timestamp and the result expiration
// timestamp where the request had them (TS-0001 8.1.3).
func NewResponse(req *Request, status StatusCode) *Response {
	rsp := &Response{
		Status:            status,
		RequestID:         req.RequestID,
		ReleaseVersion:    req.ReleaseVersion,
		VendorInformation: req.VendorInformation,
		ResultExpiration:  req.ResultExpiration,
	}
	if req.OriginatingTimestamp != "" && !req.Received.IsZero() {
		rsp.OriginatingTimestamp = FormatTimestamp(req.Received)
	}
	return rsp
}
