package emf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
)

var schema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	f, err := os.Open("testdata/emf.schema.json")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("emf.schema.json", text); err != nil {
		return nil, err
	}
	return c.Compile("emf.schema.json")
})

// mostLine is what Write promises.
const mostLine = 32 * 1024

// checkLine says what is wrong with a line, by AWS's schema and by the prose of
// the page that has it; nil: CloudWatch takes all its metrics.
func checkLine(line []byte) error {
	s, err := schema()
	if err != nil {
		return err
	}
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(line)) // one value and nothing behind it
	if err != nil {
		return err
	}
	if err := s.Validate(text); err != nil {
		return err
	}
	if n := bytes.IndexByte(line, '\n'); n != len(line)-1 || len(line) > mostLine || !utf8.Valid(line) {
		return fmt.Errorf("%d bytes, first line feed at %d, UTF-8 %v", len(line), n, utf8.Valid(line))
	}
	if err := checkNames(line); err != nil {
		return err
	}
	return checkTargets(text.(map[string]any))
}

// checkNames refuses a line that has two members of one name.
func checkNames(line []byte) error {
	d := json.NewDecoder(bytes.NewReader(line))
	seen := map[string]bool{}
	if _, err := d.Token(); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if seen[name.(string)] {
			return fmt.Errorf("two members %q", name)
		}
		seen[name.(string)] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
	}
	return nil
}

// checkTargets: "Metric targets … must be root node members", numbers; a
// dimension's is a string, as PutMetricData takes it; at most 100 metrics.
func checkTargets(root map[string]any) error {
	for _, d := range directives(root) {
		if len(d.Metrics) == 0 || len(d.Metrics) > 100 {
			return fmt.Errorf("%d metrics", len(d.Metrics))
		}
		for _, m := range d.Metrics {
			if _, ok := root[m.Name].(json.Number); !ok {
				return fmt.Errorf("metric %s is %v", m.Name, root[m.Name])
			}
		}
		for _, name := range slices.Concat(d.Dimensions...) {
			value, _ := root[name].(string)
			if value == "" || len(value) > 1024 || value[0] == ':' || strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
				return fmt.Errorf("dimension %s is %q", name, value)
			}
		}
	}
	return nil
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []struct{ Name, Unit string }
}

func directives(root map[string]any) []directive {
	text, err := json.Marshal(root["_aws"])
	if err != nil {
		panic(err)
	}
	var metadata struct{ CloudWatchMetrics []directive }
	if err := json.Unmarshal(text, &metadata); err != nil {
		panic(err)
	}
	return metadata.CloudWatchMetrics
}

// TestCheckFails: the check of all other tests finds what it is there for.
func TestCheckFails(t *testing.T) {
	good := string(written(t, sample()))
	for _, c := range []struct{ why, from, to string }{
		{"the schema wants a name", `"Name":"lines",`, ``},
		{"the schema knows the units", `"Unit":"Count"`, `"Unit":"Lines"`},
		{"the schema wants whole milliseconds", `"Timestamp":1`, `"Timestamp":0.1`},
		{"the schema wants a namespace", `"Namespace":"sshsieve"`, `"Namespace":""`},
		{"a metric has to be there", `"lines":100,`, ``},
		{"a metric is a number", `"lines":100,`, `"lines":"100",`},
		{"a dimension has to be there", `"LogGroup":"/var/log/secure",`, ``},
		{"a dimension is ASCII", `"LogGroup":"/var/log/secure"`, `"LogGroup":"/var/log/sécure"`},
		{"a name stands once", `"level":"INFO"`, `"level":"INFO","level":"INFO"`},
		{"one line", `"level"`, "\n" + `"level"`},
		{"nothing stands behind it", "}\n", "}}\n"},
	} {
		bad := strings.Replace(good, c.from, c.to, 1)
		if bad == good {
			t.Fatalf("%s: %s is not in %s", c.why, c.from, good)
		}
		if checkLine([]byte(bad)) == nil {
			t.Errorf("%s: found nothing wrong with %s", c.why, bad)
		}
	}
}

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sample is a fresh batch of everything.
func sample() Metrics {
	return Metrics{
		Origin: watch.Origin{Account: "123456789012", LogGroup: "/var/log/secure", Stream: "i-0abc", Fleet: "web"},
		Result: watch.Result{
			Counts: watch.Counts{
				Lines: 100, Skewed: 2, Unrecognised: 1,
				Verdicts:   map[string]int{"graph": 60, "tooling": 30, "human": 1},
				Categories: map[string]int{"not-sshd": 9, "auth.failed.password": 30, "preauth.negotiation": 4, "auth.limit": 3, "session": 54},
			},
			Newest: now.Add(-90 * time.Second), Fresh: true,
			Findings: 2, Notices: 1, Failed: 1, Blind: 1, Contended: 1, Newer: 1, Dropped: 5,
		},
		Now: now, Panics: 1,
	}
}

// written is the line of a batch, which is what CloudWatch takes.
func written(t testing.TB, m Metrics) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, m); err != nil {
		t.Fatal(err)
	}
	if err := checkLine(b.Bytes()); err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	return b.Bytes()
}

// read reads lines as a host's syslog holds them.
func read(lines ...string) []sshd.Event {
	records := make([]syslog.Record, len(lines))
	for i, text := range lines {
		records[i] = syslog.Parse(text)
	}
	var r sshd.Reader
	return r.Read(records)
}
