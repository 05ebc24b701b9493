package watch_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

// oneLine is a batch with evidence for a source and a user.
func oneLine() watch.Batch {
	return watch.Batch{Origin: origin, Events: eventsOf(morning, guesses(1, "alice", "192.0.2.7")...)}
}

// judgeUsers lets only users' keys find something, and only once.
func judgeUsers(find func(attention.World) []attention.Finding) func(attention.Key, attention.History, []attention.Mark, attention.World) (attention.History, []attention.Finding) {
	return func(key attention.Key, past attention.History, delta []attention.Mark, world attention.World) (attention.History, []attention.Finding) {
		if key.Kind != attention.User || len(past.Marks) > 0 {
			return simple(key, past, delta, world)
		}
		return attention.History{Version: 1, Marks: delta}, find(world)
	}
}

// TestDeadlineAfterPublishing: what is out is marked told, though the time is
// over.
func TestDeadlineAfterPublishing(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	w.watcher.Notifier = notifierFunc(func(context.Context, notice.Notice) error { cancel(); return nil })
	w.watcher.Judge = judgeUsers(func(attention.World) []attention.Finding {
		return []attention.Finding{about(attention.High, "alice", morning)}
	})
	if _, err := w.watcher.Batch(ctx, oneLine()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's error", err)
	}
	if got := w.states()["alice"]; got != watch.Told {
		t.Errorf("%s, want told", got)
	}
}

type notifierFunc func(context.Context, notice.Notice) error

func (f notifierFunc) Notify(ctx context.Context, n notice.Notice) error { return f(ctx, n) }

// TestNothingIsJudgedHalfBlind: a judge that could not read the source that it
// asked for takes every source for unknown; what it found is not kept.
func TestNothingIsJudgedHalfBlind(t *testing.T) {
	w := newWorld(t, nil)
	asked := false
	w.watcher.Judge = judgeUsers(func(world attention.World) []attention.Finding {
		asked = true
		world.Source(netip.MustParseAddr("198.51.100.1")) // not of this batch
		return []attention.Finding{about(attention.High, "alice", morning)}
	})
	reads := 0
	w.chaos.Plan = func(s watchtest.Step) watchtest.Fault {
		if s.Call != "read" || s.After {
			return watchtest.None
		}
		if reads++; reads == 1 {
			return watchtest.None // the fleet
		}
		return watchtest.Fail
	}
	if _, err := w.watcher.Batch(t.Context(), oneLine()); !errors.Is(err, watchtest.ErrChaos) {
		t.Errorf("%v, want the store's error", err)
	}
	if n := len(w.mem.Entries()); !asked || n != 0 || len(w.mail.all) != 0 {
		t.Errorf("asked %v; %d findings were kept, %d told", asked, n, len(w.mail.all))
	}
}

// TestFollowUpOutlivesDeath: what is low is told by nobody, but the Fleet hears
// of it, whichever step its finder dies or fails at.
func TestFollowUpOutlivesDeath(t *testing.T) {
	newKey := judgeUsers(func(attention.World) []attention.Finding {
		f := about(attention.Low, "alice", morning)
		f.Reason = "new-key"
		return []attention.Finding{f}
	})
	for _, fault := range []watchtest.Fault{watchtest.Kill, watchtest.Fail, watchtest.End, watchtest.Lose} {
		for n, steps := 0, 1; n < steps; n++ {
			t.Run(fmt.Sprint(fault, " at ", n), func(t *testing.T) {
				w := newWorld(t, watchtest.At(n, fault))
				w.judge = newKey
				w.start()
				w.deliver(t, oneLine().Events)
				steps = max(steps, len(w.chaos.Steps()))
				w.settleDown(t)
				if w.mail.got["password-guessing fleet"] < 1 || w.states()["alice"] != watch.Reported || w.mail.got["login user/alice"] != 0 {
					t.Errorf("the fleet told %v; alice's finding is %s", w.mail.got, w.states()["alice"])
				}
			})
		}
	}
}

// TestLeaseOfTheLiving: nobody tells what its finder is about to tell.
func TestLeaseOfTheLiving(t *testing.T) {
	w := newWorld(t, nil)
	w.judge = judgeUsers(func(attention.World) []attention.Finding {
		return []attention.Finding{about(attention.High, "alice", morning)}
	})
	w.start()
	other := &watch.Watcher{Memory: w.mem, Outbox: w.mem, Ledger: w.mem, Notifier: w.mail, Write: w.mail.Write}
	ticked := false
	w.chaos.Plan = func(s watchtest.Step) watchtest.Fault {
		if s.Call == "spend" || s.Call == "notify" {
			ticked = true
			if _, err := other.Tick(t.Context(), w.now); err != nil {
				t.Errorf("tick: %v", err)
			}
		}
		return watchtest.None
	}
	w.deliver(t, oneLine().Events)
	if got := w.mail.got["login user/alice"]; got != 1 || !ticked {
		t.Errorf("told %d times; another ticked meanwhile: %v", got, ticked)
	}
}

// TestBlindly: without Memory an empty History takes everybody for new, so only
// what a batch proves by itself is told; and what could not be sent is tried
// again at once.
func TestBlindly(t *testing.T) {
	w := newWorld(t, func(watchtest.Step) watchtest.Fault { return watchtest.None })
	down := func(s watchtest.Step) watchtest.Fault {
		if s.Call == "update" {
			return watchtest.Fail
		}
		return watchtest.None
	}
	w.chaos.Plan = down
	w.watcher.Judge = judgeUsers(func(attention.World) []attention.Finding {
		first, root, guessed := about(attention.High, "eve", morning), about(attention.High, "root", morning), about(attention.Medium, "bob", morning)
		first.Reason, root.Reason, guessed.Reason = "first-login", "root-password", "keys-only"
		return []attention.Finding{first, root, guessed}
	})
	w.mail.err = errors.New("throttled")
	if _, err := w.watcher.Batch(t.Context(), oneLine()); !errors.Is(err, w.mail.err) || !errors.Is(err, watchtest.ErrChaos) {
		t.Errorf("%v, want both errors", err)
	}
	w.mail.err = nil
	r, err := w.watcher.Batch(t.Context(), oneLine())
	if !errors.Is(err, watchtest.ErrChaos) || r.Blind != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	reasons := []string{}
	for _, n := range w.mail.all {
		reasons = append(reasons, n.Reason)
	}
	if !slices.Equal(reasons, []string{"root-password"}) {
		t.Errorf("told %v", reasons)
	}
}

// TestFoldedSourceIsMarked: a ban tool has to know that a /48 is meant.
func TestFoldedSourceIsMarked(t *testing.T) {
	w := newWorld(t, nil)
	var lines []string
	for i := range 20 {
		lines = append(lines, guesses(1, "root", fmt.Sprintf("2001:db8:7:%x::1", i+1))...)
	}
	w.deliver(t, eventsOf(morning, append(lines, guesses(3, "root", "192.0.2.7")...)...))
	prefixes := map[string]string{}
	for _, e := range w.mem.Entries() {
		if e.Finding.Key.Kind == attention.Source {
			prefixes[e.Finding.Key.Name] = e.Finding.Detail["prefix"]
		}
	}
	if got := fmt.Sprint(prefixes); got != "map[192.0.2.7: 2001:db8:7:::48]" {
		t.Errorf("prefixes by source: %s", got)
	}
}
