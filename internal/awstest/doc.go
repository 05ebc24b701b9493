// Package awstest starts moto_server, which plays DynamoDB, SNS and SQS, for
// tests of what talks to them. It needs no Docker and no account.
//
//	m := awstest.Start(t)
//	table := dynamo.New(dynamodb.NewFromConfig(m.Config()), m.Table(t))
//	arn, drain := m.Topic(t)
//
// One server serves a whole test binary, and dies with it. Tests are apart by
// the names of their tables and topics, so they may run in parallel. Where
// moto_server is missing (Python, `pip install 'moto[server]'`) a test skips, or
// fails where SSHSIEVE_REQUIRE=all demands it.
//
// What moto does otherwise than AWS: it deletes no expired items, knows no
// ClientRequestToken, reads are always consistent and never throttled, and
// e-mail subscriptions are confirmed at once. Since its conditional writes are no
// critical sections, Config sends one request at a time.
package awstest
