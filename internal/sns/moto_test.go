package sns

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"sshsieve/internal/awstest"
	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

// TestNotifierContractAgainstMoto: a far end that answers by HTTP. It refuses for
// ever what a FIFO topic lacks, and for now what is published to no topic.
func TestNotifierContractAgainstMoto(t *testing.T) {
	m := awstest.Start(t)
	watchtest.TestNotifier(t, func(t *testing.T, a watchtest.Answer) watch.Notifier {
		client := sns.NewFromConfig(m.Config())
		arn, _ := m.Topic(t)
		switch a {
		case watchtest.Refuses:
			topic, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("x.fifo"), Attributes: map[string]string{"FifoTopic": "true"}})
			if err != nil {
				t.Fatal(err)
			}
			arn = *topic.TopicArn
		case watchtest.Fails:
			arn += "-gone"
		}
		return New(client, arn)
	})
}

// TestSubscribers: the queue of people gets what is for people, a ban tool's
// what is for tools, and one without a filter all of it.
func TestSubscribers(t *testing.T) {
	m := awstest.Start(t)
	arn, all := m.Topic(t)
	people, tools := m.Queue(t, arn, `{"verdict":["human"]}`), m.Queue(t, arn, `{"verdict":["tooling"]}`)
	web2 := m.Queue(t, arn, `{"host":["web-2"]}`)
	topic := New(sns.NewFromConfig(m.Config()), arn)
	for _, n := range []notice.Notice{sample(), tooling()} {
		if err := topic.Notify(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		why  string
		got  []awstest.Message
		want []notice.Notice
	}{
		{"people", people(), []notice.Notice{sample()}},
		{"ban tools", tools(), []notice.Notice{tooling()}},
		{"another host's", web2(), nil},
	} {
		if len(c.got) != len(c.want) {
			t.Errorf("%s got %d messages, want %d", c.why, len(c.got), len(c.want))
			continue
		}
		for i := range c.got {
			compare(t, c.why, c.got[i], c.want[i])
		}
	}
	if got := all(); len(got) != 2 {
		t.Errorf("without a filter %d messages came", len(got))
	}
}

func compare(t *testing.T, why string, got awstest.Message, want notice.Notice) {
	t.Helper()
	document, err := json.Marshal(want)
	if err != nil || got.Body != string(document) || got.Subject != want.Subject {
		t.Errorf("%s got %q %s\nwant %q %s", why, got.Subject, got.Body, want.Subject, document)
	}
	for name, value := range want.Attributes() {
		if got.Attributes[name] != value {
			t.Errorf("%s: attribute %s is %q, want %q", why, name, got.Attributes[name], value)
		}
	}
}

// TestLargest: what the bound lets through is taken. That moto has SNS's own
// bound is the next test.
func TestLargest(t *testing.T) {
	m := awstest.Start(t)
	arn, drain := m.Topic(t)
	topic := New(sns.NewFromConfig(m.Config()), arn)
	n := sample()
	for len(n.Text) < maxMessage { // the mail is in the message twice
		n.Text += sample().Text
	}
	if err := topic.Notify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if got := drain(); len(got) != 1 {
		t.Errorf("%d messages came", len(got))
	}
}

// TestMotoRefusesTooLong: what is beyond the bound is refused for ever.
func TestMotoRefusesTooLong(t *testing.T) {
	m := awstest.Start(t)
	arn, _ := m.Topic(t)
	_, err := sns.NewFromConfig(m.Config()).Publish(t.Context(), &sns.PublishInput{
		TopicArn: &arn, Message: aws.String(string(make([]byte, 262_145))),
	})
	if err == nil || !forEver(err) {
		t.Errorf("got %v", err)
	}
}
