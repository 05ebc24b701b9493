package dynamo

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/watch"
)

// The attributes. None is a reserved word of DynamoDB's expressions.
const (
	attrPK      = "pk"
	attrSK      = "sk"
	attrExpires = "expires" // Unix seconds; absent: never
	attrDoc     = "doc"
	attrToken   = "token_of_write"
)

// An item is one of the table's, or values for an expression.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// textOf is the empty string where there is no such attribute.
func textOf(it item, name string) string {
	if s, ok := it[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// numberOf is 0 where there is no such attribute.
func numberOf(it item, name string) int64 {
	s, ok := it[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// expired says whether DynamoDB may delete an item any moment: then it counts as
// deleted.
func expired(it item, now time.Time) bool {
	at := numberOf(it, attrExpires)
	return at != 0 && at <= now.Unix()
}

func key(pk, sk string) item { return item{attrPK: text(pk), attrSK: text(sk)} }

// newItem is an item with a document, and a token that no other write has. It is
// deleted some time after it expires; with the zero time, never.
func newItem(pk, sk string, doc any, expires time.Time) (item, error) {
	value, err := encode(doc)
	if err != nil {
		return nil, err
	}
	it := key(pk, sk)
	it[attrDoc] = value
	it[attrToken] = text(strconv.FormatUint(rand.Uint64(), 36))
	if !expires.IsZero() {
		it[attrExpires] = number(expires.Unix())
	}
	return it, nil
}

// Conditions of a write.
const (
	ifAbsent    = "attribute_not_exists(pk) OR expires <= :now"
	ifUntouched = "token_of_write = :token"
)

// put is a conditional write of an item. What an expression does not name may
// not be among its values.
func (t *Table) put(it item, condition string, values item) *types.Put {
	return &types.Put{
		TableName: &t.name, Item: it, ConditionExpression: &condition, ExpressionAttributeValues: values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// putAbsent is a write of an item unless it is there.
func (t *Table) putAbsent(it item) *types.Put {
	return t.put(it, ifAbsent, item{":now": number(t.now().Unix())})
}

// replace is a write over what was read, whose token is empty if there was
// nothing.
func (t *Table) replace(it item, token string) *types.Put {
	if token == "" {
		return t.put(it, "attribute_not_exists(pk)", nil)
	}
	return t.put(it, ifUntouched, item{":token": text(token)})
}

// write does a put. It is watch.ErrConflict where the condition does not hold,
// unless what stands there is this very item: the SDK sends again what it got no
// answer to. It then returns what stands there.
func (t *Table) write(ctx context.Context, p *types.Put) (stands item, err error) {
	_, err = t.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: p.TableName, Item: p.Item, ConditionExpression: p.ConditionExpression,
		ExpressionAttributeValues:           p.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: p.ReturnValuesOnConditionCheckFailure,
	})
	var refused *types.ConditionalCheckFailedException
	var transaction *types.TransactionConflictException
	switch {
	case errors.As(err, &refused) && textOf(refused.Item, attrToken) == textOf(p.Item, attrToken):
		return nil, nil
	case errors.As(err, &refused):
		return refused.Item, watch.ErrConflict
	case errors.As(err, &transaction):
		return nil, watch.ErrConflict
	}
	return nil, err
}

// overwrite puts an item whatever stands there.
func (t *Table) overwrite(ctx context.Context, it item) error {
	_, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.name, Item: it})
	return err
}

// get reads an item as it is; nil where there is none.
func (t *Table) get(ctx context.Context, pk, sk string) (item, error) {
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: key(pk, sk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// query calls each for every item that a Query finds and that has not expired,
// page by page.
func (t *Table) query(ctx context.Context, q *dynamodb.QueryInput, each func(item)) error {
	q.TableName = &t.name
	for {
		page, err := t.client.Query(ctx, q)
		if err != nil {
			return err
		}
		for _, it := range page.Items {
			if !expired(it, t.now()) {
				each(it)
			}
		}
		if len(page.LastEvaluatedKey) == 0 {
			return nil
		}
		q.ExclusiveStartKey = page.LastEvaluatedKey
	}
}

// count counts what a Query finds, expired items included, page by page until
// there is more than enough.
func (t *Table) count(ctx context.Context, q *dynamodb.QueryInput, enough int) (n int, err error) {
	q.TableName, q.Select = &t.name, types.SelectCount
	for {
		page, err := t.client.Query(ctx, q)
		if err != nil {
			return n, err
		}
		n += int(page.Count)
		if len(page.LastEvaluatedKey) == 0 || n > enough {
			return n, nil
		}
		q.ExclusiveStartKey = page.LastEvaluatedKey
	}
}

// partition asks for the items of one.
func partition(pk string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(pk)},
	}
}
