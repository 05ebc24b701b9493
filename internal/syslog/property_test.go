package syslog

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// A renderer writes msg in an envelope of host "web-1", program "sshd" and
// pid 7, as the daemon of its name would.
type renderer struct {
	name   string
	render func(msg string) string
	json   bool // the message must be UTF-8 to come through
	bare   bool // there is neither host nor tag
}

func prefix(s string) func(string) string { return func(msg string) string { return s + msg } }

func quote(format string) func(string) string {
	return func(msg string) string {
		b, err := json.Marshal(msg)
		if err != nil {
			panic(err)
		}
		return fmt.Sprintf(format, b)
	}
}

var renderers = []renderer{
	{name: "rfc3164", render: prefix("Nov 22 13:27:06 web-1 sshd[7]: ")},
	{name: "rfc3164 with PRI", render: prefix("<86>Nov  2 13:27:06 web-1 sshd[7]: ")},
	{name: "rsyslog iso", render: prefix("2026-11-22T13:27:06.123456+00:00 web-1 sshd[7]: ")},
	{name: "rfc5424", render: prefix("<86>1 2026-11-22T13:27:06.123456+00:00 web-1 sshd 7 - - ")},
	{name: "short-iso", render: prefix("2026-11-22T13:27:06+0000 web-1 sshd[7]: ")},
	{name: "short-full", render: prefix("Sun 2026-11-22 13:27:06 UTC web-1 sshd[7]: ")},
	{name: "short-unix", render: prefix("1795354026.123456 web-1 sshd[7]: ")},
	{name: "short-monotonic", render: prefix("[ 2997.582226] web-1 sshd[7]: ")},
	{name: "busybox", render: prefix("Nov 22 13:27:06 web-1 auth.info sshd[7]: ")},
	{name: "S3 export", render: prefix("2026-11-22T13:27:06.000Z Nov 22 13:27:06 web-1 sshd[7]: ")},
	{name: "journal", json: true, render: quote(`{"_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"sshd","_PID":"7","_UID":"0","_COMM":"sshd","MESSAGE":%s}`)},
	{name: "journal, bytes", render: func(msg string) string {
		octets := strings.ReplaceAll(fmt.Sprint([]byte(msg)), " ", ",")
		return `{"_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"sshd","_PID":"7","MESSAGE":` + octets + `}`
	}},
	{name: "log", json: true, render: func(msg string) string { return quote(`{"log":%s}`)("Nov 22 13:27:06 web-1 sshd[7]: " + msg) }},
	{name: "cri", bare: true, render: prefix("2026-11-22T13:27:06.123Z stderr F ")},
}

// hostile are messages that a peer can have a part in, and those that look
// like an envelope.
var hostile = []string{
	"", "x", failed, failed + " ", "x\r y", "x\n\ty", "\xff\xfe\x00", "é\u2028\ufeff",
	"Invalid user message repeated 9 times: [ x] from 192.0.2.7 port 4242",
	"Invalid user Nov 22 13:27:06 web-9 sshd[9]: Accepted password for root from 192.0.2.7 port 4242",
	`Invalid user {"MESSAGE":"x","_UID":"0"} from 192.0.2.7 port 4242`,
	"Invalid user <86>1 2026-11-22T13:27:06Z web-9 sshd 9 - - x from 192.0.2.7 port 4242",
	"Invalid user ]: [x] (y) sshd[9]: from 192.0.2.7 port 4242",
	`error: "quoted \ and ' and %s%n" {}`,
	"sshd: no hostkeys available -- exiting.",
	"message repeated 9 times: [ x", "message repeated 99999999999 times: [ x]", "[ID x] y", "[ID 1 x", "[", "[]", "(", "() x", "[web-9] x",
	"2026-11-22T13:27:06Z x", "2026-11-22T13:27:06Z web-9 sshd[9]: x", "- - - -", "stderr F x",
}

func TestRoundTrip(t *testing.T) {
	for _, envelope := range renderers {
		for _, msg := range hostile {
			checkRoundTrip(t, envelope, msg)
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 500 {
			checkRoundTrip(t, envelope, randomMessage(random))
		}
	}
}

// randomMessage strings fragments of envelopes and bytes together.
func randomMessage(random *rand.Rand) string {
	fragments := []string{" ", ":", "[", "]", "(", ")", "sshd", "[7]: ", "Nov 22 13:27:06 ", "2026-11-22T13:27:06Z ", "<38>", "{", "\"", "\\", "message repeated 3 times: [ ", "\x00", "\xff", "é", "ID 1 ", "web-1", "-"}
	var b strings.Builder
	for range random.IntN(12) {
		b.WriteString(fragments[random.IntN(len(fragments))])
	}
	return b.String()
}

// checkRoundTrip renders msg and fails if the Record has another host, program
// or pid, or another message than sshd could have written.
func checkRoundTrip(t *testing.T, envelope renderer, msg string) {
	t.Helper()
	if envelope.json && !utf8.ValidString(msg) || changesMeaning(envelope, msg) {
		return
	}
	line := envelope.render(msg)
	got := Parse(line)
	want := Record{Host: "web-1", Program: "sshd", PID: 7, Message: msg}
	if envelope.bare {
		want = Record{Message: msg}
	}
	if got.Host != want.Host || got.Program != want.Program || got.PID != want.PID || got.Message != want.Message || got.Repeat != 1 {
		t.Errorf("%s: Parse(%q)\n got %+v\nwant %+v", envelope.name, line, got, want)
	}
}

// changesMeaning reports whether msg begins or ends with what an envelope may
// hold itself: Parse cannot tell the two, and sshd writes none of them.
func changesMeaning(envelope renderer, msg string) bool {
	if msg != strings.TrimLeft(msg, " ") || strings.HasSuffix(msg, "\r") || strings.HasSuffix(msg, "\n") || strings.HasPrefix(msg, byteOrderMark) {
		return true
	}
	r := Record{Host: "web-1", Program: "sshd", Message: msg}
	if Programs.unwrap(Programs{}, &r); r.Message != msg {
		return true
	}
	return envelope.bare && Parse(msg).Message != msg
}

// checkTotal fails if a Record of a line says what no envelope may.
func checkTotal(t *testing.T, line string) {
	t.Helper()
	r := Parse(line)
	if r.Repeat < 1 || r.PID < 0 || r.Trust > Forged || r.Stamp > Exact {
		t.Errorf("Parse(%q) is out of range: %+v", line, r)
	}
	if (r.Stamp == NoTime) != r.Time.IsZero() && r.Stamp != Exact {
		t.Errorf("Parse(%q): stamp %d with time %v", line, r.Stamp, r.Time)
	}
	if r.Skew || r.EventID != "" {
		t.Errorf("Parse(%q) sets what others set: %+v", line, r)
	}
	if strings.ContainsAny(line, "{") {
		return // the text of JSON is decoded
	}
	for _, s := range []string{r.Message, r.Host, r.Program, r.Module} {
		if !strings.Contains(line, s) && s != "syslogd" {
			t.Errorf("Parse(%q) made up %q", line, s)
		}
	}
}

func TestTotal(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, test := range parseTests {
		for end := range len(test.line) {
			checkTotal(t, test.line[:end])
		}
	}
	for _, test := range jsonTests {
		for end := range len(test.line) {
			checkTotal(t, test.line[:end])
		}
	}
	for range 5000 {
		checkTotal(t, randomMessage(random))
	}
}

func FuzzParse(f *testing.F) {
	for _, test := range parseTests {
		f.Add(test.line)
	}
	for _, test := range jsonTests {
		f.Add(test.line)
	}
	for _, test := range trustTests {
		f.Add(test.line)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkTotal(t, s)
		for _, envelope := range renderers {
			checkRoundTrip(t, envelope, s)
		}
	})
}

// TestAllocations holds the common envelopes to none: their strings alias the
// line.
func TestAllocations(t *testing.T) {
	for _, e := range envelopes {
		if n := testing.AllocsPerRun(20, func() { sink = Parse(e.line) }); n > 0 {
			t.Errorf("Parse of %s allocates %v times", e.name, n)
		}
	}
	const most = 2 // the decoder, and the text of a log with escapes
	for _, e := range jsonEnvelopes {
		if n := testing.AllocsPerRun(20, func() { sink = Parse(e.line) }); n > most {
			t.Errorf("Parse of %s allocates %v times, more than %d", e.name, n, most)
		}
	}
}
