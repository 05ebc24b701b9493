package sshd

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// sharers are how many rows have the same explanation, at most: what fits more
// than that tells nobody anything.
const sharers = 26

// TestEveryRowIsExplained: a row that wakes a person or a ban tool, and that is
// explained by no more than its Category, is a riddle at three in the morning. No
// such row is allowed; -v tells how many rows share each explanation.
func TestEveryRowIsExplained(t *testing.T) {
	shared := map[string]int{}
	unexplained := 0
	for _, row := range rows() {
		means, _ := row.Explain()
		if len(means) < 20 {
			unexplained++
			t.Errorf("%s (%s, %s) has no explanation of its own, nor has %q in subjects.go", row.Kind, row.Category, row.Verdict, row.Source)
		}
		shared[means]++
	}
	t.Logf("%d rows, %d explanations, %d rows without", len(rows()), len(shared), unexplained)
	sharing := map[int]int{} // how many explanations are those of so many rows
	for _, text := range slices.Sorted(maps.Keys(shared)) {
		sharing[shared[text]]++
		if shared[text] > sharers {
			t.Errorf("%d rows share one explanation, want at most %d: %s", shared[text], sharers, text)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(sharing)) {
		t.Logf("%4d explanations of %2d rows each", sharing[n], n)
	}
}

// Every subject explains a row: one that stands behind a more general one, or
// whose function is misspelt, is dead.
func TestEverySubjectIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, row := range rows() {
		means, _ := row.Explain()
		used[means] = true
	}
	for _, s := range subjects {
		if !used[s.means] {
			t.Errorf("no row is explained by %q %q: %s", s.of, s.says, s.means)
		}
	}
}

// Explanations are sentences: they begin with a capital (or with the name of a
// program) and end with a full stop.
func TestExplanationsAreSentences(t *testing.T) {
	for _, row := range rows() {
		means, do := row.Explain()
		for _, text := range []string{means, do} {
			if text == "" {
				continue
			}
			if last := text[len(text)-1]; last != '.' && last != '?' && last != '`' && last != ')' {
				t.Errorf("%s: %q does not end as a sentence does", row.Kind, text)
			}
			if strings.Contains(text, "  ") || strings.Contains(text, "..") || strings.TrimSpace(text) != text {
				t.Errorf("%s: blanks or stops too many in %q", row.Kind, text)
			}
		}
	}
}
