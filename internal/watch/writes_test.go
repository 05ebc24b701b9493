package watch_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

// A meter says what each kind of call to a Mem would have cost. It is for one
// caller at a time.
type meter struct {
	*watch.Mem
	writes, reads, calls map[string]int
	// News are the updates that changed something, entries what was found by
	// them, together with which transactions.
	news, transactions, entries int
}

func newMeter() *meter {
	return &meter{Mem: &watch.Mem{}, writes: map[string]int{}, reads: map[string]int{}, calls: map[string]int{}}
}

// of does a call and notes its cost.
func (m *meter) of(call string, do func() error) (watch.Operations, error) {
	before := m.Operations()
	err := do()
	after := m.Operations()
	cost := watch.Operations{Reads: after.Reads - before.Reads, Writes: after.Writes - before.Writes}
	m.calls[call]++
	m.reads[call] += cost.Reads
	m.writes[call] += cost.Writes
	return cost, err
}

func (m *meter) Update(ctx context.Context, key watch.Key, judge watch.Judge) (fresh []watch.Entry, err error) {
	kind := [...]string{"fleet", "source", "user", "host", "signs", "report"}[key.Of.Kind]
	cost, err := m.of("update "+kind, func() error { fresh, err = m.Mem.Update(ctx, key, judge); return err })
	if cost.Writes > 0 {
		m.news++
	}
	if len(fresh) > 0 {
		m.transactions++
		m.entries += len(fresh)
	}
	return fresh, err
}

func (m *meter) Read(ctx context.Context, key watch.Key) (h attention.History, err error) {
	_, err = m.of("read", func() error { h, err = m.Mem.Read(ctx, key); return err })
	return h, err
}

func (m *meter) Take(ctx context.Context, state watch.State, now, until time.Time, most int) (taken []watch.Entry, err error) {
	_, err = m.of("take", func() error { taken, err = m.Mem.Take(ctx, state, now, until, most); return err })
	return taken, err
}

func (m *meter) Settle(ctx context.Context, ids []string, state watch.State) error {
	_, err := m.of("settle", func() error { return m.Mem.Settle(ctx, ids, state) })
	return err
}

func (m *meter) Spend(ctx context.Context, scope watch.Scope, spend func(watch.Quota) watch.Quota) error {
	_, err := m.of("spend", func() error { return m.Mem.Spend(ctx, scope, spend) })
	return err
}

func (m *meter) Receive(ctx context.Context, r watch.Receipt) (fresh bool, err error) {
	_, err = m.of("receive", func() error { fresh, err = m.Mem.Receive(ctx, r); return err })
	return fresh, err
}

func (m *meter) Fold(ctx context.Context, from, to time.Time, each func(watch.Row)) (folded time.Time, err error) {
	_, err = m.of("fold", func() error { folded, err = m.Mem.Fold(ctx, from, to, each); return err })
	return folded, err
}

func (m *meter) EachRow(ctx context.Context, from, to time.Time, want func(watch.Scope) bool, each func(watch.Row)) error {
	_, err := m.of("rows", func() error { return m.Mem.EachRow(ctx, from, to, want, each) })
	return err
}

// String lists what was spent.
func (m *meter) String() string {
	var b strings.Builder
	for _, call := range slices.Sorted(maps.Keys(m.calls)) {
		fmt.Fprintf(&b, "%s ×%d: %d writes, %d reads; ", call, m.calls[call], m.writes[call], m.reads[call])
	}
	return b.String()
}

// metered is a Watcher with a meter, and what it told.
func metered(now *time.Time) (*watch.Watcher, *meter) {
	m := newMeter()
	return &watch.Watcher{
		Memory: m, Outbox: m, Ledger: m, Mutes: m, Tests: m, Now: func() time.Time { return *now },
		Notifier: notifierFunc(func(context.Context, notice.Notice) error { return nil }),
	}, m
}

// TestWritesOfWeeks: a batch writes its Receipt, and one History for each key
// with news, whatever else is in it. What is found costs a transaction, and is
// ruled on and settled.
func TestWritesOfWeeks(t *testing.T) {
	for _, s := range watchtest.Scenarios() {
		if name := s.Name; name != "office" && name != "hardened" && name != "storm" && name != "ansible" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			var now time.Time
			w, m := metered(&now)
			batches := 0
			var reader sshd.Reader
			for _, b := range s.Write(*weekSeed, 20).Batches() {
				now = b.Lines[len(b.Lines)-1].Read.Add(time.Second)
				batches++
				if _, err := w.Batch(t.Context(), watch.Batch{Origin: watch.Origin{Account: b.Account, Stream: b.Host}, Events: reader.Read(b.Records())}); err != nil {
					t.Fatal(err)
				}
			}
			t.Logf("%d batches: %s", batches, m)
			// A transaction is two writes for each item, where its History's one is among the news.
			found := m.transactions + 2*m.entries
			if got, most := m.Operations().Writes, batches+m.news+found+2*m.entries; got > most {
				t.Errorf("%d writes, want at most %d", got, most)
			}
			if m.writes["receive"] != batches {
				t.Errorf("%d receipts of %d batches", m.writes["receive"], batches)
			}
		})
	}
}

// noise is what hosts log all day and nobody needs to hear of.
var noise = []string{
	"Mar  2 10:00:00 web-1 sshd[201]: Connection closed by 198.51.100.7 port 4242 [preauth]",
	"Mar  2 10:00:00 web-1 sshd[202]: error: kex_exchange_identification: Connection closed by remote host",
	"Mar  2 10:00:00 web-1 sshd[203]: Bad protocol version identification 'GET / HTTP/1.1' from 198.51.100.8 port 4242",
	"Mar  2 10:00:00 web-1 sshd[204]: Received disconnect from 198.51.100.9 port 4242:11: Bye Bye [preauth]",
	"Mar  2 10:00:00 web-1 CRON[205]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
	"Mar  2 10:00:00 web-1 sshd[206]: pam_unix(sshd:session): session closed for user alice",
}

// TestWritesOfNoise: a batch of noise costs one write, its Receipt, but for the
// first of a host's day, which says that the host lives.
func TestWritesOfNoise(t *testing.T) {
	now := morning
	w, m := metered(&now)
	want := 2
	for i := range 100 {
		before := m.Operations().Writes
		now = morning.Add(time.Duration(i) * time.Minute)
		if _, err := w.Batch(t.Context(), watch.Batch{Origin: origin, Events: eventsOf(now, noise...)}); err != nil {
			t.Fatal(err)
		}
		if got := m.Operations().Writes - before; got != want {
			t.Fatalf("batch %d costs %d writes, want %d: %s", i, got, want, m)
		}
		want = 1
	}
	if reads := m.Operations().Reads; reads > 3*100 {
		t.Errorf("%d reads for 100 batches: %s", reads, m)
	}
}

// TestIdleTick: while nothing happens a tick costs 4 reads at most, and no
// write; only every few hours it notes that nothing was heard. A container that
// has just started looks twice.
func TestIdleTick(t *testing.T) {
	now := morning
	w, m := metered(&now)
	if _, err := w.Batch(t.Context(), watch.Batch{Origin: origin, Events: eventsOf(now, noise...)}); err != nil {
		t.Fatal(err)
	}
	for range 12 { // what was heard is folded
		now = now.Add(5 * time.Minute)
		if _, err := w.Tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	before, expensive := m.Operations(), 0
	const days = 5 // after two nobody is remembered any more, which changes nothing
	const ticks = days * 24 * 12
	for i := range ticks {
		last := m.Operations()
		now = now.Add(5 * time.Minute)
		if _, err := w.Tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		if got := m.Operations().Reads - last.Reads; got > 4 {
			expensive++ // once an hour the hour's counts, and what came late again
			if got > 6 {
				t.Errorf("tick %d costs %d reads", i, got)
			}
		}
	}
	after := m.Operations()
	if expensive > ticks/8 || after.Reads-before.Reads > 4*ticks || after.Writes-before.Writes > days*24/3+days {
		t.Errorf("%d idle ticks cost %d reads and %d writes, %d of them more than 4 reads: %s",
			ticks, after.Reads-before.Reads, after.Writes-before.Writes, expensive, m)
	}
	t.Logf("%d idle ticks: %d reads, %d writes", ticks, after.Reads-before.Reads, after.Writes-before.Writes)
}

// TestTickOfManyHosts: what a tick costs grows with what is news of the hosts,
// not with how often it looks.
func TestTickOfManyHosts(t *testing.T) {
	now := morning
	w, m := metered(&now)
	const hosts, hours = 500, 4
	for i := range hours * 12 {
		for h := range hosts {
			if h%12 == i%12 { // each host once an hour
				line := fmt.Sprintf("Mar  2 10:00:00 ip-%d sshd[1]: Connection closed by 198.51.100.7 port 4242 [preauth]", h)
				if _, err := w.Batch(t.Context(), watch.Batch{Origin: origin, Events: eventsOf(now, line)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		now = now.Add(5 * time.Minute)
		if _, err := w.Tick(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	perTick := float64(m.writes["update signs"]) / (hours * 12)
	if perTick > 1 || m.calls["fold"] > hours*12+1 {
		t.Errorf("%.1f writes a tick, %d folds: %s", perTick, m.calls["fold"], m)
	}
	t.Logf("%d hosts: %s", hosts, m)
}
