package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"sshsieve/internal/watch"
)

// A Client is what of *dynamodb.Client is called. It is to try again what is
// refused for a while: a Table does so only where somebody else was faster.
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

var _ Client = (*dynamodb.Client)(nil)

// Actions are what a Client's role needs on the table and, for Query, on its
// index. A transaction needs what its items need (IAM for DynamoDB, "Using IAM
// with DynamoDB transactions"): here that is PutItem.
var Actions = []string{"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"}

// Index is the name of the table's index.
const Index = "listed"

// A Table keeps what watch wants kept. It is safe for concurrent use, by many
// processes. Its errors say what was done to which kind of item, and name
// nobody.
type Table struct {
	// Now is the wall clock, by which items expire; nil is time.Now.
	Now func() time.Time

	client     Client
	name       string
	foldAtOnce int // Receipts
}

var (
	_ watch.Store   = (*Table)(nil)
	_ watch.Mutes   = (*Table)(nil)
	_ watch.Tests   = (*Table)(nil)
	_ watch.Archive = (*Table)(nil)
)

// New returns the table of this name, which must exist.
func New(client Client, table string) *Table {
	return &Table{client: client, name: table, foldAtOnce: foldAtOnce}
}

func (t *Table) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}

// How long items live after they were written.
const (
	day = 24 * time.Hour
	// historyLife is for Histories of people and hosts: well beyond the 90 days
	// in which a source is known for a user. Those of a whole scope do not
	// expire, since learning would begin again.
	historyLife = 200 * day
	// strangerLife is for sources that nobody logged in from. There are millions
	// of them, and no rule looks back further than some days.
	strangerLife = 30 * day
	rowLife      = 366 * day
	muteLife     = 30 * day  // after its end: the report names it
	testLife     = time.Hour // after its end
)
