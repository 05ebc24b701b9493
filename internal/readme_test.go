package internal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"sshsieve/internal/attention"
	"sshsieve/internal/awstest"
	"sshsieve/internal/lambdatest"
	"sshsieve/internal/sshdtest"
)

// These tests keep the README true: what can be run here is run, and what it
// names is there.

var update = flag.Bool("update", false, "rewrite the blocks of the README that show a golden")

func TestMain(m *testing.M) { lambdatest.Main(m) }

const readmeName = "../README.md"

func readme(t *testing.T) string { t.Helper(); return readText(t, readmeName) }

func readText(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A block is what stands between fences, with its language and section. sh is
// for commands, console for commands and what they print.
type block struct{ section, language, body string }

func blocks(t *testing.T) (list []block) {
	t.Helper()
	var section string
	var open *block
	for line := range strings.Lines(readme(t)) {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			open = &block{section: section, language: fence}
		case isFence:
			list, open = append(list, *open), nil
		case open != nil:
			open.body += line
		case strings.HasPrefix(line, "## "):
			section = strings.TrimSpace(line[3:])
		}
	}
	if open != nil || len(list) == 0 {
		t.Fatalf("%d blocks, and one that does not end: %v", len(list), open)
	}
	return list
}

// blocksOf are those of a language.
func blocksOf(t *testing.T, language string) []block {
	t.Helper()
	list := slices.DeleteFunc(blocks(t), func(b block) bool { return b.language != language })
	if len(list) == 0 {
		t.Fatalf("no block is %s", language)
	}
	return list
}

// section is the text below a heading.
func section(t *testing.T, heading string) string {
	t.Helper()
	_, after, ok := strings.Cut(readme(t), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("no section %q", heading)
	}
	text, _, _ := strings.Cut(after, "\n## ")
	return text
}

// rows are the cells of a section's tables, without heads and rules.
func rows(t *testing.T, heading string) (list [][]string) {
	t.Helper()
	var before string
	for line := range strings.Lines(section(t, heading)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "|") && strings.HasPrefix(before, "|") && !strings.HasPrefix(line, "|---") {
			list = append(list, cells(line))
		}
		before = line
	}
	if len(list) == 0 {
		t.Fatalf("no table in %q", heading)
	}
	return list
}

func cells(line string) []string {
	list := strings.Split(strings.Trim(line, "|"), "|")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// codeSpan is `code` within a line.
var codeSpan = regexp.MustCompile("`([^`\n]+)`")

// spans are the code spans of a text, outside of blocks.
func spans(text string) (list []string) {
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			continue
		}
		for _, m := range codeSpan.FindAllStringSubmatch(part, -1) {
			list = append(list, m[1])
		}
	}
	return list
}

// goldenBlock is a block that shows a file, or what stands in it before a line
// that begins with a word.
var goldenBlock = regexp.MustCompile("(?m)^<!-- golden: (\\S+)(?: to (\\S+))? -->\n```\n((?:.*\n)*?)```$")

// TestReadmeGoldens: mails and costs are those that other tests compare with.
func TestReadmeGoldens(t *testing.T) {
	text := readme(t)
	if n := len(goldenBlock.FindAllString(text, -1)); n != 3 {
		t.Errorf("%d goldens are shown, want the cost and two mails", n)
	}
	got := goldenBlock.ReplaceAllStringFunc(text, func(whole string) string {
		m := goldenBlock.FindStringSubmatch(whole)
		head, _, _ := strings.Cut(whole, "\n")
		return head + "\n```\n" + shown(t, m[1], m[2]) + "```"
	})
	if *update {
		if err := os.WriteFile(readmeName, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != text {
		t.Error("the README shows other goldens than there are: go test ./internal -run TestReadmeGoldens -update")
	}
}

func shown(t *testing.T, name, until string) string {
	t.Helper()
	text := readText(t, filepath.Join("..", name))
	if until == "" {
		return text
	}
	before, _, ok := strings.Cut(text, "\n"+until+" ")
	if !ok {
		t.Fatalf("%s: no line begins with %s", name, until)
	}
	return before + "\n…\n"
}

// installed is a folder with the command in it.
func installed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(lambdatest.Build(t, "sshsieve/functions/sshsieve"), filepath.Join(dir, "sshsieve")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// shell runs a command as a reader would, in the repository, and returns what it
// printed on standard output.
func shell(t *testing.T, command string, env ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", command)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "PATH="+installed(t)+":"+os.Getenv("PATH"), "LC_ALL=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_PAGER=")
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return string(out), err
}

// TestReadmeConsole: what stands below a command is what it prints; "…" stands
// for any number of lines.
func TestReadmeConsole(t *testing.T) {
	for _, b := range blocksOf(t, "console") {
		for _, part := range strings.Split("\n"+b.body, "\n$ ")[1:] {
			command, want, _ := strings.Cut(part, "\n")
			t.Run(command[:min(len(command), 40)], func(t *testing.T) {
				got, err := shell(t, command)
				if err != nil {
					t.Fatal(err)
				}
				if !matches(strings.TrimSpace(got), strings.TrimSpace(want)) {
					t.Errorf("it prints\n%s\nbut the README says\n%s", got, want)
				}
			})
		}
	}
}

// matches says whether want is got, but for what its lines of "…" leave out.
func matches(got, want string) bool {
	parts := strings.Split("\n"+want+"\n", "\n…\n")
	pattern := make([]string, len(parts))
	for i, part := range parts {
		pattern[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile(`^(?s:` + strings.Join(pattern, `\n.*\n`) + `)$`).MatchString("\n" + got + "\n")
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		why, got, want string
		ok             bool
	}{
		{"the same", "a\nb", "a\nb", true},
		{"something is left out", "a\nx\ny\nb", "a\n…\nb", true},
		{"nothing is left out where something may be", "a\nb", "a\n…\nb", false},
		{"the end is left out", "a\nx", "a\n…", true},
		{"another end", "a\nb\nc", "a\nb", false},
		{"another order", "b\na", "a\n…\nb", false},
		{"no pattern but the dots", "axb", "a.b", false},
	} {
		if got := matches(c.got, c.want); got != c.ok {
			t.Errorf("%s: %t", c.why, got)
		}
	}
}

// notRun are the commands of the README that are not run here, by how they
// begin. All others are.
var notRun = map[string]string{
	"go test":               "this is one",
	"git diff":              "shows what the reader has changed",
	"sam ":                  "SAM is not here, and wants an account or Docker",
	"AWS_REGION=":           "installs on this machine: infra/agents has the tests of it",
	"aws s3":                "a bucket of a real stack",
	"aws lambda invoke":     "asks SAM",
	"aws logs tail":         "a log group of a real account",
	"moto_server":           "TestReadmeLocally starts its own",
	"sshsieve status":       "a real stack: functions/sshsieve tests it against moto",
	"sshsieve selftest":     "the same",
	"sshsieve why":          "the same",
	"sshsieve mute":         "the same",
	"sshsieve learn":        "the same",
	"sshsieve replay":       "the same",
	"export AWS_":           "TestReadmeLocally sets it",
	"aws --endpoint-url":    "TestReadmeLocally runs it",
	"AWS_ENDPOINT_URL=http": "TestReadmeLocally runs it",
	"--cli-binary":          "continues aws lambda invoke",
}

// TestReadmeCommands: a command is run, or it is known why not.
func TestReadmeCommands(t *testing.T) {
	used := map[string]bool{}
	for _, b := range blocksOf(t, "sh") {
		for line := range strings.Lines(b.body) {
			line = strings.TrimSpace(line)
			if prefix := notRunBy(line); prefix != "" {
				used[prefix] = true
			} else if _, err := shell(t, line); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	for prefix := range notRun {
		if !used[prefix] {
			t.Errorf("no command begins with %q any more", prefix)
		}
	}
}

func notRunBy(line string) string {
	for prefix := range notRun {
		if strings.HasPrefix(line, prefix) {
			return prefix
		}
	}
	return ""
}

// TestReadmeLocally runs the section of that name against moto_server, with the
// real function under lambdatest where a reader has SAM and Docker.
func TestReadmeLocally(t *testing.T) {
	moto := awstest.Start(t)
	if _, err := exec.LookPath("aws"); err != nil {
		sshdtest.Missing(t, "the aws command is not installed")
	}
	i := slices.IndexFunc(blocks(t), func(b block) bool { return b.section == "Try it locally" })
	endpoint, _ := strings.CutPrefix(moto.Env()[0], "AWS_ENDPOINT_URL=")
	var exports, out string
	for line := range strings.Lines(strings.ReplaceAll(blocks(t)[i].body, "http://127.0.0.1:5000", endpoint)) {
		switch {
		case strings.HasPrefix(line, "moto_server"):
		case strings.HasPrefix(line, "export"):
			exports += line
		case strings.HasPrefix(line, "sam"):
			invokeLocally(t, line, endpoint)
		default:
			var err error
			if out, err = shell(t, exports+line); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
	}
	for _, want := range []string{"told ", "[sshsieve db-1] high: deploy logged in by password"} {
		if !strings.Contains(out, want) {
			t.Errorf("the last command prints no %q:\n%s", want, out)
		}
	}
}

// samInvoke is what of the line for SAM can be tried: which function, with which
// event, and with whose environment.
var samInvoke = regexp.MustCompile(`sam local invoke ClassifyFunction -e (\S+) --env-vars (\S+)`)

func invokeLocally(t *testing.T, line, endpoint string) {
	t.Helper()
	m := samInvoke.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("no sam local invoke of ClassifyFunction: %s", line)
	}
	var variables map[string]map[string]string
	if err := json.Unmarshal([]byte(readText(t, "../"+m[2])), &variables); err != nil {
		t.Fatal(err)
	}
	env := []string{"AWS_REGION=" + awstest.Region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test"}
	for name, value := range variables["ClassifyFunction"] {
		if name == "AWS_ENDPOINT_URL" {
			value = endpoint
		}
		env = append(env, name+"="+value)
	}
	f := lambdatest.New(t, lambdatest.Build(t, "sshsieve/functions/classify"), env...)
	if o := f.Invoke([]byte(readText(t, "../"+m[1]))); !o.OK() {
		t.Fatalf("%+v: %s", o.Error, f.Stdout())
	}
	if !strings.Contains(f.Stdout(), `"_aws"`) {
		t.Errorf("it prints no line of metrics:\n%s", f.Stdout())
	}
}

// testFunction is where a test, or a fuzz target, begins.
var testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// allTests are the names of this module's tests.
func allTests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		for _, m := range testFunction.FindAllStringSubmatch(readText(t, path), -1) {
			names[m[1]] = true
		}
		return nil
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d tests, %v", len(names), err)
	}
	return names
}

var testSpan = regexp.MustCompile(`^(?:Test|Fuzz)\w+(?:/\w+)?$`)

// TestReadmeTests: each test that is named is there; TestScripts/NAME is a file.
func TestReadmeTests(t *testing.T) {
	all := allTests(t)
	named := 0
	for _, span := range spans(readme(t)) {
		if !testSpan.MatchString(span) {
			continue
		}
		named++
		name, script, isScript := strings.Cut(span, "/")
		if !all[name] {
			t.Errorf("there is no %s", name)
		}
		if _, err := os.Stat("../functions/sshsieve/testdata/" + script + ".txt"); isScript && err != nil {
			t.Error(err)
		}
	}
	if named < 30 {
		t.Errorf("%d tests are named: is the README read at all?", named)
	}
}

// TestReadmeFailures: behind each row of how it fails stands a test.
func TestReadmeFailures(t *testing.T) {
	for _, row := range rows(t, "How it fails, and what then") {
		if len(row) != 3 || !slices.ContainsFunc(spans(row[2]), testSpan.MatchString) {
			t.Errorf("no test stands behind %q", row)
		}
	}
}

// path is a code span that names a file or a folder of the repository.
var path = regexp.MustCompile(`^(?:internal|functions|infra|events|\.ci)/[\w./-]+$|^[\w.-]+\.(?:yaml|mod|md)$`)

// elsewhere are the files that are named and are not there, or not at that place.
var elsewhere = map[string]string{
	"samconfig.toml":  "SAM writes it",
	"fluent-bit.yaml": "in infra/agents/fluent-bit",
}

func TestReadmePaths(t *testing.T) {
	text := readme(t)
	names := spans(text)
	for _, b := range blocks(t) {
		names = append(names, strings.Fields(b.body)...)
	}
	named := 0
	for _, name := range names {
		name = strings.TrimRight(strings.TrimPrefix(strings.TrimPrefix(name, "./"), "file://"), ",:;)")
		if !path.MatchString(name) || elsewhere[name] != "" {
			continue
		}
		named++
		if _, err := os.Stat("../" + name); err != nil {
			t.Error(err)
		}
	}
	if named < 20 {
		t.Errorf("%d paths are named: is the README read at all?", named)
	}
}

// theirs are the flags of other programs, by whose they are.
var theirs = map[string]string{
	"--guided": "sam", "--stack-name": "sam", "--env-vars": "sam", "--add-host": "sam", "--parameter-overrides": "sam",
	"--endpoint-url": "aws", "--cli-input-json": "aws", "--name": "aws", "--table-name": "aws", "--log-group-name": "aws", "--recursive": "aws",
	"--force": "aws", "--function-name": "aws", "--no-verify-ssl": "aws", "--cli-binary-format": "aws", "--payload": "aws",
	"--start-time": "aws", "--end-time": "aws", "--filter-pattern": "aws", "--query": "aws", "--output": "aws", "--format": "aws",
	"--expiredate": "usermod", "--set": "update-crypto-policies", "--help": "each command's",
}

var flagName = regexp.MustCompile(`(?:^|[\s"(])(--[a-z][a-z-]*)`)

// TestReadmeFlags: each flag is one of the command, on the page of its help
// where the line says of which.
func TestReadmeFlags(t *testing.T) {
	pages, all := helpPages(t)
	var lines []string
	for _, b := range blocks(t) {
		lines = append(lines, strings.Split(b.body, "\n")...)
	}
	for _, line := range append(lines, spans(readme(t))...) {
		of := pageOf(pages, line)
		for _, m := range flagName.FindAllStringSubmatch(line, -1) {
			if theirs[m[1]] == "" && !strings.Contains(cmp.Or(pages[of], all), m[1]) {
				t.Errorf("%s: no help of %q knows %s", line, of, m[1])
			}
		}
	}
}

// helpPages are what each command's --help prints, by its name, and all of it.
func helpPages(t *testing.T) (pages map[string]string, all string) {
	t.Helper()
	main, err := shell(t, "sshsieve --help")
	if err != nil {
		t.Fatal(err)
	}
	pages = map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+)  +\w`).FindAllStringSubmatch(main, -1) {
		if pages[m[1]], err = shell(t, "sshsieve "+m[1]+" --help"); err != nil {
			t.Fatal(err)
		}
		all += pages[m[1]]
	}
	if len(pages) < 10 {
		t.Fatalf("%d commands have help", len(pages))
	}
	return pages, all
}

// pageOf is the command that a line calls, or begins with in text; empty: none.
func pageOf(pages map[string]string, line string) string {
	fields := strings.Fields(line)
	for i, word := range fields {
		if word == "sshsieve" && i+1 < len(fields) && pages[fields[i+1]] != "" {
			return fields[i+1]
		}
	}
	return ""
}

// TestReadmeCommandsAreListed: somebody who reads the README has met each.
func TestReadmeCommandsAreListed(t *testing.T) {
	pages, _ := helpPages(t)
	for name := range pages {
		if !strings.Contains(readme(t), "sshsieve "+name) && !strings.Contains(readme(t), "**"+name+"**") {
			t.Errorf("sshsieve %s is not told of", name)
		}
	}
}

// A template is what of template.yaml the README repeats.
type template struct {
	Parameters map[string]struct {
		Default any `yaml:"Default"`
	} `yaml:"Parameters"`
	Resources map[string]struct {
		Type string `yaml:"Type"`
	} `yaml:"Resources"`
	Outputs map[string]any `yaml:"Outputs"`
}

func readTemplate(t *testing.T) (tmpl template) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(readText(t, "../template.yaml")), &tmpl); err != nil {
		t.Fatal(err)
	}
	if len(tmpl.Parameters) == 0 || len(tmpl.Resources) == 0 {
		t.Fatal("the template has neither parameters nor resources")
	}
	return tmpl
}

// TestReadmeParameters: each parameter stands there once, with its default.
func TestReadmeParameters(t *testing.T) {
	parameters := readTemplate(t).Parameters
	for _, row := range rows(t, "Configure") {
		for _, name := range spans(row[0]) {
			p, ok := parameters[name]
			if !ok {
				t.Errorf("there is no parameter %s, or it stands there twice", name)
				continue
			}
			delete(parameters, name)
			value := ""
			if p.Default != nil {
				value = fmt.Sprint(p.Default)
			}
			if got := strings.Trim(row[1], "`"); got != value {
				t.Errorf("%s: default %q, want %q", name, got, value)
			}
		}
	}
	for name := range parameters {
		t.Errorf("%s is not explained", name)
	}
}

// camel is a name as CloudFormation has them.
var camel = regexp.MustCompile(`^[A-Z][a-z]+(?:[A-Z][a-z0-9]+)+$`)

// TestReadmeNames: what is named as a part of the stack is one.
func TestReadmeNames(t *testing.T) {
	tmpl := readTemplate(t)
	for _, name := range spans(readme(t)) {
		name, _, _ = strings.Cut(name, "=")
		_, isParameter := tmpl.Parameters[name]
		_, isResource := tmpl.Resources[name]
		_, isOutput := tmpl.Outputs[name]
		if camel.MatchString(name) && !isParameter && !isResource && !isOutput && !testSpan.MatchString(name) {
			t.Errorf("the template has no %s", name)
		}
	}
	for name, r := range tmpl.Resources {
		if r.Type == "AWS::CloudWatch::Alarm" && !strings.Contains(section(t, "How it fails, and what then"), "`"+name+"`") {
			t.Errorf("%s stands in no row of how it fails", name)
		}
	}
}

// services are those whose resources a template may have, as the README calls
// them.
var services = map[string]string{
	"CloudWatch": "CloudWatch", "DynamoDB": "DynamoDB", "IAM": "IAM", "Kinesis": "Kinesis", "Lambda": "Lambda", "Logs": "CloudWatch Logs",
	"S3": "S3", "SNS": "SNS", "SQS": "SQS", "Scheduler": "EventBridge Scheduler", "Serverless": "CloudFormation",
}

// TestReadmeRights: whoever deploys knows of which services he makes something.
func TestReadmeRights(t *testing.T) {
	_, rights, _ := strings.Cut(section(t, "Deploy, in three steps"), "must\nbe allowed to make")
	rights, _, _ = strings.Cut(rights, ".")
	for name, r := range readTemplate(t).Resources {
		service, ok := services[strings.Split(r.Type, "::")[1]]
		if !ok || !strings.Contains(rights, service) {
			t.Errorf("%s is a %s, and nobody is told to have rights for that", name, r.Type)
		}
	}
}

// TestReadmeRules: each rule has its row, and each reason stands in it.
func TestReadmeRules(t *testing.T) {
	said := map[string][]string{}
	for _, row := range rows(t, "How to read a mail") {
		said[strings.Trim(row[0], "`")] = spans(row[1])
	}
	for _, rule := range attention.Rules {
		reasons, ok := said[rule.Name]
		if !ok {
			t.Errorf("%s has no row", rule.Name)
		}
		for _, reason := range rule.Reasons {
			if !slices.Contains(reasons, reason.Name) {
				t.Errorf("%s/%s is not told", rule.Name, reason.Name)
			}
			reasons = slices.DeleteFunc(reasons, func(s string) bool { return s == reason.Name })
		}
		if len(reasons) > 0 {
			t.Errorf("%s has no reasons %q", rule.Name, reasons)
		}
		delete(said, rule.Name)
	}
	for name := range said {
		t.Errorf("there is no rule %s", name)
	}
}

var link = regexp.MustCompile(`\]\(#([^)]+)\)`)

// TestReadmeLinks: within the page each leads to a heading.
func TestReadmeLinks(t *testing.T) {
	headings := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(readme(t), -1) {
		anchor := strings.ReplaceAll(strings.ToLower(m[1]), " ", "-")
		headings[regexp.MustCompile(`[^\w-]`).ReplaceAllString(anchor, "")] = true
	}
	for _, m := range link.FindAllStringSubmatch(readme(t), -1) {
		if !headings[m[1]] {
			t.Errorf("no heading is #%s", m[1])
		}
	}
}
