package main

import (
	"fmt"
	"testing"
	"time"

	"sshsieve/internal/syslog"
)

// TestTornConnection: sshd names nobody where it refuses a key's algorithm. Who it
// was stands in the connection's last line, in a later batch of the stream, since
// bob sits at the password prompt that comes then.
func TestTornConnection(t *testing.T) {
	b := newBench()
	b.take(t, newSample(today.Add(-3*time.Hour)).
		say(90, "Accepted publickey for bob from 198.51.100.7 port 5001 ssh2: RSA SHA256:bob1").event(t))
	lines := 1
	for i := range 2 {
		at := today.Add(time.Duration(10*i-60) * time.Minute)
		b.take(t, newSample(at).say(100+i, "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]").event(t))
		b.take(t, newSample(at.Add(20*time.Second)).say(200+i, "Connection closed by 203.0.113.9 port 4242 [preauth]").event(t))
		b.take(t, newSample(at.Add(40*time.Second)).say(100+i, "Connection closed by authenticating user bob 198.51.100.7 port 5002 [preauth]").event(t))
		lines += 3
	}
	if n := b.told.notices; len(n) != 1 || n[0].Rule != "locked-out" || n[0].Reason != "algorithm" || n[0].User != "bob" {
		t.Errorf("told %+v, want bob's lock-out", n)
	}
	counted := 0.0
	for _, line := range b.lines(t) {
		counted += line["lines"].(float64)
	}
	if counted != float64(lines) {
		t.Errorf("%v lines were counted, want %d, each once", counted, lines)
	}
}

// TestCarryIsBounded: whatever streams there are.
func TestCarryIsBounded(t *testing.T) {
	var c carry
	lines := make([]syslog.Record, 150)
	for i := range 1000 {
		s := stream{name: fmt.Sprint(i % 300)}
		c.keep(s, lines[:i%150])
		held := 0
		for _, l := range c.lines {
			held += len(l)
		}
		if held != c.held || held > mostCarried {
			t.Fatalf("after %d batches %d lines are held, counted %d; want at most %d", i+1, held, c.held, mostCarried)
		}
		if got := len(c.before(s)); got != i%150 {
			t.Fatalf("%d lines of the stream, want %d", got, i%150)
		}
	}
}
