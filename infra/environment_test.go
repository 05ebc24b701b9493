package infra

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"sshsieve/internal/awstest"
	"sshsieve/internal/config"
)

// byLambda are the variables that Lambda sets itself.
var byLambda = []string{"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_REGION"}

// TestEnvironment: both functions are given what internal/config reads, and
// nothing else but what sam local needs.
func TestEnvironment(t *testing.T) {
	want := slices.DeleteFunc(config.Names(), func(name string) bool { return slices.Contains(byLambda, name) })
	want = append(want, "AWS_ENDPOINT_URL")
	slices.Sort(want)
	s := stackOf(t, "one")
	for name := range s.ofType("AWS::Lambda::Function") {
		env := s.environment(name)
		if got := slices.Sorted(maps.Keys(env)); !slices.Equal(got, want) {
			t.Errorf("%s gets %v, want %v", name, got, want)
		}
		if env["AWS_ENDPOINT_URL"] != "" {
			t.Errorf("%s calls %s", name, env["AWS_ENDPOINT_URL"])
		}
	}
}

// TestConfigurationTakesParameters: what the stack's own bounds let through is no
// fault to the functions, at their defaults and filled in as described.
func TestConfigurationTakesParameters(t *testing.T) {
	filled := toggle{parameters: map[string]string{
		"Fleet": "production web", "Phrase": "blue heron", "GuessingMail": "off", "LearningDays": "90",
		"KnownSources": "198.51.100.0/24,2001:db8::/48", "SharedSources": "192.0.2.7", "AutomationUsers": "ansible, ci",
		"AutomationSources": "203.0.113.0/28", "ServiceUsers": "backup,git", "Scanners": "198.51.100.9", "KeysOnly": "*",
		"Programs": "sshd-patched", "TrustStderr": "true", "Heartbeat": "sshsieve-heartbeat",
		"LogGroup2": "/aws/ec2/auth.log", "LogGroup5": "bastion#1",
	}}
	for _, s := range []*stack{stackOf(t, "one"), stackOf(t, "one", filled)} {
		env := s.environment("ClassifyFunction")
		env["SSHSIEVE_TABLE"], env["SSHSIEVE_NOTICES_TOPIC"] = "one-Table-ABC", "arn:aws:sns:eu-central-1:123456789012:one-NoticesTopic-ABC"
		env["AWS_REGION"] = region
		if _, err := config.FromEnv(func(name string) string { return env[name] }); err != nil {
			t.Errorf("with %v: %v", s.parameters, err)
		}
	}
	for name, choice := range filled.parameters {
		if _, ok := parameters(t)[name]; !ok || choice == "" {
			t.Errorf("there is no parameter %s", name)
		}
	}
}

// TestGuessingMailWords: every word that the parameter offers is known.
func TestGuessingMailWords(t *testing.T) {
	for _, word := range texts(parameters(t)["GuessingMail"]["AllowedValues"]) {
		env := map[string]string{"SSHSIEVE_TABLE": "table", "SSHSIEVE_NOTICES_TOPIC": "arn:aws:sns:eu-central-1:123456789012:topic", "SSHSIEVE_GUESSING_MAIL": word}
		if _, err := config.FromEnv(func(name string) string { return env[name] }); err != nil {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// TestLocalVariables: sam local passes on what the template names, so each is
// named there; and the functions start with them.
func TestLocalVariables(t *testing.T) {
	var local map[string]map[string]string
	readJSON(t, "local.json", &local)
	s := stackOf(t, "one")
	for name := range s.ofType("AWS::Lambda::Function") {
		env := s.environment(name)
		for variable, value := range local[name] {
			if _, ok := env[variable]; !ok {
				t.Errorf("%s: %s is not in the template, so it would not be passed on", name, variable)
			}
			env[variable] = value
		}
		if env["AWS_ENDPOINT_URL"] == "" {
			t.Errorf("%s would call AWS", name)
		}
		if _, err := config.FromEnv(func(name string) string { return env[name] }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		delete(local, name)
	}
	if len(local) > 0 {
		t.Errorf("no such functions: %v", local)
	}
}

// TestLocalTable: the file that `aws dynamodb create-table` is given makes the
// table of the tests, under the name that the functions are told.
func TestLocalTable(t *testing.T) {
	var got, want any
	readJSON(t, "local-table.json", &got)
	schema := awstest.Schema("sshsieve-local")
	text, err := json.Marshal(document{
		"TableName": schema.TableName, "BillingMode": schema.BillingMode, "KeySchema": schema.KeySchema,
		"AttributeDefinitions": schema.AttributeDefinitions, "GlobalSecondaryIndexes": indexes(schema),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if !same(got, want) {
		t.Errorf("local-table.json differs; want\n%s", text)
	}
}

// indexes are a table's, without the members that they do not set.
func indexes(schema *dynamodb.CreateTableInput) []document {
	var list []document
	for _, i := range schema.GlobalSecondaryIndexes {
		list = append(list, document{"IndexName": i.IndexName, "KeySchema": i.KeySchema,
			"Projection": document{"ProjectionType": i.Projection.ProjectionType}})
	}
	return list
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
