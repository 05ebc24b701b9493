package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/watch"
)

// Entry returns an Entry by its ID, and whether there is one: settled ones are
// kept for watch.EntryLife. An error is for now.
func (t *Table) Entry(ctx context.Context, id string) (e watch.Entry, ok bool, err error) {
	it, err := t.get(ctx, entryPK(id), entrySK)
	if err != nil {
		return e, false, fmt.Errorf("get entry: %w", err)
	}
	if it == nil || expired(it, t.now()) {
		return e, false, nil
	}
	if e, err = entryOf(it); err != nil {
		return e, false, fmt.Errorf("entry: %w", err)
	}
	return e, true, nil
}

// EachEntry calls each for every Entry that was found in [from, to), whatever
// became of it, in no order. It costs a query for each day, and a read for each
// Entry. An error is for now.
func (t *Table) EachEntry(ctx context.Context, from, to time.Time, each func(watch.Entry)) error {
	lists := waitingLists()
	for _, at := range daysOf(from, to) {
		lists = append(lists, foundList(at))
	}
	return t.eachOnce(ctx, lists, func(e watch.Entry) {
		if !e.Found.Before(from) && e.Found.Before(to) {
			each(e)
		}
	})
}

// EachWaiting calls each for every Entry that is Pending or Held, however long
// ago it was found, in no order. It costs two queries, and a read for each Entry.
// An error is for now.
func (t *Table) EachWaiting(ctx context.Context, each func(watch.Entry)) error {
	return t.eachOnce(ctx, waitingLists(), func(e watch.Entry) {
		if !e.State.Settled() { // the index is a moment behind
			each(e)
		}
	})
}

func waitingLists() []string { return []string{outboxList(watch.Pending), outboxList(watch.Held)} }

// eachOnce reads the Entries of lists, and one that moves from one to another
// meanwhile once.
func (t *Table) eachOnce(ctx context.Context, lists []string, each func(watch.Entry)) error {
	seen := map[string]bool{}
	for _, list := range lists {
		err := t.eachListed(ctx, list, func(e watch.Entry) {
			if !seen[e.ID] {
				each(e)
			}
			seen[e.ID] = true
		})
		if err != nil {
			return fmt.Errorf("list entries: %w", err)
		}
	}
	return nil
}

// eachListed reads the Entries of a list.
func (t *Table) eachListed(ctx context.Context, list string, each func(watch.Entry)) error {
	var listed []item
	if err := t.query(ctx, onList(list), func(it item) { listed = append(listed, it) }); err != nil {
		return err
	}
	entries := make([]*watch.Entry, len(listed))
	err := parallel(len(listed), func(i int) error {
		it, err := t.get(ctx, textOf(listed[i], attrPK), textOf(listed[i], attrSK))
		if err != nil || it == nil || expired(it, t.now()) {
			return err
		}
		if e, err := entryOf(it); err == nil {
			entries[i] = &e
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e != nil {
			each(*e)
		}
	}
	return nil
}

func onList(list string) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		IndexName:                 aws.String(Index),
		KeyConditionExpression:    aws.String("list_name = :list"),
		ExpressionAttributeValues: item{":list": text(list)},
	}
}

// Waiting counts the Entries that are Pending or Held, by two queries.
func (t *Table) Waiting(ctx context.Context) (n int, err error) {
	for _, state := range []watch.State{watch.Pending, watch.Held} {
		q := onList(outboxList(state))
		q.TableName, q.Select = &t.name, types.SelectCount
		for more := true; more; more = len(q.ExclusiveStartKey) > 0 {
			page, err := t.client.Query(ctx, q)
			if err != nil {
				return 0, fmt.Errorf("count what is %s: %w", state, err)
			}
			n, q.ExclusiveStartKey = n+int(page.Count), page.LastEvaluatedKey
		}
	}
	return n, nil
}
