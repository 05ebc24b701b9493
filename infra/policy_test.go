package infra

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sshsieve/internal/awstest"
	"sshsieve/internal/dynamo"
)

// grants are what a role may do: action to resources.
func (s *stack) grants(role string) map[string][]string {
	s.t.Helper()
	found := map[string][]string{}
	collect := func(policy any) {
		statements, _ := at(policy, "PolicyDocument", "Statement").([]any)
		for _, statement := range statements {
			if at(statement, "Effect") != "Allow" {
				s.t.Errorf("%s: %v", role, statement)
			}
			for _, action := range texts(at(statement, "Action")) {
				found[action] = append(found[action], texts(at(statement, "Resource"))...)
			}
		}
	}
	inline, _ := at(s.present[role], "Properties", "Policies").([]any)
	for _, policy := range inline {
		collect(policy)
	}
	for _, policy := range s.ofType("AWS::IAM::Policy") {
		if slices.Contains(texts(policy["Roles"]), "${"+role+"}") {
			collect(policy)
		}
	}
	if at(s.present[role], "Properties", "ManagedPolicyArns") != nil {
		s.t.Errorf("%s has policies that are not written here", role)
	}
	return found
}

// store are the grants for what both functions share.
func store() map[string][]string {
	granted := map[string][]string{"sns:Publish": {"${NoticesTopic}"}}
	for _, action := range dynamo.Actions {
		granted[action] = []string{"${Table.Arn}"}
	}
	granted["dynamodb:Query"] = []string{"${Table.Arn}", "${Table.Arn}/index/" + dynamo.Index}
	return granted
}

func ownLog(granted map[string][]string, group string) {
	granted["logs:CreateLogStream"] = []string{"${" + group + ".Arn}"}
	granted["logs:PutLogEvents"] = []string{"${" + group + ".Arn}"}
}

// TestLeastPrivilege: each call is granted, nothing more is.
func TestLeastPrivilege(t *testing.T) {
	classify, tick := store(), store()
	ownLog(classify, "ClassifyLogGroup")
	ownLog(tick, "TickLogGroup")
	// Lambda asks for both before it keeps what failed (Lambda Developer Guide,
	// "Capturing records of Lambda asynchronous invocations").
	classify["s3:PutObject"] = []string{"${FailedEventsBucket.Arn}/*"}
	classify["s3:ListBucket"] = []string{"${FailedEventsBucket.Arn}"}
	schedule := map[string][]string{"lambda:InvokeFunction": {"${TickFunction.Arn}"}}

	s := stackOf(t, "one")
	for role, want := range map[string]map[string][]string{
		"ClassifyRole": classify, "TickRole": tick, "TickScheduleRole": schedule,
	} {
		if got := s.grants(role); !same(got, want) {
			t.Errorf("%s may %v\nwant %v", role, got, want)
		}
	}
	if roles := slices.Sorted(maps.Keys(s.ofType("AWS::IAM::Role"))); len(roles) != 3 {
		t.Errorf("roles %v", roles)
	}
}

// TestOptionalGrants: what a parameter brings, it brings with its own grants.
func TestOptionalGrants(t *testing.T) {
	for _, tt := range []struct {
		condition, role string
		want            map[string][]string
	}{
		{"HasKey", "TickRole", map[string][]string{
			"kms:Decrypt": {"arn:aws:kms:eu-central-1:123456789012:key/1234"}, "kms:GenerateDataKey": {"arn:aws:kms:eu-central-1:123456789012:key/1234"}}},
		{"HasStream", "ClassifyRole", map[string][]string{
			"kinesis:DescribeStream": {"${Stream.Arn}"}, "kinesis:DescribeStreamSummary": {"${Stream.Arn}"}, "kinesis:GetRecords": {"${Stream.Arn}"},
			"kinesis:GetShardIterator": {"${Stream.Arn}"}, "kinesis:ListShards": {"${Stream.Arn}"}}},
		{"HasSenders", "StreamSenderRole", map[string][]string{"kinesis:PutRecord": {"${Stream.Arn}"}}},
	} {
		i := slices.IndexFunc(toggles, func(t toggle) bool { return t.condition == tt.condition })
		got := stackOf(t, "one", toggles[i]).grants(tt.role)
		for action := range stackOf(t, "one").grants(tt.role) {
			delete(got, action)
		}
		if !same(got, tt.want) {
			t.Errorf("%s adds for %s: %v, want %v", tt.condition, tt.role, got, tt.want)
		}
	}
}

// TestNoStars: no role may do all of something, or something to all.
func TestNoStars(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	for role := range s.ofType("AWS::IAM::Role") {
		for action, resources := range s.grants(role) {
			for _, r := range resources {
				if strings.Contains(action, "*") || strings.TrimSuffix(r, "/*") == "" || strings.Contains(strings.TrimSuffix(r, "/*"), "*") {
					t.Errorf("%s may %s to %s", role, action, r)
				}
			}
		}
	}
}

// TestGrantsAreTheCallsMade: the methods of the adapters' Client interfaces are
// all that they can call.
func TestGrantsAreTheCallsMade(t *testing.T) {
	for dir, want := range map[string]struct{ service, also string }{
		// A transaction needs what its items need: see the check below.
		"dynamo": {"dynamodb:", "TransactWriteItems"},
		"sns":    {"sns:", ""},
	} {
		var called []string
		for _, method := range clientMethods(t, filepath.Join("../internal", dir)) {
			if method != want.also {
				called = append(called, want.service+method)
			}
		}
		var granted []string
		for action := range store() {
			if strings.HasPrefix(action, want.service) {
				granted = append(granted, action)
			}
		}
		slices.Sort(called)
		slices.Sort(granted)
		if !slices.Equal(called, granted) {
			t.Errorf("internal/%s calls %v, granted is %v", dir, called, granted)
		}
	}
	for _, other := range []string{"types.Delete", "types.ConditionCheck", "types.Update"} {
		if usesName(t, "../internal/dynamo", other) {
			t.Errorf("internal/dynamo has %s in a transaction: is it granted?", other)
		}
	}
}

// sources are a package's files, without its tests.
func sources(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no source in %s, %v", dir, err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// clientMethods are the methods of a package's interface Client.
func clientMethods(t *testing.T, dir string) []string {
	t.Helper()
	var methods []string
	for _, f := range sources(t, dir) {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != "Client" {
				return true
			}
			for _, m := range spec.Type.(*ast.InterfaceType).Methods.List {
				methods = append(methods, m.Names[0].Name)
			}
			return false
		})
	}
	return methods
}

// usesName says whether a package has a name of another one in it.
func usesName(t *testing.T, dir, name string) (found bool) {
	t.Helper()
	pkg, of, _ := strings.Cut(name, ".")
	for _, f := range sources(t, dir) {
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == of {
				id, ok := sel.X.(*ast.Ident)
				found = found || ok && id.Name == pkg
			}
			return true
		})
	}
	return found
}

// TestTopicPolicies: notices come from the two functions alone, alarms from this
// account's CloudWatch.
func TestTopicPolicies(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	want := map[string]document{
		"${NoticesTopic}": {"Effect": "Allow", "Action": "sns:Publish", "Resource": "${NoticesTopic}",
			"Principal": document{"AWS": []any{"${ClassifyRole.Arn}", "${TickRole.Arn}"}}},
		"${OperationsTopic}": {"Effect": "Allow", "Action": "sns:Publish", "Resource": "${OperationsTopic}",
			"Principal": document{"Service": "cloudwatch.amazonaws.com"},
			"Condition": document{"StringEquals": document{"aws:SourceAccount": account}}},
	}
	for name, p := range s.ofType("AWS::SNS::TopicPolicy") {
		topic := texts(p["Topics"])[0]
		if got := at(p, "PolicyDocument", "Statement"); !same(got, []any{want[topic]}) {
			t.Errorf("%s: %v", name, got)
		}
		delete(want, topic)
	}
	if len(want) > 0 {
		t.Errorf("no policy for %v", want)
	}
	if s.present["OperationsTopic"]["Properties"].(document)["KmsMasterKeyId"] != nil {
		t.Error("CloudWatch cannot publish to an operations topic with a key")
	}
}

// TestQueuePolicy: only this topic fills the queue.
func TestQueuePolicy(t *testing.T) {
	s := stackOf(t, "one", toggles...)
	want := []any{document{
		"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "${BanToolQueue.Arn}",
		"Principal": document{"Service": "sns.amazonaws.com"},
		"Condition": document{"ArnEquals": document{"aws:SourceArn": "${NoticesTopic}"}},
	}}
	if got := at(s.present["BanToolQueuePolicy"], "Properties", "PolicyDocument", "Statement"); !same(got, want) {
		t.Errorf("got %v", got)
	}
}

// TestTable: the keys, index and expiry that internal/dynamo works on, and the
// ceiling of its bill.
func TestTable(t *testing.T) {
	table := properties(stackOf(t, "one").present["Table"])
	schema := awstest.Schema("any")
	var keys []any
	for _, k := range schema.KeySchema {
		keys = append(keys, document{"AttributeName": *k.AttributeName, "KeyType": string(k.KeyType)})
	}
	if !same(table["KeySchema"], keys) {
		t.Errorf("keys %v, want %v", table["KeySchema"], keys)
	}
	var attributes []any
	for _, a := range schema.AttributeDefinitions {
		attributes = append(attributes, document{"AttributeName": *a.AttributeName, "AttributeType": string(a.AttributeType)})
	}
	if !same(table["AttributeDefinitions"], attributes) {
		t.Errorf("attributes %v, want %v", table["AttributeDefinitions"], attributes)
	}
	if want := (document{"AttributeName": awstest.Expires, "Enabled": true}); !same(table["TimeToLiveSpecification"], want) {
		t.Errorf("time to live %v", table["TimeToLiveSpecification"])
	}
	if at(table, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled") != true || table["BillingMode"] != string(schema.BillingMode) {
		t.Errorf("recovery %v, billing %v", table["PointInTimeRecoverySpecification"], table["BillingMode"])
	}
	if at(table, "OnDemandThroughput", "MaxWriteRequestUnits") != "200" || at(table, "OnDemandThroughput", "MaxReadRequestUnits") != "200" {
		t.Errorf("ceiling %v", table["OnDemandThroughput"])
	}
	checkIndexes(t, table)
}

func checkIndexes(t *testing.T, table document) {
	t.Helper()
	indexes, _ := table["GlobalSecondaryIndexes"].([]any)
	want := awstest.Schema("any").GlobalSecondaryIndexes
	if len(indexes) != len(want) {
		t.Fatalf("%d indexes, want %d", len(indexes), len(want))
	}
	for i, w := range want {
		var keys []any
		for _, k := range w.KeySchema {
			keys = append(keys, document{"AttributeName": *k.AttributeName, "KeyType": string(k.KeyType)})
		}
		got := indexes[i]
		if at(got, "IndexName") != *w.IndexName || !same(at(got, "KeySchema"), keys) || at(got, "Projection", "ProjectionType") != string(w.Projection.ProjectionType) {
			t.Errorf("index %v, want %v", got, w)
		}
		if at(got, "OnDemandThroughput", "MaxWriteRequestUnits") == nil {
			t.Error("the index has no ceiling")
		}
	}
}
