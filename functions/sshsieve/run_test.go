package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
)

// closedPipe is what standard output is behind `| head`, once head has ended.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestBrokenPipeEndsQuietly(t *testing.T) {
	log := strings.Repeat("Invalid user admin from 192.0.2.7 port 4242\n", 10_000)
	for _, args := range [][]string{{"classify"}, {"classify", "--json"}, {"report"}, {"messages"}, {"event"}} {
		var errs bytes.Buffer
		code := run(context.Background(), args, strings.NewReader(log), closedPipe{}, &errs)
		if code != exitOK || errs.Len() > 0 {
			t.Errorf("%v: exit %d, %q; want a quiet end", args, code, errs.String())
		}
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestOutputThatCannotBeWrittenIsAnError(t *testing.T) {
	var errs bytes.Buffer
	code := run(context.Background(), []string{"messages"}, nil, fullDisk{}, &errs)
	if code != exitUsage || !strings.Contains(errs.String(), "no space left") {
		t.Errorf("exit %d, %q; want exit %d and the reason", code, errs.String(), exitUsage)
	}
}

func TestContextEndsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errs bytes.Buffer
	code := run(ctx, []string{"classify"}, strings.NewReader("a\nb\n"), &out, &errs)
	if code != exitUsage || !strings.Contains(errs.String(), "canceled") {
		t.Errorf("exit %d, %q; want an end with the reason", code, errs.String())
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"report", "report", 0}, {"reprot", "report", 2}, {"repor", "report", 1},
		{"", "event", 5}, {"evnet", "event", 2}, {"clasify", "classify", 1},
	} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
		if got := distance(test.b, test.a); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d: it is symmetric", test.b, test.a, got, test.want)
		}
	}
}

// half is a log of which half is read.
type half struct{}

func (half) Consumed() int64 { return 50 }
func (half) Size() int64     { return 100 }

func TestProgressWaitsAndWipesItself(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &progress{out: &out, now: func() time.Time { return now }, next: now.Add(patience)}
	p.show(half{}, 500)
	if out.Len() > 0 {
		t.Errorf("a short reading shows %q", out.String())
	}
	now = now.Add(2 * patience)
	p.show(half{}, 1000)
	p.show(half{}, 1001) // too soon after
	p.done()
	if got, want := out.String(), "\r\x1b[K1000 lines, 50%\r\x1b[K"; got != want {
		t.Errorf("shows %q, want %q", got, want)
	}
}

// Progress, which holds control characters, is for terminals only.
func TestNoProgressWithoutTerminal(t *testing.T) {
	c := newCall(context.Background(), "report", nil, io.Discard, io.Discard)
	if p := newProgress(c); p != nil {
		t.Error("there is a progress though standard error is no terminal")
	}
}

// What is beyond the bound of a line is said to be lost.
func TestCutLineIsTold(t *testing.T) {
	log := "Nov 22 12:00:00 web-1 sshd[7]: Failed password for " + strings.Repeat("x", 2<<20) + " from 192.0.2.7 port 4242 ssh2\n"
	code, _, errs := execute(log, "classify")
	if code != exitUsage || !strings.Contains(errs, "1 of its lines are longer than 1 MiB") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
