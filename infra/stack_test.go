// Package infra holds what template.yaml does not hold itself, and the tests of
// both: the template is expanded as SAM does it, for every parameter that
// switches something, and then read as CloudFormation would read it.
//
// A linter does not see what matters most here: the order of a permission and
// its filter, who may invoke the function, JSON inside of strings, names that
// two stacks share, metrics that nobody writes.
package infra

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"sshsieve/internal/sshdtest"
)

// needed are the parameters without which there is no stack.
var needed = map[string]string{"Email": "ops@example.com", "LogGroup": "/var/log/secure"}

// A toggle is a set of parameters that makes one condition hold.
type toggle struct {
	condition  string
	parameters map[string]string
}

var toggles = []toggle{
	{"HasLogGroup2", map[string]string{"LogGroup2": "/two"}},
	{"HasLogGroup3", map[string]string{"LogGroup3": "/three"}},
	{"HasLogGroup4", map[string]string{"LogGroup4": "/four"}},
	{"HasLogGroup5", map[string]string{"LogGroup5": "/five"}},
	{"MakesLogGroup", map[string]string{"CreateLogGroup": "true"}},
	{"HasBanQueue", map[string]string{"BanQueue": "true"}},
	{"HasAlarmEmail", map[string]string{"AlarmEmail": "night@example.com"}},
	{"HasDashboard", map[string]string{"DashboardWanted": "true"}},
	{"HasReserve", map[string]string{"ReservedConcurrency": "5"}},
	{"HasKey", map[string]string{"OwnKmsKey": "arn:aws:kms:eu-central-1:123456789012:key/1234"}},
	{"HasStream", map[string]string{"KinesisShards": "2"}},
	{"HasSenders", map[string]string{"KinesisShards": "2", "SenderAccounts": "111111111111,222222222222"}},
}

// A combination is a choice of toggles; DashboardWanted is off unless chosen.
func combination(chosen ...toggle) map[string]string {
	p := maps.Clone(needed)
	p["DashboardWanted"] = "false"
	for _, t := range chosen {
		maps.Copy(p, t.parameters)
	}
	return p
}

// combinations are all of them: 4,096.
func combinations() [][]toggle {
	list := [][]toggle{nil}
	for _, t := range toggles {
		for _, chosen := range list {
			list = append(list, append(slices.Clone(chosen), t))
		}
	}
	return list
}

// A document is a template or a part of one, as JSON has it.
type document = map[string]any

// expansion is the template as written, and as SAM expands it with the needed
// parameters, with all, and with those of each toggle.
var expansion = sync.OnceValues(func() (expanded struct {
	Source   document
	Expanded []document
}, err error) {
	sets := []map[string]string{needed, combination(toggles...)}
	for _, t := range toggles {
		sets = append(sets, combination(t))
	}
	given, err := json.Marshal(sets)
	if err != nil {
		return expanded, err
	}
	out, err := run("../template.yaml", "testdata/expand.py", given)
	if err != nil {
		return expanded, err
	}
	return expanded, json.Unmarshal(out, &expanded)
})

// run lets Python run one of the scripts.
func run(template, script string, stdin []byte) ([]byte, error) {
	cmd := exec.Command("python3", script, template)
	cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION="+region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = bytes.NewReader(stdin)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", script, err, said.String())
	}
	return out, nil
}

// python skips where one of the modules is not installed.
func python(t *testing.T) {
	t.Helper()
	if err := modules(); err != nil {
		sshdtest.Missing(t, "Python lacks a module: pip install cfn-lint 'moto[all]'")
	}
}

var modules = sync.OnceValue(func() error {
	return exec.Command("python3", "-c", "import samtranslator, cfnlint, moto, boto3").Run()
})

// source is the template as written.
func source(t *testing.T) document {
	t.Helper()
	python(t)
	e, err := expansion()
	if err != nil {
		t.Fatal(err)
	}
	return e.Source
}

const (
	region  = "eu-central-1"
	account = "123456789012"
)

// A stack is the template with its parameters put in: only what CloudFormation
// would create. In it "${Table}" stands for what a Ref gives, and
// "${Table.Arn}" for an attribute.
type stack struct {
	t          *testing.T
	name       string
	parameters map[string]string
	conditions document
	// present are the resources that are created, resolved ones.
	present map[string]document
	outputs document
	// uses are the resources that each resource or output names.
	uses map[string][]string
	at   string // what is being resolved
}

// eachStack makes a stack of every combination.
func eachStack(t *testing.T, check func(*stack)) {
	t.Helper()
	for _, chosen := range combinations() {
		check(newStack(t, "one", expanded(t), combination(chosen...)))
		if t.Failed() {
			t.Fatalf("with %v", chosen)
		}
	}
}

// expanded is the template as SAM expands it, which is the same whatever the
// parameters are (TestExpansionIsOne): it leaves the conditions in it.
func expanded(t *testing.T) document {
	t.Helper()
	source(t)
	e, _ := expansion() // source has looked at the error
	return e.Expanded[0]
}

// stackOf makes a stack with these parameters beside the needed ones.
func stackOf(t *testing.T, name string, toggles ...toggle) *stack {
	t.Helper()
	p := maps.Clone(needed)
	for _, more := range toggles {
		maps.Copy(p, more.parameters)
	}
	return newStack(t, name, expanded(t), p)
}

func newStack(t *testing.T, name string, template document, parameters map[string]string) *stack {
	t.Helper()
	s := &stack{t: t, name: name, parameters: map[string]string{}, present: map[string]document{}, uses: map[string][]string{}}
	s.conditions, _ = template["Conditions"].(document)
	for p, declared := range template["Parameters"].(document) {
		if value, ok := declared.(document)["Default"]; ok {
			s.parameters[p] = fmt.Sprint(value)
		}
	}
	maps.Copy(s.parameters, parameters)
	created := s.created(template["Resources"].(document))
	for name := range created {
		s.present[name] = nil // there, for those that name it
	}
	for name, r := range created {
		s.at = name
		s.present[name] = s.resolve(r).(document)
	}
	s.at = "Outputs"
	s.outputs = s.resolve(s.created(template["Outputs"].(document))).(document)
	return s
}

// created are those whose condition holds.
func (s *stack) created(all document) document {
	chosen := document{}
	for name, r := range all {
		if c, ok := r.(document)["Condition"].(string); !ok || s.holds(c) {
			chosen[name] = r
		}
	}
	return chosen
}

// holds evaluates a condition.
func (s *stack) holds(name string) bool {
	s.t.Helper()
	c, ok := s.conditions[name]
	if !ok {
		s.t.Fatalf("%s: there is no condition %s", s.at, name)
	}
	return s.truth(c)
}

func (s *stack) truth(v any) bool {
	s.t.Helper()
	function, args := call(v)
	switch list, _ := args.([]any); function {
	case "Condition":
		return s.holds(args.(string))
	case "Fn::Equals":
		return s.text(list[0]) == s.text(list[1])
	case "Fn::Not":
		return !s.truth(list[0])
	case "Fn::And":
		return !slices.ContainsFunc(list, func(v any) bool { return !s.truth(v) })
	case "Fn::Or":
		return slices.ContainsFunc(list, s.truth)
	}
	s.t.Fatalf("%s: no condition: %v", s.at, v)
	return false
}

// call takes an intrinsic function apart: {"Ref": "Table"}.
func call(v any) (function string, args any) {
	if m, ok := v.(document); ok && len(m) == 1 {
		for function, args = range m {
			if function == "Ref" || function == "Condition" || strings.HasPrefix(function, "Fn::") {
				return function, args
			}
		}
	}
	return "", nil
}

// noValue is what is to be left out.
type noValue struct{}

// resolve puts values in place of intrinsic functions.
func (s *stack) resolve(v any) any {
	s.t.Helper()
	if function, args := call(v); function != "" && function != "Condition" {
		return s.apply(function, args)
	}
	switch v := v.(type) {
	case document:
		resolved := document{}
		for name, value := range v {
			if r := s.resolve(value); r != (noValue{}) {
				resolved[name] = r
			}
		}
		return resolved
	case []any:
		resolved := []any{}
		for _, value := range v {
			if r := s.resolve(value); r != (noValue{}) {
				resolved = append(resolved, r)
			}
		}
		return resolved
	}
	return v
}

func (s *stack) apply(function string, args any) any {
	s.t.Helper()
	list, _ := args.([]any)
	switch function {
	case "Ref":
		return s.ref(args.(string))
	case "Fn::GetAtt":
		return s.attribute(s.text(list[0]), s.text(list[1]))
	case "Fn::If":
		if s.holds(list[0].(string)) {
			return s.resolve(list[1])
		}
		return s.resolve(list[2])
	case "Fn::Join":
		return s.join(list)
	case "Fn::Split":
		return s.split(list)
	case "Fn::Sub":
		return s.sub(args)
	}
	s.t.Fatalf("%s: %s is not known here", s.at, function)
	return nil
}

func (s *stack) ref(name string) any {
	s.t.Helper()
	switch name {
	case "AWS::NoValue":
		return noValue{}
	case "AWS::StackName":
		return s.name
	case "AWS::Region":
		return region
	case "AWS::AccountId":
		return account
	case "AWS::Partition":
		return "aws"
	}
	if value, ok := s.parameters[name]; ok {
		return value
	}
	s.use(name)
	return "${" + name + "}"
}

// use notes that a resource is named, which has to be there.
func (s *stack) use(name string) {
	s.t.Helper()
	if _, ok := s.present[name]; !ok {
		s.t.Errorf("%s names %s, which is not created", s.at, name)
	}
	s.uses[s.at] = append(s.uses[s.at], name)
}

func (s *stack) attribute(name, attribute string) string {
	s.t.Helper()
	s.use(name)
	return "${" + name + "." + attribute + "}"
}

func (s *stack) join(list []any) string {
	var parts []string
	switch what := s.resolve(list[1]).(type) {
	case []any:
		for _, part := range what {
			parts = append(parts, s.text(part))
		}
	case string: // a CommaDelimitedList
		parts = strings.Split(what, ",")
	}
	return strings.Join(parts, list[0].(string))
}

func (s *stack) split(list []any) []any {
	var parts []any
	for part := range strings.SplitSeq(s.text(list[1]), list[0].(string)) {
		parts = append(parts, part)
	}
	return parts
}

var hole = regexp.MustCompile(`\$\{([A-Za-z0-9:.]+)\}`)

func (s *stack) sub(args any) string {
	s.t.Helper()
	own := document{}
	if list, ok := args.([]any); ok {
		args, own = list[0], list[1].(document)
	}
	return hole.ReplaceAllStringFunc(args.(string), func(h string) string {
		name := h[2 : len(h)-1]
		if v, ok := own[name]; ok {
			return s.text(v)
		}
		if resource, attribute, ok := strings.Cut(name, "."); ok {
			return s.attribute(resource, attribute)
		}
		return s.text(s.ref(name))
	})
}

func (s *stack) text(v any) string {
	s.t.Helper()
	switch v := s.resolve(v).(type) {
	case string:
		return v
	case float64, bool:
		return fmt.Sprint(v)
	default:
		s.t.Fatalf("%s: no text: %v", s.at, v)
		return ""
	}
}

// ofType are the resources of a type, by name.
func (s *stack) ofType(kind string) map[string]document {
	found := map[string]document{}
	for name, r := range s.present {
		if r["Type"] == kind {
			found[name] = properties(r)
		}
	}
	return found
}

func properties(r document) document {
	p, _ := r["Properties"].(document)
	return p
}

// at looks into nested objects and lists; nil where there is nothing.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(document)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// texts are all the strings in a value, a single one too.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, texts(e)...)
		}
		return all
	case document:
		var all []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, texts(v[key])...)
		}
		return all
	}
	return nil
}
