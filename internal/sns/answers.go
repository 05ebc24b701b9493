package sns

import (
	"errors"

	"github.com/aws/smithy-go"
)

// An answer is an error code of SNS, and what it means for a Notice.
//
// A Notice is refused for ever where SNS dislikes the Notice itself: then trying
// again is of no use. Where the set-up is broken it is not: somebody mends a
// policy or a key, or deploys the topic again, and the mail about a break-in has
// to go out then. Till then the Finding waits in the outbox, each tick tries it
// again, and its errors are what an alarm stands on.
type answer struct {
	code    string
	forEver bool
	why     string
}

// answers are all that Publish can answer (SNS API Reference, Publish, "Errors"),
// and of "Common Errors" there those that a request can cause. What is not
// among them is for now: that loses nothing.
var answers = []answer{
	{"InvalidParameter", true, "the subject, the text or an attribute breaks a rule; the ARN was checked at start"},
	{"ParameterValueInvalid", true, "the same, as SNS says it of other parameters"},
	{"ValidationException", true, "the same, said by the front that decodes the request"},
	{"ValidationError", true, "the same, as a common error"},
	{"InvalidParameterValue", true, "the same, as a common error"},
	{"InvalidParameterCombination", true, "the same, as a common error: structure and text do not go together"},
	{"InvalidQueryParameter", true, "the request's form cannot be read, and would be built the same again"},
	{"MalformedQueryString", true, "the same"},
	{"MissingParameter", true, "the same: a Notice without text"},
	{"RequestEntityTooLarge", true, "HTTP 413: too long in spite of our bound, and not shorter next time"},

	{"AuthorizationError", false, "the role or the topic's policy lacks sns:Publish: an operator mends it"},
	{"AccessDenied", false, "the same, said by IAM"},
	{"AccessDeniedException", false, "the same, said by IAM"},
	{"NotAuthorized", false, "the same, as a common error"},
	{"NotFound", false, "the topic was deleted: deployed again it has the same ARN"},
	{"EndpointDisabled", false, "of mobile endpoints only; whoever disabled it can enable it"},
	{"PlatformApplicationDisabled", false, "the same"},
	{"InvalidSecurity", false, "the signature does not hold: a wrong clock, or credentials that are being replaced"},
	{"InvalidClientTokenId", false, "the same"},
	{"SignatureDoesNotMatch", false, "the same"},
	{"IncompleteSignature", false, "the same"},
	{"MissingAuthenticationToken", false, "no credentials: the next ones are fetched"},
	{"ExpiredToken", false, "the role's credentials ran out: the next ones are fetched"},
	{"RequestExpired", false, "the request took too long, or a clock is wrong: the next one is new"},
	{"OptInRequired", false, "the account lacks a subscription: its owner signs up"},
	{"KMSAccessDenied", false, "the key's policy lacks this role: an operator mends it"},
	{"KMSDisabled", false, "the key is disabled: an operator enables it"},
	{"KMSInvalidState", false, "the key is being deleted, imported or moved: an operator ends that"},
	{"KMSNotFound", false, "the topic names a key that is gone: an operator gives it another one"},
	{"KMSOptInRequired", false, "the account lacks a subscription to KMS: its owner signs up"},
	{"KMSThrottling", false, "too many requests for the key at this moment"},
	{"Throttling", false, "too many requests at this moment"},
	{"ThrottlingException", false, "the same"},
	{"Throttled", false, "the same"},
	{"ServiceUnavailable", false, "SNS is down at this moment"},
	{"InternalError", false, "SNS is broken at this moment"},
	{"InternalFailure", false, "the same, as a common error"},
	{"RequestTimeout", false, "the request did not arrive whole"},
}

// forEver says whether the same Notice would be refused again. A time-out, a
// broken connection or an ended context has no code: it is for now.
func forEver(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, a := range answers {
		if a.code == api.ErrorCode() {
			return a.forEver
		}
	}
	return false
}
