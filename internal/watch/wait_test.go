package watch_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

// newKey is the Finding of a user's new key, which waits for others.
func newKey(user string, at time.Time) attention.Finding {
	f := about(attention.Medium, user, at)
	f.Reason, f.Wait = "new-key", 10*time.Minute
	f.Detail = map[string]string{"method": "publickey", "credential": "ED25519 SHA256:" + user}
	return f
}

// at sets the clock, and what was found later is of that time.
func (w *world) at(clock string) time.Time {
	t, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		panic(err)
	}
	y, m, d := morning.Date()
	w.now = time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	return w.now
}

// findNewKey lets a batch find a user's new key now; the Fleet judges as ever.
func (w *world) findNewKey(t *testing.T, user string) {
	t.Helper()
	f, i := newKey(user, w.now), len(w.mem.Entries())
	w.watcher.Judge = func(key attention.Key, past attention.History, delta []attention.Mark, world attention.World) (attention.History, []attention.Finding) {
		switch key.Kind {
		case attention.User:
			return past, []attention.Finding{f}
		case attention.Fleet:
			return attention.Judge(key, past, delta, world)
		}
		return past, nil
	}
	b := watch.Batch{Origin: origin, Events: eventsOf(w.now.Add(time.Duration(i)), guesses(1, user, "192.0.2.7")...)}
	if _, err := w.watcher.Batch(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// TestWaiting: what is found within 10 minutes of the clock is one mail, at the
// end of the next 10.
func TestWaiting(t *testing.T) {
	w := newWorld(t, nil)
	w.watcher.Write = nil // the real mails
	for _, found := range []struct{ clock, user string }{{"08:00:00", "alice"}, {"08:04:00", "bob"}, {"08:09:59", "carol"}, {"08:10:00", "dave"}} {
		w.at(found.clock)
		w.findNewKey(t, found.user)
	}
	w.at("08:19:59")
	w.tick(t)
	if len(w.mail.all) != 0 {
		t.Fatalf("told before it was due: %q", w.mail.all[0].Subject)
	}
	w.at("08:20:00")
	w.tick(t)
	if len(w.mail.all) != 1 || !slices.Equal(w.mail.all[0].Users, []string{"alice", "bob", "carol"}) {
		t.Fatalf("at 08:20 %d mails: %+v", len(w.mail.all), w.mail.all)
	}
	for _, clock := range []string{"08:25:00", "08:30:00", "08:35:00", "09:30:00", "09:35:00"} {
		w.at(clock)
		w.tick(t)
	}
	if len(w.mail.all) != 2 || w.mail.all[1].User != "dave" {
		t.Errorf("later %d mails, want one more, of dave: %+v", len(w.mail.all), w.mail.all)
	}
	for user, state := range w.states() {
		if state != watch.Told {
			t.Errorf("%s is %s", user, state)
		}
	}
}

// TestWaitingForMany: when the fifth user has a new key it is a rotation, and
// those that still wait are told with it.
func TestWaitingForMany(t *testing.T) {
	w := newWorld(t, nil)
	w.watcher.Write = nil // the real mails
	const users = 12
	for i := range users {
		w.at(fmt.Sprintf("08:%02d:00", 6+i))
		w.findNewKey(t, fmt.Sprintf("user%02d", i))
	}
	for _, clock := range []string{"08:20:00", "08:25:00", "08:30:00", "08:35:00", "09:35:00"} {
		w.at(clock)
		w.tick(t)
	}
	w.at("11:00:00")
	w.findNewKey(t, "late")
	w.at("11:20:00")
	w.tick(t)
	if len(w.mail.all) != 1 || w.mail.all[0].Reason != "new-keys" || w.mail.all[0].Count != users {
		t.Fatalf("%d mails, want one of %d users: %+v", len(w.mail.all), users, w.mail.all)
	}
	for _, e := range w.mem.Entries() {
		want := watch.Repeated
		if e.Finding.Reason == "new-keys" {
			want = watch.Told
		}
		if e.State != want {
			t.Errorf("%s of %s is %s, want %s", e.Finding.Reason, e.Finding.User, e.State, want)
		}
	}
}

// TestWaitingInVain: a login that was told for something grave meanwhile is not
// told again for its key.
func TestWaitingInVain(t *testing.T) {
	for _, c := range []struct {
		why   string
		grave func(*attention.Finding)
		want  watch.State
	}{
		{"the same login", func(*attention.Finding) {}, watch.Repeated},
		{"another user's", func(f *attention.Finding) { f.User = "eve" }, watch.Told},
		{"from elsewhere", func(f *attention.Finding) { f.Source = netip.MustParseAddr("198.51.100.9") }, watch.Told},
		{"ten minutes before", func(f *attention.Finding) { f.At = f.At.Add(-10 * time.Minute) }, watch.Told},
	} {
		w := newWorld(t, nil)
		waiting := newKey("alice", w.now)
		grave := about(attention.High, "alice", w.now)
		grave.Reason = "after-failures"
		c.grave(&grave)
		w.mustFind(t, waiting, grave)
		w.now = w.now.Add(20 * time.Minute)
		w.tick(t)
		for _, e := range w.mem.Entries() {
			if e.Finding.Wait > 0 && e.State != c.want {
				t.Errorf("%s: it is %s, want %s", c.why, e.State, c.want)
			}
		}
	}
}

// TestWaitingWithoutMemory: while the Fleet cannot be read what waited stays in
// the Outbox, and comes again.
func TestWaitingWithoutMemory(t *testing.T) {
	w := newWorld(t, nil)
	w.at("08:00:00")
	w.findNewKey(t, "alice")
	w.at("08:20:00")
	w.chaos.Plan = func(s watchtest.Step) watchtest.Fault {
		if s.Call == "read" {
			return watchtest.Fail
		}
		return watchtest.None
	}
	if _, err := w.watcher.Tick(t.Context(), w.now); err == nil || len(w.mail.all) > 0 {
		t.Errorf("%v, %d mails", err, len(w.mail.all))
	}
	w.chaos.Plan = nil
	w.at("08:25:00")
	w.tick(t)
	if len(w.mail.all) != 1 {
		t.Errorf("%d mails when Memory is back, want 1", len(w.mail.all))
	}
}
