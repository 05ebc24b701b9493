package awstest_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"sshsieve/internal/awstest"
)

// TestTable: two are apart, and look as Schema says.
func TestTable(t *testing.T) {
	m := awstest.Start(t)
	one, two := m.Table(t), m.Table(t)
	if one == two {
		t.Fatalf("two tables are named %s", one)
	}
	d, err := dynamodb.NewFromConfig(m.Config()).DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &one})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Table; len(got.KeySchema) != 2 || len(got.GlobalSecondaryIndexes) != 1 || *got.GlobalSecondaryIndexes[0].IndexName != "listed" {
		t.Errorf("made %+v", got)
	}
}

// TestTopic: what is published arrives once, at those who want it.
func TestTopic(t *testing.T) {
	m := awstest.Start(t)
	arn, drain := m.Topic(t)
	humans := m.Queue(t, arn, `{"verdict":["human"]}`)
	_, others := m.Topic(t)
	publish(t, m, arn, "human")
	publish(t, m, arn, "tooling")
	got := drain()
	if len(got) != 2 || got[0].Subject != "subject" || got[0].Body != `{"for":"machines"}` || got[0].Attributes["verdict"] == "" {
		t.Errorf("the first queue got %+v", got)
	}
	if got := humans(); len(got) != 1 || got[0].Attributes["verdict"] != "human" {
		t.Errorf("the queue with a filter got %+v", got)
	}
	if got := append(drain(), others()...); len(got) != 0 {
		t.Errorf("twice, or elsewhere: %+v", got)
	}
}

func publish(t *testing.T, m *awstest.Moto, arn, verdict string) {
	t.Helper()
	_, err := sns.NewFromConfig(m.Config()).Publish(t.Context(), &sns.PublishInput{
		TopicArn: &arn, Subject: aws.String("subject"), MessageStructure: aws.String("json"),
		Message: aws.String(`{"default":"text","sqs":"{\"for\":\"machines\"}"}`),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"verdict": {DataType: aws.String("String"), StringValue: &verdict},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// childEnv tells a test binary that it is to start a server and to be killed.
const childEnv = "SSHSIEVE_AWSTEST_CHILD"

// TestChild is the process of TestServerDiesWithItsBinary.
func TestChild(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		t.Skip("is run by TestServerDiesWithItsBinary")
	}
	_, _ = os.Stdout.WriteString(awstest.Start(t).Env()[0] + "\n")
	select {}
}

// TestServerDiesWithItsBinary: also with one that is killed, which runs no
// clean-up.
func TestServerDiesWithItsBinary(t *testing.T) {
	awstest.Start(t) // skips where there is none
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"=yes")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := out.Read(buf)
	endpoint, ok := strings.CutPrefix(strings.TrimSpace(string(buf[:n])), "AWS_ENDPOINT_URL=")
	if err != nil || !ok {
		t.Fatalf("the child said %q, %v", buf[:n], err)
	}
	answers(t, endpoint, true)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	answers(t, endpoint, false)
}

// answers waits until a server does, or does not, answer.
func answers(t *testing.T, endpoint string, want bool) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		resp, err := client.Get(endpoint)
		if err == nil {
			_ = resp.Body.Close() // nothing is read
		}
		if (err == nil) == want {
			return
		}
	}
	t.Errorf("%s answers: want %v", endpoint, want)
}
