package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"sshsieve/internal/logfile"
)

// The contract of classify --json, byte for byte.
func TestClassifyJSON(t *testing.T) {
	const key = "SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"
	for _, test := range []struct{ why, line, want string }{
		{"all members, in their order",
			"2026-11-20T12:00:00.123456+00:00 web-1 sshd[7]: Accepted publickey for alice from 192.0.2.7 port 4242 ssh2: ED25519 " + key,
			`{"line":1,"time":"2026-11-20T12:00:00.123456Z","host":"web-1","program":"sshd","pid":7,"category":"auth.accepted",` +
				`"kind":"accepted","verdict":"graph","context":true,"addr":"192.0.2.7","port":4242,"user":"alice",` +
				`"method":"publickey","key":"ED25519 ` + key + `","repeat":1,"trust":"host"}`},
		{"nothing but what there is: bare text has no envelope", "Connection closed by 192.0.2.7 port 4242 [preauth]",
			`{"line":1,"category":"preauth.disconnect","kind":"closed","verdict":"graph","preauth":true,"addr":"192.0.2.7","port":4242,"repeat":1,"trust":"peer"}`},
		{"an empty name is a value", "<38>Nov 20 12:00:00 web-1 sshd[7]: Invalid user  from 192.0.2.7 port 4242",
			`{"line":1,"host":"web-1","program":"sshd","pid":7,"category":"auth.invalid-user","kind":"invalid-user","verdict":"graph","addr":"192.0.2.7","port":4242,"user":"","repeat":1,"trust":"host"}`},
		{"an empty line", "", `{"line":1,"category":"not-sshd"}`},
		{"another program's line", "Nov 20 12:00:00 web-1 CRON[7]: Invalid user admin from 192.0.2.7", `{"line":1,"category":"not-sshd"}`},
		{"JSON's own characters are escaped, HTML's are not", `Nov 20 12:00:00 web-1 sshd[7]: Invalid user <"\&> from 192.0.2.7 port 4242`,
			`{"line":1,"host":"web-1","program":"sshd","pid":7,"category":"auth.invalid-user","kind":"invalid-user","verdict":"graph","addr":"192.0.2.7","port":4242,"user":"<\"\\&>","repeat":1,"trust":"host"}`},
		{"each byte that is no UTF-8 is a U+FFFD", "Nov 20 12:00:00 web-1 sshd[7]: Invalid user a\xff\xfe\u00e9 from 192.0.2.7 port 4242",
			`{"line":1,"host":"web-1","program":"sshd","pid":7,"category":"auth.invalid-user","kind":"invalid-user","verdict":"graph","addr":"192.0.2.7","port":4242,"user":"a` + "\ufffd\ufffd\u00e9" + `","repeat":1,"trust":"host"}`},
		{"an address has no zone", "Nov 20 12:00:00 web-1 sshd[7]: Invalid user pi from fe80::1%eth0 port 4242",
			`{"line":1,"host":"web-1","program":"sshd","pid":7,"category":"auth.invalid-user","kind":"invalid-user","verdict":"graph","addr":"fe80::1","port":4242,"user":"pi","repeat":1,"trust":"host"}`},
	} {
		code, got, errs := execute(test.line+"\n", "classify", "--json")
		if code != exitOK || errs != "" || got != test.want+"\n" {
			t.Errorf("%s:\ngot  %swant %s\n(exit %d, %q)", test.why, got, test.want, code, errs)
		}
	}
}

// What the connection adds is apart from what the line says.
func TestClassifyJSONConnection(t *testing.T) {
	_, got, _ := execute("2026-11-20T12:00:00Z web-1 sshd[7]: Failed password for root from 192.0.2.7 port 4242 ssh2\n"+
		"2026-11-20T12:00:01Z web-1 sshd[7]: pam_unix(sshd:session): session opened for user alice by (uid=0)\n"+
		"2026-11-20T12:00:02Z web-1 sshd[7]: Connection closed by 192.0.2.7 port 4242 [preauth]\n", "classify", "--json")
	lines := strings.Split(got, "\n")
	for _, test := range []struct{ why, line, want string }{
		{"the line says it all itself", lines[0], ``},
		{"address and port are the connection's", lines[1], `"conn":{"addr":"192.0.2.7","port":4242}}`},
		{"the user is the connection's", lines[2], `"conn":{"user":"root"}}`},
	} {
		if !strings.HasSuffix(test.line, test.want) || test.want == "" && strings.Contains(test.line, "conn") {
			t.Errorf("%s: got %s, want at its end %s", test.why, test.line, test.want)
		}
	}
}

// jsonLine is the contract as another program would read it.
type jsonLine struct {
	Line     int
	Category string
}

// Whatever the input: one valid object a line, numbered from 1, and no
// failure; and no command prints control characters but LF.
func FuzzRun(f *testing.F) {
	f.Add([]byte("Nov 20 12:00:00 web-1 sshd[7]: Invalid user \xff\x1b from 192.0.2.7 port 4242\n\n{\"MESSAGE\":"))
	f.Add([]byte("a\r\nb\r\nc\r\nInvalid user x\ny from 192.0.2.7 port 4242\r\n"))
	f.Fuzz(func(t *testing.T, input []byte) {
		want, err := linesOf(input)
		if err != nil {
			t.Skip("a format that logfile refuses, or damaged")
		}
		code, out, errs := execute(string(input), "classify", "--json")
		if code != exitOK || errs != "" {
			t.Fatalf("exit %d: %s", code, errs)
		}
		checkNumbered(t, out, want)
		for _, args := range [][]string{{"classify"}, {"report"}} {
			code, out, errs := execute(string(input), args...)
			if code != exitOK || strings.ContainsFunc(out+errs, isControl) {
				t.Fatalf("%v: exit %d, %q, %q", args, code, errs, out)
			}
		}
	})
}

// linesOf counts the lines of an input, which may be compressed or an export.
func linesOf(input []byte) (int, error) {
	in, err := logfile.NewReader("-", bytes.NewReader(input))
	if err != nil {
		return 0, err
	}
	for n := 0; ; {
		lines, err := in.ReadBatch(batchLines)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		n += len(lines)
	}
}

func checkNumbered(t *testing.T, out string, want int) {
	t.Helper()
	scanner := bufio.NewScanner(strings.NewReader(out))
	scanner.Buffer(nil, 64<<20)
	n := 0
	for ; scanner.Scan(); n++ {
		var line jsonLine
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("line %d: %v: %s", n+1, err, scanner.Bytes())
		}
		if line.Line != n+1 || line.Category == "" {
			t.Fatalf("line %d says it is line %d of category %q", n+1, line.Line, line.Category)
		}
	}
	if n != want {
		t.Fatalf("%d objects for %d lines", n, want)
	}
}
