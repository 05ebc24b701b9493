package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"sshsieve/internal/awstest"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

// open returns an empty table on moto_server.
func open(t *testing.T) *dynamo.Table {
	client, name := newTable(t)
	return dynamo.New(client, name)
}

func newTable(t *testing.T) (dynamo.Client, string) {
	t.Helper()
	m := awstest.Start(t)
	return dynamodb.NewFromConfig(m.Config()), m.Table(t)
}

func TestStore(t *testing.T) {
	watchtest.TestStore(t, func(t *testing.T) watch.Store { return open(t) })
}

// TestManyReceipts: the same contract where buckets are folded one by one.
func TestManyReceipts(t *testing.T) {
	watchtest.TestLedger(t, func(t *testing.T) watch.Ledger { return open(t).FoldAtOnce(0) })
}

func TestTests(t *testing.T) {
	watchtest.TestTests(t, func(t *testing.T) watchtest.Asked { return open(t) })
}
