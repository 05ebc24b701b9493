// Command classify is the Lambda function behind a CloudWatch Logs
// subscription: it reads what sshd logged, tells people and ban tools what they
// have to know, and counts the rest.
//
// It takes two kinds of events: {"awslogs": …} from a subscription itself, and a
// Kinesis batch of the same documents. The code reads in this order:
//
//	function.go  an event, and what is answered when something fails
//	reader.go    a document to Events (cwlogs, syslog, sshd), and on to watch
//	metrics.go   what CloudWatch is told of it (emf)
//
// What is remembered, found and told is internal/watch; with what
// configuration, and over which clients, internal/lambdaenv. The command
// (functions/sshsieve) goes the same way for files, with its memory in a file.
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
