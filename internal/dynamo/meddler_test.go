package dynamo_test

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/dynamo"
)

// A meddler is a Client to which things happen, and which counts.
type meddler struct {
	dynamo.Client
	// fault is what a call answers instead of being done; nil does it.
	fault func(call string, input any) error
	// resend lets the SDK get no answer to a write, and send it once more.
	resend bool

	mu    sync.Mutex
	calls map[string]int
	units struct{ reads, writes float64 }
}

// meddle does a call.
func meddle[I, O any](m *meddler, ctx context.Context, call string, in *I, options []func(*dynamodb.Options),
	do func(context.Context, *I, ...func(*dynamodb.Options)) (*O, error)) (*O, error) {
	m.mu.Lock()
	if m.calls == nil {
		m.calls = map[string]int{}
	}
	m.calls[call]++
	m.mu.Unlock()
	if m.fault != nil {
		if err := m.fault(call, in); err != nil {
			return nil, err
		}
	}
	if m.resend && call != "Query" && call != "GetItem" {
		_, _ = do(ctx, in, options...) // its answer is lost
	}
	return do(ctx, in, options...)
}

func (m *meddler) GetItem(ctx context.Context, in *dynamodb.GetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	out, err := meddle(m, ctx, "GetItem", in, options, m.Client.GetItem)
	if err == nil {
		m.bill(1, 4096, 0, out.Item)
	}
	return out, err
}

func (m *meddler) Query(ctx context.Context, in *dynamodb.QueryInput, options ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	out, err := meddle(m, ctx, "Query", in, options, m.Client.Query)
	if err == nil {
		share := 0.5
		if in.ConsistentRead != nil && *in.ConsistentRead {
			share = 1
		}
		m.bill(share, 4096, 0, out.Items...)
	}
	return out, err
}

func (m *meddler) PutItem(ctx context.Context, in *dynamodb.PutItemInput, options ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	m.bill(0, 1024, 1, in.Item)
	return meddle(m, ctx, "PutItem", in, options, m.Client.PutItem)
}

func (m *meddler) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, options ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	whole := *in
	whole.ReturnValues = types.ReturnValueAllNew // the whole item is billed
	out, err := meddle(m, ctx, "UpdateItem", &whole, options, m.Client.UpdateItem)
	if err == nil {
		m.bill(0, 1024, 1, out.Attributes)
	}
	return out, err
}

func (m *meddler) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, options ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	for _, w := range in.TransactItems {
		m.bill(0, 1024, 2, w.Put.Item)
	}
	return meddle(m, ctx, "TransactWriteItems", in, options, m.Client.TransactWriteItems)
}

// bill counts units of the table: a KB for a write, 4 KB for a read of all items
// together, at least one (DynamoDB Developer Guide, "Read/write capacity mode").
// The index's are not counted.
func (m *meddler) bill(reads float64, unit int, writes float64, items ...map[string]types.AttributeValue) {
	size := 0
	for _, it := range items {
		size += itemSize(it)
	}
	units := float64(max(1, (size+unit-1)/unit))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.units.reads += reads * units
	m.units.writes += writes * units
}

// itemSize is what an item is billed as (Developer Guide, "DynamoDB item sizes
// and formats"): names and values in UTF-8; a number is half its digits and one.
func itemSize(it map[string]types.AttributeValue) (n int) {
	for name, value := range it {
		n += len(name)
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			n += len(v.Value)
		case *types.AttributeValueMemberB:
			n += len(v.Value)
		case *types.AttributeValueMemberN:
			n += len(v.Value)/2 + 1
		}
	}
	return n
}

// count is how often a call was made since the last reset.
func (m *meddler) count(call string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[call]
}

// reset forgets what was counted.
func (m *meddler) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = nil
	m.units.reads, m.units.writes = 0, 0
}
