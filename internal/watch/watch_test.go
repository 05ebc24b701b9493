package watch_test

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
)

// about makes a Finding of a user of that name, at a time.
func about(severity attention.Severity, user string, at time.Time) attention.Finding {
	return attention.Finding{
		Rule: "login", Reason: user, Severity: severity, Key: attention.Key{Kind: attention.User, Name: user},
		At: at, Count: 1, User: user, Source: netip.MustParseAddr("192.0.2.7"),
	}
}

// find lets a batch find these at once.
func (w *world) find(t *testing.T, findings ...attention.Finding) (watch.Result, error) {
	t.Helper()
	w.watcher.Judge = func(key attention.Key, past attention.History, _ []attention.Mark, _ attention.World) (attention.History, []attention.Finding) {
		if key.Kind == attention.User {
			return past, findings
		}
		return past, nil
	}
	return w.watcher.Batch(t.Context(), watch.Batch{Origin: origin, Events: eventsOf(w.now, guesses(1, "alice", "192.0.2.7")...)})
}

func (w *world) mustFind(t *testing.T, findings ...attention.Finding) watch.Result {
	t.Helper()
	r, err := w.find(t, findings...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *world) tick(t *testing.T) watch.Result {
	t.Helper()
	r, err := w.watcher.Tick(t.Context(), w.now)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// states are what became of the Findings, by user.
func (w *world) states() map[string]watch.State {
	states := map[string]watch.State{}
	for _, e := range w.mem.Entries() {
		states[e.Finding.User] = e.State
	}
	return states
}

// TestWhoIsTold: what becomes of one Finding.
func TestWhoIsTold(t *testing.T) {
	const day = 24 * time.Hour
	mute := func(m watch.Mute) []watch.Mute { return []watch.Mute{m} }
	cases := []struct {
		why      string
		severity attention.Severity
		age      time.Duration // of the line, when it comes
		mutes    []watch.Mute  // that end an hour from now, unless they say
		want     watch.State
	}{
		{"high is told", attention.High, 0, nil, watch.Told},
		{"medium is told", attention.Medium, 0, nil, watch.Told},
		{"ban tools are told", attention.Ban, 0, nil, watch.Told},
		{"low is for the report", attention.Low, 0, nil, watch.Reported},
		{"a day late is early enough", attention.Medium, day, nil, watch.Told},
		{"later is for the report", attention.Medium, day + time.Second, nil, watch.Late},
		{"ban tools want no old news", attention.Ban, day + time.Second, nil, watch.Late},
		{"but high is told however late", attention.High, 30 * day, nil, watch.Told},
		{"muted by rule", attention.High, 0, mute(watch.Mute{Rule: "login"}), watch.Muted},
		{"muted by user", attention.High, 0, mute(watch.Mute{Rule: "login", User: "bob"}), watch.Muted},
		{"muted by source", attention.High, 0, mute(watch.Mute{Source: netip.MustParsePrefix("192.0.2.0/24")}), watch.Muted},
		{"another user is muted", attention.High, 0, mute(watch.Mute{User: "eve"}), watch.Told},
		{"another source is muted", attention.High, 0, mute(watch.Mute{Source: netip.MustParsePrefix("192.0.3.0/24")}), watch.Told},
		{"another rule is muted", attention.High, 0, mute(watch.Mute{Rule: "locked-out", User: "bob"}), watch.Told},
		{"another host is muted", attention.High, 0, mute(watch.Mute{Host: "web-2"}), watch.Told},
		{"the mute is over", attention.High, 0, mute(watch.Mute{Rule: "login", Until: morning.Add(time.Minute)}), watch.Told},
		{"low and muted is for the report anyhow", attention.Low, 0, mute(watch.Mute{Rule: "login"}), watch.Reported},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t, nil)
			for _, m := range c.mutes {
				if m.Until.IsZero() {
					m.Until = w.now.Add(time.Hour)
				}
				w.mem.Mute(origin.Scope(), m)
			}
			w.mustFind(t, about(c.severity, "bob", w.now.Add(-c.age)))
			if got := w.states()["bob"]; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if told := len(w.mail.all) == 1; told != (c.want == watch.Told) {
				t.Errorf("%d notices, but %s", len(w.mail.all), c.want)
			}
		})
	}
}

// TestRefusedForEver: the Finding fails, the batch does not, and nobody tries
// again.
func TestRefusedForEver(t *testing.T) {
	w := newWorld(t, nil)
	w.mail.err = fmt.Errorf("topic: %w", watch.ErrRefused)
	if r := w.mustFind(t, about(attention.High, "bob", w.now)); r.Failed != 1 || !r.Fresh || r.Notices != 0 {
		t.Errorf("result %+v", r)
	}
	w.mail.err = nil
	w.settleDown(t)
	if got := w.states()["bob"]; got != watch.Failed || len(w.mail.all) != 0 {
		t.Errorf("%s, and %d notices later", got, len(w.mail.all))
	}
}

// TestRefusedForNow: the batch comes again, and the Finding is told once the
// Notifier is back, by whoever asks the outbox.
func TestRefusedForNow(t *testing.T) {
	w := newWorld(t, nil)
	w.mail.err = errors.New("throttled")
	if r, err := w.find(t, about(attention.High, "bob", w.now)); !errors.Is(err, w.mail.err) || r.Fresh {
		t.Fatalf("result %+v, %v", r, err)
	}
	w.mail.err = nil
	w.now = w.now.Add(time.Minute)
	if r := w.mustFind(t); r.Notices != 1 || !r.Fresh {
		t.Errorf("the next batch: %+v", r)
	}
}

// TestLeftovers: a batch asks the outbox for what others left, but a container
// does so at most every 10 seconds.
func TestLeftovers(t *testing.T) {
	w := newWorld(t, nil)
	w.mustFind(t) // has asked now
	_, err := w.mem.Update(t.Context(), watch.Key{Scope: origin.Scope(), Of: attention.Key{Kind: attention.User, Name: "eve"}},
		func(past attention.History) (attention.History, []watch.Entry) {
			return past, []watch.Entry{{ID: "a", Origin: origin, Finding: about(attention.High, "eve", w.now), Found: w.now, Due: w.now}}
		})
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(9 * time.Second)
	if w.mustFind(t); len(w.mail.all) != 0 {
		t.Error("asked again after 9 seconds")
	}
	w.now = w.now.Add(time.Second)
	if w.mustFind(t); len(w.mail.all) != 1 {
		t.Error("did not ask after 10 seconds")
	}
}

// several are Findings of as many causes.
func several(n int, severity attention.Severity, at time.Time) (findings []attention.Finding) {
	for i := range n {
		findings = append(findings, about(severity, fmt.Sprintf("user%d", i), at))
	}
	return findings
}

// TestHeldBack: beyond the cap one summary comes with the next tick, then one an
// hour, and all that was found is told in the end.
func TestHeldBack(t *testing.T) {
	w := newWorld(t, nil)
	w.mustFind(t, several(9, attention.Medium, w.now)...)
	if len(w.mail.all) != 6 {
		t.Fatalf("%d notices at once, want the cap's 6", len(w.mail.all))
	}
	w.now = w.now.Add(5 * time.Minute)
	w.tick(t)
	if n := w.mail.all[len(w.mail.all)-1]; len(w.mail.all) != 7 || n.Rule != "held-back" || n.Count != 4 || n.Severity != attention.Medium {
		t.Fatalf("after the tick: %d notices, the last %+v", len(w.mail.all), n)
	}
	w.mustFind(t, about(attention.Medium, "mia", w.now), about(attention.Medium, "eve", w.now))
	for range 11 {
		w.now = w.now.Add(5 * time.Minute)
		w.tick(t)
	}
	if len(w.mail.all) != 7 {
		t.Errorf("a summary came again within the hour")
	}
	w.now = w.now.Add(5 * time.Minute)
	w.tick(t)
	if len(w.mail.all) != 8 {
		t.Errorf("%d notices, want a second summary after an hour", len(w.mail.all))
	}
	for user, state := range w.states() {
		if state != watch.Told {
			t.Errorf("%s: %s", user, state)
		}
	}
}

// TestHeldBackOfOneCause: what only waited for more of its cause is told in its
// own words.
func TestHeldBackOfOneCause(t *testing.T) {
	w := newWorld(t, nil)
	first, second, third := about(attention.Medium, "bob", w.now), about(attention.Medium, "eve", w.now), about(attention.Medium, "mia", w.now)
	second.Reason, third.Reason = first.Reason, first.Reason
	w.mustFind(t, first)
	w.mustFind(t, second)
	w.mustFind(t, third)
	if len(w.mail.all) != 1 {
		t.Fatalf("%d notices of one cause", len(w.mail.all))
	}
	w.now = w.now.Add(5 * time.Minute)
	w.tick(t)
	if n := w.mail.all[len(w.mail.all)-1]; len(w.mail.all) != 2 || n.Rule != "login" || n.Count != 2 {
		t.Errorf("after the tick: %d notices, the last %+v", len(w.mail.all), n)
	}
}

// TestHeldBackNeverLost: where the summary cannot be sent now, the next tick
// sends it.
func TestHeldBackNeverLost(t *testing.T) {
	w := newWorld(t, nil)
	w.mustFind(t, several(8, attention.Medium, w.now)...)
	w.mail.err = errors.New("throttled")
	w.now = w.now.Add(5 * time.Minute)
	if _, err := w.watcher.Tick(t.Context(), w.now); !errors.Is(err, w.mail.err) {
		t.Fatalf("tick: %v", err)
	}
	w.mail.err = nil
	w.now = w.now.Add(5 * time.Minute)
	if w.tick(t); len(w.mail.all) != 7 {
		t.Errorf("%d notices, want 6 and the summary", len(w.mail.all))
	}
}

// TestBanToolsHearOfEach: no cap, no grouping.
func TestBanToolsHearOfEach(t *testing.T) {
	w := newWorld(t, nil)
	findings := several(50, attention.Ban, w.now)
	for i := range findings {
		findings[i].Reason = "source"
	}
	if r := w.mustFind(t, findings...); r.Notices != 50 {
		t.Errorf("%d notices of 50 sources", r.Notices)
	}
}

// TestSameBatchIsCountedOnce: the same lines give the same receipt, in another Events
// slice as well; other lines do not.
func TestSameBatchIsCountedOnce(t *testing.T) {
	w := newWorld(t, nil)
	deliver := func(o watch.Origin, events []sshd.Event) bool {
		t.Helper()
		r, err := w.watcher.Batch(t.Context(), watch.Batch{Origin: o, Events: events})
		if err != nil {
			t.Fatal(err)
		}
		return r.Fresh
	}
	lines := guesses(3, "alice", "192.0.2.7")
	other := origin
	other.Stream = "web-2"
	for _, c := range []struct {
		why    string
		origin watch.Origin
		events []sshd.Event
		want   bool
	}{
		{"new", origin, eventsOf(morning, lines...), true},
		{"again", origin, eventsOf(morning, lines...), false},
		{"another stream", other, eventsOf(morning, lines...), true},
		{"a second later", origin, eventsOf(morning.Add(time.Second), lines...), true},
		{"a line less", origin, eventsOf(morning, lines[:2]...), true},
		{"no line", origin, nil, true},
	} {
		if got := deliver(c.origin, c.events); got != c.want {
			t.Errorf("%s: fresh %v, want %v", c.why, got, c.want)
		}
	}
}

// TestResult: what a batch held.
func TestResult(t *testing.T) {
	w := newWorld(t, nil)
	w.watcher.Judge = nil
	events := eventsOf(morning, append(guesses(2, "alice", "192.0.2.7"),
		"Mar  2 10:00:00 web-1 CRON[7]: pam_unix(cron:session): session opened for user root",
		"Mar  2 10:00:00 web-1 sshd[7]: this is what no release of sshd says",
		"Mar  2 10:00:00 web-1 sshd[7]: message repeated 4 times: [ Failed password for alice from 192.0.2.7 port 4242 ssh2]")...)
	r, err := w.watcher.Batch(t.Context(), watch.Batch{Origin: origin, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	c := r.Counts
	if c.Lines != 5 || c.Categories["auth.failed.password"] != 6 || c.Categories["not-sshd"] != 1 || c.Unrecognised != 1 || c.Verdicts["tooling"] != 6 || c.Verdicts["graph"] != 1 {
		t.Errorf("counts %+v", c)
	}
	if !r.Newest.Equal(morning.Add(4 * time.Second)) {
		t.Errorf("newest %s", r.Newest)
	}
	w.settleDown(t)
	rows, err := watch.Rows(t.Context(), w.mem, morning, morning.Add(time.Hour))
	if err != nil || len(rows) != 1 || rows[0].Hosts["web-1"] != r.Newest.Unix() || rows[0].Batches != 1 {
		t.Errorf("rows %+v, %v", rows, err)
	}
}

// TestLateReceiptIsFolded: a receipt for an old bucket is in its row within 49
// hours of ticks.
func TestLateReceiptIsFolded(t *testing.T) {
	for _, age := range []time.Duration{0, 59 * time.Minute, 5 * time.Hour, 7 * 24 * time.Hour, 192 * time.Hour} {
		w := newWorld(t, nil)
		events := eventsOf(w.now.Add(-age), guesses(1, "alice", "192.0.2.7")...)
		w.watcher.Judge = simple
		if _, err := w.watcher.Batch(t.Context(), watch.Batch{Origin: origin, Events: events}); err != nil {
			t.Fatal(err)
		}
		folded := false
		for range 49 * 12 {
			w.tick(t)
			rows, err := watch.Rows(t.Context(), w.mem, morning.Add(-300*time.Hour), morning.Add(time.Hour))
			if folded = err == nil && len(rows) == 1; folded {
				break
			}
			w.now = w.now.Add(5 * time.Minute)
		}
		if !folded {
			t.Errorf("a receipt %s old was never folded", age)
		}
	}
}

// TestFollowUpShowsLines: what the Fleet finds because of other Findings shows
// their lines.
func TestFollowUpShowsLines(t *testing.T) {
	w := newWorld(t, nil)
	w.watcher.Judge = nil
	var written []attention.Finding
	w.watcher.Write = func(findings []attention.Finding, about notice.About) notice.Notice {
		written = append(written, findings...)
		return notice.Write(findings, about)
	}
	events := eventsOf(morning, guesses(8, "alice", "192.0.2.7")...)
	if _, err := w.watcher.Batch(t.Context(), watch.Batch{Origin: origin, Events: events}); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(written, func(f attention.Finding) bool { return f.Reason == "begins" })
	if i < 0 || len(written[i].Lines) == 0 || !strings.Contains(written[i].Lines[0].Text, "Failed password") {
		t.Errorf("written %+v", written)
	}
}

// TestNoHistoryRules: a name that no rule has would tell nobody when Memory is
// down.
func TestNoHistoryRules(t *testing.T) {
	for rule, reason := range watch.NeedsNoHistory() {
		i := slices.IndexFunc(attention.Rules, func(r attention.Rule) bool { return r.Name == rule })
		if i < 0 || !slices.ContainsFunc(attention.Rules[i].Reasons, func(r attention.Reason) bool { return r.Name == reason }) {
			t.Errorf("there is no rule %s/%s", rule, reason)
		}
	}
}
