// Package agents holds what a host needs to send sshd's lines to CloudWatch Logs,
// and the tests of that. There is no code in it.
//
//	install.sh               puts the rest where it belongs, and says which to take
//	cloudwatch-agent/*.json  the CloudWatch agent, for each system's syslog file
//	fluent-bit/              Fluent Bit, for the journal: better, see fluent-bit.yaml
//	sshsieve-heartbeat.*     one line an hour, for the rule logs-stopped
//	10-sshsieve.conf         what sshd should say beyond its default
//	host-policy.json         all that a host may do in AWS
//
// Beside each configuration, SYSTEM.sample is what CloudWatch Logs then holds of
// such a host, a line for each log event, and SYSTEM.want what sshsieve reads in
// it: host, program, pid, time (in UTC), trust, category, kind, verdict.
package agents

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the samples' hosts are in Berlin

	"sshsieve/internal/cwlogs"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

var update = flag.Bool("update", false, "rewrite SYSTEM.want and install.want")

// logGroup is the name that the stack is deployed with: LogGroup=sshd.
const logGroup = "sshd"

// systems are what install.sh knows, "rhel" with all of its kin from 8 on.
var systems = []string{"amazon-linux-2", "amazon-linux-2023", "debian-12", "debian-13", "rhel", "ubuntu-22.04", "ubuntu-24.04"}

// Each sample reads as its golden says, having come the whole way: as the payload
// of a subscription, stamped as the agent stamps it.
func TestSamples(t *testing.T) {
	stamps := map[string]func(*testing.T, string, string) time.Time{
		"cloudwatch-agent": func(t *testing.T, system, line string) time.Time { return readStamp(t, agentOf(t, system), line) },
		"fluent-bit":       func(t *testing.T, _, line string) time.Time { return journalTime(t, line) },
	}
	for agent, stamp := range stamps {
		for _, name := range glob(t, agent+"/*.sample") {
			t.Run(name, func(t *testing.T) {
				system := strings.TrimSuffix(filepath.Base(name), ".sample")
				var sent []cwlogs.Line
				for i, line := range lines(t, name) {
					sent = append(sent, cwlogs.Line{ID: fmt.Sprint(i), Timestamp: stamp(t, system, line).UnixMilli(), Message: line})
				}
				compare(t, strings.TrimSuffix(name, ".sample")+".want", describe(read(t, sent)))
			})
		}
	}
}

// read takes lines the way that classify takes them.
func read(t *testing.T, sent []cwlogs.Line) []sshd.Event {
	t.Helper()
	records := make([]syslog.Record, len(sent))
	for i, line := range sent {
		records[i] = syslog.Parse(line.Message)
		syslog.Arrival(&records[i], time.UnixMilli(line.Timestamp).UTC())
	}
	return new(sshd.Reader).Read(records)
}

// describe writes a line for each Event.
func describe(events []sshd.Event) string {
	var b strings.Builder
	for i := range events {
		e, r := &events[i], events[i].Record
		verdict, kind := e.Verdict().String(), e.Kind()
		if e.Category == sshd.NotSSHD {
			verdict, kind = "-", "-"
		}
		fmt.Fprintf(&b, "%s %s[%d] %s %v %v %s %s", r.Host, r.Program, r.PID, r.Time.Format("2006-01-02T15:04:05.999Z07:00"), r.Trust, e.Category, kind, verdict)
		if r.Repeat > 1 {
			fmt.Fprintf(&b, " x%d", r.Repeat)
		}
		if r.Skew {
			b.WriteString(" skew")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestSamplesAreComplete: each system has a sample of each agent, which shows a
// line of sshd's, the heartbeat, and what became of a forgery.
func TestSamplesAreComplete(t *testing.T) {
	for _, system := range systems {
		for agent, forgery := range map[string]string{
			"cloudwatch-agent": " host auth.accepted ",     // believed: it is a syslog line
			"fluent-bit":       " forged integrity forged", // journald knew better
		} {
			want := strings.Join(lines(t, agent+"/"+system+".want"), "\n")
			for _, part := range []string{forgery, "sshsieve-heartbeat[", " host not-sshd ", "[3211] "} {
				if !strings.Contains(want, part) {
					t.Errorf("%s/%s.want: nothing has %q", agent, system, part)
				}
			}
		}
	}
}

// TestPolicy: a host may write into the group and do nothing that hides what it
// wrote.
func TestPolicy(t *testing.T) {
	var policy struct {
		Version   string
		Statement []struct {
			Sid, Effect      string
			Action, Resource []string
		}
	}
	decode(t, "host-policy.json", &policy)
	if policy.Version != "2012-10-17" || len(policy.Statement) != 1 || policy.Statement[0].Effect != "Allow" {
		t.Fatalf("%+v: want one statement that allows", policy)
	}
	for _, action := range policy.Statement[0].Action {
		if !slices.Contains([]string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"}, action) {
			t.Errorf("%s: neither agent needs it to write lines", action)
		}
	}
	for _, resource := range policy.Statement[0].Resource {
		if group := strings.TrimSuffix(resource, ":*"); !strings.HasSuffix(group, ":log-group:"+logGroup) {
			t.Errorf("%s is not the group %s", resource, logGroup)
		}
	}
}

// TestSSHDConfig: one line that sshd reads; the rest says why.
func TestSSHDConfig(t *testing.T) {
	var options []string
	for _, line := range lines(t, "10-sshsieve.conf") {
		if line != "" && !strings.HasPrefix(line, "#") {
			options = append(options, line)
		}
	}
	if len(options) != 1 || options[0] != "LogLevel VERBOSE" {
		t.Errorf("sshd is told %q, want LogLevel VERBOSE", options)
	}
}

// glob is filepath.Glob that must find something.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("nothing at %s (%v)", pattern, err)
	}
	return names
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func lines(t *testing.T, name string) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(text(t, name), "\n"), "\n")
}

// decode reads JSON and accepts no member that v has not.
func decode(t *testing.T, name string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text(t, name)))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// compare compares with a golden, or rewrites it.
func compare(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := text(t, name); got != want {
		t.Errorf("%s differs (-update rewrites it): got\n%s\nwant\n%s", name, got, want)
	}
}
