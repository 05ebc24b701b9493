package emf

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// TestLookKeepsNothing: a batch's buffer is used again for the next one.
func TestLookKeepsNothing(t *testing.T) {
	var records []syslog.Record
	var buffers [][]byte
	for text := range strings.SplitSeq(strings.TrimSpace(noise), "\n") {
		buf := []byte(text)
		buffers = append(buffers, buf)
		records = append(records, syslog.Parse(unsafe.String(&buf[0], len(buf))))
	}
	var r sshd.Reader
	m := glanced()
	want := string(written(t, m))
	m.Glance = Look(r.Read(records))
	for _, buf := range buffers {
		for i := range buf {
			buf[i] = 'X'
		}
	}
	if got := string(written(t, m)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestLookHidesNames: a name that no account has may be a password.
func TestLookHidesNames(t *testing.T) {
	if got := string(written(t, glanced())); strings.Contains(got, "hunter2") || !strings.Contains(got, "hidden, 14 chars") {
		t.Errorf("the name shows: %s", got)
	}
}

// TestLookForged: what another program wrote as sshd tells nothing of a peer.
func TestLookForged(t *testing.T) {
	var r sshd.Reader
	record := syslog.Record{Program: "sshd", PID: 1, Trust: syslog.Forged, Repeat: 1, Message: "Failed password for root from 192.0.2.7 port 4242 ssh2"}
	if g := Look(r.Read([]syslog.Record{record})); len(g.sources)+len(g.users) > 0 {
		t.Errorf("got %+v", g)
	}
}

// TestLineIsBounded: the longest texts that a batch can hold, and more of them
// than are shown.
func TestLineIsBounded(t *testing.T) {
	var lines []string
	for i := range 2000 {
		odd := fmt.Sprint(i, strings.Repeat("\u202e\xff\"", 120))
		lines = append(lines,
			fmt.Sprintf("Nov 22 12:00:00 w sshd[%d]: Failed password for %s from 2001:db8:%x::7 port 4242 ssh2", i+1, odd[:90], i),
			fmt.Sprintf("Nov 22 12:00:00 w sshd[%d]: Unable to negotiate with 192.0.2.7 port 42: no matching cipher found. Their offer: %s [preauth]", i+1, odd),
			fmt.Sprintf("Nov 22 12:00:00 w sshd[%d]: Received disconnect from 192.0.2.7 port 42:11: %s [preauth]", i+1, odd),
			fmt.Sprintf("Nov 22 12:00:00 w sshd[%d]: Bad protocol version identification '%s' from 192.0.2.7 port 42", i+1, odd))
	}
	m := sample()
	m.Origin.LogGroup, m.Origin.Stream = strings.Repeat("\u202e", 512), strings.Repeat("\u202e", 512)
	m.Glance = Look(read(lines...))
	g := m.Glance
	if len(g.sources) != mostShown || len(g.users) != mostShown || len(g.offers) != mostOffers || len(g.reasons) != mostShown || len(g.banners) != mostShown {
		t.Errorf("%d sources, %d users, %d offers, %d reasons, %d banners", len(g.sources), len(g.users), len(g.offers), len(g.reasons), len(g.banners))
	}
	line := written(t, m) // which checks its length
	t.Logf("%d bytes", len(line))
}

// TestFrequent: while there are few different things, all is exact.
func TestFrequentExact(t *testing.T) {
	f := newFrequent(strings.Clone)
	for i := range 10 * mostCounted {
		f.add(fmt.Sprint(i%mostCounted), i%3+1)
	}
	sum := 0
	for _, c := range f.top(mostCounted, strings.Compare) {
		sum += c.n
	}
	want := 0
	for i := range 10 * mostCounted {
		want += i%3 + 1
	}
	if sum != want {
		t.Errorf("counted %d, want %d", sum, want)
	}
}

// TestFrequentBound: beyond that no count is too high, nor too low by more than
// total/(mostCounted+1); so what is more frequent than that is never lost.
func TestFrequentBound(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		f := newFrequent(func(n int) int { return n })
		exact := map[int]int{}
		total := 0
		for range 20 * mostCounted {
			key, n := int(r.ExpFloat64()*mostCounted), r.IntN(4)+1
			f.add(key, n)
			exact[key] += n
			total += n
		}
		if len(f.counts) > mostCounted || len(exact) <= mostCounted {
			t.Fatalf("seed %d: %d kept of %d", seed, len(f.counts), len(exact))
		}
		for key, n := range exact {
			if got := f.counts[key]; got > n || got < n-total/(mostCounted+1) {
				t.Errorf("seed %d: %d was counted %d times, came %d times of %d", seed, key, got, n, total)
			}
		}
	}
}

// FuzzWrite: whatever peers write and groups are called, a line stays one line
// that CloudWatch takes.
func FuzzWrite(f *testing.F) {
	f.Add("/var/log/secure", "i-0abc", "root", "ssh-rsa,ssh-dss", "GET / HTTP/1.1", 3)
	f.Add("\n", "\xff\u202e", "x\",\"lines\":1e9,\"a\":\"", `\u0000\`, "\x1b[2J\r\n{}", -1)
	f.Add(":", "", "", "", "", 1<<40)
	f.Fuzz(func(t *testing.T, group, stream, user, offer, text string, n int) {
		records := []syslog.Record{
			{Message: "Failed password for invalid user " + user + " from 192.0.2.7 port 4242 ssh2"},
			{Message: "Failed password for " + user + " from 2001:db8::7 port 4242 ssh2"},
			{Message: "Unable to negotiate with 192.0.2.7 port 42: no matching cipher found. Their offer: " + offer + " [preauth]"},
			{Message: "Bad protocol version identification '" + text + "' from 192.0.2.7 port 42"},
			{Message: "Received disconnect from 192.0.2.7 port 42:11: " + text + " [preauth]"},
		}
		for i := range records {
			records[i].Program, records[i].Trust, records[i].Repeat = "sshd", syslog.Host, n
		}
		var r sshd.Reader
		m := sample()
		m.Origin.Account, m.Origin.Fleet, m.Origin.LogGroup, m.Origin.Stream = stream, group, group, stream
		m.Result.Counts.Lines = n
		m.Glance = Look(r.Read(records))
		written(t, m)
		m.Result.Fresh = false
		if line := written(t, m); bytes.Contains(line, []byte(`"sources"`)) {
			t.Errorf("a duplicate counts lines again: %s", line)
		}
	})
}

// BenchmarkLook is to be compared with BenchmarkRead, what reading the same
// batch costs, and BenchmarkWrite, its line.
func BenchmarkLook(b *testing.B) {
	events := crowd()
	b.ReportAllocs()
	for b.Loop() {
		Look(events)
	}
	perLine(b, len(events))
}

func BenchmarkRead(b *testing.B) {
	events := crowd()
	records := make([]syslog.Record, len(events))
	for i := range events {
		records[i] = *events[i].Record
	}
	var r sshd.Reader
	b.ReportAllocs()
	for b.Loop() {
		r.Read(records)
	}
	perLine(b, len(events))
}

func BenchmarkWrite(b *testing.B) {
	m := glanced()
	b.ReportAllocs()
	for b.Loop() {
		if err := Write(&pen{}, m); err != nil {
			b.Fatal(err)
		}
	}
}

func perLine(b *testing.B, lines int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
}

// crowd is what a host on the internet logs in a minute, 1,200 lines.
func crowd() []sshd.Event {
	var lines []string
	for range 100 {
		lines = append(lines, strings.Split(strings.TrimSpace(noise), "\n")...)
	}
	return read(lines...)
}
