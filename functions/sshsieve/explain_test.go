package main

import (
	"strings"
	"testing"
)

// Several lines in one argument are read together, and each is explained: the
// way of somebody who pastes a connection's lines.
func TestExplainSeveralLines(t *testing.T) {
	code, out, errs := execute("", "explain", "Invalid user admin from 192.0.2.7 port 4242\n"+
		"Connection closed by invalid user admin 192.0.2.7 port 4242 [preauth]\n")
	if n := strings.Count(out, "LINE      "); code != exitOK || n != 2 {
		t.Errorf("exit %d (%s), %d lines explained, want 2:\n%s", code, errs, n, out)
	}
}

// What the table holds as an example, explain knows.
func TestExplainKnowsEveryExample(t *testing.T) {
	rows, err := rowsOf("")
	if err != nil || len(rows) == 0 {
		t.Fatalf("no rows (%v)", err)
	}
	for _, row := range rows {
		if row.Example == "" {
			continue
		}
		code, out, errs := execute("", "explain", "Nov 20 12:00:00 web-1 sshd[7]: "+row.Example)
		if code != exitOK || !strings.Contains(out, "\nKIND ") || strings.Contains(out, "unrecognised") {
			t.Errorf("%s: exit %d (%s):\n%s", row.Kind, code, errs, out)
		}
	}
}
