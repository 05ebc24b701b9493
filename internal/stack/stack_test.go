package stack

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"

	"sshsieve/internal/attention"
	"sshsieve/internal/awstest"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// setenv is the environment of a process that asks this server and nobody else.
func setenv(t *testing.T, env ...string) {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "") // restored after the test
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	env = append(env, "AWS_CONFIG_FILE=/nonexistent", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent", "AWS_EC2_METADATA_DISABLED=true")
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
}

// deploy makes a stack on moto_server, and its table.
func deploy(t *testing.T, parameters map[string]string) (name, table, topic string) {
	t.Helper()
	m := awstest.Start(t)
	setenv(t, m.Env()...)
	table = m.Table(t)
	topic, _ = m.Topic(t)
	outputs := map[string]string{"Table": table, "NoticesTopic": topic, "OperationsTopic": topic, "ClassifyFunction": "stack-Classify-1A"}
	return m.Stack(t, outputs, parameters), table, topic
}

func TestFindReadsOutputsAndParameters(t *testing.T) {
	name, table, topic := deploy(t, map[string]string{"LogGroup": "/var/log/secure", "LogGroup2": "/ecs/jump", "Fleet": "", "LearningDays": "30", "SilenceHours": "48"})
	s, err := Find(t.Context(), Where{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	if s.TableName != table || s.NoticesTopic != topic || s.Function != "stack-Classify-1A" || s.Account != awstest.Account || s.Region != awstest.Region {
		t.Errorf("found %+v", s)
	}
	if s.Learning != 30*24*time.Hour || s.SilenceAfter != 48*time.Hour {
		t.Errorf("learns for %v, silent after %v: want what the parameters say", s.Learning, s.SilenceAfter)
	}
	want := []watch.Scope{"123456789012:/ecs/jump", "123456789012:/var/log/secure"}
	if got, err := s.Scopes(t.Context(), noon); err != nil || !slices.Equal(got, want) {
		t.Errorf("scopes %v, %v; want %v", got, err, want)
	}
}

// Each way in which a stack is not found says what to do.
func TestFindSaysWhatToDo(t *testing.T) {
	m := awstest.Start(t)
	other := m.Stack(t, map[string]string{"Queue": "q"}, nil)
	without := func(name string) []string {
		return slices.DeleteFunc(m.Env(), func(pair string) bool { return strings.HasPrefix(pair, name) })
	}
	for _, test := range []struct {
		why   string
		env   []string
		where Where
		want  string
	}{
		{"no such stack", m.Env(), Where{Name: "nowhere"}, `there is no stack "nowhere" in eu-central-1: say which with --stack and --region`},
		{"it is in another region", m.Env(), Where{Name: other, Region: "us-east-1"}, "in us-east-1: say which"},
		{"a stack of something else", m.Env(), Where{Name: other}, "has no output Table"},
		{"no region", without("AWS_REGION"), Where{Name: other}, "--region, or set AWS_REGION"},
		{"no credentials", without("AWS_ACCESS_KEY_ID"), Where{Name: other}, "aws sso login"},
		{"no such profile", m.Env(), Where{Name: other, Profile: "work"}, "work"},
		{"nobody answers", []string{"AWS_ENDPOINT_URL=http://127.0.0.1:9", "AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_MAX_ATTEMPTS=1"},
			Where{Name: other}, `AWS does not answer in region "eu-central-1"`},
	} {
		t.Run(test.why, func(t *testing.T) {
			setenv(t, test.env...)
			_, err := Find(t.Context(), test.where)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("says %v, want %q", err, test.want)
			}
		})
	}
}

// refusing is an AWS that answers each call with the same error, in the shape
// that the service which is asked has.
func refusing(t *testing.T, status int, code string) []string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "" && !strings.Contains(r.URL.Path, "/functions/") {
			w.Header().Set("Content-Type", "text/xml")
			w.WriteHeader(status)
			w.Write([]byte(`<ErrorResponse><Error><Type>Sender</Type><Code>` + code + `</Code><Message>no</Message></Error></ErrorResponse>`))
			return
		}
		w.Header().Set("X-Amzn-Errortype", code)
		w.WriteHeader(status)
		w.Write([]byte(`{"__type":"` + code + `","message":"no"}`))
	}))
	t.Cleanup(server.Close)
	return []string{"AWS_ENDPOINT_URL=" + server.URL, "AWS_REGION=eu-central-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "AWS_MAX_ATTEMPTS=1"}
}

// A refusal names the action that has to be granted, by IAM's name.
func TestRefusalNamesTheAction(t *testing.T) {
	byTable := Where{Table: "some-table", Topic: "arn:aws:sns:eu-central-1:123456789012:n", Function: "f"}
	for _, test := range []struct {
		why, code string
		call      func(context.Context) error
		want      string
	}{
		{"the first call", "AccessDenied", func(ctx context.Context) error { _, err := Find(ctx, Where{Name: "s"}); return err }, "cloudformation:DescribeStacks"},
		{"the table", "AccessDeniedException", func(ctx context.Context) error {
			s, err := Find(ctx, byTable)
			if err == nil {
				_, err = s.Status(ctx, noon)
			}
			return err
		}, "dynamodb:Query"},
		{"the topic", "AuthorizationError", func(ctx context.Context) error {
			s, err := Find(ctx, byTable)
			if err == nil {
				_, _, err = s.Subscriptions(ctx)
			}
			return err
		}, "sns:ListSubscriptionsByTopic"},
		{"the function", "AccessDeniedException", func(ctx context.Context) error {
			s, err := Find(ctx, byTable)
			if err == nil {
				err = s.Replay(ctx, []byte(`{}`))
			}
			return err
		}, "lambda:InvokeFunction"},
	} {
		t.Run(test.why, func(t *testing.T) {
			setenv(t, refusing(t, 403, test.code)...)
			err := test.call(t.Context())
			if err == nil || !strings.Contains(err.Error(), "not allowed "+test.want+":") {
				t.Errorf("says %v, want the action %s", err, test.want)
			}
		})
	}
}

func TestExpiredCredentialsAndLostTable(t *testing.T) {
	for code, want := range map[string]string{
		"ExpiredTokenException":       "they have expired",
		"UnrecognizedClientException": "or are wrong",
		"ResourceNotFoundException":   "dynamodb:Query asks for in eu-central-1",
	} {
		setenv(t, refusing(t, 400, code)...)
		s, err := Find(t.Context(), Where{Table: "lost"})
		if err == nil {
			_, err = s.Status(t.Context(), noon)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: says %v, want %q", code, err, want)
		}
	}
}

// fakes of what moto_server does not play, or not as AWS does.
type fakeTopics map[string][]snstypes.Subscription

func (f fakeTopics) ListSubscriptionsByTopic(_ context.Context, in *sns.ListSubscriptionsByTopicInput, _ ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error) {
	list, ok := f[*in.TopicArn]
	if !ok {
		return nil, errors.New("no such topic")
	}
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: list}, nil
}

type fakeFilters map[string]string // destinations by log group

func (f fakeFilters) DescribeSubscriptionFilters(_ context.Context, in *cloudwatchlogs.DescribeSubscriptionFiltersInput, _ ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeSubscriptionFiltersOutput, error) {
	destination, ok := f[*in.LogGroupName]
	if !ok {
		return nil, &logtypes.ResourceNotFoundException{}
	}
	out := &cloudwatchlogs.DescribeSubscriptionFiltersOutput{}
	if destination != "" {
		out.SubscriptionFilters = []logtypes.SubscriptionFilter{{FilterName: aws.String("sshsieve"), DestinationArn: &destination}}
	}
	return out, nil
}

func subscriber(protocol, endpoint, arn string) snstypes.Subscription {
	return snstypes.Subscription{Protocol: &protocol, Endpoint: &endpoint, SubscriptionArn: &arn}
}

const functionARN = "arn:aws:lambda:eu-central-1:123456789012:function:classify"

// wellDeployed is a stack of which nothing is wrong, over a table on moto_server.
func wellDeployed(t *testing.T) *Stack {
	t.Helper()
	m := awstest.Start(t)
	table := dynamo.New(dynamodb.NewFromConfig(m.Config()), m.Table(t))
	table.Now = func() time.Time { return noon }
	mail := subscriber("email", "ops@example.com", "arn:aws:sns:eu-central-1:123456789012:n:1")
	s := &Stack{
		Name: "sshsieve", Region: "eu-central-1", Account: "123456789012", State: "UPDATE_COMPLETE",
		Table: table, TableName: "t", NoticesTopic: "n", OperationsTopic: "o", Function: "classify",
		LogGroups: []string{"/var/log/secure"}, Learning: defaultLearning, SilenceAfter: defaultSilence,
		subscriptions: fakeTopics{"n": {mail}, "o": {mail}}, filters: fakeFilters{"/var/log/secure": functionARN},
	}
	receive(t, s, noon.Add(-3*time.Minute))
	fold(t, s)
	return s
}

const scope = watch.Scope("123456789012:/var/log/secure")

func receive(t *testing.T, s *Stack, at time.Time) {
	t.Helper()
	_, err := s.Table.Receive(t.Context(), watch.Receipt{
		Scope: scope, Bucket: watch.BucketOf(at), Batch: at.String(), Hosts: []string{"web-1", "web-2"}, Newest: at, Arrived: at,
		Counts: watch.Counts{Lines: 7},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func fold(t *testing.T, s *Stack) {
	t.Helper()
	if _, err := s.Table.Fold(t.Context(), noon.Add(-3*24*time.Hour), noon.Add(time.Hour), func(watch.Row) {}); err != nil {
		t.Fatal(err)
	}
}

// find puts an Entry into the table.
func find(t *testing.T, s *Stack, e watch.Entry) {
	t.Helper()
	e.Origin = watch.Origin{Account: "123456789012", LogGroup: "/var/log/secure"}
	key := watch.Key{Scope: scope, Of: attention.Key{Kind: attention.User, Name: "alice"}}
	_, err := s.Table.Update(t.Context(), key, func(past attention.History) (attention.History, []watch.Entry) { return past, []watch.Entry{e} })
	if err == nil && e.State.Settled() {
		err = s.Table.Settle(t.Context(), []string{e.ID}, e.State)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// finding is of an hour ago and was found so long before noon. A tick has just
// leased it, as each does with what is stuck.
func finding(id string, severity attention.Severity, state watch.State, before time.Duration) watch.Entry {
	return watch.Entry{ID: id, Found: noon.Add(-before), Due: noon.Add(45 * time.Second), State: state,
		Finding: attention.Finding{Rule: "login", Reason: "new-key", Severity: severity, At: noon.Add(-time.Hour)}}
}

func statusOf(t *testing.T, s *Stack) Status {
	t.Helper()
	status, err := s.Status(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func TestStatusOfAStackThatIsWell(t *testing.T) {
	s := wellDeployed(t)
	find(t, s, finding("a", attention.High, watch.Told, time.Hour))
	find(t, s, finding("b", attention.Medium, watch.Pending, 19*time.Minute))
	for id, state := range map[string]watch.State{"c": watch.Told, "d": watch.Muted} {
		ban := finding(id, attention.Ban, state, 2*time.Hour)
		ban.Finding.Source = netip.MustParseAddr("203.0.113.66")
		find(t, s, ban)
	}
	status := statusOf(t, s)
	if len(status.Problems)+len(status.Unknown) > 0 {
		t.Errorf("problems %q, unknown %q; want none", status.Problems, status.Unknown)
	}
	if status.Waiting != 1 || status.Overdue != 0 || !maps.Equal(status.Told, map[string]int{"high": 1, attention.Ban.String(): 1}) {
		t.Errorf("%d waiting, %d overdue, told %v", status.Waiting, status.Overdue, status.Told)
	}
	if len(status.Scopes) != 1 {
		t.Fatalf("scopes %v, want one", status.Scopes)
	}
	if got := status.Scopes[0]; got.Lines != 7 || got.Hosts != 2 || !got.LastBatch.Equal(noon.Add(-3*time.Minute)) {
		t.Errorf("scope %+v", got)
	}
}

// Each thing that can be wrong is said, and nothing else.
func TestStatusSaysWhatIsWrong(t *testing.T) {
	pending := subscriber("email", "ops@example.com", "PendingConfirmation")
	for _, test := range []struct {
		why    string
		damage func(*testing.T, *Stack)
		want   string
	}{
		{"SNS's link was not clicked", func(t *testing.T, s *Stack) { s.subscriptions.(fakeTopics)["n"] = []snstypes.Subscription{pending} },
			"UNCONFIRMED: nobody gets mail at ops@example.com (notices)"},
		{"nobody is subscribed", func(t *testing.T, s *Stack) { s.subscriptions.(fakeTopics)["n"] = nil }, "NOBODY is subscribed to the topic for notices"},
		{"the mail's subscription was deleted, the ban tool's queue is left", func(t *testing.T, s *Stack) {
			s.subscriptions.(fakeTopics)["n"] = []snstypes.Subscription{subscriber("sqs", "arn:aws:sqs:eu-central-1:123456789012:q", "arn:aws:sns:eu-central-1:123456789012:n:2")}
		}, "NOBODY gets mail: only a queue is subscribed to the topic for notices"},
		{"the ban tool's queue is not confirmed", func(t *testing.T, s *Stack) {
			s.subscriptions.(fakeTopics)["n"] = append(s.subscriptions.(fakeTopics)["n"], subscriber("https", "https://ban.example.com", "PendingConfirmation"))
		}, "the subscription of https://ban.example.com"},
		{"the filter was taken away", func(t *testing.T, s *Stack) { s.filters = fakeFilters{"/var/log/secure": ""} }, "no subscription filter sends the lines of /var/log/secure"},
		{"the filter feeds another function", func(t *testing.T, s *Stack) { s.filters = fakeFilters{"/var/log/secure": functionARN + "-old"} }, "no subscription filter"},
		{"the log group was deleted", func(t *testing.T, s *Stack) { s.filters = fakeFilters{} }, "there is no log group /var/log/secure"},
		{"the last deployment failed", func(t *testing.T, s *Stack) { s.State = "UPDATE_ROLLBACK_COMPLETE" }, "the last deployment failed (UPDATE_ROLLBACK_COMPLETE)"},
		{"SNS refused", func(t *testing.T, s *Stack) { find(t, s, finding("x", attention.High, watch.Failed, time.Hour)) }, "SNS refused 1 findings"},
		{"nobody tells", func(t *testing.T, s *Stack) {
			find(t, s, finding("x", attention.High, watch.Pending, 21*time.Minute))
		}, "1 findings should have been told"},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := wellDeployed(t)
			test.damage(t, s)
			status := statusOf(t, s)
			if len(status.Problems) != 1 || !strings.Contains(status.Problems[0], test.want) {
				t.Errorf("problems %q, want one: %q", status.Problems, test.want)
			}
		})
	}
}

// What is stuck is leased again and again, for months: it is overdue by its age.
func TestOverdue(t *testing.T) {
	const wait = 10 * time.Minute // attention waits as long for others of a cause
	for _, test := range []struct {
		why    string
		state  watch.State
		before time.Duration
		wait   time.Duration
		want   int
	}{
		{"the tick will come", watch.Pending, toldWithin, 0, 0},
		{"ticks came and did not tell it", watch.Pending, toldWithin + time.Second, 0, 1},
		{"stuck for longer than a status looks back", watch.Pending, 40 * 24 * time.Hour, 0, 1},
		{"it waits for others", watch.Pending, toldWithin + 2*wait, wait, 0},
		{"it waited for others", watch.Pending, toldWithin + 2*wait + time.Second, wait, 1},
		{"the next summary will tell it", watch.Held, toldWithin + heldWithin, 0, 0},
		{"no summary told it", watch.Held, 40 * 24 * time.Hour, 0, 1},
		{"it was told", watch.Told, 2 * time.Hour, 0, 0},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := wellDeployed(t)
			e := finding("x", attention.Medium, test.state, test.before)
			e.Finding.Wait = test.wait
			find(t, s, e)
			if status := statusOf(t, s); status.Overdue != test.want || len(status.Problems) != test.want {
				t.Errorf("%d overdue, problems %q; want %d", status.Overdue, status.Problems, test.want)
			}
		})
	}
}

func TestStatusKnowsSilenceFromADeadTick(t *testing.T) {
	for _, test := range []struct {
		why      string
		received []time.Duration // before noon
		fold     bool
		want     string // part of the one problem; empty: there is none
	}{
		{"nothing ever", nil, true, "no line has come for 24 hours, or ever"},
		{"quiet, but not for long", []time.Duration{5 * time.Hour}, true, ""},
		{"quiet for too long", []time.Duration{13 * time.Hour}, true, "no line has come for 13 hours"},
		{"just installed, not folded yet", []time.Duration{time.Minute}, false, ""},
		{"nobody folds", []time.Duration{28 * time.Minute, time.Minute}, false, "the tick stands still"},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := wellDeployed(t)
			m := awstest.Start(t)
			s.Table = dynamo.New(dynamodb.NewFromConfig(m.Config()), m.Table(t))
			s.Table.Now = func() time.Time { return noon }
			for _, before := range test.received {
				receive(t, s, noon.Add(-before))
			}
			if test.fold {
				fold(t, s)
			}
			got := strings.Join(statusOf(t, s).Problems, "; ")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("problems %q, want %q", got, test.want)
			}
		})
	}
}

// What cannot be asked is no problem, and is not kept silent.
func TestStatusSaysWhatItCouldNotAsk(t *testing.T) {
	s := wellDeployed(t)
	s.OperationsTopic, s.subscriptions = "", fakeTopics{}
	status := statusOf(t, s)
	if len(status.Problems) != 0 || len(status.Unknown) != 2 {
		t.Errorf("problems %q, unknown %q; want none, and both topics", status.Problems, status.Unknown)
	}
}

func TestIsOurs(t *testing.T) {
	s := &Stack{Function: "classify", Stream: "arn:aws:kinesis:eu-central-1:123456789012:stream/s"}
	for arn, want := range map[string]bool{
		functionARN: true, functionARN + ":live": true, functionARN + "2": false, "": false, s.Stream: true, s.Stream + "2": false,
	} {
		if got := s.isOurs(arn); got != want {
			t.Errorf("%q is ours: %v, want %v", arn, got, want)
		}
	}
	if (&Stack{}).isOurs("") {
		t.Error("a stack without function takes a filter without destination for its own")
	}
}

// A fakeFunction answers each event the same.
type fakeFunction struct{ out lambda.InvokeOutput }

func (f fakeFunction) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	return &f.out, nil
}

func TestReplayReadsTheAnswer(t *testing.T) {
	for _, test := range []struct {
		why  string
		out  lambda.InvokeOutput
		want string // empty: it was taken
	}{
		{"a subscription's event was taken", lambda.InvokeOutput{Payload: []byte("null")}, ""},
		{"all records of a stream were taken", lambda.InvokeOutput{Payload: []byte(`{"batchItemFailures":[]}`)}, ""},
		{"some were not", lambda.InvokeOutput{Payload: []byte(`{"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"2"}]}`)}, "2 of its records failed"},
		{"the function failed, and its words may be anybody's", lambda.InvokeOutput{FunctionError: aws.String("Unhandled"), Payload: []byte(`{"errorMessage":"no \u001b[2J gzip"}`)}, `no \x1b[2J gzip`},
		{"it died without a word", lambda.InvokeOutput{FunctionError: aws.String("Unhandled"), Payload: []byte(`{}`)}, "see its log"},
	} {
		s := &Stack{Function: "f", lambda: fakeFunction{test.out}}
		err := s.Replay(t.Context(), nil)
		switch {
		case test.want == "" && err != nil, test.want != "" && (!errors.Is(err, ErrFunction) || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", test.why, err, test.want)
		}
	}
	if err := (&Stack{}).Replay(t.Context(), nil); err == nil {
		t.Error("a stack without function took an event")
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Minute: "less than a minute", 59 * time.Second: "less than a minute", 90 * time.Minute: "90 minutes", 47 * time.Hour: "47 hours", 72 * time.Hour: "3 days",
	} {
		if got := Age(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
