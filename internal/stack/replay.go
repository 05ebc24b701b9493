package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"sshsieve/internal/notice"
)

type invoker interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// ErrFunction marks what the function itself answered: it runs, and could not
// take the event.
var ErrFunction = errors.New("the function could not take it")

// Replay has the stack's function take an event again, and waits for it: 30 s at
// most. It may be done twice, since the function knows what it has taken. An
// error that is ErrFunction is about this event; after any other one the next
// event would fare no better.
func (s *Stack) Replay(ctx context.Context, event []byte) error {
	if s.Function == "" {
		return errors.New("which function? with --table, --function says so")
	}
	out, err := s.lambda.Invoke(ctx, &lambda.InvokeInput{FunctionName: &s.Function, Payload: event})
	if err != nil {
		return s.Explain(err)
	}
	if out.FunctionError != nil {
		return fmt.Errorf("%w (%s): %s", ErrFunction, aws.ToString(out.FunctionError), said(out.Payload))
	}
	return partly(out.Payload)
}

// said is what a function that failed says of it ("Error handling in Go Lambda
// functions": errorMessage, errorType).
func said(payload []byte) string {
	var fault struct {
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &fault) != nil || fault.Message == "" {
		return "it does not say why; see its log"
	}
	return notice.Cut(notice.Printable(fault.Message), maxSaid)
}

const maxSaid = 300

// partly reads what is answered to a Kinesis batch.
func partly(payload []byte) error {
	var answer struct {
		Failures []json.RawMessage `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(payload, &answer); err != nil {
		return nil // another answer than that
	}
	if n := len(answer.Failures); n > 0 {
		return fmt.Errorf("%w: %d of its records failed; see its log", ErrFunction, n)
	}
	return nil
}
