// Command tick is the Lambda function on a clock, called every 5 minutes: it
// does what no batch of lines does.
//
// It tells what a dead worker left, sums up what the caps held back, notices
// hosts that fell silent (all that is watch.Watcher.Tick), and once a week tells
// what nobody was mailed about (watch.Watcher.QuietReport). Then it writes a line
// of its own: how much waits to be told, what was refused for ever, and how long
// ago the newest batch came.
//
// It may be called twice at once, late, or not at all: the next call does the
// same. function.go is all there is.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"sshsieve/internal/lambdaenv"
)

func main() {
	env, err := lambdaenv.Load(context.Background(), os.Getenv)
	if err != nil {
		lambdaenv.Exit(err)
	}
	lambda.Start(newFunction(env, os.Stdout))
}
