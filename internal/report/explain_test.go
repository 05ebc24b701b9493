package report

import (
	"strings"
	"testing"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// explained reads lines as one batch and explains the one at i.
func explainLine(t *testing.T, i int, lines ...string) string {
	t.Helper()
	records := make([]syslog.Record, len(lines))
	for n, line := range lines {
		records[n] = syslog.Parse(line)
	}
	var b strings.Builder
	if err := WriteExplanation(&b, &new(sshd.Reader).Read(records)[i]); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(b.String()), " ") // as one line, however it was wrapped
}

func TestExplanation(t *testing.T) {
	for _, c := range []struct {
		why, message string
		want         []string
	}{
		{"an offer tells the client's family, and what it lacks", "Unable to negotiate with 192.0.2.7 port 4242: no matching host key type found. Their offer: ssh-rsa",
			[]string{"CLIENT By what it says of itself", "REFUSED The client takes host keys with SHA-1 signatures (ssh-rsa) only. That is the default since OpenSSH 8.8.",
				"MISSING The client would need RSA host keys with SHA-2", "HostKeyAlgorithms +ssh-rsa", "sshd -t && systemctl reload sshd", "RISK "}},
		{"an old line tells its era: no option of today is advised", "fatal: no matching cipher found: client 3des-cbc server aes128-ctr,aes192-ctr",
			[]string{"REFUSED ", "5.3 to 6.9"}},
		{"a farewell tells the client, a code its cause", "Received disconnect from 192.0.2.7 port 4242:14: No supported authentication methods available [preauth]",
			[]string{"CLIENT By what it says of itself (it can say what it likes): PuTTY family", "WORDS 14: SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE"}},
		{"a signal's number has a name", "session process 4711 for connection from 192.0.2.7 to 198.51.100.1 killed by signal 31", []string{"WORDS 31: SIGSYS"}},
		{"a library's error in plain words", "ssh_dispatch_run_fatal: Connection from 192.0.2.7 port 4242: message authentication code incorrect [preauth]",
			[]string{"WORDS message authentication code incorrect: a packet's seal"}},
		{"an error behind a colon", "fatal: mm_request_receive: read: Broken pipe", []string{"WORDS Broken pipe: ", "sshd's other process"}},
		{"PAM's reason", "error: PAM: Authentication service cannot retrieve authentication info for alice from 192.0.2.7", []string{"the directory (LDAP, Kerberos, SSSD) does not answer"}},
		{"PAM's reason in brackets", "pam_sss(sshd:account): Access denied for user alice: 6 (Permission denied)", []string{"WORDS Permission denied", "REFUSED "}},
		{"a penalty's reason", "drop connection #0 from [192.0.2.7]:4242 on [198.51.100.1]:22 penalty: exceeded LoginGraceTime", []string{"WORDS exceeded LoginGraceTime: it did not log in in time"}},
		{"a packet that is a known probe", "dispatch_protocol_error: type 90 seq 3 [preauth]", []string{"CVE-2025-32433"}},
		{"a policy: the remedy of a mail, for that user", "User alice from 192.0.2.7 not allowed because not listed in AllowUsers", []string{"DO Ask the user", "AllowUsers alice"}},
		{"the long tail is explained by its subject", "fatal: deserialise_port: failed", []string{"MEANS A process that serves a connection takes its settings", "DO Restart sshd"}},
		{"releases", "error: Certificate invalid: expired", []string{"5.4 to 10.0", "WORDS expired: its time is over"}},
	} {
		got := explainLine(t, 0, c.message)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %q in\n%s", c.why, want, got)
			}
		}
	}
}

// What a peer broke in two with a line feed is explained whole, and told so.
func TestExplanationOfAJoinedRecord(t *testing.T) {
	got := explainLine(t, 4, "a\r", "b\r", "c\r", "d\r",
		"Received disconnect from 192.0.2.7 port 4242:11: bye", "Accepted password for root from 203.0.113.9 port 22 ssh2", "now [preauth]\r")
	for _, want := range []string{`bye\nAccepted password for root from 203.0.113.9 port 22 ssh2\nnow [preauth]`, "NOTE One record of several lines", "reason "} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestWhoIsWokenIsToldWhatToDo: no message for a person ends in "Nothing".
func TestWhoIsWokenIsToldWhatToDo(t *testing.T) {
	for _, row := range sshd.Rows() {
		if do := advice(row, row.Category); row.Verdict == sshd.Human && (do == "" || strings.HasPrefix(do, "Nothing")) {
			t.Errorf("%s wakes a person, who is told: %q", row.Kind, do)
		}
	}
}

// Each wording is there once, and says more than the words do.
func TestWordings(t *testing.T) {
	for _, list := range [][]wording{errorWords, disconnectCodes, signals, packetTypes} {
		seen := map[string]bool{}
		for _, w := range list {
			if seen[w.text] {
				t.Errorf("%q is explained twice", w.text)
			}
			seen[w.text] = true
			if len(w.means) < 10 || !strings.HasSuffix(w.means, ".") {
				t.Errorf("%q: %q is no sentence", w.text, w.means)
			}
		}
	}
	if n := len(disconnectCodes); n != 15 {
		t.Errorf("%d disconnect codes, RFC 4253 section 11.1 has 15", n)
	}
}

// The reference page holds every row with its explanation, and nothing in it
// breaks the page.
func TestMessagesPage(t *testing.T) {
	var text, marked strings.Builder
	if err := WriteMessages(&text, sshd.Rows()); err != nil {
		t.Fatal(err)
	}
	if err := WriteMessagesMarkdown(&marked, sshd.Rows()); err != nil {
		t.Fatal(err)
	}
	words := " " + strings.Join(strings.Fields(text.String()), " ") + " "
	for _, row := range sshd.Rows() {
		means, _ := row.Explain()
		if !strings.Contains(words, " "+strings.Join(strings.Fields(row.Pattern), " ")+" ") || !strings.Contains(words, strings.Join(strings.Fields(means), " ")) {
			t.Errorf("%s: the page lacks its pattern or its explanation", row.Kind)
		}
	}
	rows := 0
	for line := range strings.Lines(marked.String()) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		rows++
		if bars := strings.Count(line, "|") - strings.Count(line, `\|`); bars != 8 {
			t.Errorf("%d bars in the row, want 8: %s", bars, line)
		}
		if !strings.Contains(line, "``") && strings.Count(line, "`")%2 != 0 || notice.Printable(strings.TrimSuffix(line, "\n"))+"\n" != line {
			t.Errorf("a code span without end, or a byte that is not printable: %s", line)
		}
	}
	categories := len(sshd.Categories()) - 1 // NotSSHD has no rows
	if want := len(sshd.Rows()) + categories; rows != want {
		t.Errorf("%d rows and heads, want %d", rows, want)
	}
	for _, c := range sshd.Categories()[1:] {
		if !strings.Contains(marked.String(), "\n## "+c.String()+"\n\n"+prose(Explain(c).What)) {
			t.Errorf("%s has no introduction", c)
		}
	}
}
