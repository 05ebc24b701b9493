package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// Each log of testdata/pages is the pages beside it: .txt is for files and
// pipes, .term for a terminal with colours, .json for tools.
func TestPages(t *testing.T) {
	logs, err := filepath.Glob("testdata/pages/*.log")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no logs in testdata/pages (%v)", err)
	}
	for _, log := range logs {
		stem := strings.TrimSuffix(log, ".log")
		t.Run(filepath.Base(stem), func(t *testing.T) {
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			page := gather(strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")...).Page(false)
			page.Tell(
				[]notice.Notice{notified("locked-out", "silent", "alice", 1, attention.Medium), notified("login", "new-key", "alice", 7, attention.Medium)},
				[]Fate{{notified("login", "new-source", "alice", 4, attention.Low), "reported"}}, Told{BanMessages: 7, BanSources: 2})
			golden(t, stem+".txt", page.WriteText)
			golden(t, stem+".term", func(w io.Writer) error { return page.WriteTerminal(w, true) })
			golden(t, stem+".json", page.WriteJSON)
		})
	}
}

func golden(t *testing.T, file string, write func(io.Writer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./internal/report -update writes it)", err)
	}
	if got.String() == string(want) {
		return
	}
	g, w := strings.Split(got.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s, line %d:\n%s\nwant\n%s", file, i+1, g[i], w[i])
		}
	}
	t.Errorf("%s has %d lines, want %d", file, len(g), len(w))
}
