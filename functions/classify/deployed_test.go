package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"

	"sshsieve/internal/awstest"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/lambdatest"
	"sshsieve/internal/sns"
	"sshsieve/internal/watch"
)

// These tests run the binary that is deployed, against moto_server in the place
// of DynamoDB and SNS.

func TestMain(m *testing.M) { lambdatest.Main(m) }

const bootstrap = "sshsieve/functions/classify"

// A deployment is a stack: the function, its table and its topic. All that the
// function says to AWS goes through hook.
type deployment struct {
	*lambdatest.Function
	table  *dynamo.Table
	topic  *sns.Topic
	drain  func() []awstest.Message
	seen   []awstest.Message
	mu     sync.Mutex
	hook   func(*http.Request, func()) // calls its function to pass the request on, or does not
	passed []string                    // the calls that AWS has got, by the name of their action
}

// deploy makes a stack, with more of an environment.
func deploy(t *testing.T, env ...string) *deployment {
	t.Helper()
	moto := awstest.Start(t)
	table := moto.Table(t)
	arn, drain := moto.Topic(t)
	d := &deployment{
		table: dynamo.New(dynamodb.NewFromConfig(moto.Config()), table),
		topic: sns.New(awssns.NewFromConfig(moto.Config()), arn), drain: drain,
	}
	all := moto.Env()
	for i, v := range all {
		if endpoint, ok := strings.CutPrefix(v, "AWS_ENDPOINT_URL="); ok {
			all[i] = "AWS_ENDPOINT_URL=" + d.proxy(t, endpoint)
		}
	}
	all = append(all, "SSHSIEVE_TABLE="+table, "SSHSIEVE_NOTICES_TOPIC="+arn)
	d.Function = lambdatest.New(t, lambdatest.Build(t, bootstrap), append(all, env...)...)
	return d
}

// proxy stands between the function and AWS.
func (d *deployment) proxy(t *testing.T, endpoint string) string {
	t.Helper()
	target, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	forward.ErrorHandler = func(http.ResponseWriter, *http.Request, error) {} // the caller was killed
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pass := func() {
			forward.ServeHTTP(w, r.WithContext(t.Context())) // AWS goes on when its caller dies
			d.note(r)
		}
		d.mu.Lock()
		hook := d.hook
		d.mu.Unlock()
		if hook == nil {
			pass()
			return
		}
		hook(r, pass)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (d *deployment) note(r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.passed = append(d.passed, action(r))
}

// action is what is called: DynamoDB says so in a header, SNS (Query protocol) is
// only called for one thing.
func action(r *http.Request) string {
	if _, name, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return name
	}
	return "Publish"
}

func (d *deployment) setHook(hook func(*http.Request, func())) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hook = hook
}

// tick is what the other function does, some time later.
func (d *deployment) tick(t *testing.T, after time.Duration) {
	t.Helper()
	now := func() time.Time { return time.Now().Add(after) }
	w := watch.Watcher{Memory: d.table, Outbox: d.table, Ledger: d.table, Mutes: d.table, Notifier: d.topic, Now: now}
	if _, err := w.Tick(t.Context(), now()); err != nil {
		t.Fatalf("tick: %v", err)
	}
}

// told counts what was published so far, by rule and reason.
func (d *deployment) told() map[string]int {
	d.seen = append(d.seen, d.drain()...)
	told := map[string]int{}
	for _, m := range d.seen {
		told[m.Attributes["rule"]+"/"+m.Attributes["reason"]]++
	}
	return told
}

// fresh are the lines of metrics that count lines.
func (d *deployment) fresh(t *testing.T) (n int) {
	t.Helper()
	for text := range strings.Lines(d.Stdout()) {
		line := map[string]any{}
		if json.Unmarshal([]byte(text), &line) == nil && line["_aws"] != nil && line["lines"] != nil {
			n++
		}
	}
	return n
}

// mail is the mail that breakIn causes.
const mail = "login/after-failures"

func TestDeployedTellsOnce(t *testing.T) {
	d := deploy(t)
	event := breakIn(time.Now().Add(-time.Minute)).event(t)
	for range 3 {
		if o := d.Invoke(event); !o.OK() {
			t.Fatalf("%+v\n%s", o.Error, d.Stdout())
		}
	}
	d.tick(t, time.Minute)
	for what, n := range d.told() {
		if n != 1 {
			t.Errorf("%s told %d times", what, n)
		}
	}
	if d.told()[mail] != 1 {
		t.Errorf("told %v, want %s", d.told(), mail)
	}
	if n := d.fresh(t); n != 1 {
		t.Errorf("the batch was counted %d times, want once:\n%s", n, d.Stdout())
	}
	if d.Stderr() != "" {
		t.Errorf("standard error: %s", d.Stderr())
	}
}

// Noise costs one write, and what is said of it holds no user name.
func TestDeployedKeepsSecrets(t *testing.T) {
	d := deploy(t)
	event := noise(time.Now()).event(t)
	if o := d.Invoke(event); !o.OK() {
		t.Fatalf("%+v", o.Error)
	}
	if o := d.Invoke([]byte(`{"awslogs":{"data":"` + secret + `"}}`)); o.Error == nil || !strings.Contains(o.Error.Message, "base64") {
		t.Errorf("a torn payload gave %+v", o)
	}
	if strings.Contains(d.Stdout()+d.Stderr(), secret) {
		t.Errorf("the log holds a secret:\n%s%s", d.Stdout(), d.Stderr())
	}
}

// A kill at each side of each call, then Lambda's retry, then the clock: nothing
// is lost, and told twice is only what was published and not yet marked.
func TestDeployedKilledAtEachStep(t *testing.T) {
	steps := 1
	for step := 0; step < steps; step++ {
		for _, after := range []bool{false, true} {
			steps = max(steps, killedAt(t, step, after))
			if testing.Short() && step > 2 {
				return
			}
		}
	}
	t.Logf("%d calls, killed before and after each", steps)
}

// killedAt kills the process at one call and returns how many calls were made,
// those of the retry included.
func killedAt(t *testing.T, step int, after bool) (calls int) {
	t.Helper()
	d := deploy(t)
	k := killing{step: step, after: after, kill: d.Kill}
	d.setHook(k.hook)
	outcomes := d.InvokeAsync(breakIn(time.Now().Add(-time.Minute)).event(t))
	d.setHook(nil)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.killed && !outcomes[0].Died {
		t.Errorf("step %d, after %v: the process was not killed: %+v", step, after, outcomes)
	}
	if !outcomes[len(outcomes)-1].OK() {
		t.Errorf("step %d, after %v: the retry failed: %+v", step, after, outcomes)
	}
	d.tick(t, 2*time.Minute)
	d.checkTold(t, fmt.Sprintf("killed at call %d (after: %v)", step, after), k.published)
	return k.calls
}

// A killing kills a process before or after one of its calls. It lets one call
// through at a time.
type killing struct {
	step  int
	after bool
	kill  func()

	mu        sync.Mutex
	calls     int
	killed    bool
	published bool // it died between a Publish and the marks of its Findings
}

func (k *killing) hook(r *http.Request, pass func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	here := k.calls == k.step && !k.killed
	k.calls++
	if here {
		k.killed = true
	}
	if here && !k.after {
		k.kill()
		return
	}
	pass()
	if here || !k.killed {
		k.note(action(r))
	}
	if here {
		k.kill()
	}
}

// note follows the calls of the process that is going to die. Each Finding of a
// Notice is marked told by a call of its own (UpdateItem).
func (k *killing) note(action string) {
	switch action {
	case "Publish":
		k.published = true
	case "UpdateItem":
	default:
		k.published = false
	}
}

// checkTold wants the mail once, and all else at most once. Where the process
// died between publishing and marking, one of them may have come twice.
func (d *deployment) checkTold(t *testing.T, when string, twice bool) {
	t.Helper()
	told, repeated := d.told(), 0
	for what, n := range told {
		if n > 1 {
			repeated += n - 1
			if !twice {
				t.Errorf("%s: %s told %d times", when, what, n)
			}
		}
	}
	if told[mail] == 0 || repeated > 1 {
		t.Errorf("%s: told %v", when, told)
	}
	if n := d.fresh(t); n > 1 {
		t.Errorf("%s: counted %d times", when, n)
	}
}

// The same at times that nobody chose.
func TestDeployedKilledAtRandom(t *testing.T) {
	seeds := 12
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		d := deploy(t)
		d.Ready()
		timer := time.AfterFunc(time.Duration(random.IntN(60))*time.Millisecond, d.Kill)
		outcomes := d.InvokeAsync(breakIn(time.Now().Add(-time.Minute)).event(t))
		timer.Stop()
		if !outcomes[len(outcomes)-1].OK() {
			t.Errorf("seed %d: the retry failed: %+v", seed, outcomes)
		}
		d.tick(t, 2*time.Minute)
		d.checkTold(t, fmt.Sprintf("seed %d", seed), true)
	}
}

// AWS hangs: the function says so before Lambda kills it, and the retry does all.
func TestDeployedDeadline(t *testing.T) {
	d := deploy(t)
	d.Ready()
	over := make(chan struct{})
	d.setHook(func(r *http.Request, _ func()) {
		select {
		case <-r.Context().Done():
		case <-over:
		}
	})
	event := breakIn(time.Now().Add(-time.Minute)).event(t)
	d.Timeout = 900 * time.Millisecond
	if o := d.Invoke(event); o.Error == nil || !strings.Contains(o.Error.Message, "deadline") {
		t.Errorf("outcome %+v, want an error about the deadline", o)
	}
	close(over)
	d.setHook(nil)
	d.Timeout = 0
	if o := d.Invoke(event); !o.OK() {
		t.Errorf("the retry failed: %+v", o.Error)
	}
	d.tick(t, 2*time.Minute)
	told := d.told()
	delete(told, mail) // was told without memory, too, if there was time
	d.checkTold(t, "after the deadline", true)
}

// With its memory down the function tells what one batch proves, marked, once,
// and lets Lambda try again.
func TestDeployedMemoryDown(t *testing.T) {
	d := deploy(t)
	d.setHook(func(r *http.Request, pass func()) {
		if action(r) == "Publish" {
			pass()
			return
		}
		panic(http.ErrAbortHandler) // the connection breaks
	})
	event := breakIn(time.Now().Add(-time.Minute)).event(t)
	for range 2 {
		if o := d.Invoke(event); o.Error == nil {
			t.Errorf("outcome %+v, want an error, for Lambda to try again", o)
		}
	}
	told := d.told()
	if told[mail] != 1 || len(told) != 1 {
		t.Fatalf("told %v, want %s once: a container says so once in 15 minutes", told, mail)
	}
	if !strings.Contains(d.seen[0].Body, "The memory could not be reached") {
		t.Errorf("the notice does not say that it may come again:\n%s", d.seen[0].Body)
	}
	if n := d.fresh(t); n != 0 {
		t.Errorf("counted %d times what will come again", n)
	}
}

func TestDeployedKinesis(t *testing.T) {
	d := deploy(t)
	at := time.Now().Add(-time.Minute)
	o := d.Invoke(kinesisEvent(t, noise(at).document(t), "AAAA", breakIn(at).document(t)))
	if got, want := string(o.Response), `{"batchItemFailures":[{"itemIdentifier":"2"}]}`; got != want {
		t.Errorf("response %s (%+v), want %s", got, o.Error, want)
	}
	if d.told()[mail] != 1 {
		t.Errorf("told %v", d.told())
	}
}

// Every fault of the configuration is in one line of JSON on standard error.
func TestDeployedBadConfiguration(t *testing.T) {
	f := lambdatest.New(t, lambdatest.Build(t, bootstrap), "SSHSIEVE_LEARNING_DAYS=soon", "SSHSIEVE_KNOWN_SOURCES=0.0.0.0/0")
	f.Start()
	if code := f.Wait(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	var line struct {
		Level  string
		Faults []string
	}
	if err := json.Unmarshal([]byte(f.Stderr()), &line); err != nil {
		t.Fatalf("%v: %s", err, f.Stderr())
	}
	for _, name := range []string{"SSHSIEVE_TABLE", "SSHSIEVE_NOTICES_TOPIC", "SSHSIEVE_LEARNING_DAYS", "SSHSIEVE_KNOWN_SOURCES", "AWS_REGION"} {
		if !slices.ContainsFunc(line.Faults, func(s string) bool { return strings.Contains(s, name) }) {
			t.Errorf("no fault names %s: %q", name, line.Faults)
		}
	}
	if line.Level != "ERROR" {
		t.Errorf("level %q", line.Level)
	}
}
