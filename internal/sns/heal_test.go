package sns

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
)

// TestMendedSetUpTells: while the topic's policy is wrong nothing is lost, and
// once it is mended the mail about the break-in goes out, once.
func TestMendedSetUpTells(t *testing.T) {
	for _, code := range []string{"AuthorizationError", "NotFound", "KMSDisabled"} {
		mem, far, now := new(watch.Mem), &fake{answer: coded(code)}, time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
		w := watch.Watcher{
			Memory: mem, Outbox: mem, Ledger: mem, Notifier: New(far, arn),
			Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		}
		b := watch.Batch{Events: breakIn(now)}
		if _, err := w.Batch(t.Context(), b); err == nil {
			t.Errorf("%s: the batch does not say that nobody could be told", code)
		}
		if _, err := w.Batch(t.Context(), b); err != nil {
			t.Errorf("%s: delivered again: %v", code, err)
		}
		now = now.Add(10 * time.Minute)
		if _, err := w.Tick(t.Context(), now); err == nil {
			t.Errorf("%s: the tick does not say that nobody could be told", code)
		}
		far.answer, far.inputs = nil, nil
		for range 3 {
			now = now.Add(10 * time.Minute)
			if _, err := w.Tick(t.Context(), now); err != nil {
				t.Errorf("%s is mended, but: %v", code, err)
			}
		}
		told := map[string]int{}
		for _, in := range far.inputs {
			told[*in.MessageAttributes["rule"].StringValue]++
		}
		if told["login"] != 1 || told["password-guessing"] != 1 || len(told) != 2 {
			t.Errorf("%s is mended, but what went out is %v", code, told)
		}
	}
}

// breakIn is a password guessed at the tenth time: a mail for people, and a
// message for ban tools.
func breakIn(now time.Time) []sshd.Event {
	var records []syslog.Record
	for i := range 10 {
		said := "Failed"
		if i == 9 {
			said = "Accepted"
		}
		records = append(records, syslog.Record{
			Time: now.Add(time.Duration(i-10) * time.Second), Stamp: syslog.Exact, Trust: syslog.Host, Host: "web-1", Program: "sshd", PID: 100 + i, Repeat: 1,
			Message: fmt.Sprintf("%s password for bob from 192.0.2.7 port %d ssh2", said, 4000+i),
		})
	}
	var r sshd.Reader
	return r.Read(records)
}
