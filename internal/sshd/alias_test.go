package sshd

import (
	"testing"
	"unsafe"

	"sshsieve/internal/syslog"
)

// The strings of an Event alias the Record's message, which aliases the batch's
// buffer: whoever wants to keep one has to clone it.
func TestEventStringsAliasTheMessage(t *testing.T) {
	buffer := []byte("Accepted publickey for alice from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc")
	message := unsafe.String(&buffer[0], len(buffer))
	e := new(Reader).Read([]syslog.Record{{Program: "sshd", PID: 7, Message: message, Trust: syslog.Host, Repeat: 1}})[0]
	aliases := map[string]*string{"User": &e.User, "Method": &e.Method, "Key": &e.Key, "Conn.User": &e.Conn.User}
	for name, s := range aliases {
		if *s == "" {
			t.Fatalf("%s is empty: %s", name, describe(&e))
		}
	}
	for i := range buffer {
		buffer[i] = '#'
	}
	for _, name := range []string{"User", "Key", "Conn.User"} {
		if s := *aliases[name]; s[0] != '#' {
			t.Errorf("%s is still %q: if it is a copy now, say so in Event's comment", name, s)
		}
	}
	if e.Addr.String() != "192.0.2.7" || e.Port != 4242 {
		t.Errorf("addr %v port %d: numbers are no part of the buffer", e.Addr, e.Port)
	}
}

// A Reader that has seen a batch of this size reads the next without
// allocating.
func TestReadAllocatesNothing(t *testing.T) {
	records := mixRecords(2000)
	var r Reader
	r.Read(records)
	if n := testing.AllocsPerRun(5, func() { r.Read(records) }); n != 0 {
		t.Errorf("%v allocations for 2,000 lines, want 0", n)
	}
}
