// Package lambdatest runs the real binary of a Lambda function under a Runtime
// API of its own, so that tests can do to it what AWS does: deliver an event
// twice, kill the process between two steps, cut the time short, and try again.
//
//	bootstrap := lambdatest.Build(t, "sshsieve/functions/classify")
//	f := lambdatest.New(t, bootstrap, "SSHSIEVE_TABLE=t")
//	outcome := f.Invoke(event)
//
// API: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom
// runtimes" (version 2018-06-01). What Lambda does around it is on the page
// "How Lambda handles errors and retries with asynchronous invocation".
package lambdatest
