package awstest

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Stack creates a CloudFormation stack that makes nothing to speak of, but says
// these outputs and was given these parameters, and returns its name.
func (m *Moto) Stack(t testing.TB, outputs, parameters map[string]string) string {
	t.Helper()
	input := &cloudformation.CreateStackInput{StackName: aws.String(m.name(t)), TemplateBody: aws.String(template(t, outputs, parameters))}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		input.Parameters = append(input.Parameters, types.Parameter{ParameterKey: aws.String(name), ParameterValue: aws.String(parameters[name])})
	}
	if _, err := cloudformation.NewFromConfig(m.Config()).CreateStack(t.Context(), input); err != nil {
		t.Fatalf("create stack: %v", err)
	}
	return *input.StackName
}

// template is one with a resource that costs nothing, since there must be one.
func template(t testing.TB, outputs, parameters map[string]string) string {
	t.Helper()
	type object = map[string]any
	said, given := object{}, object{}
	for name, value := range outputs {
		said[name] = object{"Value": value}
	}
	for name := range parameters {
		given[name] = object{"Type": "String"}
	}
	body, err := json.Marshal(object{
		"Resources": object{"Nothing": object{"Type": "AWS::CloudFormation::WaitConditionHandle"}},
		"Outputs":   said, "Parameters": given,
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
