package report

import (
	"slices"
	"testing"
	"time"
)

// Lines of one account that is guessed at 12:05.
const (
	wrong   = "Failed password for bob from 203.0.113.7 port 1 ssh2"
	guessed = "Accepted password for bob from 203.0.113.7 port 1 ssh2"
)

func guessing() []string {
	return []string{at(0, wrong), at(1, wrong), at(2, wrong), at(3, wrong), at(4, wrong), at(5, guessed)}
}

func TestLoginsAfterAGuess(t *testing.T) {
	const key = " ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	byKey, byPassword := "Accepted publickey for bob from 192.0.2.9 port 1"+key, "Accepted password for bob from 192.0.2.9 port 1 ssh2"
	for _, test := range []struct {
		why    string
		before []string
		after  string
		want   bool
	}{
		{"by a password, from elsewhere", nil, byPassword, true},
		{"by a key that nobody has seen", nil, byKey, true},
		{"by a password, even from where he came before", []string{at(0, byPassword)}, byPassword, true},
		{"by the key that he had before, from where he came", []string{at(0, byKey)}, byKey, false},
		{"of somebody else", nil, "Accepted password for eve from 192.0.2.9 port 1 ssh2", false},
	} {
		page := gather(slices.Concat(test.before, guessing(), []string{at(9, test.after)})...).Page(false)
		got := false
		for _, l := range page.Logins {
			got = got || l.AfterGuess
			if l.AfterGuess && (l.Guessed || l.Source != "192.0.2.9") {
				t.Errorf("%s: %+v is marked", test.why, l)
			}
		}
		if got != test.want {
			t.Errorf("%s: marked: %v, want %v", test.why, got, test.want)
		}
	}
	for _, l := range gather(append([]string{at(0, byPassword)}, guessing()...)...).Page(false).Logins {
		if l.AfterGuess {
			t.Errorf("%+v was before the guess", l)
		}
	}
}

func TestKnownSources(t *testing.T) {
	typo, login := "Failed password for alice from 192.0.2.7 port 1 ssh2", "Accepted password for alice from 192.0.2.7 port 1 ssh2"
	for _, test := range []struct {
		why   string
		lines []string
		want  bool
	}{
		{"nobody logged in", []string{at(1, typo)}, false},
		{"a key, before the typing errors", []string{at(0, aliceOld), at(1, typo), at(2, typo)}, true},
		{"a key after more failures", []string{at(0, typo), at(1, typo), at(2, aliceOld)}, false},
		{"more logins than failures", []string{at(0, typo), at(1, login), at(2, login)}, true},
		{"as many", []string{at(0, typo), at(1, login)}, false},
		{"who guessed is no user, however often he comes then", append(guessing(), slices.Repeat([]string{at(7, guessed)}, 9)...), false},
	} {
		if got := gather(test.lines...).Page(false).Sources[0].Known; got != test.want {
			t.Errorf("%s: known: %v, want %v", test.why, got, test.want)
		}
	}
}

// Two addresses that sshd listens on are one restart, in any order of the lines, and
// what does not stop restarting takes no more memory.
func TestRestarts(t *testing.T) {
	var r restarts
	for _, at := range []int64{1000, 5000, 5002, 1001, 0, 5001, 9000, 5000} {
		r.add(at)
	}
	if got := r.times(); !slices.Equal(got, []int64{1000, 5000, 9000}) {
		t.Errorf("%v, want 1000, 5000 and 9000", got)
	}
	for i := range int64(10) {
		r.add(9500 + 42*i) // too near to each other to be one each
	}
	if got := r.times(); len(got) != 3+5 {
		t.Errorf("%v, want every second of those that come every 42 seconds", got)
	}
	for i := range int64(1000) {
		r.add(10_000 + 100*i)
	}
	if got := r.times(); len(got) != maxRestarts || got[maxRestarts-1] != 10_000+100*999 || len(r) > linesKept {
		t.Errorf("%d restarts, %d kept, the last %d", len(got), len(r), got[len(got)-1])
	}
}

// An hour of the week is covered as often as it comes.
func TestCoveredHours(t *testing.T) {
	first := monday.Add(90 * time.Minute)
	for hours := range 500 {
		last := first.Add(time.Duration(hours) * time.Hour)
		var want [hoursAWeek]int
		for at := first; !at.After(last); at = at.Add(time.Hour) {
			want[hourOfWeek(at.Unix())]++
		}
		for hour, n := range want {
			if got := covered(hour, first.Unix(), last.Unix()); got != n {
				t.Fatalf("%d hours: hour %d is covered %d times, want %d", hours, hour, got, n)
			}
		}
	}
}

// A board without battery does not make the log decades long.
func TestClocksThatNobodySet(t *testing.T) {
	p := gather("1970-01-01T00:00:09Z web-1 sshd[7]: "+guess, "2000-01-01T09:00:09Z web-1 sshd[7]: "+guess, at(1, guess)).Page(false)
	if p.From.Year() != 2026 || p.Timeline.Steps != 1 || p.Failed != 3 {
		t.Errorf("from %s, %d steps, %d attempts", p.From, p.Timeline.Steps, p.Failed)
	}
}
