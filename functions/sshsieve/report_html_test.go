package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const htmlLog = "2026-11-20T12:00:00Z web-1 sshd[1]: Failed password for root from 192.0.2.7 port 4242 ssh2\n" +
	"2026-11-20T12:00:05Z web-1 sshd[2]: Invalid user hunter2!<script> from 192.0.2.7 port 4243\n"

// The page is the same wherever it goes, and holds no name that may be a
// password.
func TestReportHTML(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.html")
	for _, test := range []struct {
		why  string
		args []string
	}{
		{"the long flag", []string{"report", "--html", file}},
		{"the short flag", []string{"report", "-o", file}},
		{"without the mails", []string{"report", "--quick", "-o", file}},
	} {
		code, stdout, stderr := execute(htmlLog, test.args...)
		page, err := os.ReadFile(file)
		if code != exitOK || stdout != "" || stderr != "" || err != nil {
			t.Fatalf("%s: exit %d, said %q and %q, %v", test.why, code, stdout, stderr, err)
		}
		if !strings.HasPrefix(string(page), "<!DOCTYPE html>") || !strings.HasSuffix(string(page), "</html>\n") {
			t.Errorf("%s: the page is not whole", test.why)
		}
		if strings.Contains(string(page), "hunter2") {
			t.Errorf("%s: the page shows a name that may be a password", test.why)
		}
		if _, onStdout, _ := execute(htmlLog, append(test.args[:len(test.args)-1:len(test.args)-1], "-")...); onStdout != string(page) {
			t.Errorf("%s: standard output gets another page than the file", test.why)
		}
	}
}

func TestReportHTMLCannotBeWritten(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "no", "page.html")
	code, _, stderr := execute(htmlLog, "report", "--html", nowhere)
	if code != exitUsage || !strings.Contains(stderr, "--html") {
		t.Errorf("exit %d, said %q; want %d and the flag", code, stderr, exitUsage)
	}
}
