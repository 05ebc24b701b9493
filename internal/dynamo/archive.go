package dynamo

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

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

// EachEntry does what watch.Archive promises, by a query for each day, and a read
// for each Entry. Messages for ban tools that were told are on lists of their own.
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

// EachGuess does what watch.Archive promises, by two queries for each hour, of an
// index that has all there is to say: 336 for a scope's week, of 50 KB at most.
func (t *Table) EachGuess(ctx context.Context, scope watch.Scope, from, to time.Time, each func(watch.Guess)) (more bool, err error) {
	var lists []string
	for _, hour := range hoursOf(from, to) {
		lists = append(lists, guessList(hour), untoldGuessList(hour))
	}
	var mu sync.Mutex
	err = parallel(len(lists), func(i int) error {
		items, err := t.mostGuesses(ctx, lists[i], scope)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		more = more || len(items) > watch.GuessesMost
		for _, it := range items[:min(len(items), watch.GuessesMost)] {
			if guess, ok := guessOf(textOf(it, attrListTime), scope); ok {
				each(guess)
			}
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("list guesses: %w", err)
	}
	return more, nil
}

// mostGuesses are those of a scope that a list has with the highest counts, and
// one more than are wanted where there are more.
func (t *Table) mostGuesses(ctx context.Context, list string, scope watch.Scope) ([]item, error) {
	q := onList(list)
	q.TableName, q.Limit, q.ScanIndexForward = &t.name, aws.Int32(watch.GuessesMost+1), aws.Bool(false)
	q.KeyConditionExpression = aws.String("list_name = :list AND begins_with(list_time, :scope)")
	q.ExpressionAttributeValues[":scope"] = text(guessesOf(scope))
	page, err := t.client.Query(ctx, q)
	if err != nil {
		return nil, err
	}
	return page.Items, nil
}

// CountGuesses counts what EachGuess lists some of, in all scopes, by two queries
// for each hour and one more for some 6,000 of them. An error is for now.
func (t *Table) CountGuesses(ctx context.Context, from, to time.Time) (n int, err error) {
	return t.countGuesses(ctx, from, to, guessList, untoldGuessList)
}

// CountToldGuesses counts those of them that were told, for half the price. An
// error is for now.
func (t *Table) CountToldGuesses(ctx context.Context, from, to time.Time) (n int, err error) {
	return t.countGuesses(ctx, from, to, guessList)
}

func (t *Table) countGuesses(ctx context.Context, from, to time.Time, listsOf ...func(time.Time) string) (n int, err error) {
	var lists []string
	for _, hour := range hoursOf(from, to) {
		for _, list := range listsOf {
			lists = append(lists, list(hour))
		}
	}
	counts := make([]int, len(lists))
	err = parallel(len(lists), func(i int) (err error) {
		counts[i], err = t.count(ctx, onList(lists[i]), math.MaxInt)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count guesses: %w", err)
	}
	for _, more := range counts {
		n += more
	}
	return n, nil
}

// hoursOf are those from that of a time to the one before that of another.
func hoursOf(from, to time.Time) (hours []time.Time) {
	for at := from.Truncate(time.Hour); at.Before(to.Truncate(time.Hour)); at = at.Add(time.Hour) {
		hours = append(hours, at)
	}
	return hours
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
		some, err := t.count(ctx, onList(outboxList(state)), math.MaxInt)
		if err != nil {
			return 0, fmt.Errorf("count what is %s: %w", state, err)
		}
		n += some
	}
	return n, nil
}
