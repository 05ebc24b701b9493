package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/watch"
)

// The attributes of an Entry's item. Its document is what was found; its State
// and Due are these.
const (
	attrState     = "entry_state"
	attrDue       = "due"
	attrFound     = "found_time" // what it is listed by once it is settled
	attrFoundList = "found_list"
	attrListName  = "list_name"
	attrListTime  = "list_time"
	// What a message for ban tools is listed by if it failed: there are few.
	attrFailedList, attrFailedTime = "failed_list", "failed_time"
	// And if it was muted, say: settled, and nobody was told.
	attrUntoldList = "untold_list"
)

const entrySK = "entry"

func entryPK(id string) string { return "entry#" + id }

// transactionMost is how many items a transaction may have (TransactWriteItems,
// TransactItems).
const transactionMost = 100

// post writes a History, or none, and those Entries that are not there yet, in
// one transaction, and returns these. Entries beyond what a transaction takes
// are written before: a death in between leaves them to be told by others, and
// its batch comes again.
func (t *Table) post(ctx context.Context, history *types.Put, entries []watch.Entry) (fresh []watch.Entry, err error) {
	entries = unique(entries)
	for len(entries) >= transactionMost {
		some, err := t.postOnce(ctx, nil, entries[:transactionMost])
		if err != nil {
			return nil, err
		}
		fresh, entries = append(fresh, some...), entries[transactionMost:]
	}
	some, err := t.postOnce(ctx, history, entries)
	if err != nil {
		return nil, err
	}
	return append(fresh, some...), nil
}

// unique drops Entries that are there twice: a transaction takes an item once.
func unique(entries []watch.Entry) (once []watch.Entry) {
	seen := map[string]bool{}
	for _, e := range entries {
		if !seen[e.ID] {
			once = append(once, e)
		}
		seen[e.ID] = true
	}
	return once
}

// postOnce tries until all Entries are new. Those that are known drop out, so it
// ends.
func (t *Table) postOnce(ctx context.Context, history *types.Put, entries []watch.Entry) ([]watch.Entry, error) {
	for len(entries) > 0 {
		absent, err := t.transact(ctx, history, entries)
		if err == nil {
			return entries, nil
		}
		if !errors.Is(err, errKnown) {
			return nil, err
		}
		entries = absent
	}
	if history == nil {
		return nil, nil
	}
	_, err := t.write(ctx, history)
	return nil, err
}

// errKnown says that nothing was written because some Entries are there.
var errKnown = errors.New("entries are there already")

// transact writes all or nothing. After errKnown it returns the Entries that are
// not there. The SDK gives each transaction a token, by which DynamoDB knows one
// that it has done (TransactWriteItems, ClientRequestToken).
func (t *Table) transact(ctx context.Context, history *types.Put, entries []watch.Entry) (absent []watch.Entry, err error) {
	var writes []types.TransactWriteItem
	for i := range entries {
		it, err := t.entryItem(&entries[i])
		if err != nil {
			return nil, err
		}
		put := t.putAbsent(it)
		put.ReturnValuesOnConditionCheckFailure = "" // nobody reads it
		writes = append(writes, types.TransactWriteItem{Put: put})
	}
	if history != nil {
		writes = append(writes, types.TransactWriteItem{Put: history})
	}
	_, err = t.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	var canceled *types.TransactionCanceledException
	var running *types.TransactionInProgressException
	switch {
	case errors.As(err, &running):
		return nil, watch.ErrConflict
	case !errors.As(err, &canceled):
		return nil, err
	}
	return refusedBy(canceled, entries)
}

// The codes of a CancellationReason that are not errors (TransactWriteItems,
// TransactionCanceledException).
const (
	codeNone      = "None"
	codeCondition = "ConditionalCheckFailed"
	codeConflict  = "TransactionConflict"
)

// refusedBy reads why a transaction was canceled: one reason for each of its
// items, in order.
func refusedBy(canceled *types.TransactionCanceledException, entries []watch.Entry) (absent []watch.Entry, err error) {
	known, conflict := false, false
	for i, reason := range canceled.CancellationReasons {
		switch code := aws.ToString(reason.Code); {
		case code == codeCondition && i < len(entries):
			known = true
			continue
		case code == codeCondition, code == codeConflict:
			conflict = true
		case code != codeNone:
			return nil, canceled
		}
		if i < len(entries) {
			absent = append(absent, entries[i])
		}
	}
	switch {
	case conflict: // the History comes first: it is to be judged again
		return nil, watch.ErrConflict
	case known:
		return absent, errKnown
	}
	return nil, canceled
}

// entryItem is an Entry as an item.
func (t *Table) entryItem(e *watch.Entry) (item, error) {
	expires := time.Time{}
	if e.State.Settled() {
		expires = t.now().Add(watch.EntryLife)
	}
	it, err := newItem(entryPK(e.ID), entrySK, cut(e), expires)
	if err != nil {
		return nil, err
	}
	it[attrState] = text(e.State.String())
	it[attrDue] = text(stamp(e.Due))
	it[attrFound] = text(stamp(e.Found))
	it[attrFoundList] = text(foundList(e.Found))
	if e.IsGuess() {
		it[attrFailedList], it[attrFailedTime] = it[attrFoundList], it[attrFound]
		it[attrUntoldList] = text(untoldGuessList(e.Found))
		it[attrFoundList], it[attrFound] = text(guessList(e.Found)), text(guessKey(e.Guess()))
	}
	it[attrListName], it[attrListTime] = text(outboxList(e.State)), it[attrDue]
	if e.State.Settled() {
		it[attrListName], it[attrListTime] = it[attrFoundList], it[attrFound]
		if untold := it[attrUntoldList]; untold != nil && e.State != watch.Told {
			it[attrListName] = untold
		}
	}
	return it, nil
}

func outboxList(s watch.State) string { return "outbox#" + s.String() }

func foundList(at time.Time) string { return "found#" + at.UTC().Format(time.DateOnly) }

// guessList is where a message for ban tools is listed once it is told: an attack
// on 500 hosts leaves 20,000 an hour, which nobody reads one by one.
func guessList(at time.Time) string { return "guesses#" + at.UTC().Format("2006-01-02T15") }

// untoldGuessList is where it is listed if nobody was told.
func untoldGuessList(at time.Time) string { return "untold-" + guessList(at) }

// guessKey says what the message said, and sorts by scope and how much was tried.
func guessKey(g watch.Guess) string {
	return fmt.Sprintf("%s%010d|%s", guessesOf(g.Scope), g.Count, g.Source)
}

// guessesOf is what the guessKeys of a scope begin with.
func guessesOf(scope watch.Scope) string { return string(scope) + "|" }

// guessOf reads a guessKey of a scope.
func guessOf(key string, scope watch.Scope) (g watch.Guess, ok bool) {
	count, source, _ := strings.Cut(strings.TrimPrefix(key, guessesOf(scope)), "|")
	n, err := strconv.Atoi(count)
	if err != nil {
		return g, false
	}
	a, err := netip.ParseAddr(source)
	return watch.Guess{Scope: scope, Source: a, Count: n}, err == nil
}

// stampFormat sorts by time, as text.
const stampFormat = "2006-01-02T15:04:05.000000000Z"

func stamp(at time.Time) string { return at.UTC().Format(stampFormat) }

// An Entry's lines may be as long as a log event, 1 MB, and an item holds 400
// KB. What sshd itself logs is at most 1,024 bytes (log.c MSGBUFSIZ), escaped in
// four times as many (strnvis in do_log).
const (
	entryMost = 64 << 10 // of JSON, before anything is cut
	lineMost  = 4 << 10
	nameMost  = 255 // of a host's name (RFC 5424, section 6: HOSTNAME)
)

// cut shortens the lines of an Entry that is too long to be stored.
func cut(e *watch.Entry) *watch.Entry {
	raw, err := json.Marshal(e)
	if err != nil || len(raw) <= entryMost {
		return e
	}
	short := *e
	short.Finding.Lines = nil
	for _, l := range e.Finding.Lines {
		l.Text, l.Host, l.Program = clip(l.Text, lineMost), clip(l.Host, nameMost), clip(l.Program, nameMost)
		short.Finding.Lines = append(short.Finding.Lines, l)
	}
	return &short
}

func clip(s string, most int) string { return s[:min(len(s), most)] }

// entryOf reads an Entry's item.
func entryOf(it item) (e watch.Entry, err error) {
	if err := decode(it[attrDoc], &e); err != nil {
		return e, err
	}
	if err := e.State.UnmarshalText([]byte(textOf(it, attrState))); err != nil {
		return e, err
	}
	e.Due, err = time.Parse(stampFormat, textOf(it, attrDue))
	return e, err
}
