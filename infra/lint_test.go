package infra

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sshsieve/internal/sshdtest"
)

// TestLint: cfn-lint finds nothing in the template nor in what becomes of it,
// informational hints included. (All expansions are one: TestExpansionIsOne.)
func TestLint(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(expanded(t))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "expanded.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("cfn-lint", "--include-checks", "I", "--regions", region, "--template", "../template.yaml", file)
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		sshdtest.Missing(t, "cfn-lint is not installed: pip install cfn-lint")
	}
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
