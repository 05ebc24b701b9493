package notice

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sshsieve/internal/attention"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A sample is a file of Findings, as testdata/mails/*.json have them.
type sample struct {
	Findings []sampleFinding
	About    About
}

// A sampleFinding is a Finding with its severity as a word.
type sampleFinding struct {
	Severity string
	attention.Finding
}

func (s sample) findings(t *testing.T) []attention.Finding {
	t.Helper()
	words := map[string]attention.Severity{}
	for _, severity := range gravity {
		words[severity.String()] = severity
	}
	var list []attention.Finding
	for _, f := range s.Findings {
		severity, ok := words[f.Severity]
		if !ok {
			t.Fatalf("no severity is called %q", f.Severity)
		}
		f.Finding.Severity = severity
		list = append(list, f.Finding)
	}
	return list
}

func readSample(t *testing.T, path string) (sample, Notice) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var s sample
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s, Write(s.findings(t), s.About)
}

func samplePaths(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/mails/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no samples in testdata/mails: %v", err)
	}
	return paths
}

// TestMails compares each mail with the file beside its Findings. Whoever
// changes a sentence reads the mails again.
func TestMails(t *testing.T) {
	for _, path := range samplePaths(t) {
		name := strings.TrimSuffix(path, ".json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			_, n := readSample(t, path)
			got := "Subject: " + n.Subject + "\n\n" + n.Text
			checkNotice(t, n)
			compareGolden(t, name+".txt", got)
		})
	}
}

func compareGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make it with -update)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs (see with -update and git diff):\n%s", path, got)
	}
}

// sections are the words at the left margin of every mail, in their order;
// those after LINES are left out where nothing is known.
var sections = []string{"WHAT", "WHO", "WHY", "HARMLESS", "DO", "QUIET", "LINES", "WHERE", "AGAIN", "MORE", "NEXT", "PHRASE"}

// checkNotice is what holds for every Notice, whatever its Findings.
func checkNotice(t *testing.T, n Notice) {
	t.Helper()
	if len(n.Subject) >= 100 || !isPlainASCII(n.Subject) || !strings.HasPrefix(n.Subject, "[sshsieve") {
		t.Errorf("subject %q", n.Subject)
	}
	next := 0
	for line := range strings.Lines(n.Text) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > 79 || !isPlainASCII(line) {
			t.Errorf("line of %d bytes: %q", len(line), line)
		}
		if strings.HasPrefix(line, strings.Repeat(" ", margin)) {
			continue
		}
		word, _, _ := strings.Cut(line, " ")
		for next < len(sections) && sections[next] != word {
			next++
		}
		if next == len(sections) {
			t.Errorf("%q at the left margin, or out of order", line)
			return
		}
		next++
	}
	for _, word := range []string{"WHAT", "WHY", "HARMLESS", "DO", "QUIET"} {
		if !strings.Contains("\n"+n.Text, "\n"+word+" ") {
			t.Errorf("no section %s in\n%s", word, n.Text)
		}
	}
	for _, l := range n.Lines {
		if !isPlainASCII(l) {
			t.Errorf("line %q", l)
		}
	}
}

func isPlainASCII(s string) bool {
	for _, b := range []byte(s) {
		if b < ' ' || b > '~' {
			return false
		}
	}
	return true
}
