package sns

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"sshsieve/internal/notice"
	"sshsieve/internal/watch"
)

// Client is what is used of *sns.Client.
type Client interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// A Topic tells the subscribers of an SNS topic. It is safe for concurrent use.
type Topic struct {
	client Client
	arn    string
}

var _ watch.Notifier = (*Topic)(nil)

// New returns a Topic that publishes to topicARN.
func New(client Client, topicARN string) *Topic { return &Topic{client, topicARN} }

// Notify publishes a Notice. It never fails for a Notice's size or characters:
// what SNS would not take is cut or replaced. An error says that it may not have
// been published; it is watch.ErrRefused where publishing the same again would
// be refused again. Where the SDK had to try again after a time-out, it may have
// been published twice.
func (t *Topic) Notify(ctx context.Context, n notice.Notice) error {
	input, err := t.input(n)
	if err == nil {
		_, err = t.client.Publish(ctx, input)
	}
	if err == nil {
		return nil
	}
	if forEver(err) {
		err = fmt.Errorf("%w: %w", watch.ErrRefused, err)
	}
	return fmt.Errorf("publish a notice of %s/%s to %s: %w", n.Rule, n.Reason, t.arn, err)
}

func (t *Topic) input(n notice.Notice) (*sns.PublishInput, error) {
	message, err := fit(n)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", watch.ErrRefused, err)
	}
	return &sns.PublishInput{
		TopicArn: aws.String(t.arn), MessageStructure: aws.String("json"),
		Subject: aws.String(subject(n.Subject)), Message: aws.String(message),
		MessageAttributes: attributes(n),
	}, nil
}

// maxSubject and the characters of a subject: "must be ASCII text that begins
// with a letter, number, or punctuation mark; must not include line breaks or
// control characters; and must be less than 100 characters long" (SNS API
// Reference, Publish). The API model of today allows UTF-8; ASCII is what every
// version of that text takes.
const maxSubject = 99

// subject is what notice writes, which keeps these rules already: a subject that
// SNS refused would cost the whole Notice.
func subject(s string) string {
	if s = strings.TrimSpace(plain(s, maxSubject)); s == "" {
		return "[sshsieve]"
	}
	return s
}

// maxAttribute bounds the value of one attribute, in bytes; they count towards a
// message's size.
const maxAttribute = 256

// attributes are strings; SNS takes none that is empty.
func attributes(n notice.Notice) map[string]types.MessageAttributeValue {
	list := map[string]types.MessageAttributeValue{}
	for name, value := range n.Attributes() {
		if value = plain(value, maxAttribute); value != "" {
			list[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
		}
	}
	return list
}

// plain is printable ASCII, "?" in place of all else, at most so many bytes.
func plain(s string, most int) string {
	b := []byte(s[:min(len(s), most)])
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}
