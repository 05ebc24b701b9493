package emf

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/watch"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// lines are what is written of each case, shown one member a line.
var lines = []struct {
	name, why string
	metrics   Metrics
}{
	{"fresh", "everything that a batch can have", sample()},
	{"empty", "zeros are left out, but for lines and lag", Metrics{Origin: sample().Origin, Result: watch.Result{Fresh: true, Newest: now}, Now: now}},
	{"timeless", "where no line has a time there is no lag, and the wall clock's is taken", Metrics{Result: watch.Result{Fresh: true, Counts: watch.Counts{Lines: 3}}, Now: now}},
	{"duplicate", "lines are not counted again, what was done is counted", duplicate()},
	{"own", "of the function's own log group nothing is counted", Metrics{Origin: sample().Origin, Own: true, Now: now}},
	{"glance", "what stands out", glanced()},
}

func duplicate() Metrics {
	m := sample()
	m.Result.Fresh = false
	m.Glance = glanced().Glance
	return m
}

func glanced() Metrics {
	m := sample()
	m.Result = watch.Result{Fresh: true, Newest: now, Counts: watch.Counts{Lines: 12}}
	m.Glance = Look(read(strings.Split(strings.TrimSpace(noise), "\n")...))
	return m
}

const noise = `
Nov 22 12:00:00 web-1 sshd[1]: Failed password for root from 192.0.2.7 port 4242 ssh2
Nov 22 12:00:01 web-1 sshd[1]: Failed password for root from 192.0.2.7 port 4242 ssh2
Nov 22 12:00:02 web-1 sshd[1]: Received disconnect from 192.0.2.7 port 4242:11: Bye Bye [preauth]
Nov 22 12:00:03 web-1 sshd[2]: Invalid user hunter2hunter2 from 198.51.100.4 port 999
Nov 22 12:00:04 web-1 sshd[2]: Failed password for invalid user hunter2hunter2 from 198.51.100.4 port 999 ssh2
Nov 22 12:00:04 web-1 sshd[3]: Failed password for invalid user admin from 2001:db8::5:6:7:8 port 999 ssh2
Nov 22 12:00:05 web-1 sshd[4]: Unable to negotiate with 203.0.113.9 port 4242: no matching host key type found. Their offer: ssh-rsa,ssh-dss [preauth]
Nov 22 12:00:06 web-1 sshd[5]: Unable to negotiate with 203.0.113.9 port 4243: no matching key exchange method found. Their offer: diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1 [preauth]
Nov 22 12:00:07 web-1 sshd[6]: Bad protocol version identification 'GET / HTTP/1.1' from 203.0.113.10 port 4244
Nov 22 12:00:08 web-1 sshd[7]: Accepted publickey for alice from 198.51.100.24 port 50112 ssh2: ED25519 SHA256:8YwbAnAOM8eSvPifPSyxstavjEAHDyqS7CrYi8w4iKo
Nov 22 12:00:09 web-1 sshd[8]: the frobnicator of carol is out of order 17 from 192.0.2.99 port 1
Nov 22 12:00:10 web-1 CRON[9]: Failed password for root from 192.0.2.99 port 1 ssh2
`

// TestWrite compares lines with testdata/NAME.want.
func TestWrite(t *testing.T) {
	wants, err := filepath.Glob("testdata/*.want")
	if err != nil || len(wants) != len(lines) && !*update {
		t.Fatalf("%d goldens, %v, want %d", len(wants), err, len(lines))
	}
	for _, c := range lines {
		got := shown(t, written(t, c.metrics))
		path := filepath.Join("testdata", c.name+".want")
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		if got != string(want) {
			t.Errorf("%s (%s): got\n%s\nwant\n%s", c.name, c.why, got, want)
		}
	}
}

// shown is a line with each member of the root on its own, in the line's order.
func shown(t *testing.T, line []byte) string {
	d := json.NewDecoder(strings.NewReader(string(line)))
	if _, err := d.Token(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for d.More() {
		name, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
		b.WriteString(name.(string) + " " + string(value) + "\n")
	}
	return b.String()
}

// TestNames: graphs, alarms and the template name these metrics.
func TestNames(t *testing.T) {
	agreed := []string{
		"lines", "lag", "graph", "tooling", "human",
		"preauth.disconnect", "auth.failed.password", "auth.invalid-user", "session", "auth.accepted",
		"preauth.protocol", "throttle", "preauth.negotiation",
		"unrecognised", "clock-skew", "panics", "findings", "notices", "failed-notices", "contended",
		"duplicate-batches", "own-log-group",
	}
	if got := Names(); !slices.Equal(got, agreed) {
		t.Errorf("got %q\nwant %q", got, agreed)
	}
	all := slices.Concat(Names(), TickNames())
	if distinct := slices.Compact(slices.Sorted(slices.Values(all))); len(distinct) != len(all) {
		t.Errorf("a name has two meanings: %q", all)
	}
}

func TestStamp(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		why      string
		at, want time.Time
	}{
		{"event time", now.Add(-time.Hour), now.Add(-time.Hour)},
		{"nothing has a time", time.Time{}, now},
		{"a replay of last week", now.Add(-13 * day), now.Add(-13 * day)},
		{"an old file is shipped: CloudWatch takes two weeks", now.Add(-100 * day), now.Add(-14*day + time.Hour)},
		{"a clock that runs ahead a little", now.Add(10 * time.Minute), now.Add(10 * time.Minute)},
		{"a clock that is wrong: CloudWatch takes two hours", now.Add(3 * time.Hour), now.Add(time.Hour)},
	} {
		if got := stamp(c.at, now); !got.Equal(c.want) {
			t.Errorf("%s: got %v, want %v", c.why, got, c.want)
		}
	}
}

func TestLag(t *testing.T) {
	for _, c := range []struct {
		why    string
		newest time.Time
		want   int
	}{
		{"as old as its newest line", now.Add(-1500 * time.Millisecond), 1500},
		{"the host's clock runs ahead", now.Add(time.Minute), 0},
		{"a file from before Lambda", now.AddDate(-30, 0, 0), int(now.Sub(now.AddDate(-30, 0, 0)).Milliseconds())},
	} {
		if got := lag(&Metrics{Now: now, Result: watch.Result{Newest: c.newest}}); got != c.want {
			t.Errorf("%s: got %d, want %d", c.why, got, c.want)
		}
	}
}

func TestDimensionValue(t *testing.T) {
	for _, c := range []struct{ why, group, want string }{
		{"as CloudWatch Logs takes it", "/aws/ec2/web_1.#-x", "/aws/ec2/web_1.#-x"},
		{"a value may not be empty", "", "unknown"},
		{"a value may not begin with a colon", ":x", "_x"},
		{"a value is ASCII without control characters", "a b\n\x00é\xff", "a_b_____"},
		{"no name is longer", strings.Repeat("x", 600), strings.Repeat("x", 512)},
	} {
		if got := dimensionValue(c.group); got != c.want {
			t.Errorf("%s: got %q, want %q", c.why, got, c.want)
		}
	}
}

// A pen counts calls, and fails or writes short on demand.
type pen struct {
	calls, short int
	err          error
}

func (p *pen) Write(b []byte) (int, error) {
	p.calls++
	return len(b) - p.short, p.err
}

func TestWriteOnce(t *testing.T) {
	full := errors.New("disk full")
	for _, c := range []struct {
		why  string
		pen  pen
		want error
	}{
		{"one call, since others write to the same place", pen{}, nil},
		{"the writer's error", pen{err: full}, full},
		{"half a line is no line", pen{short: 1}, io.ErrShortWrite},
	} {
		err := Write(&c.pen, sample())
		if !errors.Is(err, c.want) || c.pen.calls != 1 {
			t.Errorf("%s: %d calls, %v", c.why, c.pen.calls, err)
		}
	}
}

func TestTick(t *testing.T) {
	const head = `"level":"INFO","timestamp":"2026-11-22T12:00:00.000Z","FunctionName":"web-Tick"`
	const metrics = `{"_aws":{"Timestamp":1795348800000,"CloudWatchMetrics":[{"Namespace":"sshsieve","Dimensions":[["FunctionName"]],"Metrics":[%s]}]},`
	const waiting, failed = `{"Name":"waiting","Unit":"Count"}`, `{"Name":"failed","Unit":"Count"}`
	for _, c := range []struct {
		why, want string
		tick      Tick
	}{
		{"nothing to measure: a line without metrics", `{` + head + `}`, Tick{}},
		{"all it can say", fmt.Sprintf(metrics, waiting+","+failed) + head + `,"waiting":2,"failed":1,"receipt-age":300}`, Tick{Waiting: 2, Failed: 1, Newest: now.Add(-5 * time.Minute)}},
		{"zeros are left out", fmt.Sprintf(metrics, failed) + head + `,"failed":1}`, Tick{Failed: 1}},
		{"another machine's clock", `{` + head + `,"receipt-age":0}`, Tick{Newest: now.Add(time.Minute)}},
	} {
		c.tick.Function, c.tick.Now = "web-Tick", now
		var b strings.Builder
		if err := WriteTick(&b, c.tick); err != nil || b.String() != c.want+"\n" {
			t.Errorf("%s: got %s %v\nwant %s", c.why, b.String(), err, c.want)
		}
		if err := checkLine([]byte(b.String())); err != nil && strings.Contains(c.want, "_aws") {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}
