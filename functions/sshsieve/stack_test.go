package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/klauspost/compress/gzip"

	"sshsieve/internal/attention"
	"sshsieve/internal/awstest"
	"sshsieve/internal/cwlogs"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/sns"
	"sshsieve/internal/watch"
)

// A deployment is a stack on moto_server that the command finds by its
// environment.
type deployment struct {
	table *dynamo.Table
	topic string
	drain func() []awstest.Message
	moto  *awstest.Moto
}

const deployedScope = watch.Scope("123456789012:/var/log/secure")

var deployedOrigin = watch.Origin{Account: "123456789012", LogGroup: "/var/log/secure"}

// deploy makes one that reads these log groups.
func deploy(t *testing.T, groups ...string) *deployment {
	t.Helper()
	m := awstest.Start(t)
	name := m.Table(t)
	topic, drain := m.Topic(t)
	mail := &awssns.SubscribeInput{TopicArn: &topic, Protocol: aws.String("email"), Endpoint: aws.String("admin@example.org")} // moto confirms it at once
	if _, err := awssns.NewFromConfig(m.Config()).Subscribe(t.Context(), mail); err != nil {
		t.Fatal(err)
	}
	parameters := map[string]string{"Fleet": ""}
	for i, group := range groups {
		parameters[[]string{"LogGroup", "LogGroup2"}[i]] = group
	}
	outputs := map[string]string{"Table": name, "NoticesTopic": topic, "OperationsTopic": topic, "ClassifyFunction": "classify"}
	setEnvironment(t, append(m.Env(), "SSHSIEVE_STACK="+m.Stack(t, outputs, parameters)))
	return &deployment{dynamo.New(dynamodb.NewFromConfig(m.Config()), name), topic, drain, m}
}

// setEnvironment is what the SDK reads, and nothing of this machine's own.
func setEnvironment(t *testing.T, env []string) {
	t.Helper()
	env = append(env, "AWS_PROFILE=", "AWS_SESSION_TOKEN=", "SSHSIEVE_TABLE=", "SSHSIEVE_NOTICES_TOPIC=",
		"AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_EC2_METADATA_DISABLED=true")
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// put puts an Entry into the table, in its State.
func (d *deployment) put(t *testing.T, e watch.Entry) {
	t.Helper()
	key := watch.Key{Scope: deployedScope, Of: attention.Key{Kind: attention.User, Name: "alice"}}
	_, err := d.table.Update(t.Context(), key, func(past attention.History) (attention.History, []watch.Entry) { return past, []watch.Entry{e} })
	if err == nil && e.State.Settled() {
		err = d.table.Settle(t.Context(), []string{e.ID}, e.State)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func toldEntry(id string) watch.Entry {
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	return watch.Entry{ID: id, Origin: deployedOrigin, Found: at, Due: at, State: watch.Told, Finding: attention.Finding{
		Rule: "login", Reason: "new-key-and-source", Severity: attention.High, At: at, First: at, Count: 1, Host: "web-1", User: "alice",
		Source: netip.MustParseAddr("203.0.113.9"), Quiet: at.Add(24 * time.Hour), Key: attention.Key{Kind: attention.User, Name: "alice"},
		Lines: []attention.Line{{At: at, Host: "web-1", Program: "sshd", PID: 7, Text: "Accepted publickey for alice from 203.0.113.9 port 4242 ssh2: \x1b[2JSHA256:x"}},
	}}
}

// wants fails unless each of these is part of a text.
func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("lacks %q:\n%s", part, text)
		}
	}
}

func noControls(t *testing.T, text string) {
	t.Helper()
	if i := strings.IndexFunc(text, isControl); i >= 0 {
		t.Errorf("control character at byte %d: %q", i, text)
	}
}

func TestWhyShowsWhatWasTold(t *testing.T) {
	d := deploy(t, "/var/log/secure")
	d.put(t, toldEntry("abc123"))
	code, out, errs := execute("", "why", "abc123")
	if code != exitOK || errs != "" {
		t.Fatalf("exit %d: %s", code, errs)
	}
	wants(t, out, "abc123  login/new-key-and-source, high", "state         told", "again         the same can be told again from",
		"account 123456789012, log group /var/log/secure", "Subject: [sshsieve web-1] high: alice", "Accepted publickey for alice", "WHY")
	noControls(t, out)
	code, out, _ = execute("", "why")
	if code != exitOK {
		t.Fatalf("exit %d", code)
	}
	wants(t, out, "1 finding, and 0 findings for ban tools\nabc123 ", "told      [sshsieve web-1] high: alice")
}

func TestWhyOfNothing(t *testing.T) {
	deploy(t, "/var/log/secure")
	for id, want := range map[string]string{
		"zzz": "nothing of ID zzz was found in the last 30 days; sshsieve why --since 30d lists what was", "../x": `"../x" is no ID`, "": `"" is no ID`,
	} {
		if code, out, errs := execute("", "why", id); code != exitUsage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("why %q: exit %d, %q; want %d and %q", id, code, errs, exitUsage, want)
		}
	}
}

func TestMuteIsPutListedAndEnded(t *testing.T) {
	d := deploy(t, "/var/log/secure")
	code, out, errs := execute("", "mute", "login", "--user", "alice", "--source", "203.0.113.0/24", "--for", "7d", "--why", "ticket 42 \x1b[2J")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	wants(t, out, "muted: ", "rule login, user alice, source 203.0.113.0/24 until ", `ticket 42 \x1b[2J`, "in 123456789012:/var/log/secure")
	mutes, err := d.table.Mutes(t.Context(), deployedScope)
	entry := toldEntry("a")
	if err != nil || len(mutes) != 1 || !mutes[0].Matches(&entry.Finding, time.Now()) {
		t.Fatalf("mutes %+v, %v; want one that matches", mutes, err)
	}
	id := regexp.MustCompile(`--end (\w+)\n`).FindStringSubmatch(out)
	if id == nil {
		t.Fatalf("no ID in %s", out)
	}
	_, out, _ = execute("", "mute", "--list")
	wants(t, out, "123456789012:/var/log/secure: 1 mute\n  "+id[1]+"  rule login")
	noControls(t, out)
	if code, _, errs = execute("", "mute", "--end", id[1]); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	_, out, _ = execute("", "mute", "--list")
	wants(t, out, ": 0 mutes")
	if code, _, errs = execute("", "mute", "--end", id[1]); code != exitUsage || !strings.Contains(errs, "is in force; sshsieve mute --list shows them") {
		t.Errorf("ended twice: exit %d, %q", code, errs)
	}
}

func TestMuteOfOneLogGroup(t *testing.T) {
	d := deploy(t, "/var/log/secure", "/ecs/jump")
	if code, _, errs := execute("", "mute", "login", "--for", "1d", "--why", "x", "--scope", "/ecs/jump"); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	for scope, want := range map[watch.Scope]int{deployedScope: 0, "123456789012:/ecs/jump": 1} {
		if mutes, err := d.table.Mutes(t.Context(), scope); err != nil || len(mutes) != want {
			t.Errorf("%s has %d mutes, %v; want %d", scope, len(mutes), err, want)
		}
	}
	if code, _, errs := execute("", "mute", "login", "--for", "1d", "--why", "x", "--scope", "nowhere"); code != exitUsage || !strings.Contains(errs, "123456789012:/ecs/jump, 123456789012:/var/log/secure") {
		t.Errorf("exit %d, %q; want the names there are", code, errs)
	}
}

func TestMuteIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		why  string
		f    muteFlags
		want string // part of the error; empty: it is taken
	}{
		{"as in a mail", muteFlags{mute: watch.Mute{Rule: "login", User: "a", Why: "x"}, span: "7d"}, ""},
		{"to a date", muteFlags{mute: watch.Mute{Host: "web-1", Why: "x"}, until: "2026-12-01"}, ""},
		{"everything", muteFlags{mute: watch.Mute{Why: "x"}, span: "7d"}, "everything"},
		{"the whole internet", muteFlags{mute: watch.Mute{Why: "x"}, source: "0.0.0.0/0", span: "7d"}, "too much"},
		{"the whole internet, of IPv6", muteFlags{mute: watch.Mute{Why: "x"}, source: "::/0", span: "7d"}, "too much"},
		{"the whole of IPv4, in IPv6", muteFlags{mute: watch.Mute{Why: "x"}, source: "::ffff:0.0.0.0/96", span: "7d"}, "too much"},
		{"no such rule", muteFlags{mute: watch.Mute{Rule: "logins", Why: "x"}, span: "7d"}, `rule "logins": there is none`},
		{"no reason given", muteFlags{mute: watch.Mute{Rule: "login"}, span: "7d"}, "why?"},
		{"a long reason", muteFlags{mute: watch.Mute{Rule: "login", Why: strings.Repeat("x", 201)}, span: "7d"}, "200 bytes"},
		{"without an end", muteFlags{mute: watch.Mute{Rule: "login", Why: "x"}}, "until when?"},
		{"with two ends", muteFlags{mute: watch.Mute{Rule: "login", Why: "x"}, span: "7d", until: "2026-12-01"}, "until when?"},
		{"for too long", muteFlags{mute: watch.Mute{Rule: "login", Why: "x"}, span: "91d"}, "at most 90 days"},
		{"to a date too far", muteFlags{mute: watch.Mute{Rule: "login", Why: "x"}, until: "2027-12-01"}, "at most 90 days"},
		{"over already", muteFlags{mute: watch.Mute{Rule: "login", Why: "x"}, until: "2026-11-22"}, "past"},
		{"the quiet report hides nothing urgent", muteFlags{mute: watch.Mute{Rule: "quiet-report", Why: "x"}, span: "365d"}, ""},
		{"a span without unit", muteFlags{mute: watch.Mute{Rule: "login", Why: "x"}, span: "7"}, "such as 7d"},
		{"no span", muteFlags{mute: watch.Mute{Rule: "login", Why: "x"}, span: "d"}, "such as 7d"},
		{"no address", muteFlags{mute: watch.Mute{Why: "x"}, source: "web-1", span: "7d"}, `--source "web-1"`},
		{"a name that is none", muteFlags{mute: watch.Mute{User: strings.Repeat("u", 257), Why: "x"}, span: "7d"}, "256 bytes"},
	} {
		err := test.f.check(now)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.why, err, test.want)
		}
	}
}

// A source is muted as Findings name it.
func TestMuteOfASource(t *testing.T) {
	for text, found := range map[string]string{
		"203.0.113.9": "203.0.113.9", "203.0.113.0/24": "203.0.113.9", "2001:db8::1:2:3:4": "2001:db8::", "2001:db8::/48": "2001:db8:0:7::",
		"::ffff:203.0.113.9": "203.0.113.9", "::ffff:203.0.113.0/120": "203.0.113.9",
	} {
		p, err := parseSource(text)
		f := attention.Finding{Source: netip.MustParseAddr(found)}
		if err != nil || !(watch.Mute{Source: p, Until: time.Unix(2, 0)}).Matches(&f, time.Unix(1, 0)) {
			t.Errorf("--source %s does not mute %s: %v, %v", text, found, p, err)
		}
	}
}

// Each mail ends in a command that mutes it. They must work.
func TestCommandsInMailsWork(t *testing.T) {
	mails, err := filepath.Glob("../../internal/notice/testdata/mails/*.txt")
	if err != nil || len(mails) == 0 {
		t.Fatalf("no mails: %v", err)
	}
	tried := 0
	for _, name := range mails {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range mutesIn(string(text)) {
			if slices.Contains(command, "RULE") {
				continue // a placeholder, where no rule can be named
			}
			tried++
			if err := muteTaken(command); err != nil {
				t.Errorf("%s: sshsieve mute %q: %v", name, command, err)
			}
		}
	}
	if tried == 0 {
		t.Error("no mail has a command")
	}
}

// mutesIn are the arguments of the commands in a mail, where a long one goes on
// behind a backslash.
func mutesIn(text string) (commands [][]string) {
	text = regexp.MustCompile(`\\\n\s*`).ReplaceAllString(text, "")
	for _, m := range regexp.MustCompile(`(?m)sshsieve mute (.*)$`).FindAllStringSubmatch(text, -1) {
		commands = append(commands, strings.Fields(strings.ReplaceAll(m[1], `"`, "")))
	}
	return commands
}

// muteTaken says whether a command line is understood, without a stack.
func muteTaken(args []string) error {
	c := newCall(context.Background(), "mute", nil, io.Discard, io.Discard)
	var f muteFlags
	var flags stackFlags
	f.register(c)
	flags.register(c)
	others, err := c.parse(args)
	return errors.Join(err, f.takeRule(others), f.check(time.Now()))
}

func TestStatus(t *testing.T) {
	d := deploy(t)
	now := time.Now()
	d.put(t, toldEntry("abc"))
	if _, err := d.table.Receive(t.Context(), watch.Receipt{Scope: deployedScope, Bucket: watch.BucketOf(now), Batch: "b", Hosts: []string{"web-1"},
		Newest: now, Arrived: now, Counts: watch.Counts{Lines: 12}}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.table.Fold(t.Context(), now.Add(-time.Hour), now.Add(time.Hour), func(watch.Row) {}); err != nil {
		t.Fatal(err)
	}
	execute("", "mute", "login", "--for", "7d", "--why", "ticket 42")
	code, out, errs := execute("", "status")
	if code != exitOK || errs != "" {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	wants(t, out, "in eu-central-1, account 123456789012: all is well\n", "last lines    less than a minute ago", "told in 24 h  1 high", "to be told    0 waiting, 0 of them overdue",
		"notices       sqs arn:aws:sqs:", "\n123456789012:/var/log/secure\n", "12 lines of 1 host", "learning      no login yet", "rule login until ", "ticket 42")
	for line := range strings.Lines(out) {
		if len(line) > pageWidth+1 && !strings.Contains(line, "arn:") && !strings.HasPrefix(line, "stack ") {
			t.Errorf("a line of %d characters: %s", len(line)-1, line)
		}
	}
	var page struct {
		Schema int
		Told   map[string]int
		Scopes []struct {
			Scope string
			Lines int
			Mutes []watch.Mute
		}
		Problems, Unknown []string
	}
	_, out, _ = execute("", "status", "--json")
	if err := json.Unmarshal([]byte(out), &page); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if page.Schema != 1 || page.Told["high"] != 1 || len(page.Scopes) != 1 || page.Scopes[0].Lines != 12 || len(page.Scopes[0].Mutes) != 1 || page.Problems == nil {
		t.Errorf("page %+v", page)
	}
}

func TestStatusOfWhatIsWrong(t *testing.T) {
	deploy(t, "/var/log/secure") // which does not exist, and nothing came
	code, out, errs := execute("", "status")
	if code != exitFindings || errs != "" {
		t.Errorf("exit %d, %q; want %d", code, errs, exitFindings)
	}
	wants(t, out, "2 THINGS ARE WRONG\n", "  ! no line has come for 24 hours, or ever", "  ! there is no log group /var/log/secure", "last lines    never")
	if code, _, _ := execute("", "status", "--json"); code != exitFindings {
		t.Errorf("--json: exit %d, want %d", code, exitFindings)
	}
}

// By a table alone, no CloudFormation is asked.
func TestStatusByTable(t *testing.T) {
	m := awstest.Start(t)
	setEnvironment(t, m.Env())
	code, out, errs := execute("", "status", "--table", m.Table(t))
	if code != exitFindings || errs != "" {
		t.Errorf("exit %d, %q", code, errs)
	}
	wants(t, out, "table TestStatusByTable-", "could not ask about subscriptions of the topic for notices: its ARN is not")
}

const oldLog = `2026-11-19T12:00:00Z web-1 sshd[1]: Accepted publickey for alice from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc
2026-11-20T12:00:00Z web-1 sshd[2]: Failed password for deploy from 203.0.113.7 port 4242 ssh2
2026-11-20T12:00:05Z web-1 sshd[2]: message repeated 9 times: [ Failed password for deploy from 203.0.113.7 port 4242 ssh2]
2026-11-20T12:00:30Z web-1 sshd[3]: Accepted password for deploy from 203.0.113.7 port 4243 ssh2
`

func TestLearnTeachesAStack(t *testing.T) {
	d := deploy(t, "/var/log/secure")
	name := os.Getenv("SSHSIEVE_STACK")
	code, out, errs := execute(oldLog, "learn", "--stack", name, "-")
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	wants(t, out, "123456789012:/var/log/secure: learned from 4 lines: news of 2 users and 2 sources; the learning period ended 2026-11-20 12:00 UTC.")
	_, page, _ := execute("", "status", "--stack", name)
	wants(t, page, "learning      ended 2026-11-20 12:00 UTC\n") // the same date
	if n, err := d.table.Waiting(t.Context()); err != nil || n != 0 {
		t.Errorf("%d findings of old would be mailed, %v", n, err)
	}
	before := d.histories(t)
	old, err := d.table.Read(t.Context(), watch.Key{Scope: deployedScope, Of: attention.Key{Kind: attention.Source, Name: "203.0.113.7"}})
	if err != nil || len(old.Marks) == 0 || slices.ContainsFunc(old.Marks, func(m attention.Mark) bool { return m.What == attention.Failure }) {
		t.Errorf("of a source that guessed it remembers %+v, %v; want its logins alone", old.Marks, err)
	}
	if code, out, _ = execute(oldLog, "learn", "--stack", name, "-"); code != exitOK {
		t.Fatalf("second time: exit %d", code)
	}
	wants(t, out, "news of 0 users and 0 sources")
	if after := d.histories(t); before != after {
		t.Errorf("the second time it changed\n%s\nto\n%s", before, after)
	}
	// What is old is known now, and what is new is told.
	found := d.play(t, "2026-11-21T12:00:00Z web-1 sshd[4]: Accepted publickey for alice from 192.0.2.7 port 4242 ssh2: ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc\n")
	if found.Findings != 0 {
		t.Errorf("%d findings because of a login that was taught", found.Findings)
	}
	found = d.play(t, "2026-11-21T12:10:00Z web-1 sshd[5]: Accepted publickey for alice from 198.51.100.9 port 4242 ssh2: ED25519 SHA256:AAAAhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc\n")
	if found.Findings != 1 {
		t.Errorf("%d findings because of a new key from a new place, want 1", found.Findings)
	}
}

// histories is what the table remembers of the people of oldLog.
func (d *deployment) histories(t *testing.T) string {
	t.Helper()
	var all []attention.History
	for _, key := range []attention.Key{{}, {Kind: attention.User, Name: "alice"}, {Kind: attention.User, Name: "deploy"},
		{Kind: attention.Source, Name: "192.0.2.7"}, {Kind: attention.Source, Name: "203.0.113.7"}} {
		h, err := d.table.Read(t.Context(), watch.Key{Scope: deployedScope, Of: key})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// watcher is the deployed function's.
func (d *deployment) watcher() *watch.Watcher {
	return &watch.Watcher{Memory: d.table, Outbox: d.table, Ledger: d.table, Mutes: d.table, Tests: d.table,
		Notifier: sns.New(awssns.NewFromConfig(d.moto.Config()), d.topic)}
}

// play takes a log the way of the deployed function.
func (d *deployment) play(t *testing.T, log string) (sum watch.Result) {
	t.Helper()
	c := newCall(t.Context(), "test", strings.NewReader(log), io.Discard, io.Discard)
	r, err := (&inputFlags{zone: "UTC"}).reading(c)
	if err != nil {
		t.Fatal(err)
	}
	w := d.watcher()
	err = r.each(nil, nil, func(b batch) error {
		result, err := w.Batch(t.Context(), watch.Batch{Origin: deployedOrigin, Events: b.events})
		sum.Findings += result.Findings
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestLearnWithoutALogEndsLearning(t *testing.T) {
	deploy(t, "/var/log/secure", "/ecs/jump")
	name := os.Getenv("SSHSIEVE_STACK")
	if code, _, errs := execute("", "learn", "--stack", name); code != exitUsage || !strings.Contains(errs, "--scope says so: 123456789012:/ecs/jump, 123456789012:/var/log/secure") {
		t.Errorf("exit %d, %q; want to be asked which", code, errs)
	}
	if code, _, errs := execute("", "learn", "--stack", name, "--scope", "/ecs/jump"); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs)
	}
	_, out, _ := execute("", "status")
	wants(t, out, "\n123456789012:/ecs/jump\n", "learning      ended 20", "learning      no login yet")
}

// A line of the test's own name is found, told, and seen to be.
func TestSelftestSeesItsLineTold(t *testing.T) {
	d := deploy(t)
	var out bytes.Buffer
	now := time.Now().Truncate(time.Second)
	test := &selfTest{store: d.table, name: watch.TestPrefix + "0123456789abcdef", wait: 10 * time.Minute, out: bufio.NewWriter(&out), now: func() time.Time { return now }}
	turns := 0
	test.pause = func(context.Context, time.Duration) error {
		now = now.Add(testPoll)
		if turns++; turns == 2 {
			stamp := time.Now().UTC().Format(time.RFC3339)
			d.play(t, stamp+" web-1 sshd[7]: Invalid user "+test.name+" from 192.0.2.7 port 4242\n")
		}
		return nil
	}
	told, err := test.run(t.Context(), "web-1")
	test.out.Flush()
	if err != nil || !told {
		t.Fatalf("told %v, %v:\n%s", told, err, out.String())
	}
	wants(t, out.String(), "ssh -o BatchMode=yes -o ConnectTimeout=10 sshsieve-test-0123456789abcdef@web-1\n", "10s  lines come\n", "10s  the line was found\n", "10s  SNS took the message\n")
	if messages := d.drain(); len(messages) != 1 || messages[0].Attributes["rule"] != "self-test" {
		t.Errorf("messages %+v, want the test's", messages)
	}
}

// A fakeTests answers as a stack at which a line stops somewhere.
type fakeTests struct {
	receipts []watch.Receipt
	entry    *watch.Entry
	fault    error
	until    time.Time
}

func (f *fakeTests) PutTest(_ context.Context, _ string, until time.Time) error {
	f.until = until
	return f.fault
}
func (f *fakeTests) Entry(context.Context, string) (watch.Entry, bool, error) {
	if f.entry == nil {
		return watch.Entry{}, false, nil
	}
	return *f.entry, true, nil
}
func (f *fakeTests) Receipts(context.Context, time.Time, time.Time) ([]watch.Receipt, error) {
	return f.receipts, nil
}

func TestSelftestSaysWhereItStops(t *testing.T) {
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	before := []watch.Receipt{{Arrived: start.Add(-time.Second)}}
	after := []watch.Receipt{{Scope: deployedScope, Arrived: start.Add(time.Second)}}
	in := func(state watch.State) *watch.Entry { return &watch.Entry{State: state} }
	for _, test := range []struct {
		why  string
		fake fakeTests
		want string
		soon bool // nothing more is waited for
	}{
		{"nothing comes", fakeTests{}, "FAILED: no line of any host came", false},
		{"what came before says nothing", fakeTests{receipts: before}, "FAILED: no line of any host came", false},
		{"other lines come", fakeTests{receipts: after}, "FAILED: lines came, but not this one", false},
		{"the owner muted it", fakeTests{entry: in(watch.Muted)}, "sshsieve mute --list", true},
		{"SNS refuses", fakeTests{entry: in(watch.Failed)}, "SNS refused the message for ever", true},
		{"the clock is wrong", fakeTests{entry: in(watch.Late)}, "the host's clock is a day behind", true},
		{"SNS is down", fakeTests{entry: in(watch.Pending)}, "The tick tries again", false},
	} {
		var out bytes.Buffer
		now := start
		s := &selfTest{store: &test.fake, name: "n", wait: 10 * time.Minute, out: bufio.NewWriter(&out), now: func() time.Time { return now },
			pause: func(_ context.Context, d time.Duration) error { now = now.Add(d); return nil }}
		told, err := s.run(t.Context(), "HOST")
		s.out.Flush()
		if told || err != nil || !strings.Contains(strings.Join(strings.Fields(out.String()), " "), test.want) {
			t.Errorf("%s: told %v, %v: want %q in\n%s", test.why, told, err, test.want, out.String())
		}
		if waited := now.Sub(start); test.soon != (waited < time.Minute) || waited > 10*time.Minute {
			t.Errorf("%s: waited %v", test.why, waited)
		}
		if test.fake.until.Before(start.Add(10 * time.Minute)) {
			t.Errorf("%s: the test ends at %v, before the waiting does", test.why, test.fake.until)
		}
	}
}

func TestSelftestEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &selfTest{store: &fakeTests{}, name: "n", wait: time.Hour, out: bufio.NewWriter(io.Discard), now: time.Now, pause: pause}
	if _, err := s.run(ctx, "HOST"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want the context's end", err)
	}
}

// What is printed to be pasted into a shell is a host's name, and nothing more.
func TestSelftestHost(t *testing.T) {
	for host, want := range map[string]bool{"web-1.example.com": true, "192.0.2.7": true, "fe80::1%eth0": true, "-oProxyCommand=x": false, "a;b": false, "a b": false, "$(a)": false, "": false, "ü": false} {
		if _, err := testHost([]string{host}); (err == nil) != want {
			t.Errorf("%q is taken: %v, want %v", host, err == nil, want)
		}
	}
	one, err := testName()
	other, _ := testName()
	if err != nil || one == other || !regexp.MustCompile(`^sshsieve-test-[0-9a-f]{16}$`).MatchString(one) {
		t.Errorf("names %q and %q, %v", one, other, err)
	}
}

// A fakeLambda is the deployed function: it takes subscription events, keeps
// what it got, and fails those of a stream that it was told to.
type fakeLambda struct {
	got  []string // log streams
	fail map[string]bool
}

func (f *fakeLambda) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	event, err := io.ReadAll(r.Body)
	var b cwlogs.Batch
	if err == nil {
		err = b.Decode(event)
	}
	if err != nil || f.fail[b.LogStream] || !strings.HasSuffix(r.URL.Path, "/functions/classify/invocations") {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		io.WriteString(w, `{"errorMessage":"the table is \u001b[31mthrottled","errorType":"error"}`)
		return
	}
	f.got = append(f.got, b.LogStream)
	io.WriteString(w, "null")
}

// event is a subscription's event of this stream.
func event(t *testing.T, stream string) []byte {
	t.Helper()
	var out bytes.Buffer
	b := &cwlogs.Batch{Owner: "123456789012", LogGroup: "/var/log/secure", LogStream: stream, Lines: []cwlogs.Line{{Timestamp: 1, Message: "x"}}}
	if err := cwlogs.Encode(&out, b); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(out.Bytes())
}

// failedRecord is what Lambda writes to the on-failure destination.
func failedRecord(payload []byte) []byte {
	return []byte(`{"version":"1.0","timestamp":"2026-11-22T12:00:00Z","requestContext":{"condition":"RetriesExhausted"},"requestPayload":` + string(payload) +
		`,"responseContext":{"functionError":"Unhandled"},"responsePayload":{"errorMessage":"x"}}`)
}

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// failedEvents is a copy of the bucket, and a function that may take them.
func failedEvents(t *testing.T, files map[string][]byte) (folder string, function *fakeLambda) {
	t.Helper()
	deploy(t)
	function = &fakeLambda{fail: map[string]bool{}}
	server := httptest.NewServer(function)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", server.URL)
	folder = t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return folder, function
}

func TestReplayOfABucket(t *testing.T) {
	folder, function := failedEvents(t, map[string][]byte{
		"aws/lambda/async/a":  failedRecord(event(t, "a")),
		"aws/lambda/async/b":  zipped(t, failedRecord(event(t, "b"))),
		"aws/lambda/async/c":  event(t, "c"),
		"aws/lambda/async/d":  []byte("# a note of mine"),
		"aws/lambda/async/e":  failedRecord(event(t, "e")),
		"aws/lambda/stream/f": mustJSON(t, map[string]any{"KinesisBatchInfo": map[string]any{}, "payload": string(event(t, "f"))}),
	})
	function.fail["e"] = true
	code, out, errs := execute("", "replay", folder)
	if code != exitUsage || out != "4 events taken by classify in eu-central-1.\n" || !slices.Equal(function.got, []string{"a", "b", "c", "f"}) {
		t.Errorf("exit %d, %q, taken %q", code, out, function.got)
	}
	wants(t, errs, `async/d": it holds neither Lambda's record of a failure`, `async/e": the function could not take it (Unhandled): the table is \x1b[31mthrottled`)
	noControls(t, errs)
}

func TestReplayOfStandardInput(t *testing.T) {
	_, function := failedEvents(t, nil)
	if code, _, errs := execute(string(event(t, "a")), "replay", "-"); code != exitOK || !slices.Equal(function.got, []string{"a"}) {
		t.Errorf("exit %d, %q, taken %q", code, errs, function.got)
	}
}

func TestReplayOfALogGroup(t *testing.T) {
	_, function := failedEvents(t, nil)
	logs := cloudwatchlogs.NewFromConfig(awstest.Start(t).Config())
	const group = "/replay/gap"
	if _, err := logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(group)}); err != nil {
		t.Fatal(err)
	}
	gap := time.Now().UTC().Add(-2 * time.Hour).Truncate(time.Minute)
	for stream, at := range map[string]time.Time{"before": gap.Add(-time.Second), "in-1": gap, "in-2": gap.Add(59 * time.Second), "after": gap.Add(time.Minute)} {
		if _, err := logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String(group), LogStreamName: &stream}); err != nil {
			t.Fatal(err)
		}
		_, err := logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String(group), LogStreamName: &stream,
			LogEvents: []types.InputLogEvent{{Timestamp: aws.Int64(at.UnixMilli()), Message: aws.String("sshd[7]: x")}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	const minute = "2006-01-02T15:04"
	code, out, errs := execute("", "replay", "--log-group", group, "--from", gap.Format(minute), "--to", gap.Add(time.Minute).Format(minute))
	slices.Sort(function.got)
	if code != exitOK || out != "2 events taken by classify in eu-central-1.\n" || !slices.Equal(function.got, []string{"in-1", "in-2"}) {
		t.Errorf("exit %d, %q, taken %q: %s", code, out, function.got, errs)
	}
}

func TestReplayGapIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		why    string
		f      gapFlags
		inputs []string
		want   string // empty: it is taken
	}{
		{"an hour", gapFlags{group: "g", from: "2026-11-22T03:00", to: "2026-11-22T04:00"}, nil, ""},
		{"files", gapFlags{}, []string{"a"}, ""},
		{"neither", gapFlags{}, nil, "which files?"},
		{"both", gapFlags{group: "g"}, []string{"a"}, "--log-group or files?"},
		{"a time of no group", gapFlags{from: "2026-11-22T03:00"}, []string{"a"}, "are for --log-group"},
		{"no time", gapFlags{group: "g"}, nil, "--from"},
		{"half of it", gapFlags{group: "g", from: "2026-11-22T03:00", to: "4"}, nil, "--to"},
		{"turned around", gapFlags{group: "g", from: "2026-11-22T04:00", to: "2026-11-22T03:00"}, nil, "not before"},
		{"long ago", gapFlags{group: "g", from: "2026-11-01T04:00", to: "2026-11-22T03:00"}, nil, "14 days"},
	} {
		err := test.f.check(test.inputs, now)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.why, err, test.want)
		}
	}
}

// Where nothing gets through, the rest is not tried.
func TestReplayStopsWhereNothingGetsThrough(t *testing.T) {
	calls := 0
	refusal := errors.New("not allowed")
	c := newCall(t.Context(), "replay", nil, io.Discard, io.Discard)
	r := &replayer{c: c, send: func([]byte) error { calls++; return refusal }}
	folder, _ := failedEvents(t, map[string][]byte{"a": event(t, "a"), "b": event(t, "b")})
	if err := r.all([]string{folder}); !errors.Is(err, refusal) || calls != 1 {
		t.Errorf("%d calls, %v; want one, and the refusal", calls, err)
	}
}

func TestReplayOfNothing(t *testing.T) {
	deploy(t)
	for _, test := range []struct {
		why  string
		args []string
		want string
	}{
		{"no file is named", []string{"replay"}, "which files?"},
		{"it is not there", []string{"replay", "nowhere"}, `"nowhere": no such file`},
		{"the folder is empty", []string{"replay", t.TempDir()}, "there is no file in it"},
	} {
		if code, _, errs := execute("", test.args...); code != exitUsage || !strings.Contains(errs, test.want) {
			t.Errorf("%s: exit %d, %q; want %q", test.why, code, errs, test.want)
		}
	}
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// What Lambda would refuse is not sent.
func TestReplayOfTooMuch(t *testing.T) {
	long := []byte(`{"awslogs":{"data":"` + strings.Repeat("A", maxEvent) + `"}}`)
	if _, err := eventIn(long); !errors.Is(err, errTooLong) {
		t.Errorf("an event of %d bytes: %v", len(long), err)
	}
	if _, err := readBounded(strings.NewReader(strings.Repeat(" ", maxRecord+1))); err == nil {
		t.Error("a file of more than a record's length is read")
	}
}

// eventIn returns what the function is for, or an error, whatever it reads.
func FuzzEventIn(f *testing.F) {
	f.Add([]byte(`{"requestPayload":{"awslogs":{"data":"x"}}}`))
	f.Add([]byte(`{"payload":"{\"Records\":[{\"kinesis\":{}}]}"}`))
	f.Add([]byte(`{"Records":[]}`))
	f.Add([]byte(`{"requestPayload":[1]}`))
	f.Add([]byte(`nothing`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		event, err := eventIn(raw)
		if err == nil && cwlogs.Sniff(event) == cwlogs.Unknown {
			t.Errorf("takes %q out of %q", event, raw)
		}
		if err != nil && event != nil {
			t.Errorf("both %q and %v", event, err)
		}
	})
}

func TestChooseScope(t *testing.T) {
	two := []watch.Scope{"111122223333:/a", "fleet:b"}
	for _, test := range []struct {
		why   string
		known []watch.Scope
		text  string
		want  watch.Scope // empty: it asks
	}{
		{"there is one only", two[:1], "", two[0]},
		{"there are two", two, "", ""},
		{"its log group", two, "/a", two[0]},
		{"a fleet's name", two, "b", two[1]},
		{"whole", two, "fleet:b", two[1]},
		{"another account's, of which nothing came yet", two, "444455556666:/c", "444455556666:/c"},
		{"no such", two, "/c", ""},
		{"nothing is known", nil, "", ""},
	} {
		got, err := chooseScope(test.known, test.text)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v; want %q", test.why, got, err, test.want)
		}
		if test.want != "" && originOf(got).Scope() != got {
			t.Errorf("%s: the origin %+v is of %q", test.why, originOf(got), originOf(got).Scope())
		}
	}
}
