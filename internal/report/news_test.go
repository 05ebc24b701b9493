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
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(hour) * time.Hour)
	return fmt.Sprintf("%s %s sshd[7]: %s", at.Format(time.RFC3339), host, message)
}

const (
	aliceOld = "Accepted publickey for alice from 192.0.2.7 port 1 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	aliceNew = "Accepted publickey for alice from 198.51.100.7 port 1 ssh2: ED25519 SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8"
	bobOld   = "Accepted password for bob from 192.0.2.7 port 1 ssh2"
	guess    = "Failed password for root from 203.0.113.7 port 1 ssh2"
	odd      = "frobnicated 17 widgets"
)

func TestNews(t *testing.T) {
	for _, test := range []struct {
		why   string
		lines []string
		want  []string
	}{
		{"what was there before is not new", []string{on(0, "web-1", aliceOld), on(40, "web-1", aliceOld)}, nil},
		{"a key and a place", []string{on(0, "web-1", aliceOld), on(39, "web-1", aliceNew), on(40, "web-1", aliceNew)},
			[]string{"key ED25519 SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8", "source 198.51.100.7"}},
		{"an account, and how it is logged in to", []string{on(0, "web-1", aliceOld), on(40, "web-1", bobOld)},
			[]string{"login bob"}},
		{"a host", []string{on(0, "web-1", aliceOld), on(40, "web-2", aliceOld)}, []string{"host web-2"}},
		{"an attacker, and the message that he causes", []string{on(0, "web-1", aliceOld), on(40, "web-1", guess)},
			[]string{"kind failed-password", "net 203.0.113.0/24"}},
		{"a wording", []string{on(0, "web-1", aliceOld), on(40, "web-1", odd)}, []string{"wording frobnicated * widgets"}},
	} {
		p := gather(test.lines...).Page(false)
		var got []string
		for _, n := range p.News.Items {
			got = append(got, n.What+" "+n.Name)
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
		rates := gather(cron(first), on(hour, "web-1", guess), cron(last)).Page(false).News.Rates
		if len(rates) != 1 || (rates[0].Before > 0) == (rates[0].Now > 0) {
			t.Fatalf("an event after %d of %d hours: %+v, want it before or after", hour, last, rates)
		}
		if now := rates[0].Now > 0; now != (hour >= 300) && hour/6 != 300/6 {
			t.Errorf("an event after %d of %d hours is in the last part: %v", hour, last, now)
		}
	}
}

// Where logins were forgotten, nobody knows which are new.
func TestNoNewsOfWhatWasForgotten(t *testing.T) {
	log := gather(on(0, "web-1", aliceOld), on(40, "web-1", aliceNew))
	log.logins.forgotten = 1
	for _, n := range log.Page(false).News.Items {
		t.Errorf("%+v is told", n)
	}
}
