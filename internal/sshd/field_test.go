package sshd

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/syslog"
)

// fieldsOf is what a message's row names, in one line; a part that the peer may
// have written has a question mark.
func fieldsOf(e *Event) string {
	var parts []string
	for _, f := range e.Fields() {
		mark := ""
		if f.Peer {
			mark = "?"
		}
		parts = append(parts, fmt.Sprintf("%s%s=%q", f.Name, mark, f.Value))
	}
	return strings.Join(parts, " ")
}

func TestFields(t *testing.T) {
	const key, ca = "SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc", "SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8"
	for _, c := range []struct{ why, message, want string }{
		{"a certificate's id, serial and authority", "Accepted publickey for alice from 192.0.2.7 port 50112 ssh2: ED25519-CERT " + key + " ID alice@example (serial 7) CA RSA " + ca,
			`method="publickey" user?="alice" addr="192.0.2.7" port="50112" key="ED25519-CERT ` + key + `" certid?="alice@example" serial="7" ca="RSA ` + ca + `"`},
		{"the same where it is refused, since 10.1", `Refusing certificate ID "alice@example" serial=7 signed by ED25519 CA ` + ca + ` via /etc/ssh/ca.pub: Certificate invalid: expired`,
			`certid?="alice@example" serial="7" words="ED25519" fingerprint="` + ca + `" path="/etc/ssh/ca.pub" words="Certificate invalid: expired"`},
		{"what could not be negotiated, and the offer", "Unable to negotiate with 192.0.2.7 port 4242: no matching MAC found. Their offer: hmac-md5,hmac-sha1-96",
			`addr="192.0.2.7" port="4242" class="MAC" offer?="hmac-md5,hmac-sha1-96"`},
		{"a disconnect's code and reason", "Received disconnect from 192.0.2.7 port 4242:14: No supported authentication methods available",
			`addr="192.0.2.7" port="4242" code="14" reason?=" No supported authentication methods available"`},
		{"a penalty's length and cause", "srclimit_penalise: 192.0.2.7/32: activating ipv4 penalty of 18.973 seconds for penalty: failed authentication",
			`addr="192.0.2.7" n="32" word="ipv4" seconds="18.973" words="penalty: failed authentication"`},
		{"a penalty that waits", "srclimit_penalise: ipv4: new 192.0.2.7/32 deferred penalty of 5.000 seconds for penalty: failed authentication",
			`addr="192.0.2.7" n="32" word="deferred" seconds="5.000" words="penalty: failed authentication"`},
		{"how many were dropped", "exited MaxStartups throttling after 00:01:12, 57 connections dropped", `words="00:01:12" count="57"`},
		{"the target of a forwarding", "refused local port forward: originator 127.0.0.1 port 41234, target 10.0.0.5 port 3306",
			`origin?="127.0.0.1" n="41234" target?="10.0.0.5 port 3306"`},
		{"the target of a denied request", "Received request from 192.0.2.7 port 4242 to connect to host 10.0.0.5 port 3306, but the request was denied.",
			`addr="192.0.2.7" port="4242" target?="connect to host 10.0.0.5 port 3306"`},
		{"sftp: a file, its flags and mode", `open "/upload/a b.txt" flags WRITE,CREATE,TRUNCATE mode 0644`,
			`file?="/upload/a b.txt" text?="WRITE,CREATE,TRUNCATE" n="0644"`},
		{"sftp: bytes", `close "/upload/a.txt" bytes read 12 written 4096`, `file?="/upload/a.txt" read="12" written="4096"`},
		{"the signal that killed a child", "session process 4711 for connection from 192.0.2.7 to 198.51.100.1 killed by signal 11",
			`pid="4711" addr="192.0.2.7" local="198.51.100.1" signal="11"`},
		{"a helper's exit status", "AuthorizedKeysCommand /usr/local/bin/keys alice failed, status 22",
			`words="/usr/local/bin/keys alice" status="22"`},
	} {
		e := read(c.message)
		if got := fieldsOf(&e); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.why, got, c.want)
		}
	}
}

// A record that a peer broke in two with a line feed is read, and told, whole.
func TestFieldsOfAJoinedRecord(t *testing.T) {
	var records []syslog.Record
	for _, line := range []string{"a\r", "b\r", "c\r", "d\r",
		"Received disconnect from 192.0.2.7 port 4242:11: bye", "Accepted password for root from 203.0.113.9 port 22 ssh2", "now [preauth]\r"} {
		records = append(records, syslog.Parse(line))
	}
	events := new(Reader).Read(records)
	e := &events[4]
	want := "Received disconnect from 192.0.2.7 port 4242:11: bye\nAccepted password for root from 203.0.113.9 port 22 ssh2\nnow [preauth]"
	if e.Kind() != "received-disconnect" || e.Message() != want {
		t.Fatalf("%s: %q, want %q", e.Kind(), e.Message(), want)
	}
	if got := e.Field("reason"); got != " bye\nAccepted password for root from 203.0.113.9 port 22 ssh2\nnow" {
		t.Errorf("reason %q", got)
	}
	for _, below := range events[5:] {
		if below.Kind() != KindContinuation || below.Message() == "" {
			t.Errorf("%s: %q", below.Kind(), below.Message())
		}
	}
}

// Where the end of a record stands in an indented line below, what is left of it
// is told.
func TestFieldsOfABrokenRecord(t *testing.T) {
	events := readBatch(
		"Nov 22 12:00:00 web-1 sshd[7]: pam_unix(sshd:auth): bad username [-evil",
		"                               Accepted password for root from 203.0.113.9 port 22 ssh2]")
	e := &events[0]
	if got := fieldsOf(e); e.Kind() != "pam-bad-username" || got != `pam="pam_unix(sshd:auth)"` {
		t.Errorf("%s: %s", e.Kind(), got)
	}
}

// Each field of the vocabulary is used by a row, or it is no word of ours.
func TestEveryFieldIsUsed(t *testing.T) {
	used := map[field]bool{}
	for _, v := range slices.Concat(common().all, rare().all) {
		for _, tok := range v.toks {
			used[tok.field] = true
		}
	}
	for f := literal + 1; f < fields; f++ {
		if !used[f] {
			t.Errorf("no row has {%s}", fieldNames[f])
		}
		if fieldNames[f] == "" || samples[f] == "" && f != fieldName {
			t.Errorf("field %d has no name or no sample", f)
		}
	}
}
