package attention

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestWriteRules(t *testing.T) {
	const golden = "testdata/rules.want"
	var page strings.Builder
	if err := WriteRules(&page); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, []byte(page.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(must(os.ReadFile(golden))); page.String() != want {
		t.Errorf("the page is\n%s\nwant\n%s", page.String(), want)
	}
	for line := range strings.Lines(page.String()) {
		if line = strings.TrimRight(line, "\n"); len(line) > 80 || strings.HasSuffix(line, " ") {
			t.Errorf("longer than 80 columns, or blanks at the end: %q", line)
		}
	}
	for _, rule := range Rules {
		for _, said := range append([]Reason{{Name: rule.Name, When: rule.Why}}, rule.Reasons...) {
			if !strings.Contains(strings.Join(strings.Fields(page.String()), " "), said.When) || said.When == "" {
				t.Errorf("%s %s: the page does not say when: %q", rule.Name, said.Name, said.When)
			}
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestWriteRulesReturnsTheWritersError(t *testing.T) {
	if err := WriteRules(brokenPipe{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v, want the writer's error", err)
	}
}
