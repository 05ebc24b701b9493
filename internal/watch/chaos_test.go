package watch_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

var (
	morning = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	origin  = watch.Origin{Account: "123456789012", LogGroup: "/var/log/secure", Stream: "web-1"}
)

// eventsOf reads lines that were written one second apart from `from` on.
func eventsOf(from time.Time, lines ...string) []sshd.Event {
	var records []syslog.Record
	for i, line := range lines {
		r := syslog.Parse(line)
		r.Time = from.Add(time.Duration(i) * time.Second)
		records = append(records, r)
	}
	return (&sshd.Reader{}).Read(records)
}

// guesses are n failures of a source to guess the password of somebody.
func guesses(n int, user, source string) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("Mar  2 10:00:00 web-1 sshd[%d]: Failed password for %s from %s port 4242 ssh2", 100+i, user, source))
	}
	return lines
}

func accepted(user, source string) string {
	return fmt.Sprintf("Mar  2 10:00:00 web-1 sshd[99]: Accepted password for %s from %s port 4242 ssh2", user, source)
}

// A simple judge finds one thing in each key, as soon as it holds 3 Marks. What
// it finds in a source is for ban tools and followed up; in the fleet, a user or
// a host it is for people.
func simple(key attention.Key, past attention.History, delta []attention.Mark, world attention.World) (attention.History, []attention.Finding) {
	now := attention.History{Version: attention.HistoryVersion, Marks: slices.Clone(past.Marks)}
	for _, m := range delta {
		if !slices.Contains(now.Marks, m) {
			now.Marks = append(now.Marks, m)
		}
	}
	told := attention.Mark{What: attention.Told, Kind: "told"}
	enough := 3
	if key.Kind == attention.Fleet {
		enough = 1
	}
	if len(now.Marks) < enough || slices.Contains(now.Marks, told) {
		return sorted(now), nil
	}
	f := attention.Finding{Key: key, At: now.Marks[0].Time(), Count: 1, User: key.Name}
	switch key.Kind {
	case attention.Source:
		f.Rule, f.Reason, f.Severity = "password-guessing", "source", attention.Ban
	case attention.Fleet:
		f.Rule, f.Reason, f.Severity = "password-guessing", "begins", attention.Medium
	default:
		f.Rule, f.Reason, f.Severity = "login", "after-failures", attention.High
	}
	now.Marks = append(now.Marks, told)
	return sorted(now), []attention.Finding{f}
}

func sorted(h attention.History) attention.History {
	slices.SortFunc(h.Marks, func(a, b attention.Mark) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.At, b.At), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name))
	})
	return h
}

// mayRepeat is the subject of what was told without Memory.
const mayRepeat = "may repeat"

// A mailbox counts what arrives, by what it is about, but for what may repeat.
type mailbox struct {
	mu  sync.Mutex
	got map[string]int
	all []notice.Notice
	err error // what Notify answers
}

// Write makes Notices whose Text lists the keys of their Findings.
func (m *mailbox) Write(findings []attention.Finding, about notice.About) notice.Notice {
	n := notice.Notice{Severity: findings[0].Severity, Rule: findings[0].Rule, Reason: findings[0].Reason, Count: len(findings)}
	if about.MayRepeat {
		n.Subject = mayRepeat
	}
	var keys []string
	for _, f := range findings {
		keys = append(keys, f.Rule+" "+f.Key.String())
	}
	n.Text = strings.Join(keys, "\n")
	return n
}

func (m *mailbox) Notify(ctx context.Context, n notice.Notice) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err != nil || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), m.err)
	}
	if m.got == nil {
		m.got = map[string]int{}
	}
	m.all = append(m.all, n)
	if n.Subject == mayRepeat {
		return nil
	}
	for key := range strings.SplitSeq(n.Text, "\n") {
		m.got[key]++
	}
	return nil
}

// A world is a Watcher with a clock, a mailbox and chaos around its store.
type world struct {
	mem     *watch.Mem
	chaos   *watchtest.Chaos
	mail    *mailbox
	now     time.Time
	watcher *watch.Watcher
	log     *slog.Logger
	judge   func(attention.Key, attention.History, []attention.Mark, attention.World) (attention.History, []attention.Finding)
}

func newWorld(t *testing.T, plan watchtest.Plan) *world {
	w := &world{log: slog.New(slog.NewTextHandler(t.Output(), nil)), mem: &watch.Mem{}, mail: &mailbox{}, now: morning.Add(time.Minute), judge: simple}
	w.chaos = &watchtest.Chaos{Store: w.mem, Notifier: w.mail, Plan: plan}
	w.start()
	return w
}

// start is a new container.
func (w *world) start() {
	w.watcher = &watch.Watcher{
		Memory: w.chaos, Outbox: w.chaos, Ledger: w.chaos, Notifier: w.chaos, Mutes: w.mem,
		Judge: w.judge, Write: w.mail.Write, Now: func() time.Time { return w.now }, Log: w.log,
	}
}

// deliver delivers a batch until it is seen through, as Lambda does: again after
// a minute, in another container where the first was killed.
func (w *world) deliver(t *testing.T, events []sshd.Event) {
	t.Helper()
	for range 20 {
		err, died := watchtest.Deliver(t.Context(), func(ctx context.Context) error {
			_, err := w.watcher.Batch(ctx, watch.Batch{Origin: origin, Events: events})
			return err
		})
		if err == nil && !died {
			return
		}
		w.now = w.now.Add(time.Minute)
		if died {
			w.start()
		}
	}
	t.Fatal("the batch was never seen through")
}

// settleDown ticks, undisturbed, until all leases are over.
func (w *world) settleDown(t *testing.T) {
	t.Helper()
	w.chaos.Plan = nil
	for range 3 {
		w.now = w.now.Add(5 * time.Minute)
		if _, err := w.watcher.Tick(t.Context(), w.now); err != nil {
			t.Fatalf("tick: %v", err)
		}
	}
}

func (w *world) lines(t *testing.T) (lines int) {
	t.Helper()
	rows, err := watch.Rows(t.Context(), w.mem, morning.Add(-time.Hour), morning.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		lines += row.Counts.Lines
	}
	return lines
}

// twoBatches find something in every sort of key, the second also in keys of
// the first.
func twoBatches() [][]sshd.Event {
	return [][]sshd.Event{
		eventsOf(morning, append(guesses(4, "alice", "192.0.2.7"), guesses(2, "alice", "198.51.100.9")...)...),
		eventsOf(morning.Add(time.Minute), append(guesses(2, "bob", "198.51.100.9"), guesses(3, "root", "203.0.113.5")...)...),
	}
}

// want is what has to be told of twoBatches.
var want = []string{
	"login user/alice", "login user/root", "password-guessing fleet",
	"password-guessing source/192.0.2.7", "password-guessing source/198.51.100.9", "password-guessing source/203.0.113.5",
}

// check wants everything told once, all lines counted once, and nothing left.
func (w *world) check(t *testing.T, lines int, mayRepeat bool) {
	t.Helper()
	if got := slices.Sorted(maps.Keys(w.mail.got)); !slices.Equal(got, want) {
		t.Errorf("told %q\nwant %q", got, want)
	}
	for key, n := range w.mail.got {
		if n > 1 && !mayRepeat {
			t.Errorf("%s was told %d times", key, n)
		}
	}
	if got := w.lines(t); got != lines {
		t.Errorf("counted %d lines, want %d", got, lines)
	}
	for _, e := range w.mem.Entries() {
		if !e.State.Settled() {
			t.Errorf("%s is still %s", e.ID, e.State)
		}
	}
}

// TestDeathAtEveryStep: whichever step a worker dies at, or its time ends, or
// fails, or is lost to somebody faster: no Finding is lost, the counts are
// exact, and what is told twice was published and not yet marked.
func TestDeathAtEveryStep(t *testing.T) {
	undisturbed := newWorld(t, nil)
	for _, b := range twoBatches() {
		undisturbed.deliver(t, b)
	}
	steps := undisturbed.chaos.Steps()
	undisturbed.settleDown(t)
	undisturbed.check(t, 11, false)
	if len(steps) < 40 {
		t.Fatalf("only %d steps: what is tested?", len(steps))
	}
	for fault, name := range map[watchtest.Fault]string{
		watchtest.Kill: "kill", watchtest.End: "end", watchtest.Fail: "fail", watchtest.Lose: "lose",
	} {
		for _, s := range steps {
			t.Run(fmt.Sprintf("%s/%s", name, s), func(t *testing.T) {
				w := newWorld(t, watchtest.At(s.N, fault))
				for _, b := range twoBatches() {
					w.deliver(t, b)
				}
				w.settleDown(t)
				w.check(t, 11, betweenPublishAndMark(s))
			})
		}
	}
}

// betweenPublishAndMark are the steps at which a death repeats a Notice.
func betweenPublishAndMark(s watchtest.Step) bool {
	return s.Call == "notify" && s.After || s.Call == "settle told" && !s.After
}

// TestRandomDeaths: the same with many faults at once, late and repeated
// deliveries, and ticks that die as well.
func TestRandomDeaths(t *testing.T) {
	seeds := uint64(300)
	if testing.Short() {
		seeds = 40
	}
	for seed := range seeds {
		w := newWorld(t, watchtest.Random(seed, 25, watchtest.Kill, watchtest.End, watchtest.Fail, watchtest.Lose))
		batches := twoBatches()
		for _, i := range watchtest.Redelivered(seed, len(batches), 2) {
			w.deliver(t, batches[i])
			w.now = w.now.Add(time.Minute)
			_, _ = watchtest.Deliver(t.Context(), func(ctx context.Context) error {
				_, err := w.watcher.Tick(ctx, w.now)
				return err
			})
		}
		w.settleDown(t)
		w.check(t, 11, true)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestManyAtOnce: 200 containers have evidence for one key, half of them enough
// for a Finding. None fails, and one thing is told.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.watcher.Judge = func(key attention.Key, past attention.History, delta []attention.Mark, world attention.World) (attention.History, []attention.Finding) {
		runtime.Gosched() // somebody else may write now
		if key.Kind != attention.User || len(delta) > 2 {
			return simple(key, past, delta, world)
		}
		now, _ := simple(key, attention.History{}, delta, world)
		return sorted(attention.History{Version: 1, Marks: slices.Concat(past.Marks, now.Marks)}), nil
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	lines, contended := 0, 0
	for n := range 200 {
		batch := eventsOf(morning.Add(time.Duration(n)*time.Second), guesses(2+2*(n%2), "root", fmt.Sprintf("192.0.2.%d", n))...)
		lines += len(batch)
		wg.Go(func() {
			r, err := w.watcher.Batch(t.Context(), watch.Batch{Origin: origin, Events: batch})
			if err != nil || !r.Fresh {
				t.Errorf("batch %d: fresh %v, %v", n, r.Fresh, err)
			}
			mu.Lock()
			defer mu.Unlock()
			contended += r.Contended
		})
	}
	wg.Wait()
	w.settleDown(t)
	if n := w.mail.got["login user/root"]; n != 1 {
		t.Errorf("told %d times, want once", n)
	}
	if got := w.lines(t); got != lines {
		t.Errorf("counted %d lines, want %d", got, lines)
	}
	t.Logf("%d keys were contended", contended)
}

// TestMemoryDown: what a batch proves by itself goes out marked, once in 15
// minutes, and the batch is delivered again.
func TestMemoryDown(t *testing.T) {
	down := func(s watchtest.Step) watchtest.Fault {
		if s.Call == "update" || s.Call == "read" {
			return watchtest.Fail
		}
		return watchtest.None
	}
	w := newWorld(t, down)
	w.watcher.Judge = nil // the real rules
	batch := watch.Batch{Origin: origin, Events: eventsOf(morning, append(guesses(6, "alice", "192.0.2.7"), accepted("alice", "192.0.2.7"))...)}
	told := []int{1, 1, 1, 2} // after each minute below
	for i, minute := range []int{0, 1, 14, 15} {
		w.now = morning.Add(time.Duration(minute) * time.Minute)
		if _, err := w.watcher.Batch(t.Context(), batch); !errors.Is(err, watchtest.ErrChaos) {
			t.Fatalf("minute %d: %v, want the store's error", minute, err)
		}
		if len(w.mail.all) != told[i] {
			t.Fatalf("minute %d: %d notices, want %d: %+v", minute, len(w.mail.all), told[i], w.mail.all)
		}
	}
	if n := w.mail.all[0]; n.Rule != "login" || n.Reason != "after-failures" || n.Subject != mayRepeat {
		t.Errorf("told %+v", n)
	}
	if w.lines(t) != 0 {
		t.Error("counted while Memory was down")
	}
	w.chaos.Plan = nil
	if r, err := w.watcher.Batch(t.Context(), batch); err != nil || !r.Fresh {
		t.Errorf("with Memory again: %+v, %v", r, err)
	}
}
