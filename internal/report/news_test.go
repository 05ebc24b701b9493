package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// on is a line of a host at an hour, counted from the beginning of the log.
func on(hour int, host, message string) string {
	return fmt.Sprintf("%s %s sshd[7]: %s", when(hour).Format(time.RFC3339), host, message)
}

// container is a line that a container wrote, at an hour.
func container(hour int, message string) string {
	return when(hour).Format(time.RFC3339Nano) + " stderr F " + message
}

// certificate is a login by the n-th certificate of an authority.
func certificate(n int, authority string) string {
	return fmt.Sprintf("Accepted publickey for alice from 192.0.2.7 port 1 ssh2: ED25519-CERT SHA256:key%d ID alice CA (serial %d) %s", n, n, authority)
}

func when(hour int) time.Time {
	return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hour) * time.Hour)
}

const (
	aliceOld    = "Accepted publickey for alice from 192.0.2.7 port 1 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	aliceNew    = "Accepted publickey for alice from 198.51.100.7 port 1 ssh2: ED25519 SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8"
	bobOld      = "Accepted password for bob from 192.0.2.7 port 1 ssh2"
	guess       = "Failed password for root from 203.0.113.7 port 1 ssh2"
	rootRefused = "ROOT LOGIN REFUSED FROM 203.0.113.7 port 1"
)

func TestNews(t *testing.T) {
	for _, test := range []struct {
		why   string
		lines []string
		want  []string
	}{
		{"what was there before is not new", []string{on(0, "web-1", aliceOld), on(40, "web-1", aliceOld)}, nil},
		{"a key, and where it came from, in one", []string{on(0, "web-1", aliceOld), on(39, "web-1", aliceNew), on(40, "web-1", aliceNew)},
			[]string{"key ED25519 SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8 of alice from 198.51.100.7"}},
		{"a place alone", []string{on(0, "web-1", aliceOld), on(40, "web-1", strings.Replace(aliceOld, "192.0.2.7", "198.51.100.7", 1))},
			[]string{"source 198.51.100.7 of alice from 198.51.100.7"}},
		{"no place beside one that is known", []string{on(0, "web-1", aliceOld), on(40, "web-1", strings.Replace(aliceOld, "192.0.2.7", "192.0.2.8", 1))}, nil},
		{"an account, and how it is logged in to", []string{on(0, "web-1", aliceOld), on(40, "web-1", bobOld)},
			[]string{"login bob of bob from 192.0.2.7"}},
		{"a host", []string{on(0, "web-1", aliceOld), on(40, "web-2", aliceOld)}, []string{"host web-2"}},
		{"one event from a net is none", []string{on(0, "web-1", aliceOld), on(40, "web-1", guess)}, nil},
		{"a message for a person, once", []string{on(0, "web-1", aliceOld), on(40, "web-1", rootRefused)}, []string{"kind root-refused"}},
		{"a restart", []string{on(0, "web-1", aliceOld), on(40, "web-1", "Server listening on 0.0.0.0 port 22."), on(40, "web-1", "Server listening on :: port 22.")},
			[]string{"restart web-1"}},
		{"an upgrade, by the name of the program", []string{on(0, "web-1", aliceOld), on(1, "web-1", aliceOld), since98(on(40, "web-1", aliceOld)), since98(on(41, "web-1", aliceOld))},
			[]string{"openssh web-1 5.3 to 9.7 9.8 or later"}},
		{"a downgrade", []string{since98(on(0, "web-1", aliceOld)), since98(on(1, "web-1", aliceOld)), on(40, "web-1", aliceOld), on(41, "web-1", aliceOld)},
			[]string{"openssh web-1 9.8 or later 5.3 to 9.7"}},
		{"one connection makes no upgrade", []string{on(0, "web-1", aliceOld), on(1, "web-1", aliceOld), since98(on(40, "web-1", aliceOld))}, nil},
		{"two hosts of one name make none", []string{on(0, "web-1", aliceOld), on(1, "web-1", aliceOld), since98(on(40, "web-1", aliceOld)), since98(on(41, "web-1", aliceOld)), on(42, "web-1", aliceOld), on(43, "web-1", aliceOld)}, nil},
		{"an upgrade, the newer file first", []string{since98(on(40, "web-1", aliceOld)), since98(on(41, "web-1", aliceOld)), on(0, "web-1", aliceOld), on(1, "web-1", aliceOld)},
			[]string{"openssh web-1 5.3 to 9.7 9.8 or later"}},
		{"of hours, everybody is new", []string{on(0, "web-1", aliceOld), on(12, "web-2", bobOld)}, nil},
		{"what a stranger may have written is no login, and no restart", []string{container(0, aliceOld), container(40, bobOld), container(40, "Server listening on 0.0.0.0 port 22.")}, nil},
		{"certificates of one authority are one credential", []string{on(0, "web-1", certificate(1, "CA RSA SHA256:corp")), on(40, "web-1", certificate(2, "CA RSA SHA256:corp"))}, nil},
		{"but not those of another", []string{on(0, "web-1", certificate(1, "CA RSA SHA256:corp")), on(40, "web-1", certificate(2, "CA RSA SHA256:evil"))},
			[]string{"key CA RSA SHA256:evil of alice from 192.0.2.7"}},
	} {
		p := gather(test.lines...).Page(false)
		var got []string
		for _, n := range p.News.Items {
			text := n.What + " " + n.Name
			if n.User != "" {
				text += " of " + n.User + " from " + n.Source
			}
			got = append(got, strings.TrimSpace(text+" "+n.From+" "+n.To))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

func TestLastPart(t *testing.T) {
	for _, test := range []struct {
		why   string
		hours int
		want  int // hours of the last part, 0: none
	}{
		{"in three hours nothing is old", 3, 0},
		{"the last quarter", 40, 10},
		{"a week, where there is one before it", 24 * 14, 7 * 24},
		{"a week at most", 24 * 60, 7 * 24},
	} {
		p := gather(on(0, "web-1", guess), on(test.hours, "web-1", guess)).Page(false)
		if (p.News == nil) != (test.want == 0) {
			t.Fatalf("%s: %+v", test.why, p.News)
		}
		if p.News == nil {
			continue
		}
		// It begins with a step of the timeline.
		got := p.To.Sub(p.News.Since)
		if want := time.Duration(test.want) * time.Hour; got < want || got > want+time.Duration(p.Timeline.Step)*time.Second {
			t.Errorf("%s: the last part is %v, want %v", test.why, got, want)
		}
	}
}

// A rate is by the day, before the last part and in it.
func TestRates(t *testing.T) {
	var lines []string
	for hour := range 28*24 + 1 {
		lines = append(lines, on(hour, "web-1", guess))
		if hour >= 21*24 {
			lines = append(lines, on(hour, "web-1", guess))
		}
	}
	rates := gather(lines...).Page(false).News.Rates
	if len(rates) != 1 || rates[0].Before < 23.5 || rates[0].Before > 24.5 || rates[0].Now < 47 || rates[0].Now > 49 {
		t.Errorf("%+v, want about 24 and 48 a day", rates)
	}
}

// Other programs' lines make the log longer than what sshd says of it: then there
// are events only before the last part, or only in it.
func TestRatesOfAShortEpisode(t *testing.T) {
	const first, last = 0, 400
	cron := func(hour int) string {
		return strings.Replace(on(hour, "web-1", "(root) CMD (true)"), "sshd[", "CRON[", 1)
	}
	for hour := first; hour <= last; hour++ {
		news := gather(cron(first), on(hour, "web-1", guess), cron(last)).Page(false).News
		rates := news.Rates
		if len(rates) != 1 || (rates[0].Before > 0) == (rates[0].Now > 0) {
			t.Fatalf("an event after %d of %d hours: %+v, want it before or after", hour, last, rates)
		}
		if now := rates[0].Now > 0; now != (hour >= int(news.Since.Sub(when(0)).Hours())) {
			t.Errorf("an event after %d of %d hours is in the last part: %v", hour, last, now)
		}
	}
}

// Where things of a sort were forgotten, nobody knows which are new, or stopped.
func TestNoNewsOfWhatWasForgotten(t *testing.T) {
	var lines []string
	for hour := range 28 * 24 {
		if lines = append(lines, on(hour, "web-1", guess)); hour < 25*24 {
			lines = append(lines, on(hour, "web-1", bobOld))
		}
	}
	lines = append(lines, on(640, "web-2", aliceOld), on(641, "web-1", "Server listening on 0.0.0.0 port 22."), since98(on(642, "web-1", guess)), since98(on(643, "web-1", guess)))
	sortsOf := func(log *Log) (list []string) {
		for _, n := range log.Page(false).News.Items {
			if n.What != "kind" { // the table is known
				list = append(list, n.What)
			}
		}
		return slices.Compact(list)
	}
	log := gather(lines...)
	if got := sortsOf(log); !slices.Equal(got, []string{"login", "user", "host", "restart"}) && !slices.Equal(got, []string{"login", "user", "host", "openssh", "restart"}) {
		t.Fatalf("%q are told", got)
	}
	log.logins.forgotten, log.accounts.forgotten, log.hosts.forgotten = 1, 1, 1
	if got := sortsOf(log); len(got) > 0 {
		t.Errorf("%q are told", got)
	}
}
