package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

// gather reads lines the way the command does, without a Timeline.
func gather(lines ...string) *Log {
	log := NewLog()
	log.Input("test.log")
	records := make([]syslog.Record, len(lines))
	for i, line := range lines {
		records[i] = syslog.Parse(line)
	}
	events := new(sshd.Reader).Read(records)
	for i := range events {
		log.Add(&events[i])
	}
	return log
}

// at is a line of sshd at a minute of a certain hour.
func at(minute int, message string) string {
	return fmt.Sprintf("2026-11-20T12:%02d:00Z web-1 sshd[%d]: %s", minute, 100+minute, message)
}

func TestAttemptsCountOnce(t *testing.T) {
	// One attempt, in the four lines that sshd and PAM write of it.
	p := gather(
		at(1, "Invalid user pi from 192.0.2.7 port 4242"),
		at(1, "pam_unix(sshd:auth): check pass; user unknown"),
		at(1, "Failed password for invalid user pi from 192.0.2.7 port 4242 ssh2"),
		at(1, "Connection closed by invalid user pi 192.0.2.7 port 4242 [preauth]"),
	).Page(false)
	if p.Failed != 1 || p.Sources[0].Failed != 1 || p.Users[0].Failed != 1 {
		t.Errorf("failed %d, of the source %d, of the name %d: want 1 each", p.Failed, p.Sources[0].Failed, p.Users[0].Failed)
	}
}

func TestRepeatsCount(t *testing.T) {
	p := gather(
		at(1, "Failed password for root from 192.0.2.7 port 4242 ssh2"),
		at(2, "message repeated 5 times: [ Failed password for root from 192.0.2.7 port 4242 ssh2]"),
	).Page(false)
	if p.Failed != 6 || p.SSHD != 2 || p.Repeated != 4 || p.Verdicts["tooling"] != 6 {
		t.Errorf("failed %d in %d lines, %d of them folded, %d for tools; want 6, 2, 4, 6",
			p.Failed, p.SSHD, p.Repeated, p.Verdicts["tooling"])
	}
}

// A record that journald knows to be forged must not put anybody on the list
// of those who got in.
func TestForgedRecordsTeachNothing(t *testing.T) {
	p := gather(`{"SYSLOG_IDENTIFIER":"sshd","_COMM":"logger","_UID":"1000","_PID":"7","_HOSTNAME":"web-1",` +
		`"__REALTIME_TIMESTAMP":"1763640000000000","MESSAGE":"Accepted password for root from 203.0.113.7 port 22 ssh2"}`).Page(false)
	if len(p.Logins)+len(p.Sources)+len(p.Users) > 0 || p.Accepted > 0 {
		t.Errorf("a forged record taught: logins %v, sources %v, users %v", p.Logins, p.Sources, p.Users)
	}
	if len(p.Human) != 1 || p.Human[0].Kind != sshd.KindForged {
		t.Errorf("for a person: %v, want the forged record", p.Human)
	}
}

// A password that was guessed is what a reader must not overlook.
func TestLoginsAfterFailuresStandOut(t *testing.T) {
	failure := at(1, "Failed password for root from 192.0.2.7 port 4242 ssh2")
	byPassword := at(2, "Accepted password for root from 192.0.2.7 port 4242 ssh2")
	byKey := at(2, "Accepted publickey for root from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc")
	five := []string{failure, failure, failure, failure, failure}
	for _, test := range []struct {
		why   string
		lines []string
		want  bool
	}{
		{"guessed", append(five[:5:5], byPassword), true},
		{"a typing error", []string{failure, byPassword}, false},
		{"a key is not guessed", append(five[:5:5], byKey), false},
		{"failures that come later are no guessing", append([]string{byPassword}, five...), false},
	} {
		page := gather(test.lines...).Page(false)
		if got := page.Logins[0].guessed(); got != test.want {
			t.Errorf("%s: stands out: %t, want %t (%+v)", test.why, got, test.want, page.Logins[0])
		}
	}
}

// A guessed login heads the list, however many others there are.
func TestGuessedLoginsComeFirst(t *testing.T) {
	var lines []string
	for i := range 50 {
		login := at(i, fmt.Sprintf("Accepted password for user%d from 198.51.100.7 port 4242 ssh2", i))
		lines = append(lines, login, login)
	}
	for range 5 {
		lines = append(lines, at(58, "Failed password for root from 192.0.2.7 port 4242 ssh2"))
	}
	lines = append(lines, at(59, "Accepted password for root from 192.0.2.7 port 4242 ssh2"))
	if first := gather(lines...).Page(false).Logins[0]; first.User != "root" {
		t.Errorf("the first login is %+v, want root's", first)
	}
}

// What did not fit is said, as the upper bound that it is.
func TestForgottenIsSaid(t *testing.T) {
	log := NewLog()
	log.users.limit = 8
	events := new(sshd.Reader).Read([]syslog.Record{syslog.Parse(at(1, "Invalid user pi from 192.0.2.7 port 4242"))})
	for i := range 100 {
		events[0].User = fmt.Sprint("name", i)
		log.Add(&events[0])
	}
	page := log.Page(false)
	if n := len(page.Users) + page.Forgotten["users"]; n != 100 {
		t.Errorf("%d names on the page and %d forgotten, want 100 in all", len(page.Users), page.Forgotten["users"])
	}
	var text strings.Builder
	if err := page.WriteText(&text); err != nil || !strings.Contains(text.String(), "(up to 100 names)") {
		t.Errorf("%v: want (up to 100 names) in:\n%s", err, text.String())
	}
}

func TestTotalsAgree(t *testing.T) {
	p := gather(samples...).Page(false)
	categories, verdicts := 0, 0
	for _, c := range p.Categories {
		categories += c.Count
	}
	for _, n := range p.Verdicts {
		verdicts += n
	}
	if want := p.events(); categories != want || verdicts != want {
		t.Errorf("%d by category, %d by verdict, want %d each", categories, verdicts, want)
	}
	if p.Lines != p.SSHD+p.NotSSHD+p.Continuations || p.Lines != len(samples) {
		t.Errorf("%d lines, of sshd %d, of others %d, continuing %d; want %d", p.Lines, p.SSHD, p.NotSSHD, p.Continuations, len(samples))
	}
}

func TestHiddenNamesAreInNoForm(t *testing.T) {
	const secret = "c0rrect-horse"
	page := gather(
		at(1, "Invalid user "+secret+" from 192.0.2.7 port 4242"),
		at(1, "Failed password for invalid user "+secret+" from 192.0.2.7 port 4242 ssh2"),
		at(1, "input_userauth_request: invalid user "+secret+" [preauth]"),
		at(1, "Connection closed by invalid user "+secret+" 192.0.2.7 port 4242 [preauth]"),
	).Page(false)
	var text, asJSON bytes.Buffer
	if err := page.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if err := page.WriteJSON(&asJSON); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ out, want string }{
		{text.String(), "<hidden, 13 chars>"}, {asJSON.String(), "‹hidden, 13 chars›"}, {asJSON.String(), HiddenNames},
	} {
		if strings.Contains(test.out, secret) || !strings.Contains(test.out, test.want) {
			t.Errorf("want %s and not the name in:\n%s", test.want, test.out)
		}
	}
}

// The page is for a terminal: nothing on it may steer one, and all of it but
// single long words fits into 80 columns.
func FuzzPage(f *testing.F) {
	f.Add(strings.Join(samples, "\n"))
	f.Add(strings.Join(eventful(), "\n"))
	f.Add("\x1b[31m\n\xff\xfe\nsshd[1]: \u202e")
	f.Add(at(1, "Received disconnect from 192.0.2.7 port 4242:11: see https://evil.example/\u202e [preauth]"))
	f.Add(at(1, "Bad protocol version identification '\x1b[2J\\x00<script>' from 192.0.2.7 port 4242"))
	f.Fuzz(func(t *testing.T, text string) {
		page := gather(strings.Split(text, "\n")...).Page(false)
		for _, write := range []func(io.Writer) error{page.WriteText, func(w io.Writer) error { return page.WriteTerminal(w, false) }} {
			var out bytes.Buffer
			if err := write(&out); err != nil {
				t.Fatal(err)
			}
			checkTerminal(t, out.String())
		}
		checkJSON(t, page)
	})
}

func checkTerminal(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("control character in %q", line)
		}
		if n := utf8.RuneCountInString(line); n > width && strings.Contains(strings.TrimSpace(line), " ") {
			t.Errorf("%d characters: %q", n, line)
		}
	}
}

// checkJSON: every text on the page, its own included, is what Page promises.
func checkJSON(t *testing.T, page *Page) {
	t.Helper()
	var out bytes.Buffer
	if err := page.WriteJSON(&out); err != nil {
		t.Fatalf("JSON: %v", err)
	}
	var document any
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatalf("JSON: %v", err)
	}
	eachText(document, func(text string) {
		if utf8.RuneCountInString(text) > maxOffer || strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
			t.Errorf("%q", text)
		}
	})
	for _, list := range [][]Count{page.Reasons.Items, page.Banners.Items} {
		for _, item := range list {
			if strings.Contains(item.Name, "://") || likeLink.MatchString(item.Name) {
				t.Errorf("somebody may make a link of %q", item.Name)
			}
		}
	}
}

// likeLink is what mail programs make links of: a dot with a label behind it.
var likeLink = regexp.MustCompile(`\.[a-zA-Z]`)

// eachText calls f for every string in a JSON document, names of members too.
func eachText(document any, f func(string)) {
	switch v := document.(type) {
	case string:
		f(v)
	case []any:
		for _, item := range v {
			eachText(item, f)
		}
	case map[string]any:
		for name, item := range v {
			f(name)
			eachText(item, f)
		}
	}
}

// The per-line way must not allocate, or a long log makes the collector work.
func TestAddDoesNotAllocate(t *testing.T) {
	log := NewLog()
	records := make([]syslog.Record, len(samples))
	for i, line := range samples {
		records[i] = syslog.Parse(line)
	}
	events := new(sshd.Reader).Read(records)
	add := func() {
		for i := range events {
			// The shape of what no row knows is made for the few lines that
			// have one.
			if events[i].Kind() != sshd.KindUnrecognised {
				log.Add(&events[i])
			}
		}
	}
	add()
	if n := testing.AllocsPerRun(100, add); n > 0 {
		t.Errorf("%v allocations for %d events, want none", n, len(events))
	}
}

func BenchmarkAdd(b *testing.B) {
	log := NewLog()
	records := make([]syslog.Record, len(samples))
	for i, line := range samples {
		records[i] = syslog.Parse(line)
	}
	events := new(sshd.Reader).Read(records)
	b.ReportAllocs()
	for b.Loop() {
		for i := range events {
			log.Add(&events[i])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/line")
}

// samples is a little of everything.
var samples = []string{
	at(0, "Server listening on 0.0.0.0 port 22."),
	at(1, "Failed password for root from 192.0.2.7 port 4242 ssh2"),
	at(1, "message repeated 2 times: [ Failed password for root from 192.0.2.7 port 4242 ssh2]"),
	at(2, "Invalid user admin from 2001:db8::7 port 4243"),
	at(2, "Failed password for invalid user admin from 2001:db8::7 port 4243 ssh2"),
	at(3, "Accepted publickey for alice from 198.51.100.7 port 50000 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc"),
	at(3, "pam_unix(sshd:session): session opened for user alice(uid=1000) by (uid=0)"),
	at(4, "Unable to negotiate with 203.0.113.9 port 99: no matching cipher found. Their offer: aes128-cbc,3des-cbc [preauth]"),
	at(5, "ROOT LOGIN REFUSED FROM 203.0.113.7 port 9"),
	at(6, "Connection closed by authenticating user root 192.0.2.7 port 4244 [preauth]"),
	at(7, "banner exchange: Connection from 203.0.113.8 port 4245: invalid format"),
	at(8, "drop connection #10 from [203.0.113.8]:4246 on [198.51.100.1]:22 past MaxStartups"),
	at(9, "User bob from 198.51.100.8 not allowed because not listed in AllowUsers"),
	at(10, "an odd thing happened 17 times"),
	at(10, "Received disconnect from 203.0.113.8 port 4247:11: Bye Bye [preauth]"),
	at(10, "Bad protocol version identification 'GET / HTTP/1.1' from 203.0.113.8 port 4248"),
	at(10, "drop connection #3 from [203.0.113.8]:4249 on [198.51.100.1]:22 penalty: failed authentication"),
	at(10, "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]"),
	at(10, "no matching cipher found: client 3des-cbc server aes128-ctr"),
	"2026-11-20T12:11:00Z web-1 CRON[9]: pam_unix(cron:session): session opened for user root",
	"",
	"error: kex_exchange_identification: Connection closed by remote host",
}
