package report

import (
	"testing"

	"sshsieve/internal/sshd"
)

func TestEveryCategoryIsExplained(t *testing.T) {
	seen := map[string]sshd.Category{}
	for _, c := range sshd.Categories() {
		x := Explain(c)
		for part, text := range map[string]string{"What": x.What, "Why": x.Why, "Do": x.Do} {
			if len(text) < 20 {
				t.Errorf("%s: %s says %q", c, part, text)
			}
			if other, ok := seen[text]; ok {
				t.Errorf("%s and %s say the same: %q", c, other, text)
			}
			seen[text] = c
		}
	}
}
