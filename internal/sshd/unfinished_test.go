package sshd

import (
	"fmt"
	"strings"
	"testing"

	"sshsieve/internal/syslog"
)

const refusedKey = "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]"

func TestUnfinished(t *testing.T) {
	for _, c := range []struct {
		why, lines string
		want       int
	}{
		{"its user comes with the close", "1 web sshd[7]: " + refusedKey, 1},
		{"all that was said of it", "1 web sshd[7]: Connection from 192.0.2.7 port 4242\n2 web sshd[7]: " + refusedKey, 2},
		{"it is over", "1 web sshd[7]: " + refusedKey + "\n2 web sshd[7]: Connection closed by authenticating user alice 192.0.2.7 port 4242 [preauth]", 0},
		{"another key was accepted", "1 web sshd[7]: " + refusedKey + "\n2 web sshd[7]: Accepted password for alice from 192.0.2.7 port 4242 ssh2", 0},
		{"sshd has given it up by now", "1 web sshd[7]: " + refusedKey + "\n152 web sshd[8]: Connection closed by 192.0.2.9 port 4243 [preauth]", 0},
		{"a password that fails says itself whose it is", "1 web sshd[7]: Failed password for alice from 192.0.2.7 port 4242 ssh2", 0},
		{"nobody refuses anything to a scanner", "1 web sshd[7]: Connection from 192.0.2.7 port 4242", 0},
		{"whatever comes, it is bounded", strings.Repeat("1 web sshd[7]: "+refusedKey+"\n", 1000), mostUnfinished},
	} {
		var r Reader
		r.Read(parseBatch(c.lines))
		if got := r.Unfinished(); len(got) != c.want {
			t.Errorf("%s: %d lines are left, want %d: %+v", c.why, len(got), c.want, got)
		}
	}
}

// TestReadAfter: wherever the border of batches falls, a connection is one.
func TestReadAfter(t *testing.T) {
	for _, c := range joinCases {
		if !strings.Contains(c.lines, "not in Pubkey") {
			continue
		}
		records := parseBatch(c.lines)
		for border := range records {
			var r Reader
			r.Read(records[:border])
			left := r.Unfinished()
			events := r.ReadAfter(left, records[border:])
			for i := range events {
				if got, want := saysOf(events[i].Conn), c.want[len(c.want)-len(events)+i]; got != want {
					t.Errorf("%s, cut at %d: connection %q, want %q", c.why, border, got, want)
				}
			}
		}
	}
}

// TestReadAfterBorder: a batch's first line does not go on what stood in another.
func TestReadAfterBorder(t *testing.T) {
	before := parseBatch("1 web sshd[7]: " + refusedKey)
	own := []syslog.Record{syslog.Parse(strings.Repeat(" ", 40) + "Accepted password for root")}
	alone := fmt.Sprint(new(Reader).Read(own)[0].Kind())
	if got := new(Reader).ReadAfter(before, own)[1].Kind(); got != alone {
		t.Errorf("behind another batch's line it is %q, alone %q", got, alone)
	}
}
