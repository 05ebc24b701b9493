package internal

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "sshsieve/"

// A layer is a package of this module, what of the module it may import, and
// which other modules, by prefix. Its test files may import what they need.
type layer struct {
	path    string
	imports []string
	modules []string
	pure    bool // no AWS SDK, no context, no I/O, no clock
	why     string
}

// The order is that of a line's way: a package imports only what stands above
// it. Packages that are not built yet stand here already.
var layers = []layer{
	{"internal/syslog", nil, []string{jx}, true,
		"takes an envelope off a line and knows no message; jx reads JSON envelopes without allocating"},
	{"internal/sshd", []string{"internal/syslog"}, nil, true,
		"says what a Record's message means; it knows nothing of what anybody makes of it"},
	{"internal/attention", []string{"internal/sshd", "internal/syslog"}, []string{xxhash}, true,
		"judges Events and History; the judge takes its time from the Events; xxhash tells lines apart in a tenth of FNV's time"},
	{"internal/notice", []string{"internal/attention", "internal/sshd", "internal/syslog"}, nil, true,
		"writes Findings for a reader, and sends them nowhere"},
	{"internal/cwlogs", nil, []string{jx, gzip}, false,
		"a payload to lines: it sees text, not what the text says"},
	{"internal/logfile", []string{"internal/syslog"}, []string{jx, gzip}, false,
		"files and streams to lines, and their times"},
	{"internal/watch", []string{"internal/syslog", "internal/sshd", "internal/attention", "internal/notice"}, nil, false,
		"the way itself: it owns the interfaces, so no adapter is known to it"},
	{"internal/watchtest", []string{"internal/watch", "internal/attention", "internal/notice", "internal/sshd", "internal/syslog"}, nil, false,
		"the contracts of watch's interfaces, for every adapter's tests"},
	{"internal/dynamo", []string{"internal/watch", "internal/attention"}, []string{aws, smithy, jx}, false,
		"keeps what watch wants kept, in DynamoDB, and wraps nothing else; jx reads receipts by the hundred thousand"},
	{"internal/emf", []string{"internal/watch", "internal/notice", "internal/attention", "internal/sshd"}, []string{jx}, false,
		"writes a batch's metrics as a line; CloudWatch reads them out of the log, so no SDK; notice says what of a log's text may be shown"},
	{"internal/sns", []string{"internal/watch", "internal/notice"}, []string{aws, smithy}, false,
		"sends Notices through SNS, and wraps nothing else"},
	{"internal/config", []string{"internal/attention", "internal/syslog"}, nil, false,
		"the environment as a struct: what it configures is handed over by main"},
	{"internal/report", []string{"internal/sshd", "internal/syslog", "internal/attention", "internal/notice"}, nil, false,
		"pages for people, of what others have found"},
	{"internal/report/html", []string{"internal/report", "internal/sshd"}, nil, false,
		"the report as a page for a browser: apart, so that nobody else links html/template and the chart library"},
	{"internal/sshdtest", nil, []string{"golang.org/x/crypto"}, false,
		"starts a real sshd for tests of any package, so it may know none of them; x/crypto is its client"},
	{"internal/awstest", []string{"internal/sshdtest"}, []string{aws}, false,
		"starts moto_server for tests of any adapter, so it may know none of them; sshdtest says what a missing part means"},
	{"internal/lambdatest", nil, nil, false,
		"plays Lambda for the tests of any function, so it may know none of them"},
	{"internal/lambdaenv", []string{"internal/config", "internal/dynamo", "internal/sns", "internal/watch", "internal/notice"}, []string{aws, lambda}, false,
		"what both Lambdas are before their first event: clients, logger, deadline"},
	{"infra", nil, nil, false,
		"tests of the template, which is no code"},
	{"infra/agents", nil, nil, false,
		"tests of what hosts are given, which is no code"},
	{"functions/classify", []string{"internal/lambdaenv", "internal/config", "internal/cwlogs", "internal/dynamo", "internal/emf", "internal/sns", "internal/watch", "internal/attention", "internal/notice", "internal/sshd", "internal/syslog"}, []string{aws, lambda}, false,
		"the Lambda: wires adapters to watch; pages and files are not its business"},
	{"functions/tick", []string{"internal/lambdaenv", "internal/config", "internal/dynamo", "internal/emf", "internal/sns", "internal/watch", "internal/attention", "internal/notice"}, []string{aws, lambda}, false,
		"the Lambda on a clock: it reads no lines, so it decodes none"},
	{"internal/stack", []string{"internal/cwlogs", "internal/dynamo", "internal/watch", "internal/attention", "internal/notice"}, []string{aws, smithy}, false,
		"a deployed stack for the command: the only one of its packages that makes the SDK's clients"},
	{"functions/sshsieve", []string{"internal/stack", "internal/config", "internal/cwlogs", "internal/logfile", "internal/report", "internal/report/html", "internal/watch", "internal/attention", "internal/notice", "internal/sshd", "internal/syslog"}, []string{jx, gzip, "golang.org/x/term"}, false,
		"the command: everything ends here, and nothing imports it"},
}

const (
	jx     = "github.com/go-faster/jx"
	gzip   = "github.com/klauspost/compress"
	aws    = "github.com/aws/aws-sdk-go-v2"
	smithy = "github.com/aws/smithy-go" // the SDK's errors and middleware
	lambda = "github.com/aws/aws-lambda-go"
	xxhash = "github.com/cespare/xxhash"
)

// impure are the packages that a pure one may not import: each does I/O, knows
// the process it is in, or waits for something.
var impure = []string{"context", "os", "net", "io/fs", "io/ioutil", "log", "log/slog", "syscall", "html/template", "text/template", "crypto/rand"}

// noHTML are the programs that start on every event: html/template costs them
// a megabyte and milliseconds. They are deployed with the tag lambda.norpc, without
// which aws-lambda-go links net/rpc and its pages.
var noHTML = []string{"functions/classify", "functions/tick"}

// A listed package is what `go list -json` says of one.
type listed struct {
	ImportPath, Dir        string
	GoFiles, Imports, Deps []string
}

func TestLayers(t *testing.T) {
	for _, p := range listPackages(t) {
		path := strings.TrimPrefix(p.ImportPath, module)
		if path == "internal" {
			continue // this test
		}
		i := slices.IndexFunc(layers, func(l layer) bool { return l.path == path })
		if i < 0 {
			t.Errorf("%s: layers_test.go does not know this package: say what it may import, and why", path)
			continue
		}
		layers[i].check(t, p)
	}
}

func (l layer) check(t *testing.T, p listed) {
	t.Helper()
	for _, imported := range p.Imports {
		if !l.allows(imported) {
			t.Errorf("%s imports %s, but: %s", l.path, imported, l.why)
		}
		if l.pure && slices.Contains(impure, imported) {
			t.Errorf("%s imports %s, but is pure: %s", l.path, imported, l.why)
		}
	}
	if l.pure {
		l.checkClock(t, p)
	}
	if slices.Contains(noHTML, l.path) && slices.Contains(p.Deps, "html/template") {
		t.Errorf("%s links html/template, which makes each cold start slower", l.path)
	}
}

func (l layer) allows(imported string) bool {
	if own, ok := strings.CutPrefix(imported, module); ok {
		return slices.Contains(l.imports, own)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return slices.ContainsFunc(l.modules, func(m string) bool {
		return imported == m || strings.HasPrefix(imported, m+"/")
	})
}

// checkClock looks for what reads the clock or waits for it: a pure package is
// told the time.
func (l layer) checkClock(t *testing.T, p listed) {
	t.Helper()
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && isTime(sel.X) && slices.Contains(clock, sel.Sel.Name) {
				t.Errorf("%s/%s calls time.%s, but is pure: %s", l.path, name, sel.Sel.Name, l.why)
			}
			return true
		})
	}
}

func isTime(x ast.Expr) bool {
	id, ok := x.(*ast.Ident)
	return ok && id.Name == "time"
}

// TestLayersPointUpwards: the table itself allows no circle, and names only
// packages that it knows.
func TestLayersPointUpwards(t *testing.T) {
	seen := map[string]bool{}
	for _, l := range layers {
		if l.why == "" {
			t.Errorf("%s: no reason is given", l.path)
		}
		for _, imported := range l.imports {
			if !seen[imported] {
				t.Errorf("%s may import %s, which does not stand above it", l.path, imported)
			}
		}
		seen[l.path] = true
	}
}

// TestOneCommandPackageImportsTheSDK: in the command only the operations on a
// deployed stack need AWS; the rest works without an account.
func TestOneCommandPackageImportsTheSDK(t *testing.T) {
	const command, only = "functions/sshsieve", "internal/stack"
	imports := map[string][]string{}
	for _, p := range listPackages(t) {
		imports[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
	if len(imports[command]) == 0 {
		t.Fatalf("%s is not there", command)
	}
	for _, imported := range append(imports[command], module+command) {
		path := strings.TrimPrefix(imported, module)
		if path != only && slices.ContainsFunc(imports[path], func(i string) bool { return strings.HasPrefix(i, aws) }) {
			t.Errorf("%s uses the SDK in %s, want it in %s alone", command, path, only)
		}
	}
}

// showCache reads the module's folders, so that `go test` does not answer from
// its cache where a file has changed that only `go list` has read.
func showCache(t *testing.T) {
	t.Helper()
	for _, dir := range []string{"../internal", "../functions"} {
		err := filepath.WalkDir(dir, func(_ string, _ fs.DirEntry, err error) error { return err })
		if err != nil {
			t.Fatal(err)
		}
	}
}

// listPackages asks the Go command for the packages of this module.
func listPackages(t *testing.T) []listed {
	t.Helper()
	showCache(t)
	cmd := exec.Command("go", "list", "-tags", "lambda.norpc", "-json=ImportPath,Dir,GoFiles,Imports,Deps", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		errors.As(err, &exit)
		t.Fatalf("go list: %v\n%s", err, exit.Stderr)
	}
	var packages []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
