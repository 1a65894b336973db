package m2m

import "strconv"

// A StatusCode is a response status code (rsc). TS-0004 6.6.3.
type StatusCode int

// The response status codes of TS-0004 6.6.3, and those of releases 4 and 5.
const (
	StatusAccepted                                    StatusCode = 1000
	StatusAcceptedNonBlockingSynch                    StatusCode = 1001
	StatusAcceptedNonBlockingAsynch                   StatusCode = 1002
	StatusOK                                          StatusCode = 2000
	StatusCreated                                     StatusCode = 2001
	StatusDeleted                                     StatusCode = 2002
	StatusUpdated                                     StatusCode = 2004
	StatusBadRequest                                  StatusCode = 4000
	StatusReleaseVersionNotSupported                  StatusCode = 4001
	StatusNotFound                                    StatusCode = 4004
	StatusOperationNotAllowed                         StatusCode = 4005
	StatusRequestTimeout                              StatusCode = 4008
	StatusUnsupportedMediaType                        StatusCode = 4015
	StatusSubscriptionCreatorHasNoPrivilege           StatusCode = 4101
	StatusContentsUnacceptable                        StatusCode = 4102
	StatusOriginatorHasNoPrivilege                    StatusCode = 4103
	StatusGroupRequestIdentifierExists                StatusCode = 4104
	StatusConflict                                    StatusCode = 4105
	StatusOriginatorNotAuthenticated                  StatusCode = 4106
	StatusSecurityAssociationRequired                 StatusCode = 4107
	StatusInvalidChildResourceType                    StatusCode = 4108
	StatusNoMembers                                   StatusCode = 4109
	StatusGroupMemberTypeInconsistent                 StatusCode = 4110
	StatusESPrimUnsupportedOption                     StatusCode = 4111
	StatusESPrimUnknownKeyID                          StatusCode = 4112
	StatusESPrimUnknownOrigRandID                     StatusCode = 4113
	StatusESPrimUnknownRecvRandID                     StatusCode = 4114
	StatusESPrimBadMAC                                StatusCode = 4115
	StatusESPrimImpersonationError                    StatusCode = 4116
	StatusOriginatorHasAlreadyRegistered              StatusCode = 4117
	StatusOntologyNotAvailable                        StatusCode = 4118
	StatusLinkedSemanticsNotAvailable                 StatusCode = 4119
	StatusInvalidSemantics                            StatusCode = 4120
	StatusMashupMemberNotFound                        StatusCode = 4121
	StatusInvalidTriggerPurpose                       StatusCode = 4122
	StatusIllegalTransactionStateTransitionAttempted  StatusCode = 4123
	StatusBlockingSubscriptionAlreadyExists           StatusCode = 4124
	StatusSpecializationSchemaNotFound                StatusCode = 4125
	StatusAppRuleValidationFailed                     StatusCode = 4126
	StatusOperationDeniedByRemoteEntity               StatusCode = 4127
	StatusServiceSubscriptionNotEstablished           StatusCode = 4128
	StatusOntologyMappingAlgorithmNotAvailable        StatusCode = 4130
	StatusOntologyMappingPolicyNotMatched             StatusCode = 4131
	StatusOntologyMappingNotAvailable                 StatusCode = 4132
	StatusBadFactInputsForReasoning                   StatusCode = 4133
	StatusBadRuleInputsForReasoning                   StatusCode = 4134
	StatusDiscoveryLimitExceeded                      StatusCode = 4135
	StatusPrimitiveProfileNotAccessible               StatusCode = 4136
	StatusPrimitiveProfileBadRequest                  StatusCode = 4137
	StatusUnauthorizedUser                            StatusCode = 4138
	StatusServiceSubscriptionNotActive                StatusCode = 4139
	StatusSoftwareCampaignConflict                    StatusCode = 4140
	StatusServiceSubscriptionLimitsExceeded           StatusCode = 4141
	StatusInvalidProcessConfiguration                 StatusCode = 4142
	StatusInvalidSPARQLQuery                          StatusCode = 4143
	StatusInternalServerError                         StatusCode = 5000
	StatusNotImplemented                              StatusCode = 5001
	StatusTargetNotReachable                          StatusCode = 5103
	StatusReceiverHasNoPrivilege                      StatusCode = 5105
	StatusAlreadyExists                               StatusCode = 5106
	StatusRemoteEntityNotReachable                    StatusCode = 5107
	StatusTargetNotSubscribable                       StatusCode = 5203
	StatusSubscriptionVerificationInitiationFailed    StatusCode = 5204
	StatusSubscriptionHostHasNoPrivilege              StatusCode = 5205
	StatusNonBlockingSynchRequestNotSupported         StatusCode = 5206
	StatusNotAcceptable                               StatusCode = 5207
	StatusDiscoveryDeniedByIPE                        StatusCode = 5208
	StatusGroupMembersNotResponded                    StatusCode = 5209
	StatusESPrimDecryptionError                       StatusCode = 5210
	StatusESPrimEncryptionError                       StatusCode = 5211
	StatusSPARQLUpdateError                           StatusCode = 5212
	StatusTargetHasNoSessionCapability                StatusCode = 5214
	StatusSessionIsOnline                             StatusCode = 5215
	StatusJoinMulticastGroupFailed                    StatusCode = 5216
	StatusLeaveMulticastGroupFailed                   StatusCode = 5217
	StatusTriggeringDisabledForRecipient              StatusCode = 5218
	StatusUnableToReplaceRequest                      StatusCode = 5219
	StatusUnableToRecallRequest                       StatusCode = 5220
	StatusCrossResourceOperationFailure               StatusCode = 5221
	StatusTransactionProcessingIsIncomplete           StatusCode = 5222
	StatusOntologyMappingAlgorithmFailed              StatusCode = 5230
	StatusOntologyConversionFailed                    StatusCode = 5231
	StatusReasoningProcessingFailed                   StatusCode = 5232
	StatusExternalObjectNotReachable                  StatusCode = 6003
	StatusExternalObjectNotFound                      StatusCode = 6005
	StatusMaxNumberOfMemberExceeded                   StatusCode = 6010
	StatusMgmtSessionCannotBeEstablished              StatusCode = 6020
	StatusMgmtSessionEstablishmentTimeout             StatusCode = 6021
	StatusInvalidCmdType                              StatusCode = 6022
	StatusInvalidArguments                            StatusCode = 6023
	StatusInsufficientArguments                       StatusCode = 6024
	StatusMgmtConversionError                         StatusCode = 6025
	StatusMgmtCancellationFailed                      StatusCode = 6026
	StatusAlreadyComplete                             StatusCode = 6028
	StatusMgmtCommandNotCancellable                   StatusCode = 6029
	StatusExternalObjectNotReachableBeforeRQETTimeout StatusCode = 6030
	StatusExternalObjectNotReachableBeforeOETTimeout  StatusCode = 6031
	StatusNetworkQoSConfigError                       StatusCode = 6033
	StatusRequestedActivityPatternNotPermitted        StatusCode = 6034
)

// statusCodes has one row a code: its name in the standard and the HTTP status
// that TS-0009 6.3.2 maps it to.
var statusCodes = map[StatusCode]struct {
	name string
	http int
}{
	StatusAccepted:                                    {"ACCEPTED", 202},
	StatusAcceptedNonBlockingSynch:                    {"ACCEPTED", 202},
	StatusAcceptedNonBlockingAsynch:                   {"ACCEPTED", 202},
	StatusOK:                                          {"OK", 200},
	StatusCreated:                                     {"CREATED", 201},
	StatusDeleted:                                     {"DELETED", 200},
	StatusUpdated:                                     {"UPDATED", 200},
	StatusBadRequest:                                  {"BAD_REQUEST", 400},
	StatusReleaseVersionNotSupported:                  {"RELEASE_VERSION_NOT_SUPPORTED", 501},
	StatusNotFound:                                    {"NOT_FOUND", 404},
	StatusOperationNotAllowed:                         {"OPERATION_NOT_ALLOWED", 405},
	StatusRequestTimeout:                              {"REQUEST_TIMEOUT", 504},
	StatusUnsupportedMediaType:                        {"UNSUPPORTED_MEDIA_TYPE", 415},
	StatusSubscriptionCreatorHasNoPrivilege:           {"SUBSCRIPTION_CREATOR_HAS_NO_PRIVILEGE", 403},
	StatusContentsUnacceptable:                        {"CONTENTS_UNACCEPTABLE", 400},
	StatusOriginatorHasNoPrivilege:                    {"ORIGINATOR_HAS_NO_PRIVILEGE", 403},
	StatusGroupRequestIdentifierExists:                {"GROUP_REQUEST_IDENTIFIER_EXISTS", 409},
	StatusConflict:                                    {"CONFLICT", 409},
	StatusOriginatorNotAuthenticated:                  {"ORIGINATOR_NOT_AUTHENTICATED", 403},
	StatusSecurityAssociationRequired:                 {"SECURITY_ASSOCIATION_REQUIRED", 403},
	StatusInvalidChildResourceType:                    {"INVALID_CHILD_RESOURCE_TYPE", 403},
	StatusNoMembers:                                   {"NO_MEMBERS", 403},
	StatusGroupMemberTypeInconsistent:                 {"GROUP_MEMBER_TYPE_INCONSISTENT", 400},
	StatusESPrimUnsupportedOption:                     {"ESPRIM_UNSUPPORTED_OPTION", 403},
	StatusESPrimUnknownKeyID:                          {"ESPRIM_UNKNOWN_KEY_ID", 403},
	StatusESPrimUnknownOrigRandID:                     {"ESPRIM_UNKNOWN_ORIG_RAND_ID", 403},
	StatusESPrimUnknownRecvRandID:                     {"ESPRIM_UNKNOWN_RECV_RAND_ID", 403},
	StatusESPrimBadMAC:                                {"ESPRIM_BAD_MAC", 403},
	StatusESPrimImpersonationError:                    {"ESPRIM_IMPERSONATION_ERROR", 403},
	StatusOriginatorHasAlreadyRegistered:              {"ORIGINATOR_HAS_ALREADY_REGISTERED", 403},
	StatusOntologyNotAvailable:                        {"ONTOLOGY_NOT_AVAILABLE", 404},
	StatusLinkedSemanticsNotAvailable:                 {"LINKED_SEMANTICS_NOT_AVAILABLE", 404},
	StatusInvalidSemantics:                            {"INVALID_SEMANTICS", 400},
	StatusMashupMemberNotFound:                        {"MASHUP_MEMBER_NOT_FOUND", 404},
	StatusInvalidTriggerPurpose:                       {"INVALID_TRIGGER_PURPOSE", 400},
	StatusIllegalTransactionStateTransitionAttempted:  {"ILLEGAL_TRANSACTION_STATE_TRANSITION_ATTEMPTED", 400},
	StatusBlockingSubscriptionAlreadyExists:           {"BLOCKING_SUBSCRIPTION_ALREADY_EXISTS", 409},
	StatusSpecializationSchemaNotFound:                {"SPECIALIZATION_SCHEMA_NOT_FOUND", 501},
	StatusAppRuleValidationFailed:                     {"APP_RULE_VALIDATION_FAILED", 403},
	StatusOperationDeniedByRemoteEntity:               {"OPERATION_DENIED_BY_REMOTE_ENTITY", 403},
	StatusServiceSubscriptionNotEstablished:           {"SERVICE_SUBSCRIPTION_NOT_ESTABLISHED", 403},
	StatusOntologyMappingAlgorithmNotAvailable:        {"ONTOLOGY_MAPPING_ALGORITHM_NOT_AVAILABLE", 404},
	StatusOntologyMappingPolicyNotMatched:             {"ONTOLOGY_MAPPING_POLICY_NOT_MATCHED", 400},
	StatusOntologyMappingNotAvailable:                 {"ONTOLOGY_MAPPING_NOT_AVAILABLE", 404},
	StatusBadFactInputsForReasoning:                   {"BAD_FACT_INPUTS_FOR_REASONING", 400},
	StatusBadRuleInputsForReasoning:                   {"BAD_RULE_INPUTS_FOR_REASONING", 400},
	StatusDiscoveryLimitExceeded:                      {"DISCOVERY_LIMIT_EXCEEDED", 403},
	StatusPrimitiveProfileNotAccessible:               {"PRIMITIVE_PROFILE_NOT_ACCESSIBLE", 403},
	StatusPrimitiveProfileBadRequest:                  {"PRIMITIVE_PROFILE_BAD_REQUEST", 400},
	StatusUnauthorizedUser:                            {"UNAUTHORIZED_USER", 403},
	StatusServiceSubscriptionNotActive:                {"SERVICE_SUBSCRIPTION_NOT_ACTIVE", 403},
	StatusSoftwareCampaignConflict:                    {"SOFTWARE_CAMPAIGN_CONFLICT", 409},
	StatusServiceSubscriptionLimitsExceeded:           {"SERVICE_SUBSCRIPTION_LIMITS_EXCEEDED", 403},
	StatusInvalidProcessConfiguration:                 {"INVALID_PROCESS_CONFIGURATION", 400},
	StatusInvalidSPARQLQuery:                          {"INVALID_SPARQL_QUERY", 400},
	StatusInternalServerError:                         {"INTERNAL_SERVER_ERROR", 500},
	StatusNotImplemented:                              {"NOT_IMPLEMENTED", 501},
	StatusTargetNotReachable:                          {"TARGET_NOT_REACHABLE", 404},
	StatusReceiverHasNoPrivilege:                      {"RECEIVER_HAS_NO_PRIVILEGE", 403},
	StatusAlreadyExists:                               {"ALREADY_EXISTS", 409},
	StatusRemoteEntityNotReachable:                    {"REMOTE_ENTITY_NOT_REACHABLE", 404},
	StatusTargetNotSubscribable:                       {"TARGET_NOT_SUBSCRIBABLE", 403},
	StatusSubscriptionVerificationInitiationFailed:    {"SUBSCRIPTION_VERIFICATION_INITIATION_FAILED", 500},
	StatusSubscriptionHostHasNoPrivilege:              {"SUBSCRIPTION_HOST_HAS_NO_PRIVILEGE", 403},
	StatusNonBlockingSynchRequestNotSupported:         {"NON_BLOCKING_SYNCH_REQUEST_NOT_SUPPORTED", 501},
	StatusNotAcceptable:                               {"NOT_ACCEPTABLE", 406},
	StatusDiscoveryDeniedByIPE:                        {"DISCOVERY_DENIED_BY_IPE", 403},
	StatusGroupMembersNotResponded:                    {"GROUP_MEMBERS_NOT_RESPONDED", 500},
	StatusESPrimDecryptionError:                       {"ESPRIM_DECRYPTION_ERROR", 500},
	StatusESPrimEncryptionError:                       {"ESPRIM_ENCRYPTION_ERROR", 500},
	StatusSPARQLUpdateError:                           {"SPARQL_UPDATE_ERROR", 500},
	StatusTargetHasNoSessionCapability:                {"TARGET_HAS_NO_SESSION_CAPABILITY", 403},
	StatusSessionIsOnline:                             {"SESSION_IS_ONLINE", 403},
	StatusJoinMulticastGroupFailed:                    {"JOIN_MULTICAST_GROUP_FAILED", 500},
	StatusLeaveMulticastGroupFailed:                   {"LEAVE_MULTICAST_GROUP_FAILED", 500},
	StatusTriggeringDisabledForRecipient:              {"TRIGGERING_DISABLED_FOR_RECIPIENT", 403},
	StatusUnableToReplaceRequest:                      {"UNABLE_TO_REPLACE_REQUEST", 409},
	StatusUnableToRecallRequest:                       {"UNABLE_TO_RECALL_REQUEST", 409},
	StatusCrossResourceOperationFailure:               {"CROSS_RESOURCE_OPERATION_FAILURE", 500},
	StatusTransactionProcessingIsIncomplete:           {"TRANSACTION_PROCESSING_IS_INCOMPLETE", 403},
	StatusOntologyMappingAlgorithmFailed:              {"ONTOLOGY_MAPPING_ALGORITHM_FAILED", 500},
	StatusOntologyConversionFailed:                    {"ONTOLOGY_CONVERSION_FAILED", 500},
	StatusReasoningProcessingFailed:                   {"REASONING_PROCESSING_FAILED", 500},
	StatusExternalObjectNotReachable:                  {"EXTERNAL_OBJECT_NOT_REACHABLE", 404},
	StatusExternalObjectNotFound:                      {"EXTERNAL_OBJECT_NOT_FOUND", 404},
	StatusMaxNumberOfMemberExceeded:                   {"MAX_NUMBER_OF_MEMBER_EXCEEDED", 400},
	StatusMgmtSessionCannotBeEstablished:              {"MGMT_SESSION_CANNOT_BE_ESTABLISHED", 500},
	StatusMgmtSessionEstablishmentTimeout:             {"MGMT_SESSION_ESTABLISHMENT_TIMEOUT", 500},
	StatusInvalidCmdType:                              {"INVALID_CMDTYPE", 400},
	StatusInvalidArguments:                            {"INVALID_ARGUMENTS", 400},
	StatusInsufficientArguments:                       {"INSUFFICIENT_ARGUMENTS", 400},
	StatusMgmtConversionError:                         {"MGMT_CONVERSION_ERROR", 500},
	StatusMgmtCancellationFailed:                      {"MGMT_CANCELLATION_FAILED", 500},
	StatusAlreadyComplete:                             {"ALREADY_COMPLETE", 409},
	StatusMgmtCommandNotCancellable:                   {"MGMT_COMMAND_NOT_CANCELLABLE", 409},
	StatusExternalObjectNotReachableBeforeRQETTimeout: {"EXTERNAL_OBJECT_NOT_REACHABLE_BEFORE_RQET_TIMEOUT", 504},
	StatusExternalObjectNotReachableBeforeOETTimeout:  {"EXTERNAL_OBJECT_NOT_REACHABLE_BEFORE_OET_TIMEOUT", 504},
	StatusNetworkQoSConfigError:                       {"NETWORK_QOS_CONFIG_ERROR", 500},
	StatusRequestedActivityPatternNotPermitted:        {"REQUESTED_ACTIVITY_PATTERN_NOT_PERMITTED", 403},
}

// String returns the standard's name of the code, as in "NOT_FOUND".
func (c StatusCode) String() string {
	if s, ok := statusCodes[c]; ok {
		return s.name
	}
	return "StatusCode(" + strconv.Itoa(int(c)) + ")"
}

// Known reports whether the code is one of the standard's.
func (c StatusCode) Known() bool { _, ok := statusCodes[c]; return ok }

// Success reports whether the code tells success or acceptance.
func (c StatusCode) Success() bool { return c >= 1000 && c < 3000 }

// HTTP returns the HTTP status code that TS-0009 table 6.3.2-1 maps the code
// to; 500 for a code that the standard does not know.
func (c StatusCode) HTTP() int {
	if s, ok := statusCodes[c]; ok {
		return s.http
	}
	return 500
}
