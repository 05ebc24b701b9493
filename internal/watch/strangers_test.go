package watch

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// What strangers, or an older version, must not bring about.

// said are Events of lines with an envelope, all of one second.
func said(lines ...string) []sshd.Event {
	var records []syslog.Record
	for i, line := range lines {
		r := syslog.Parse(fmt.Sprintf("Mar  2 12:00:00 web-1 sshd[%d]: %s", 100+i, line))
		r.Time = noon
		records = append(records, r)
	}
	return new(sshd.Reader).Read(records)
}

type silent struct{}

func (silent) Notify(context.Context, notice.Notice) error { return nil }

// Guesses from a declared place are for people, so a storm of strangers does not
// push them out of the batch.
func TestStormHidesNoInsideGuess(t *testing.T) {
	var lines []string
	for i := range 70 {
		for range 6 {
			lines = append(lines, fmt.Sprintf("Failed password for root from 198.51.100.%d port 4242 ssh2", i))
		}
	}
	for i := range 5 {
		lines = append(lines, fmt.Sprintf("Failed password for invalid user u%d from 203.0.113.9 port 4242 ssh2", i))
	}
	mem := &Mem{}
	w := &Watcher{Memory: mem, Outbox: mem, Ledger: mem, Notifier: silent{}, Now: func() time.Time { return noon.Add(time.Minute) },
		Config: attention.Config{Shared: []netip.Prefix{netip.MustParsePrefix("203.0.113.9/32")}}}
	if _, err := w.Batch(t.Context(), Batch{Origin: Origin{Account: "1", LogGroup: "g"}, Events: said(lines...)}); err != nil {
		t.Fatal(err)
	}
	for _, e := range mem.Entries() {
		if e.Finding.Rule == "guessing-inside" {
			return
		}
	}
	t.Error("nobody is told of guesses from a shared address")
}

// Another kind of refusal for everybody is another cause, though both come from
// the office.
func TestRefusalsOfAllAreToldEach(t *testing.T) {
	entry := func(id, kind string, at time.Time) Entry {
		return Entry{ID: id, Found: at, Finding: attention.Finding{Rule: "locked-out", Reason: "policy-for-all", Severity: attention.High,
			Source: netip.MustParseAddr("203.0.113.9"), At: at, Detail: map[string]string{"kind": kind}}}
	}
	q, _ := Quota{}.admit([]Entry{entry("a", "not-in-allowusers", noon)}, noon)
	later := noon.Add(5 * time.Hour)
	if _, is := q.admit([]Entry{entry("b", "account-expired", later)}, later); len(is.send) != 1 {
		t.Errorf("another kind 5 hours later: %d sent, %d taken for the same", len(is.send), len(is.repeated))
	}
	if _, is := q.admit([]Entry{entry("c", "not-in-allowusers", later)}, later); len(is.send) != 0 {
		t.Errorf("the same 5 hours later: %d sent", len(is.send))
	}
}

// Bare lines may be a peer's: they do not thin out what nobody understands.
func TestPeersAreNotBelieved(t *testing.T) {
	var records []syslog.Record
	for range 100 {
		r := syslog.Parse("Connection closed by 198.51.100.9 port 4242 [preauth]")
		r.Time = noon
		records = append(records, r)
	}
	counts := countOf(new(sshd.Reader).Read(records), false)
	if counts.Believed != 0 {
		t.Errorf("%d lines are believed where only peers spoke", counts.Believed)
	}
}

// rolledBack is a Memory whose Fleet a later version wrote.
type rolledBack struct{ *Mem }

func (m rolledBack) Update(ctx context.Context, key Key, judge Judge) ([]Entry, error) {
	if key.Of.Kind != attention.Fleet {
		return m.Mem.Update(ctx, key, judge)
	}
	_, entries := judge(attention.History{})
	fresh, err := m.Mem.Update(ctx, key, func(past attention.History) (attention.History, []Entry) { return past, entries })
	return fresh, errors.Join(err, ErrNewer)
}

// A self-test is found after a rollback, too, and fails no batch.
func TestSelfTestAfterARollback(t *testing.T) {
	mem := &Mem{}
	if err := mem.PutTest(t.Context(), TestPrefix+"abc", noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w := &Watcher{Memory: rolledBack{mem}, Outbox: mem, Ledger: mem, Tests: mem, Notifier: silent{}, Now: func() time.Time { return noon }}
	_, err := w.Batch(t.Context(), Batch{Origin: Origin{Account: "1", LogGroup: "g"}, Events: said("Invalid user " + TestPrefix + "abc from 192.0.2.7 port 22")})
	if err != nil || len(mem.Entries()) != 1 {
		t.Errorf("%d Entries, %v", len(mem.Entries()), err)
	}
}
