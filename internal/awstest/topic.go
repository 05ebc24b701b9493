package awstest

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// A Message is what a subscriber of a topic got.
type Message struct {
	Subject    string
	Body       string            // for SQS, where the message was for each protocol its own
	Attributes map[string]string // their values, whatever their types
}

// Topic creates an SNS topic and a queue that is subscribed to it. It returns
// the topic's ARN and Queue's function.
func (m *Moto) Topic(t testing.TB) (arn string, drain func() []Message) {
	t.Helper()
	topic, err := sns.NewFromConfig(m.Config()).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String(m.name(t))})
	if err != nil {
		t.Fatalf("create topic: %v", err)
	}
	return *topic.TopicArn, m.Queue(t, *topic.TopicArn, "")
}

// Queue subscribes one more queue to a topic, with a filter policy in JSON where
// it is not empty. The function that it returns takes what has come, in no order,
// out of the queue.
func (m *Moto) Queue(t testing.TB, topicARN, filterPolicy string) (drain func() []Message) {
	t.Helper()
	client, name := sqs.NewFromConfig(m.Config()), m.name(t)
	queue, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatalf("create queue: %v", err)
	}
	subscribe := &sns.SubscribeInput{
		TopicArn: &topicARN, Protocol: aws.String("sqs"),
		Endpoint: aws.String("arn:aws:sqs:" + Region + ":" + Account + ":" + name),
	}
	if filterPolicy != "" {
		subscribe.Attributes = map[string]string{"FilterPolicy": filterPolicy}
	}
	if _, err := sns.NewFromConfig(m.Config()).Subscribe(t.Context(), subscribe); err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return func() []Message { t.Helper(); return drainQueue(t, client, *queue.QueueUrl) }
}

func drainQueue(t testing.TB, client *sqs.Client, url string) (messages []Message) {
	t.Helper()
	for {
		got, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatalf("receive: %v", err)
		}
		if len(got.Messages) == 0 {
			return messages
		}
		for _, raw := range got.Messages {
			messages = append(messages, open(t, raw))
			if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: raw.ReceiptHandle}); err != nil {
				t.Fatalf("delete message: %v", err)
			}
		}
	}
}

// open takes a message out of the envelope that SNS puts around it (SNS
// Developer Guide, "Amazon SNS message format").
func open(t testing.TB, raw sqstypes.Message) Message {
	t.Helper()
	var envelope struct {
		Subject, Message  string
		MessageAttributes map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(*raw.Body), &envelope); err != nil {
		t.Fatalf("message of no envelope: %v", err)
	}
	m := Message{Subject: envelope.Subject, Body: envelope.Message, Attributes: map[string]string{}}
	for name, attribute := range envelope.MessageAttributes {
		m.Attributes[name] = attribute.Value
	}
	return m
}
