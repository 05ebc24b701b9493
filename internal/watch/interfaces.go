package watch

import (
	"context"
	"errors"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

// Memory remembers Histories. It is safe for concurrent use, by many processes.
type Memory interface {
	// Update reads the History of key, asks judge, and stores the History that
	// judge returns together with its Entries in one conditional write: all or
	// nothing, and nothing at all where judge changed nothing (SameHistory) and
	// has no Entry. It returns the Entries that were written; one whose ID is
	// there already is not written again, and not returned.
	//
	// On a conflict it reads and judges again (Retry), so judge must be free of
	// effects. An absent History is the zero one.
	//
	// ErrContended: the key was skipped, nothing is stored, the batch may go
	// on. ErrNewer: a later version of this program wrote the History; it was
	// taken for absent and left as it is, and the Entries that are returned were
	// stored. Any other error: nothing is known to be stored, and the batch is
	// to be delivered again.
	Update(ctx context.Context, key Key, judge Judge) ([]Entry, error)

	// Read returns the History of key as it is; the zero one where there is
	// none, or none that this version may read. An error is for now.
	Read(ctx context.Context, key Key) (attention.History, error)
}

// A Judge decides about one History: it returns what is to be remembered and
// what was found. It may be called several times and only its last answer
// counts.
type Judge func(past attention.History) (attention.History, []Entry)

// ErrContended says that a History is written by so many at once that this
// batch's evidence was left out of it.
var ErrContended = errors.New("too many writers at once")

// ErrNewer says that a later version of this program wrote the History.
var ErrNewer = errors.New("written by a later version")

// ErrConflict is what one attempt at a conditional write ends in when somebody
// else was faster. It does not leave an implementation: see Retry.
var ErrConflict = errors.New("somebody else was faster")

// Outbox keeps what was found until it is told. It is safe for concurrent use,
// by many processes.
type Outbox interface {
	// Take leases Entries in this state that are due and that nobody holds: at
	// most `most` of them, the longest due first. They are the caller's until
	// `until`; then anybody may take them. An error is for now; what was leased
	// before it comes free by itself.
	Take(ctx context.Context, state State, now, until time.Time, most int) ([]Entry, error)

	// Settle records what became of Entries. It changes only those that are
	// Pending or Held, so that settling twice, or later than another, is no
	// error; Entries that are not there are none either. Those it makes Held
	// are due at once. An error is for now: some may be settled.
	Settle(ctx context.Context, ids []string, state State) error

	// Spend reads the Quota of a scope, asks spend, and stores what it returns
	// in one conditional write; on a conflict it asks again, until ctx ends.
	// Where spend changes nothing, nothing is written. An error is for now.
	Spend(ctx context.Context, scope Scope, spend func(Quota) Quota) error
}

// Ledger keeps the counts. It is safe for concurrent use, by many processes.
type Ledger interface {
	// Receive puts a Receipt down unless there is one of the same Scope, Bucket
	// and Batch, and says whether it did. It is the last write of a batch, and
	// gates what is counted elsewhere. An error is for now: it may have been
	// put down.
	Receive(ctx context.Context, r Receipt) (fresh bool, err error)

	// Fold adds up the Receipts of each bucket in [from, to) into a Row for each
	// scope, stores the Rows that are news, and calls each for all of them as they
	// are stored, by bucket and scope. From the same Receipts it makes the same
	// Rows, so it may be done again whenever one came late. Receipts expire after
	// ReceiptLife, one by one, so a Row that was made of more stays as it is. A
	// range of a few hours is to cost no more than one or two reads where nothing
	// was received. Much is folded bucket by bucket: it holds the Rows of one, and
	// no more Receipts than an answer of the store has.
	//
	// It returns until when all was folded: `to`, or where an error, for now, cut
	// it short, the first bucket for which each was not called. An error beside
	// `to` says that some Rows could not be stored; each was called with them.
	Fold(ctx context.Context, from, to time.Time, each func(Row)) (folded time.Time, err error)

	// EachRow calls each for every Row that was folded of the buckets in [from,
	// to), by bucket and scope, and holds few at once: those of 500 hosts' week
	// are 200 MB. Of scopes that want, unless nil, does not want nothing is
	// unpacked. An error is for now; each may have been called before it.
	EachRow(ctx context.Context, from, to time.Time, want func(Scope) bool, each func(Row)) error
}

// Rows collects what EachRow calls each with.
func Rows(ctx context.Context, ledger Ledger, from, to time.Time) (rows []Row, err error) {
	err = ledger.EachRow(ctx, from, to, nil, func(row Row) { rows = append(rows, row) })
	return rows, err
}

// Mutes knows what the owner does not want to be told.
type Mutes interface {
	// Mutes returns the mutes of a scope, ended ones included. It is asked only
	// when something would be told. An error is for now.
	Mutes(ctx context.Context, scope Scope) ([]Mute, error)
}

// Tests knows the self-tests that were asked for. It is safe for concurrent use.
type Tests interface {
	// Test returns until when, by the wall clock, a line with this name as its
	// user is a self-test; the zero time where nobody asked for one of that name.
	// An error is for now.
	Test(ctx context.Context, name string) (until time.Time, err error)
}

// Notifier tells somebody. It is safe for concurrent use.
type Notifier interface {
	// Notify sends a Notice once. An error that is ErrRefused is for ever: the
	// same Notice would be refused again. After any other error, for now, it may
	// or may not have been sent.
	Notify(ctx context.Context, n notice.Notice) error
}

// ErrRefused marks a Notice that will never be accepted.
var ErrRefused = errors.New("refused for ever")

// A Store keeps all that a Watcher wants kept.
type Store interface {
	Memory
	Outbox
	Ledger
}
