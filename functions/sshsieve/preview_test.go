package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/notice"
)

// A page is preview --json as another tool reads it: by its contract, not by the
// types that write it.
type page struct {
	Schema     int              `json:"schema"`
	Notices    []noticeOfPage   `json:"notices"`
	Digest     []map[string]any `json:"digest"`
	Counts     map[string]any   `json:"counts"`
	HeldBack   int              `json:"held_back"`
	Operations map[string]int   `json:"operations"`
}

type noticeOfPage struct {
	Rule, Reason, Severity, Verdict, Subject, Text, Host, Addr, User string

	Rules []notice.RuleReason
	Time  time.Time
	Count int
	Lines []string
}

func previewOf(t *testing.T, stdin string, args ...string) page {
	t.Helper()
	code, out, errs := execute(stdin, append([]string{"preview", "--json", "--latest", latest}, args...)...)
	if code != exitOK || errs != "" {
		t.Fatalf("preview %v: exit %d: %s", args, code, errs)
	}
	var p page
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// found are what was told, as "rule/reason severity", each once.
func (p page) found() []string {
	var found []string
	for _, n := range p.Notices {
		for _, r := range n.Rules {
			found = append(found, r.Rule+"/"+r.Reason+" "+n.Severity)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestPreviewOfSamples(t *testing.T) {
	for _, test := range []struct {
		sample string
		want   []string // must be told
		only   bool     // and nothing else
		why    string
	}{
		{"break-in", []string{"login/after-failures high", "password-guessing/begins medium", "password-guessing/source tooling"}, true,
			"a password was guessed"},
		{"locked-out", []string{"locked-out/algorithm medium", "locked-out/negotiation medium"}, true,
			"two users' programs are too old"},
		{"brute-force", []string{"password-guessing/begins medium", "password-guessing/source tooling"}, true,
			"nobody got in: ban tools, and one mail that it has begun"},
		{"quiet-day", nil, true, "an ordinary day"},
		{"sshd-broken", []string{"sshd-broken/fault high", "sshd-broken/fault medium"}, false, "nobody can log in"},
		{"container-stderr", nil, true, "strangers can write all of it"},
		{"preauth-noise", nil, true, "noise alone never notifies"},
	} {
		got := previewOf(t, "", "../../events/"+test.sample+".log").found()
		for _, want := range test.want {
			if !slices.Contains(got, want) {
				t.Errorf("%s (%s): no %s, only %v", test.sample, test.why, want, got)
			}
		}
		if test.only && len(got) > len(test.want) {
			t.Errorf("%s (%s): %v, want only %v", test.sample, test.why, got, test.want)
		}
	}
}

// Each member that the contract names is there, in each kind of Notice.
func TestPreviewContract(t *testing.T) {
	_, out, _ := execute("", "preview", "--json", "--latest", latest, "../../events/break-in.log")
	var p map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	for _, member := range []string{"schema", "notices", "digest", "counts", "held_back", "operations"} {
		if p[member] == nil {
			t.Errorf("no member %q", member)
		}
	}
	var notices []map[string]any
	if err := json.Unmarshal(p["notices"], &notices); err != nil || len(notices) == 0 {
		t.Fatalf("notices: %v, %d of them", err, len(notices))
	}
	for _, n := range notices {
		for _, member := range []string{"rule", "reason", "severity", "verdict", "subject", "text", "time", "host", "addr", "user"} {
			if _, ok := n[member].(string); !ok {
				t.Errorf("%v: %q is %T, want a string", n["subject"], member, n[member])
			}
		}
		for member, kind := range map[string]any{"rules": []any{}, "lines": []any{}, "count": 0.0} {
			if fmt.Sprintf("%T", n[member]) != fmt.Sprintf("%T", kind) {
				t.Errorf("%v: %q is %T, want %T", n["subject"], member, n[member], kind)
			}
		}
	}
	mail := previewOf(t, "", "../../events/break-in.log")
	i := slices.IndexFunc(mail.Notices, func(n noticeOfPage) bool { return n.Rule == "login" })
	if i < 0 {
		t.Fatal("no login is told")
	}
	if n := mail.Notices[i]; n.Addr != "203.0.113.66" || n.User != "deploy" || n.Verdict != "human" || n.Host != "db-1" {
		t.Errorf("addr %q, user %q, verdict %q, host %q", n.Addr, n.User, n.Verdict, n.Host)
	}
}

// An empty log has a page, with lists that are not null.
func TestPreviewOfNothing(t *testing.T) {
	code, out, errs := execute("", "preview", "--json")
	if code != exitOK || errs != "" || strings.Contains(out, "null") {
		t.Errorf("exit %d, %s\n%s", code, errs, out)
	}
	code, out, _ = execute("", "preview", "--exit-code")
	if code != exitOK || !strings.Contains(out, "0 mails") {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

// The same input has the same output, in either form.
func TestPreviewIsDeterministic(t *testing.T) {
	for _, name := range sampleLogs(t) {
		for _, form := range []string{"--json", "--learned"} {
			args := []string{"preview", form, "--latest", latest, name}
			_, first, _ := execute("", args...)
			_, second, _ := execute("", args...)
			if first != second {
				t.Errorf("%s %s: %s", name, form, difference(second, first))
			}
		}
	}
}

func sampleLogs(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(samples)
	if err != nil || len(names) == 0 {
		t.Fatalf("no samples at %s (%v)", samples, err)
	}
	return names
}

// Two runs with a store, cut where a batch ends, tell what one run tells.
func TestStoreCarriesMemory(t *testing.T) {
	for _, name := range sampleLogs(t) {
		lines := logLines(t, name)
		cuts := cutsOf(t, name)
		for _, cut := range []int{cuts[len(cuts)/4], cuts[len(cuts)/2], cuts[len(cuts)*3/4]} {
			whole := toldWith(t, filepath.Join(t.TempDir(), "store"), strings.Join(lines, ""))
			store := filepath.Join(t.TempDir(), "store")
			parts := append(toldWith(t, store, strings.Join(lines[:cut], "")), toldWith(t, store, strings.Join(lines[cut:], ""))...)
			if !slices.Equal(parts, whole) {
				t.Errorf("%s cut at line %d: %d notices\n%s\nwant %d\n%s", name, cut, len(parts), strings.Join(parts, "\n"), len(whole), strings.Join(whole, "\n"))
			}
		}
	}
}

// toldWith previews a log with a store, and lists what is told.
func toldWith(t *testing.T, store, log string) []string {
	t.Helper()
	var list []string
	for _, n := range previewOf(t, log, "--store", store).Notices {
		list = append(list, n.Time.Format(time.DateTime)+" "+n.Subject+"\n"+n.Text)
	}
	return list
}

func logLines(t *testing.T, name string) []string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(raw)))
}

// cutsOf lists the lines with which a batch of a log begins.
func cutsOf(t *testing.T, name string) []int {
	t.Helper()
	r := &reading{ctx: t.Context(), zone: time.UTC, now: time.Now}
	r.latest, _ = time.Parse(time.DateOnly, latest)
	var cuts []int
	if err := r.each([]string{name}, nil, func(b batch) error { cuts = append(cuts, b.first-1); return nil }); err != nil {
		t.Fatal(err)
	}
	return cuts
}

// The same log again is nothing new, and counts nothing.
func TestStoreKnowsWhatItHasSeen(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	previewOf(t, "", "--store", store, "../../events/break-in.log")
	again := previewOf(t, "", "--store", store, "../../events/break-in.log")
	if len(again.Notices) > 0 || len(again.Digest) > 0 || again.Counts["lines"] != 0.0 {
		t.Errorf("told again: %v, %v; counted %v", again.found(), again.Digest, again.Counts["lines"])
	}
}

// Rotated files are played oldest first, in whichever order a shell names them.
func TestFilesPlayOldestFirst(t *testing.T) {
	lines := logLines(t, "../../events/break-in.log")
	dir := t.TempDir()
	older, newer := filepath.Join(dir, "auth.log.1"), filepath.Join(dir, "auth.log")
	cuts := cutsOf(t, "../../events/break-in.log")
	cut := cuts[len(cuts)/2]
	write(t, older, strings.Join(lines[:cut], ""))
	write(t, newer, strings.Join(lines[cut:], ""))
	one, other := previewOf(t, "", newer, older), previewOf(t, "", older, newer)
	if a, b := one.found(), other.found(); !slices.Equal(a, b) || !slices.Contains(a, "login/after-failures high") {
		t.Errorf("%v in one order, %v in the other", a, b)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// learn ends the learning period: the next unknown key and place is told.
func TestLearn(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store")
	const login = "Accepted publickey for alice from %s port 4242 ssh2: ED25519 SHA256:%s\n"
	old := fmt.Sprintf("2026-11-20T12:00:00Z web-1 sshd[1]: "+login, "192.0.2.7", "T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc")
	strange := fmt.Sprintf("2026-11-21T12:00:00Z web-1 sshd[2]: "+login, "203.0.113.9", "AAAAhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc")
	if code, _, errs := execute(old, "learn", "--store", store, "-"); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	if got := previewOf(t, strange, "--store", store).found(); !slices.Equal(got, []string{"login/new-key-and-source high"}) {
		t.Errorf("after learning %v is told", got)
	}
	if got := previewOf(t, old+strange).found(); len(got) > 0 {
		t.Errorf("without learning %v is told: it is not the learning that this test sees", got)
	}
}

// What a cap still held back when the learning ended does not come with the next
// run; from a preview's store it does.
func TestLearnTellsNothing(t *testing.T) {
	const log = "2026-11-20T12:00:00Z web-1 sshd[9]: Accepted publickey for alice from 192.0.2.9 port 4242 ssh2: ED25519 SHA256:abc\n" +
		"2026-11-20T12:00:10Z web-1 sshd[1]: PAM adding faulty module: pam_tally2.so\n" +
		"2026-11-20T12:02:10Z web-2 sshd[1]: PAM adding faulty module: pam_tally2.so\n"
	const later = "2026-11-20T13:30:00Z web-1 sshd[2]: Connection closed by 192.0.2.7 port 4242 [preauth]\n"
	next := func(command string) []string {
		store := filepath.Join(t.TempDir(), "store")
		if code, _, errs := execute(log, command, "--store", store, "-"); code != exitOK {
			t.Fatalf("%s: exit %d: %s", command, code, errs)
		}
		return previewOf(t, later, "--store", store).found()
	}
	if got := next("preview"); len(got) == 0 {
		t.Error("nothing was held back: the log does not show what this test is for")
	}
	if got := next("learn"); len(got) > 0 {
		t.Errorf("the next run tells %v", got)
	}
}

// The name of a user who does not exist may be a mistyped password: no page
// shows it, whatever the log makes of it.
func TestNoPageShowsUnknownNames(t *testing.T) {
	const secret = "Tr0ub4dor&3"
	log := secretLog(secret)
	for _, args := range [][]string{
		{"preview"}, {"preview", "--json"}, {"preview", "--json", "--learned"}, {"report"}, {"report", "--json"},
		{"why-not", "--source", "192.0.2.7"}, {"why-not", "--user", "alice"}, {"why-not"},
	} {
		code, out, errs := execute(log, args...)
		if code != exitOK || errs != "" {
			t.Fatalf("%v: exit %d: %s", args, code, errs)
		}
		if strings.Contains(out, secret) || strings.Contains(out, `Tr0ub4dor\u0026`) {
			t.Errorf("%v shows the name:\n%s", args, out)
		}
	}
	if _, out, _ := execute(log, "preview"); !strings.Contains(out, "password-as-username/typed") {
		t.Errorf("nothing is told of it, so nothing is shown:\n%s", out)
	}
}

// secretLog is of somebody who types a password as the name, in vain and often,
// and then logs in.
func secretLog(secret string) string {
	const envelope = "2026-11-20T12:00:%02dZ web-1 sshd[%d]: "
	var b strings.Builder
	for i := range 6 {
		fmt.Fprintf(&b, envelope+"Invalid user %s from 192.0.2.7 port 4242\n", i, 100+i, secret)
		fmt.Fprintf(&b, envelope+"Failed password for invalid user %s from 192.0.2.7 port 4242 ssh2\n", i, 100+i, secret)
		fmt.Fprintf(&b, envelope+"Connection closed by invalid user %s 192.0.2.7 port 4242 [preauth]\n", i, 100+i, secret)
	}
	fmt.Fprintf(&b, envelope+"Accepted password for alice from 192.0.2.7 port 4243 ssh2\n", 30, 130)
	return b.String()
}

// No text of a peer steers the terminal of whoever reads a page.
func TestPagesHoldNoControlCharacters(t *testing.T) {
	for _, args := range [][]string{{"preview", "--learned"}, {"report"}, {"why-not", "--source", "203.0.113.66"}} {
		_, out, _ := execute("", append(args, "--latest", latest, "../../events/hostile-names.log")...)
		if i := strings.IndexFunc(out, isControl); i >= 0 {
			t.Errorf("%v: a control character at byte %d: %q", args, i, out[max(0, i-40):i+1])
		}
	}
}

// No line of the page is too wide, but for a subject and what must be copied
// whole.
func TestPreviewFitsThePage(t *testing.T) {
	for _, name := range sampleLogs(t) {
		_, out, _ := execute("", "preview", "--learned", "--latest", latest, name)
		for line := range strings.Lines(out) {
			if n := len([]rune(line)) - 1; n > pageWidth && !strings.HasPrefix(line, "Subject: ") {
				t.Errorf("%s: %d characters: %s", name, n, line)
			}
		}
	}
}
