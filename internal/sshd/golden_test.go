package sshd

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sshsieve/internal/syslog"
)

var update = flag.Bool("update", false, "rewrite the # lines of testdata/*.log, and testdata/table.log")

// Above each log line of testdata stands what it is to be read as, "# …"; lines
// of "## …" are for people. A file is one batch of one stream.
const (
	expectation = "# "
	remark      = "##"
	goldens     = "testdata/*.log"
	tableLog    = "testdata/table.log"
)

func TestGoldens(t *testing.T) {
	for _, file := range goldenFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := readFile(t, file)
			got := annotate(text)
			if *update {
				writeFile(t, file, got)
				return
			}
			if got != text {
				t.Errorf("%s: run with -update and read the difference:\n%s", file, firstDifference(text, got))
			}
		})
	}
}

// TestGoldensHitEveryRow: a row that no golden shows is a row that nobody has
// read. table.log holds the samples of those that no story tells of.
func TestGoldensHitEveryRow(t *testing.T) {
	hit := hitRows(t, func(file string) bool { return !*update || file != tableLog })
	if *update {
		writeFile(t, tableLog, tableGolden(hit))
		return
	}
	for _, row := range rows() {
		if !hit[row] {
			t.Errorf("%s: no line of %s shows it; -update adds its sample to %s", row.Kind, goldens, tableLog)
		}
	}
}

func goldenFiles(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(goldens)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", goldens, len(files), err)
	}
	return files
}

// hitRows are the rows that the lines of the wanted files are read as.
func hitRows(t testing.TB, want func(file string) bool) map[*Row]bool {
	t.Helper()
	hit := map[*Row]bool{}
	for _, file := range goldenFiles(t) {
		if !want(file) {
			continue
		}
		for _, e := range readBatch(logLines(readFile(t, file))...) {
			hit[e.Row] = true
		}
	}
	return hit
}

// tableGolden is table.log: the sample of each row that is not hit.
func tableGolden(hit map[*Row]bool) string {
	var b strings.Builder
	b.WriteString("## The samples of the rows that no other file shows, in the table's order; written by -update.\n")
	for _, row := range rows() {
		if !hit[row] {
			fmt.Fprintf(&b, "Nov 22 12:00:00 sample sshd: %s\n", row.Sample())
		}
	}
	return annotate(b.String())
}

// annotate writes the expectations of a golden file anew, and leaves the rest.
func annotate(text string) string {
	events := readBatch(logLines(text)...)
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, expectation) {
			continue
		}
		if isLogLine(line) {
			b.WriteString(expectation + describe(&events[0]) + "\n")
			events = events[1:]
		}
		b.WriteString(line)
	}
	return b.String()
}

func logLines(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if isLogLine(line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func isLogLine(line string) bool {
	return line != "\n" && !strings.HasPrefix(line, expectation) && !strings.HasPrefix(line, remark)
}

// readBatch classifies lines as one batch. Its Reader is its own, so that the
// Events stay good.
func readBatch(lines ...string) []Event {
	records := make([]syslog.Record, len(lines))
	for i, line := range lines {
		records[i] = syslog.Parse(line)
	}
	return new(Reader).Read(records)
}

// describe is an Event in one line: what the line says, then behind "conn"
// what only its connection knows.
func describe(e *Event) string {
	words := []string{or(e.Kind(), "-"), e.Category.String(), e.Verdict().String()}
	words = append(words, marks(
		word{"context", e.Context()}, word{"preauth", e.Preauth},
		word{"error", e.Level == Error}, word{"fatal", e.Level == Fatal},
		word{"truncated", e.Truncated}, word{"disagrees", e.Disagrees})...)
	words = append(words, who(e.Addr, e.Port, e.User, e.HasUser, e.Existence)...)
	if e.Method != "" {
		words = append(words, "method="+e.Method)
	}
	if e.Key != "" {
		words = append(words, fmt.Sprintf("key=%q", e.Key))
	}
	if e.Record.Repeat > 1 {
		words = append(words, fmt.Sprintf("repeat=%d", e.Record.Repeat))
	}
	if e.Conn != nil {
		words = append(words, e.ofConn()...)
	}
	return strings.Join(words, " ")
}

func who(addr netip.Addr, port uint16, user string, hasUser bool, existence Existence) []string {
	var words []string
	if addr.IsValid() {
		words = append(words, "addr="+addr.String())
	}
	if port != 0 {
		words = append(words, fmt.Sprintf("port=%d", port))
	}
	if hasUser {
		words = append(words, fmt.Sprintf("user=%q", user))
	}
	return append(words, marks(word{"exists", existence == Exists}, word{"invalid", existence == Invalid})...)
}

// ofConn is what the connection adds to the line.
func (e *Event) ofConn() []string {
	c := *e.Conn
	if e.Addr.IsValid() && e.Addr == c.Addr {
		c.Addr = netip.Addr{}
	}
	if e.Port == c.Port {
		c.Port = 0
	}
	if e.HasUser && e.User == c.User {
		c.HasUser = false
	}
	if e.Existence == c.Existence {
		c.Existence = Unsaid
	}
	words := who(c.Addr, c.Port, c.User, c.HasUser, c.Existence)
	words = append(words, marks(word{"logged-in", c.LoggedIn})...)
	if len(words) == 0 {
		return nil
	}
	return append([]string{"conn"}, words...)
}

// A word is written where it is true.
type word struct {
	text string
	is   bool
}

func marks(list ...word) []string {
	var words []string
	for _, w := range list {
		if w.is {
			words = append(words, w.text)
		}
	}
	return words
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// firstDifference shows where two texts part, with the line after it: the log
// line of an expectation.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s\nfor  %s", i+1, w[i], g[i], strings.Join(g[i+1:min(i+2, len(g))], ""))
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func readFile(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeFile(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
