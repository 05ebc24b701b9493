package watchtest

import (
	"context"
	"errors"
	"testing"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// An Answer is what the far end of a Notifier does with a Notice.
type Answer int

const (
	Accepts Answer = iota // takes it
	Refuses               // will never take it: too long, not allowed, no such topic
	Fails                 // does not take it now: throttled, broken, unreachable
)

// TestNotifier is the contract of watch.Notifier. open returns one whose far end
// always answers so.
func TestNotifier(t *testing.T, open func(*testing.T, Answer) watch.Notifier) {
	f := entry("a").Finding
	tooling := f
	tooling.Rule, tooling.Reason, tooling.Severity, tooling.User = "password-guessing", "source", attention.Ban, ""
	for _, n := range []notice.Notice{
		notice.Write([]attention.Finding{f}, notice.About{Account: "123456789012", LogGroup: hostile, Stream: hostile}),
		notice.Write([]attention.Finding{tooling}, notice.About{}),
	} {
		t.Run(n.Rule, func(t *testing.T) { testNotifier(t, open, n) })
	}
}

func testNotifier(t *testing.T, open func(*testing.T, Answer) watch.Notifier, n notice.Notice) {
	if err := open(t, Accepts).Notify(t.Context(), n); err != nil {
		t.Errorf("accepted, but Notify says %v", err)
	}
	if err := open(t, Refuses).Notify(t.Context(), n); !errors.Is(err, watch.ErrRefused) {
		t.Errorf("refused for ever, but Notify says %v", err)
	}
	if err := open(t, Fails).Notify(t.Context(), n); err == nil || errors.Is(err, watch.ErrRefused) {
		t.Errorf("not accepted now, but Notify says %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, Accepts).Notify(ctx, n); err == nil || errors.Is(err, watch.ErrRefused) {
		t.Errorf("with an ended context Notify says %v, want an error for now", err)
	}
}
