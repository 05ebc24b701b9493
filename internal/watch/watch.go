package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// A Watcher takes batches of Events to the end of their way. It is safe for
// concurrent use. Judge and Write are attention's and notice's where they are
// nil, Now is the wall clock's; Mutes and Tests may be nil.
type Watcher struct {
	Memory   Memory
	Outbox   Outbox
	Ledger   Ledger
	Notifier Notifier
	Mutes    Mutes
	Tests    Tests

	Config attention.Config
	Judge  func(attention.Key, attention.History, []attention.Mark, attention.World) (attention.History, []attention.Finding)
	Write  func(findings []attention.Finding, about notice.About) notice.Notice
	// About is what every Notice says besides its Findings and their Origin,
	// such as the owner's phrase.
	About notice.About
	Now   func() time.Time
	// OnlyScopes says that no single host is missed (logs-stopped), only a scope
	// as a whole: the hosts are files, and each file ends.
	OnlyScopes bool
	// Log takes what nobody is told in another way; nil is slog.Default().
	Log *slog.Logger

	mu     sync.Mutex
	asked  time.Time            // when this container last asked the Outbox
	warned map[string]time.Time // when it last told blindly, by rule
	ticked time.Time            // when the clock struck last, and how often
	turns  int
}

// A Batch is what one log stream delivered at once.
type Batch struct {
	Origin Origin
	// Events are those of the stream's lines, in order and joined
	// (sshd.Reader.Read). They are read until Batch returns, and not kept.
	Events []sshd.Event
	// Before is how many of them, the first ones, came in earlier batches
	// (sshd.Reader.ReadAfter). They are judged again with what is known now, which
	// adds nothing to what was seen of them, and counted no more.
	Before int
}

// A Result is what came of a batch. It holds after an error too, as far as the
// batch got.
type Result struct {
	Counts Counts
	Newest time.Time // event time, zero where no line has one
	// Fresh says that the batch was seen through for the first time: only then
	// is it to be counted elsewhere.
	Fresh bool
	// Findings that were new, and Notices that were sent; both may belong to
	// other batches whose worker died.
	Findings, Notices int
	Failed            int // Notices that were refused for ever
	Blind             int // Notices that were sent without Memory
	Contended, Newer  int // keys that were skipped, or that a later version wrote
	Dropped           int // sources beyond the bound
}

// Batch takes a batch the whole way. After an error it is to be delivered again:
// nothing was counted, and what was told will not be told again, but for what
// went out marked as such while Memory was down.
func (w *Watcher) Batch(ctx context.Context, b Batch) (Result, error) {
	r := w.begin(b)
	found, err := r.remember(ctx)
	tests, fault := r.selfTest(ctx)
	err = errors.Join(err, fault, r.tell(ctx, append(found, tests...)))
	if r.blind != nil {
		err = errors.Join(err, r.tellBlindly(ctx))
	}
	r.leftovers(ctx)
	if err != nil {
		return r.result, fmt.Errorf("batch of %s: %w", b.Origin.Scope(), err)
	}
	r.result.Fresh, err = w.Ledger.Receive(ctx, r.receipt())
	if err != nil {
		return r.result, fmt.Errorf("receipt of a batch of %s: %w", b.Origin.Scope(), err)
	}
	return r.result, nil
}

// Tick does what no batch does: it tells what dead workers left, and what was
// held back in one summary; it folds the Ledger, and tells whose lines have
// stopped. It is to be called every 5
// minutes; after an error, or never, the next one does the same.
func (w *Watcher) Tick(ctx context.Context, now time.Time) (Result, error) {
	r := &run{Watcher: w, now: now}
	err := errors.Join(
		r.tellWaiting(ctx),
		r.tellHeld(ctx),
		r.fold(ctx),
	)
	if err != nil {
		err = fmt.Errorf("tick: %w", err)
	}
	return r.result, err
}

// A run is the way of one batch, or one tick.
type run struct {
	*Watcher
	origin Origin
	now    time.Time // by the wall clock, when it began
	events []sshd.Event
	seen   attention.Observation
	result Result

	signs *attention.History // of life, as a tick read them

	folded  []attention.Key // sources that stand for an IPv6 /48
	judged  int             // keys that are in Memory
	fleet   attention.History
	sources map[string]attention.History // that were read
	blind   error                        // what Memory failed with

	failures map[span]map[string]int // by host, as mails say them
}

// begin counts the lines and makes Marks of them.
func (w *Watcher) begin(b Batch) *run {
	own := b.Events[b.Before:]
	return &run{
		Watcher: w, origin: b.Origin, now: w.now(), events: own,
		seen:   attention.Observe(b.Events, w.Config),
		result: Result{Counts: countOf(own, w.Config.TrustStderr), Newest: sshd.Newest(own)},
	}
}

func (r *run) receipt() Receipt {
	hosts, beats := hostsOf(r.events, r.Config.Heartbeat)
	return Receipt{
		Scope: r.origin.Scope(), Bucket: BucketOf(r.result.Newest), Batch: batchHash(r.origin, r.events),
		Stream: r.origin.Stream, Hosts: hosts, Beats: beats,
		Newest: r.result.Newest, Arrived: r.now, Counts: r.result.Counts,
	}
}

func (w *Watcher) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}

func (w *Watcher) log() *slog.Logger {
	if w.Log != nil {
		return w.Log
	}
	return slog.Default()
}
