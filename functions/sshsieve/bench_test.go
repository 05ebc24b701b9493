package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// noise is what a host on the internet logs most, in the wordings of several
// releases; %[1]d is a user's number, %[2]s an address, %[3]d a port.
var noise = []string{
	"Invalid user user%[1]d from %[2]s port %[3]d",
	"Invalid user user%[1]d from %[2]s", // to 7.2
	"input_userauth_request: invalid user user%[1]d [preauth]",
	"Failed password for invalid user user%[1]d from %[2]s port %[3]d ssh2",
	"Failed password for root from %[2]s port %[3]d ssh2",
	"pam_unix(sshd:auth): check pass; user unknown",
	"pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=%[2]s  user=root",
	"Connection closed by %[2]s [preauth]", // to 7.1
	"Connection closed by invalid user user%[1]d %[2]s port %[3]d [preauth]",
	"Connection closed by authenticating user root %[2]s port %[3]d [preauth]",
	"Connection reset by %[2]s port %[3]d [preauth]",
	"Received disconnect from %[2]s: 11: Bye Bye [preauth]", // to 7.1
	"Received disconnect from %[2]s port %[3]d:11: Bye Bye [preauth]",
	"Disconnected from authenticating user root %[2]s port %[3]d [preauth]",
	"Did not receive identification string from %[2]s port %[3]d",
	"error: kex_exchange_identification: Connection closed by remote host",
	"banner exchange: Connection from %[2]s port %[3]d: invalid format",
	"Unable to negotiate with %[2]s port %[3]d: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1,ext-info-c [preauth]",
	"error: maximum authentication attempts exceeded for root from %[2]s port %[3]d ssh2 [preauth]",
	"drop connection #10 from [%[2]s]:%[3]d on [198.51.100.1]:22 past MaxStartups",
}

// signal is the rest: logins and their sessions.
var signal = []string{
	"Accepted publickey for alice from %[2]s port %[3]d ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc",
	"pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)",
	"pam_unix(sshd:session): session closed for user alice",
	"Disconnected from user alice %[2]s port %[3]d",
}

// generate makes a log of n lines, 95 of 100 of them noise, from some hundred
// addresses. Equal n gives equal logs.
func generate(n int) []byte {
	random := rand.New(rand.NewPCG(1, 1))
	at := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	var b bytes.Buffer
	for range n {
		at = at.Add(time.Duration(random.IntN(2000)) * time.Millisecond)
		forms := noise
		if random.IntN(100) < 5 {
			forms = signal
		}
		fmt.Fprintf(&b, "%s web-1 sshd[%d]: ", at.Format(time.Stamp), 1000+random.IntN(30000))
		addr := fmt.Sprintf("203.0.113.%d", random.IntN(200))
		form := forms[random.IntN(len(forms))]
		if strings.Contains(form, "%[") {
			form = fmt.Sprintf(form, random.IntN(500), addr, 1024+random.IntN(60000))
		}
		b.WriteString(form + "\n")
	}
	return b.Bytes()
}

// BenchmarkRun measures whole commands on a file, by line.
func BenchmarkRun(b *testing.B) {
	for _, lines := range []int{1_000, 100_000} {
		name := filepath.Join(b.TempDir(), "auth.log")
		if err := os.WriteFile(name, generate(lines), 0o666); err != nil {
			b.Fatal(err)
		}
		for _, args := range [][]string{{"report", "--quick"}, {"report"}, {"preview"}, {"classify", "--json"}, {"classify"}} {
			b.Run(fmt.Sprintf("%s/%d", strings.Join(args, ""), lines), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if code := run(context.Background(), append(args, name), nil, io.Discard, io.Discard); code != exitOK {
						b.Fatal(code)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
			})
		}
	}
}

// A log ten times as long must not take much more memory: what a page and the
// memory of the play keep is bounded, and lines are read by blocks.
func TestMemoryIsFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 66,000 lines twice")
	}
	for _, command := range []string{"report", "preview"} {
		small, large := heldAtEnd(t, command, 6_000), heldAtEnd(t, command, 60_000)
		t.Logf("%s holds %d KiB of 6,000 lines, %d KiB of 60,000", command, small>>10, large>>10)
		// The addresses and names of generate are the same hundreds in both. Each
		// address has a message for ban tools each hour: the output itself.
		if large > 3*small+8<<20 {
			t.Errorf("%s holds %d bytes of 60,000 lines, %d of 6,000: want about the same", command, large, small)
		}
	}
}

// heldAtEnd is what a command holds when it has read n lines and is about to
// write its page.
func heldAtEnd(t *testing.T, command string, n int) int64 {
	t.Helper()
	log := &endGauge{Reader: bytes.NewReader(generate(n))}
	before := heap()
	if code := run(context.Background(), []string{command}, log, io.Discard, io.Discard); code != exitOK {
		t.Fatalf("exit %d", code)
	}
	if log.heap == 0 {
		t.Fatal("the log was not read to its end")
	}
	return log.heap - before
}

// An endGauge measures the heap when its reader is at its end.
type endGauge struct {
	io.Reader
	heap int64
}

func (g *endGauge) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err == io.EOF {
		g.heap = heap()
	}
	return n, err
}

// heap is how much of the heap is reachable.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
