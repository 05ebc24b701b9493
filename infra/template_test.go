package infra

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestExpansionIsOne: what is tested with one set of parameters holds for all,
// but for conditions and values, which are tested apart.
func TestExpansionIsOne(t *testing.T) {
	first := expanded(t)
	e, _ := expansion() // expanded has looked at the error
	for i, other := range e.Expanded {
		if !same(first, other) {
			t.Errorf("the expansion for set %d is another", i)
		}
	}
}

// TestEveryCombination: whatever is named is created, in some order, and every
// log group is subscribed to.
func TestEveryCombination(t *testing.T) {
	eachStack(t, func(s *stack) {
		s.checkOrder()
		s.checkDependsOn()
		s.checkSubscriptions()
	})
}

func (s *stack) checkDependsOn() {
	for name, r := range s.present {
		for _, before := range texts(r["DependsOn"]) {
			if _, ok := s.present[before]; !ok {
				s.t.Errorf("%s depends on %s, which is not created", name, before)
			}
		}
	}
}

// checkOrder looks for circles, in which nothing could be created first.
func (s *stack) checkOrder() {
	s.t.Helper()
	done := map[string]bool{}
	var visit func(name string, way []string)
	visit = func(name string, way []string) {
		if slices.Contains(way, name) {
			s.t.Fatalf("a circle: %s", strings.Join(append(way, name), " -> "))
		}
		if done[name] {
			return
		}
		for _, before := range s.before(name) {
			visit(before, append(way, name))
		}
		done[name] = true
	}
	for name := range s.present {
		visit(name, nil)
	}
}

// before are the resources that have to be there before this one.
func (s *stack) before(name string) []string {
	return append(texts(s.present[name]["DependsOn"]), s.uses[name]...)
}

// TestTogglesReachEveryCondition: a new condition needs a row in toggles.
func TestTogglesReachEveryCondition(t *testing.T) {
	for _, toggle := range toggles {
		if s := stackOf(t, "one", toggle); !s.holds(toggle.condition) {
			t.Errorf("%v: %s does not hold", toggle.parameters, toggle.condition)
		}
	}
	for name := range source(t)["Conditions"].(document) {
		if !slices.ContainsFunc(toggles, func(t toggle) bool { return t.condition == name }) {
			t.Errorf("no toggle makes %s hold", name)
		}
	}
}

// checkSubscriptions: each log group has a filter, and before it a permission
// for that log group of this account alone.
func (s *stack) checkSubscriptions() {
	want := strings.Split(s.environment("ClassifyFunction")["SSHSIEVE_LOG_GROUPS"], ",")
	var got []string
	for name, f := range s.ofType("AWS::Logs::SubscriptionFilter") {
		got = append(got, s.checkFilter(name, f))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		s.t.Errorf("subscribed to %q, want %q", got, want)
	}
}

// checkFilter returns the log group's name.
func (s *stack) checkFilter(name string, filter document) string {
	group := filter["LogGroupName"].(string)
	if group == "${SourceLogGroup}" {
		group = properties(s.present["SourceLogGroup"])["LogGroupName"].(string)
	}
	if filter["DestinationArn"] != "${ClassifyFunction.Arn}" {
		s.t.Errorf("%s goes to %v", name, filter["DestinationArn"])
	}
	want := document{
		"FunctionName": "${ClassifyFunction.Arn}", "Action": "lambda:InvokeFunction", "Principal": "logs.amazonaws.com",
		"SourceAccount": account, "SourceArn": "arn:aws:logs:" + region + ":" + account + ":log-group:" + group + ":*",
	}
	if !slices.ContainsFunc(s.before(name), func(before string) bool { return s.isPermission(before, want) }) {
		s.t.Errorf("%s comes before its permission", name)
	}
	if !slices.Contains(s.before(name), "StorePolicy") {
		s.t.Errorf("%s comes before the function may write to its table", name)
	}
	return group
}

func (s *stack) isPermission(name string, want document) bool {
	r := s.present[name]
	return r["Type"] == "AWS::Lambda::Permission" && same(properties(r), want)
}

// TestOnlyLogsMayInvoke: no permission but those of the filters.
func TestOnlyLogsMayInvoke(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	permissions := s.ofType("AWS::Lambda::Permission")
	if len(permissions) != 5 || len(s.ofType("AWS::Logs::SubscriptionFilter")) != 5 {
		t.Errorf("%d permissions, want one for each of 5 log groups", len(permissions))
	}
	for name, p := range permissions {
		if p["SourceAccount"] != account || p["SourceArn"] == nil {
			t.Errorf("%s lets others in: %v", name, p)
		}
	}
}

// environment is what a function is given.
func (s *stack) environment(function string) map[string]string {
	s.t.Helper()
	variables := map[string]string{}
	given, _ := at(s.present[function], "Properties", "Environment", "Variables").(document)
	for name, value := range given {
		variables[name] = s.text(value)
	}
	return variables
}

// TestFunctions: what the design asks of both.
func TestFunctions(t *testing.T) {
	s := stackOf(t, "one")
	functions := s.ofType("AWS::Lambda::Function")
	if len(functions) != 2 {
		t.Fatalf("%d functions", len(functions))
	}
	for name, f := range functions {
		logging, _ := f["LoggingConfig"].(document)
		group := strings.TrimSuffix(name, "Function") + "LogGroup"
		want := document{"LogFormat": "JSON", "LogGroup": "${" + group + "}", "SystemLogLevel": "WARN", "ApplicationLogLevel": "INFO"}
		if !same(logging, want) {
			t.Errorf("%s logs as %v", name, logging)
		}
		if at(s.present[group], "Properties", "RetentionInDays") == nil {
			t.Errorf("%s keeps its log for ever", name)
		}
		if f["Runtime"] != "provided.al2023" || f["Timeout"] != 30.0 || at(f, "Architectures", 0) != "arm64" {
			t.Errorf("%s runs as %v, %v, %v", name, f["Runtime"], f["Timeout"], f["Architectures"])
		}
		if f["ReservedConcurrentExecutions"] != nil || f["FunctionName"] != nil {
			t.Errorf("%s takes from the account, or has a name of its own: %v", name, f)
		}
	}
}

// TestSourceBuildsWholeTree: sam build sees internal/ only from the root.
func TestSourceBuildsWholeTree(t *testing.T) {
	for name, dir := range map[string]string{"ClassifyFunction": "functions/classify", "TickFunction": "functions/tick"} {
		r := source(t)["Resources"].(document)[name].(document)
		p := properties(r)
		if p["CodeUri"] != "." || p["Handler"] != dir || at(r, "Metadata", "BuildMethod") != "go1.x" {
			t.Errorf("%s is built from %v, %v, by %v", name, p["CodeUri"], p["Handler"], at(r, "Metadata", "BuildMethod"))
		}
	}
}

// TestFailedEvents: a batch is tried as often as Lambda can, and then kept.
func TestFailedEvents(t *testing.T) {
	s := stackOf(t, "one")
	want := document{
		"FunctionName": "${ClassifyFunction}", "Qualifier": "$LATEST",
		"MaximumRetryAttempts": 2.0, "MaximumEventAgeInSeconds": 21600.0,
		"DestinationConfig": document{"OnFailure": document{"Destination": "${FailedEventsBucket.Arn}"}},
	}
	if got := properties(s.present["ClassifyFunctionEventInvokeConfig"]); !same(got, want) {
		t.Errorf("got %v", got)
	}
	bucket := properties(s.present["FailedEventsBucket"])
	for _, name := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
		if at(bucket, "PublicAccessBlockConfiguration", name) != true {
			t.Errorf("the bucket lacks %s", name)
		}
	}
	if at(bucket, "LifecycleConfiguration", "Rules", 0, "ExpirationInDays") != 30.0 {
		t.Error("the bucket does not empty itself after 30 days")
	}
	if bucket["BucketEncryption"] == nil {
		t.Error("the bucket does not say how it is encrypted")
	}
}

// TestWhatIsKept: what has been learnt, and what was not read yet, outlives the
// stack; a first deployment that fails leaves nothing behind.
func TestWhatIsKept(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	kept := []string{"FailedEventsBucket", "SourceLogGroup", "Table"}
	for name, r := range s.present {
		keeps := r["DeletionPolicy"] == "RetainExceptOnCreate" && r["UpdateReplacePolicy"] == "Retain"
		if keeps != slices.Contains(kept, name) {
			t.Errorf("%s: DeletionPolicy %v, UpdateReplacePolicy %v", name, r["DeletionPolicy"], r["UpdateReplacePolicy"])
		}
	}
}

// TestSchedule: every five minutes, by a name that no other stack has, with a
// role that serves nothing else.
func TestSchedule(t *testing.T) {
	for name, p := range stackOf(t, "one").ofType("AWS::Scheduler::Schedule") {
		if p["Name"] != "one-tick" || p["ScheduleExpression"] != "rate(5 minutes)" {
			t.Errorf("%s: %v, %v", name, p["Name"], p["ScheduleExpression"])
		}
		if at(p, "Target", "RoleArn") != "${TickScheduleRole.Arn}" || at(p, "Target", "Arn") != "${TickFunction.Arn}" {
			t.Errorf("%s: %v", name, p["Target"])
		}
		if at(p, "Target", "RetryPolicy") == nil {
			t.Errorf("%s is retried for a day", name)
		}
		return
	}
	t.Error("there is no schedule")
}

// TestSubscribers: mails only for people, ban tools only what is theirs.
func TestSubscribers(t *testing.T) {
	want := map[string]document{
		"NoticesByMail": {"TopicArn": "${NoticesTopic}", "Protocol": "email", "Endpoint": needed["Email"],
			"FilterPolicy": document{"verdict": []any{"human"}}},
		"AlarmsByMail": {"TopicArn": "${OperationsTopic}", "Protocol": "email", "Endpoint": needed["Email"]},
		"NoticesToBanTool": {"TopicArn": "${NoticesTopic}", "Protocol": "sqs", "Endpoint": "${BanToolQueue.Arn}",
			"RawMessageDelivery": true, "FilterPolicy": document{"verdict": []any{"tooling"}}},
	}
	s := stackOf(t, "one", toggle{parameters: map[string]string{"BanQueue": "true"}})
	for name, p := range s.ofType("AWS::SNS::Subscription") {
		if !same(p, want[name]) {
			t.Errorf("%s: %v", name, p)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("not subscribed: %v", want)
	}
	other := stackOf(t, "one", toggle{parameters: map[string]string{"AlarmEmail": "night@example.com"}})
	if got := at(other.present["AlarmsByMail"], "Properties", "Endpoint"); got != "night@example.com" {
		t.Errorf("alarms go to %v", got)
	}
}

// TestStream: one poisoned record holds up nobody and is kept.
func TestStream(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	m := properties(s.present["StreamMapping"])
	wanted := document{
		"EventSourceArn": "${Stream.Arn}", "FunctionName": "${ClassifyFunction}", "BisectBatchOnFunctionError": true,
		"FunctionResponseTypes": []any{"ReportBatchItemFailures"}, "MaximumRecordAgeInSeconds": 21600.0,
		"DestinationConfig": document{"OnFailure": document{"Destination": "${FailedEventsBucket.Arn}"}},
	}
	for name, want := range wanted {
		if !same(m[name], want) {
			t.Errorf("%s is %v, want %v", name, m[name], want)
		}
	}
	if !slices.Contains(s.before("StreamMapping"), "StreamPolicy") {
		t.Error("the mapping comes before the function may read the stream")
	}
}

// TestStreamDestination: the senders that were named may send, in order.
func TestStreamDestination(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	d := properties(s.present["StreamDestination"])
	policy := parse(t, d["DestinationPolicy"].(string))
	got := at(policy, "Statement", 0)
	want := document{
		"Effect": "Allow", "Action": "logs:PutSubscriptionFilter",
		"Principal": document{"AWS": []any{"111111111111", "222222222222"}},
		"Resource":  "arn:aws:logs:" + region + ":" + account + ":destination:" + d["DestinationName"].(string),
	}
	if !same(got, want) {
		t.Errorf("got %v", got)
	}
	trust := at(s.present["StreamSenderRole"], "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition", "StringLike", "aws:SourceArn")
	if !same(trust, []any{"arn:*:logs:*:" + account + ":*", "arn:*:logs:*:111111111111:*", "arn:*:logs:*:222222222222:*"}) {
		t.Errorf("CloudWatch Logs may act for %v", trust)
	}
}

// TestTwoStacks: in one account they share no name of anything.
func TestTwoStacks(t *testing.T) {
	one, two := names(stackOf(t, "one", toggles...)), names(stackOf(t, "two", toggles...))
	for where, name := range one {
		if name == two[where] {
			t.Errorf("%s is %q in every stack", where, name)
		}
	}
	if len(one) != 3 {
		t.Errorf("resources with names of their own: %v, want schedule, dashboard and destination", one)
	}
}

// aboutOthers are the properties that end in Name and name something else than
// their own resource, or something inside of it.
var aboutOthers = []string{"PolicyName", "MetricName", "DisplayName", "FunctionName"}

// names are the names that resources are given, rather than get.
func names(s *stack) map[string]string {
	found := map[string]string{}
	for resource, r := range s.present {
		for property, value := range properties(r) {
			text, ok := value.(string)
			given := ok && strings.HasSuffix(property, "Name") && !strings.HasPrefix(text, "${")
			if given && !slices.Contains(aboutOthers, property) && !isLogGroup(s, property, text) {
				found[resource+"."+property] = text
			}
		}
	}
	return found
}

// isLogGroup says whether it is the owner who named it, by a parameter.
func isLogGroup(s *stack, property, name string) bool {
	return property == "LogGroupName" && slices.Contains(slices.Collect(maps.Values(s.parameters)), name)
}
