package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"sshsieve/internal/notice"
	"sshsieve/internal/stack"
	"sshsieve/internal/watch"
)

const selftestHelp = `Usage: sshsieve selftest [flags] [HOST]

Proves that somebody would be told: it asks a deployed stack to tell of a random
user name, once, and prints the one command by which that name gets into sshd's
log. Then it waits, and says each step that the line has taken; if it stops,
where and what to look at. Exit 1 if nobody was told.

  --wait SPAN          how long to wait for the line: 2m to 1h (default 10m)
` + stackHelp + `
The login is refused, as it must be. It goes the way of any line: host, agent,
log group, subscription filter, function, table, topic, and your mailbox.
`

// The bounds of --wait, and how often is asked.
const (
	shortestTest = 2 * time.Minute
	longestTest  = time.Hour
	testPoll     = 5 * time.Second
)

func runSelftest(c *call, args []string) error {
	wait := c.flags.String("wait", "10m", "")
	var flags stackFlags
	flags.register(c)
	others, err := c.parse(args)
	if err != nil {
		return err
	}
	span, err := parseSpan(*wait)
	if err != nil || span < shortestTest || span > longestTest {
		return usageError{fmt.Sprintf("--wait %q: want a time span from 2m to 1h", *wait)}
	}
	host, err := testHost(others)
	if err != nil {
		return err
	}
	s, err := flags.find(c)
	if err != nil {
		return err
	}
	name, err := testName()
	if err != nil {
		return err
	}
	t := &selfTest{store: s.Table, name: name, wait: span, out: c.stdout, now: time.Now, pause: pause}
	told, err := t.run(c.ctx, host)
	if err != nil {
		return s.Explain(err)
	}
	if !told {
		c.code = exitFindings
		return nil
	}
	return t.mailbox(c, s)
}

// testHost is the host of the command that is printed. It is to be pasted into
// a shell, so it must be nothing else.
func testHost(others []string) (string, error) {
	switch {
	case len(others) == 0:
		return "HOST", nil
	case len(others) > 1:
		return "", usageError{"one host is enough"}
	}
	host := others[0]
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-_%", r)
	}
	if host == "" || host[0] == '-' || len(host) > 255 || strings.ContainsFunc(host, odd) {
		return "", usageError{fmt.Sprintf("%q is no host's name", host)}
	}
	return host, nil
}

// testName is a name that nobody can guess: who could would have a mail sent.
func testName() (string, error) {
	raw := make([]byte, 8)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("random name: %w", err)
	}
	return fmt.Sprintf("%s%x", watch.TestPrefix, raw), nil
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// A testStore is what of a table a self-test needs.
type testStore interface {
	PutTest(ctx context.Context, name string, until time.Time) error
	Entry(ctx context.Context, id string) (watch.Entry, bool, error)
	Receipts(ctx context.Context, from, to time.Time) ([]watch.Receipt, error)
}

// A selfTest follows one line on its way.
type selfTest struct {
	store testStore
	name  string
	wait  time.Duration
	out   *bufio.Writer
	now   func() time.Time
	pause func(context.Context, time.Duration) error

	began time.Time
	step  testStep
	state watch.State // once it was found
}

// A testStep is how far the line has come.
type testStep int

const (
	stepAsked    testStep = iota
	stepReceived          // some batch came since
	stepFound
	stepTold
)

// run asks for the test and waits. It says whether somebody was told.
func (t *selfTest) run(ctx context.Context, host string) (bool, error) {
	t.began = t.now()
	if err := t.store.PutTest(ctx, t.name, t.began.Add(t.wait)); err != nil {
		return false, err
	}
	fmt.Fprintf(t.out, "Run this on any machine, for a HOST whose log is shipped; it is refused, as it must be:\n\n"+
		"  ssh -o BatchMode=yes -o ConnectTimeout=10 %s@%s\n\nWaiting up to %s for its line.\n", t.name, host, stack.Age(t.wait))
	for t.step != stepTold {
		if err := errors.Join(t.look(ctx), t.out.Flush()); err != nil {
			return false, err
		}
		if t.step == stepTold || t.ended() || t.now().Sub(t.began) >= t.wait {
			break
		}
		if err := t.pause(ctx, testPoll); err != nil {
			return false, err
		}
	}
	if t.step != stepTold {
		paragraph(t.out, 0, "FAILED: "+t.fault())
	}
	return t.step == stepTold, nil
}

// ended says whether the Finding has come to an end in which nobody was told.
func (t *selfTest) ended() bool { return t.step == stepFound && t.state.Settled() }

// look says the steps that were taken since it looked last.
func (t *selfTest) look(ctx context.Context) error {
	entry, ok, err := t.store.Entry(ctx, watch.TestID(t.name))
	if err != nil {
		return err
	}
	if ok {
		t.state = entry.State
		t.reach(stepReceived, "lines come")
		t.reach(stepFound, "the line was found")
		if entry.State == watch.Told {
			t.reach(stepTold, "SNS took the message")
		}
		return nil
	}
	if t.step == stepAsked {
		return t.lookForAny(ctx)
	}
	return nil
}

// lookForAny looks for any batch that came since the test began. Lines tell
// their own time, which may be a little ahead or behind.
func (t *selfTest) lookForAny(ctx context.Context) error {
	now := t.now()
	receipts, err := t.store.Receipts(ctx, watch.BucketOf(t.began), now.Add(5*time.Minute))
	if err != nil {
		return err
	}
	for _, r := range receipts {
		if r.Arrived.After(t.began) {
			t.reach(stepReceived, "lines come: a batch of "+notice.Cut(notice.Printable(string(r.Scope)), maxScopeShown))
			break
		}
	}
	return nil
}

const maxScopeShown = 60

// reach says a step, once.
func (t *selfTest) reach(step testStep, text string) {
	if t.step >= step {
		return
	}
	t.step = step
	after := t.now().Sub(t.began).Truncate(time.Second)
	fmt.Fprintf(t.out, "  %6s  %s\n", after, text)
}

// fault says what is wrong where it stopped.
func (t *selfTest) fault() string {
	switch {
	case t.step == stepAsked:
		return "no line of any host came. Was the command run? Then look, in this order: does the host's own log have the line " +
			"(journalctl -t sshd -t sshd-session, or /var/log/auth.log or secure); does the log group have it (aws logs tail); does the log group have a subscription filter (sshsieve status); " +
			"does the function fail (its log)?"
	case t.step == stepReceived:
		return "lines came, but not this one. Does that host ship its log to a log group of this stack? Does its log have the name as it was printed, in one line of sshd? " +
			"Does the subscription's FilterPattern leave such lines out?"
	}
	switch t.state {
	case watch.Muted:
		return "it was found, but is muted: sshsieve mute --list."
	case watch.Failed:
		return "it was found, but SNS refused the message for ever: the log of the function says why. Look at the topic's policy and key."
	case watch.Late:
		return "it was found, but counts as late: the host's clock is a day behind, or the agent is."
	case watch.Pending, watch.Held:
		return "it was found, but could not be told yet. The tick tries again every 5 minutes: read the logs of TickFunction and ClassifyFunction."
	}
	return "it was found, but not told: " + t.state.String() + "."
}

// mailbox says where the message must be now.
func (t *selfTest) mailbox(c *call, s *stack.Stack) error {
	list, problems, err := s.Subscriptions(c.ctx)
	if err != nil {
		paragraph(c.stdout, 0, "Now look into your mailbox. (Who is subscribed could not be asked: "+firstOf(err)+")")
		return nil
	}
	for _, sub := range list {
		if sub.Confirmed {
			fmt.Fprintf(c.stdout, "It must be at %s now.\n", subscriberLine(sub))
		}
	}
	for _, problem := range problems {
		bullet(c.stdout, "!", problem)
		c.code = exitFindings
	}
	return nil
}

// firstOf is an error's first line.
func firstOf(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return notice.Printable(text)
}
