package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/aws/smithy-go"
)

// An Advice is an error with what to do about it.
type Advice struct {
	Do  string
	Err error // what AWS said; may be nil
}

// Error is two lines: what to do, and what AWS said.
func (a *Advice) Error() string {
	if a.Err == nil {
		return a.Do
	}
	return a.Do + "\n(" + a.Err.Error() + ")"
}

// Unwrap is what AWS said.
func (a *Advice) Unwrap() error { return a.Err }

// The codes by which AWS services refuse a caller (AWS General Reference,
// "Common errors"; SNS and Lambda have their own).
var (
	forbidden = []string{"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "UnauthorizedOperation", "NotAuthorized"}
	stale     = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch",
		"InvalidSignatureException", "InvalidAccessKeyId", "MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature"}
	missing = []string{"ResourceNotFoundException", "NotFound", "NotFoundException"}
)

// Explain makes of an error of the SDK what the reader can do about it. Other
// errors are returned as they are.
func (s *Stack) Explain(err error) error {
	var advised *Advice
	if err == nil || errors.As(err, &advised) {
		return err
	}
	code := codeOf(err)
	switch {
	case slices.Contains(forbidden, code):
		return &Advice{Do: fmt.Sprintf("your credentials are not allowed %s: add it to their policy, or use others with --profile", actionOf(err)), Err: err}
	case slices.Contains(stale, code):
		return &Advice{Do: "AWS does not take your credentials: they have expired, or are wrong; run aws sso login or aws configure, or say which with --profile", Err: err}
	case slices.Contains(missing, code):
		return &Advice{Do: fmt.Sprintf("AWS does not find what %s asks for in %s: was the stack deleted, or is it in another region (--region)?", actionOf(err), s.Region), Err: err}
	case isNetwork(err):
		return &Advice{Do: fmt.Sprintf("AWS does not answer in region %q: is its name right, and is there a network, or a proxy in between?", s.Region), Err: err}
	}
	return err
}

// codeOf is the code of an error that a service answered, or empty.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// isNetwork says whether no service answered at all.
func isNetwork(err error) bool {
	var network net.Error
	return errors.As(err, &network) && !errors.Is(err, context.Canceled)
}

// prefixes are the names of services in IAM's actions, where they are not those
// that the SDK calls them by, in small letters (Service Authorization Reference).
var prefixes = map[string]string{"CloudWatch Logs": "logs"}

// actionOf names what has to be granted for the call that failed.
func actionOf(err error) string {
	var op *smithy.OperationError
	if !errors.As(err, &op) {
		return "this"
	}
	service, ok := prefixes[op.Service()]
	if !ok {
		service = strings.ToLower(op.Service())
	}
	name := op.Operation()
	if name == "Invoke" {
		name = "InvokeFunction"
	}
	return service + ":" + name
}

// noStack is for the first call of all, where the name may be wrong.
// CloudFormation answers ValidationError (DescribeStacks: "If the stack doesn't
// exist, an ValidationError is returned").
func (s *Stack) noStack(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist") {
		return &Advice{Do: fmt.Sprintf("there is no stack %q in %s: say which with --stack and --region; aws cloudformation list-stacks --region %s lists them",
			s.Name, s.Region, s.Region)}
	}
	return s.Explain(err)
}
