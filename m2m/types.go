package m2m

import "strconv"

// An Operation is what a request asks for. TS-0004 6.3.4.2.5.
type Operation int

// The operations of TS-0004 6.3.4.2.5.
const (
	Create   Operation = 1
	Retrieve Operation = 2
	Update   Operation = 3
	Delete   Operation = 4
	Notify   Operation = 5
)

var operationNames = [...]string{Create: "Create", Retrieve: "Retrieve", Update: "Update", Delete: "Delete", Notify: "Notify"}

// Valid reports whether op is one of the five operations.
func (op Operation) Valid() bool { return op >= Create && op <= Notify }

// String returns the operation's name, as in "Create".
func (op Operation) String() string {
	if op.Valid() {
		return operationNames[op]
	}
	return "Operation(" + strconv.Itoa(int(op)) + ")"
}

// A ResourceType is the number of a resource type on the wire (ty).
// TS-0004 6.3.4.2.1. What a type consists of is told by m2m/schema; only the
// types that the standard gives behaviour of their own have a name here.
type ResourceType int

// Resource types with behaviour of their own. TS-0004 6.3.4.2.1.
const (
	TypeMixed                            ResourceType = 0 // memberType of a <group> only
	TypeAccessControlPolicy              ResourceType = 1
	TypeAE                               ResourceType = 2
	TypeContainer                        ResourceType = 3
	TypeContentInstance                  ResourceType = 4
	TypeCSEBase                          ResourceType = 5
	TypeDelivery                         ResourceType = 6
	TypeEventConfig                      ResourceType = 7
	TypeExecInstance                     ResourceType = 8
	TypeGroup                            ResourceType = 9
	TypeLocationPolicy                   ResourceType = 10
	TypeM2MServiceSubscriptionProfile    ResourceType = 11
	TypeMgmtCmd                          ResourceType = 12
	TypeMgmtObj                          ResourceType = 13
	TypeNode                             ResourceType = 14
	TypePollingChannel                   ResourceType = 15
	TypeRemoteCSE                        ResourceType = 16
	TypeRequest                          ResourceType = 17
	TypeSchedule                         ResourceType = 18
	TypeSubscription                     ResourceType = 23
	TypeFlexContainer                    ResourceType = 28
	TypeTimeSeries                       ResourceType = 29
	TypeTimeSeriesInstance               ResourceType = 30
	TypeRole                             ResourceType = 31
	TypeToken                            ResourceType = 32
	TypeDynamicAuthorizationConsultation ResourceType = 34
	TypeCrossResourceSubscription        ResourceType = 48
	TypeFlexContainerInstance            ResourceType = 58
	TypeTimeSyncBeacon                   ResourceType = 60
	TypeAction                           ResourceType = 65
)

// Announced reports whether t is the announced variant of a type, whose
// number is 10000 above the original's. TS-0004 6.3.4.2.1.
func (t ResourceType) Announced() bool { return t > 10000 && t < 20000 }

// Variant returns the number of the announced variant of an original type.
func (t ResourceType) Variant() ResourceType { return t + 10000 }

// A ResultContent says what a response is to contain (rcn). TS-0004 6.3.4.2.7.
type ResultContent int

// Result contents. TS-0001 table 8.1.2-1; Permissions and
// DiscoveryResultReferences are of release 4.
const (
	RCNNothing                       ResultContent = 0
	RCNAttributes                    ResultContent = 1
	RCNHierarchicalAddress           ResultContent = 2
	RCNHierarchicalAddressAttributes ResultContent = 3
	RCNAttributesAndChildResources   ResultContent = 4
	RCNAttributesAndChildReferences  ResultContent = 5
	RCNChildReferences               ResultContent = 6
	RCNOriginalResource              ResultContent = 7
	RCNChildResources                ResultContent = 8
	RCNModifiedAttributes            ResultContent = 9
	RCNSemanticContent               ResultContent = 10
	RCNDiscoveryResultReferences     ResultContent = 11
	RCNPermissions                   ResultContent = 12
)

// A ResponseType is the communication mode that a request asks for (rtv).
// TS-0004 6.3.4.2.6.
type ResponseType int

// Communication modes. TS-0001 8.2.
const (
	NonBlockingRequestSynch  ResponseType = 1
	NonBlockingRequestAsynch ResponseType = 2
	BlockingRequest          ResponseType = 3
	FlexBlocking             ResponseType = 4
	NoResponse               ResponseType = 5
)

// A DesiredIdentifierResultType says how a response names resources (drt).
// TS-0004 6.3.4.2.8.
type DesiredIdentifierResultType int

// Forms of identifiers in a result.
const (
	Structured   DesiredIdentifierResultType = 1
	Unstructured DesiredIdentifierResultType = 2
)

// A ContentStatus says whether a result is whole (cnst). TS-0004 6.3.4.2.44.
type ContentStatus int

// Content statuses.
const (
	PartialContent ContentStatus = 1
	FullContent    ContentStatus = 2
)

// A CSEType is the kind of node that a CSE runs on (cst). TS-0004 6.3.4.2.2.
type CSEType int

// Kinds of CSE.
const (
	INCSE  CSEType = 1
	MNCSE  CSEType = 2
	ASNCSE CSEType = 3
)

// Permission is a set of accessControlOperations (acop). TS-0004 6.3.4.2.29.
type Permission int

// Permissions, as they add up in acop.
const (
	PermitCreate   Permission = 1
	PermitRetrieve Permission = 2
	PermitUpdate   Permission = 4
	PermitDelete   Permission = 8
	PermitNotify   Permission = 16
	PermitDiscover Permission = 32
	PermitAll      Permission = 63
)
