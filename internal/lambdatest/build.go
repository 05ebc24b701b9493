package lambdatest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// Flags are those that the deployed functions are built with.
var Flags = []string{"-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s"}

var (
	builds   = map[string]func() (string, error){}
	buildsMu sync.Mutex
)

// Build builds a function once for the test binary, for this machine, with the
// flags of the deployed one, and returns the path of its bootstrap. pkg is an
// import path, or a directory that begins with a dot.
func Build(t testing.TB, pkg string) string {
	t.Helper()
	buildsMu.Lock()
	build := builds[pkg]
	if build == nil {
		build = sync.OnceValues(func() (string, error) { return compile(pkg) })
		builds[pkg] = build
	}
	buildsMu.Unlock()
	bootstrap, err := build()
	if err != nil {
		t.Fatalf("build %s: %v", pkg, err)
	}
	return bootstrap
}

// compile writes below a directory that outlives the test, since the next one
// runs the same binary; Clean removes it.
func compile(pkg string) (string, error) {
	dir, err := os.MkdirTemp("", "lambdatest")
	if err != nil {
		return "", err
	}
	buildsMu.Lock()
	made = append(made, dir)
	buildsMu.Unlock()
	bootstrap := filepath.Join(dir, "bootstrap")
	cmd := exec.Command("go", append(append([]string{"build"}, Flags...), "-o", bootstrap, pkg)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return bootstrap, cmd.Run()
}

var made []string

// Main runs the tests and removes what Build made: it is for TestMain.
//
//	func TestMain(m *testing.M) { lambdatest.Main(m) }
func Main(m *testing.M) {
	code := m.Run()
	for _, dir := range made {
		_ = os.RemoveAll(dir) // nothing can be done, and it is a temporary one
	}
	os.Exit(code)
}
