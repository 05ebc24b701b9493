package stack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

// DefaultName is the name that the README gives a stack.
const DefaultName = "sshsieve"

// Where says which stack. Empty members are left to the environment, as every
// AWS tool reads it.
type Where struct {
	Name            string // of the CloudFormation stack
	Region, Profile string
	// Table is the name of the table of a stack that CloudFormation did not
	// make; then nothing is asked of CloudFormation, and Topic and Function may
	// be empty.
	Table, Topic, Function string
}

// A Stack is what was deployed. It is safe for concurrent use.
type Stack struct {
	Name    string // empty where it was found by its table
	Region  string
	Account string // 12 digits; empty where it was found by its table
	State   string // CloudFormation's word, such as UPDATE_COMPLETE

	Table           *dynamo.Table
	TableName       string
	NoticesTopic    string // ARN
	OperationsTopic string // ARN
	Function        string // the one that reads lines
	Stream          string // ARN of the Kinesis stream; empty: there is none

	Fleet     string
	LogGroups []string
	// Learning is how long a scope is only watched after its first login,
	// SilenceAfter after how long without any line something is wrong.
	Learning, SilenceAfter time.Duration

	subscriptions subscriptionLister
	filters       filterLister
	logs          logReader
	lambda        invoker
}

// What holds where the stack does not say.
const (
	defaultLearning = 7 * 24 * time.Hour
	defaultSilence  = 12 * time.Hour
)

// Find finds a stack. The error says what to do.
func Find(ctx context.Context, where Where) (*Stack, error) {
	sdk, err := load(ctx, where)
	if err != nil {
		return nil, err
	}
	logs := cloudwatchlogs.NewFromConfig(sdk)
	s := &Stack{
		Name: where.Name, Region: sdk.Region, TableName: where.Table, NoticesTopic: where.Topic, Function: where.Function,
		Learning: defaultLearning, SilenceAfter: defaultSilence,
		subscriptions: sns.NewFromConfig(sdk), filters: logs, logs: logs, lambda: lambda.NewFromConfig(sdk),
	}
	if where.Table != "" {
		s.Name = ""
	} else if err := s.describe(ctx, cloudformation.NewFromConfig(sdk)); err != nil {
		return nil, err
	}
	s.Table = dynamo.New(dynamodb.NewFromConfig(sdk), s.TableName)
	return s, nil
}

// attemptTimeout bounds a call that hangs: somebody is waiting at a terminal. A
// function takes 30 s at most to answer a replayed event.
const attemptTimeout = 40 * time.Second

// load reads region and credentials as every AWS tool does.
func load(ctx context.Context, where Where) (aws.Config, error) {
	options := []func(*awsconfig.LoadOptions) error{
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(attemptTimeout)),
	}
	if where.Region != "" {
		options = append(options, awsconfig.WithRegion(where.Region))
	}
	if where.Profile != "" {
		options = append(options, awsconfig.WithSharedConfigProfile(where.Profile))
	}
	sdk, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return sdk, fmt.Errorf("AWS configuration: %w", err)
	}
	if sdk.Region == "" {
		return sdk, errors.New("no AWS region: say which with --region, or set AWS_REGION")
	}
	if _, err := sdk.Credentials.Retrieve(ctx); err != nil {
		return sdk, &Advice{Do: "no AWS credentials: run aws sso login or aws configure, or say which with --profile", Err: err}
	}
	return sdk, nil
}

// A describer is what of *cloudformation.Client is called.
type describer interface {
	DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error)
}

// describe reads the stack's outputs and parameters.
func (s *Stack) describe(ctx context.Context, client describer) error {
	out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &s.Name})
	if err != nil {
		return s.noStack(err)
	}
	if len(out.Stacks) != 1 {
		return fmt.Errorf("stack %q: CloudFormation names %d of this name", s.Name, len(out.Stacks))
	}
	return s.read(&out.Stacks[0])
}

// read takes over what a stack says of itself.
func (s *Stack) read(made *types.Stack) error {
	s.State = string(made.StackStatus)
	s.Account = accountOf(aws.ToString(made.StackId))
	outputs := outputsOf(made)
	s.TableName = outputs["Table"]
	s.NoticesTopic, s.OperationsTopic = outputs["NoticesTopic"], outputs["OperationsTopic"]
	s.Function, s.Stream = outputs["ClassifyFunction"], outputs["Stream"]
	if s.TableName == "" {
		return &Advice{Do: fmt.Sprintf("stack %q (%s) has no output Table, so it is none of sshsieve's, or it was never finished: see aws cloudformation describe-stack-events --stack-name %s",
			s.Name, s.State, s.Name)}
	}
	s.readParameters(parametersOf(made))
	return nil
}

func (s *Stack) readParameters(values map[string]string) {
	s.Fleet = values["Fleet"]
	for _, name := range []string{"LogGroup", "LogGroup2", "LogGroup3", "LogGroup4", "LogGroup5"} {
		if group := values[name]; group != "" {
			s.LogGroups = append(s.LogGroups, group)
		}
	}
	if days, err := strconv.Atoi(values["LearningDays"]); err == nil && days > 0 {
		s.Learning = time.Duration(days) * 24 * time.Hour
	}
	if hours, err := strconv.Atoi(values["SilenceHours"]); err == nil && hours > 0 {
		s.SilenceAfter = time.Duration(hours) * time.Hour
	}
}

func outputsOf(made *types.Stack) map[string]string {
	values := map[string]string{}
	for _, o := range made.Outputs {
		values[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return values
}

func parametersOf(made *types.Stack) map[string]string {
	values := map[string]string{}
	for _, p := range made.Parameters {
		values[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	return values
}

// accountOf reads "arn:aws:cloudformation:REGION:ACCOUNT:stack/…".
func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// origins are those of which the stack itself says that it reads them.
func (s *Stack) origins() (origins []watch.Origin) {
	if s.Fleet != "" {
		return []watch.Origin{{Account: s.Account, Fleet: s.Fleet}}
	}
	for _, group := range s.LogGroups {
		origins = append(origins, watch.Origin{Account: s.Account, LogGroup: group})
	}
	return origins
}

// scopesFrom is how far back it is looked for scopes that wrote.
const scopesFrom = 24 * time.Hour

// Scopes are what is remembered apart: those of the stack's own log groups, and
// those that wrote in the last day, such as other accounts'. Sorted.
func (s *Stack) Scopes(ctx context.Context, now time.Time) ([]watch.Scope, error) {
	rows, err := watch.Rows(ctx, s.Table, now.Add(-scopesFrom), now.Add(time.Hour))
	if err != nil {
		return nil, s.Explain(err)
	}
	return s.scopes(rows), nil
}

func (s *Stack) scopes(rows []watch.Row) (scopes []watch.Scope) {
	for _, o := range s.origins() {
		scopes = append(scopes, o.Scope())
	}
	for _, row := range rows {
		scopes = append(scopes, row.Scope)
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}
