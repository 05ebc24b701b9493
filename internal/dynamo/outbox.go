package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/watch"
)

// atOnce is how many requests of one call run at the same time: the SDK keeps as
// many connections (aws/transport/http DefaultHTTPTransportMaxIdleConnsPerHost).
const atOnce = 10

// Take does what watch.Outbox promises: one read of half a unit, and a write for
// each Entry that is leased. The index is a moment behind, so what was just
// written may be taken only the next time.
func (t *Table) Take(ctx context.Context, state watch.State, now, until time.Time, most int) ([]watch.Entry, error) {
	var taken []watch.Entry
	q := t.dueBy(state, now)
	for len(taken) < most {
		q.Limit = aws.Int32(int32(min(most-len(taken), 1000)))
		page, err := t.client.Query(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("query what is %s: %w", state, err)
		}
		some, err := t.lease(ctx, page.Items, state, until)
		if err != nil {
			return nil, fmt.Errorf("lease what is %s: %w", state, err)
		}
		taken = append(taken, some...)
		if len(page.LastEvaluatedKey) == 0 {
			break
		}
		q.ExclusiveStartKey = page.LastEvaluatedKey
	}
	return taken, nil
}

// dueBy asks for the Entries in a State that are due, the longest due first.
func (t *Table) dueBy(state watch.State, now time.Time) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName: &t.name, IndexName: aws.String(Index),
		KeyConditionExpression:    aws.String("list_name = :list AND list_time <= :now"),
		ExpressionAttributeValues: item{":list": text(outboxList(state)), ":now": text(stamp(now))},
	}
}

// lease makes listed Entries the caller's, and returns those that nobody else
// was faster with, in their order.
func (t *Table) lease(ctx context.Context, listed []item, state watch.State, until time.Time) ([]watch.Entry, error) {
	leased := make([]*watch.Entry, len(listed))
	err := parallel(len(listed), func(i int) (err error) {
		leased[i], err = t.leaseOne(ctx, listed[i], state, until)
		return err
	})
	if err != nil {
		return nil, err
	}
	var taken []watch.Entry
	for _, e := range slices.DeleteFunc(leased, func(e *watch.Entry) bool { return e == nil }) {
		taken = append(taken, *e)
	}
	return taken, nil
}

// leaseOne is conditional on what the index says: of many who read it, one is
// first. nil: somebody else was, or a later version wrote the Entry.
func (t *Table) leaseOne(ctx context.Context, listed item, state watch.State, until time.Time) (*watch.Entry, error) {
	out, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &t.name, Key: key(textOf(listed, attrPK), textOf(listed, attrSK)),
		UpdateExpression:    aws.String("SET due = :until, list_time = :until"),
		ConditionExpression: aws.String("list_name = :list AND list_time = :seen"),
		ExpressionAttributeValues: item{
			":list": text(outboxList(state)), ":seen": listed[attrListTime], ":until": text(stamp(until)),
		},
		ReturnValues: types.ReturnValueAllNew,
	})
	if err != nil {
		return nil, unlessRefused(err)
	}
	e, err := entryOf(out.Attributes)
	if err != nil {
		return nil, nil // not ours to read; its version's workers take it when the lease ends
	}
	return &e, nil
}

// unlessRefused drops the error that says that a condition does not hold.
func unlessRefused(err error) error {
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return nil
	}
	return err
}

// parallel runs n tasks, some at a time, and joins their errors.
func parallel(n int, task func(int) error) error {
	faults := make([]error, n)
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			faults[i] = task(i)
			<-slots
		})
	}
	wg.Wait()
	return errors.Join(faults...)
}

// Settle does what watch.Outbox promises, by a write for each Entry.
func (t *Table) Settle(ctx context.Context, ids []string, state watch.State) error {
	err := parallel(len(ids), func(i int) error { return t.settle(ctx, ids[i], state) })
	if err != nil {
		return fmt.Errorf("make %d entries %s: %w", len(ids), state, err)
	}
	return nil
}

func (t *Table) settle(ctx context.Context, id string, state watch.State) error {
	change := "SET entry_state = :state, list_name = found_list, list_time = found_time, expires = :expires"
	values := item{
		":state": text(state.String()), ":pending": text(watch.Pending.String()), ":held": text(watch.Held.String()),
		":expires": number(t.now().Add(watch.EntryLife).Unix()),
	}
	switch {
	case state == watch.Failed:
		change = "SET entry_state = :state, list_name = if_not_exists(failed_list, found_list), list_time = if_not_exists(failed_time, found_time), expires = :expires"
	case !state.Settled():
		change = "SET entry_state = :state, list_name = :list, list_time = :due, due = :due"
		delete(values, ":expires")
		values[":list"], values[":due"] = text(outboxList(state)), text(stamp(time.Time{}))
	case state != watch.Told:
		change = "SET entry_state = :state, list_name = if_not_exists(untold_list, found_list), list_time = found_time, expires = :expires"
	}
	_, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &t.name, Key: key(entryPK(id), entrySK),
		UpdateExpression: &change, ExpressionAttributeValues: values,
		ConditionExpression: aws.String("entry_state IN (:pending, :held)"),
	})
	return unlessRefused(err)
}

// Spend does what watch.Outbox promises: a read, and a write where something was
// spent.
func (t *Table) Spend(ctx context.Context, scope watch.Scope, spend func(watch.Quota) watch.Quota) error {
	err := watch.Retry(ctx, func() (bool, error) { return true, t.spendOnce(ctx, scope, spend) })
	if err != nil {
		return fmt.Errorf("spend quota: %w", err)
	}
	return nil
}

func (t *Table) spendOnce(ctx context.Context, scope watch.Scope, spend func(watch.Quota) watch.Quota) error {
	pk := "quota#" + string(scope)
	it, err := t.get(ctx, pk, "quota")
	if err != nil {
		return err
	}
	var before watch.Quota
	if it != nil && !expired(it, t.now()) {
		if err := decode(it[attrDoc], &before); err != nil {
			before = watch.Quota{} // a later version's: caps begin anew
		}
	}
	after := spend(before)
	if watch.SameQuota(before, after) {
		return nil
	}
	next, err := newItem(pk, "quota", after, t.now().Add(watch.QuotaLife))
	if err != nil {
		return err
	}
	_, err = t.write(ctx, t.replace(next, textOf(it, attrToken)))
	return err
}
