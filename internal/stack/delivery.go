package stack

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// A Subscription is one subscriber of a topic.
type Subscription struct {
	Topic    string `json:"topic"` // "notices" or "operations"
	Protocol string `json:"protocol"`
	Endpoint string `json:"endpoint"`
	// Confirmed: as long as it is not, SNS sends nothing.
	Confirmed bool `json:"confirmed"`
}

// A Filter says whether a log group's lines are sent to the stack.
type Filter struct {
	LogGroup string   `json:"log_group"`
	Names    []string `json:"filters"` // those that send to the stack
}

type subscriptionLister interface {
	ListSubscriptionsByTopic(context.Context, *sns.ListSubscriptionsByTopicInput, ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error)
}

type filterLister interface {
	DescribeSubscriptionFilters(context.Context, *cloudwatchlogs.DescribeSubscriptionFiltersInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeSubscriptionFiltersOutput, error)
}

// Subscriptions are those of what is told, and what is wrong with them.
func (s *Stack) Subscriptions(ctx context.Context) ([]Subscription, []string, error) {
	if s.NoticesTopic == "" {
		return nil, nil, errors.New("the topic is not known; --topic says so")
	}
	list, err := s.subscribed(ctx, notices, s.NoticesTopic)
	if err != nil {
		return nil, nil, s.Explain(err)
	}
	var status Status
	status.readSubscriptions(notices, list)
	return list, status.Problems, nil
}

// The topics.
const notices, operations = "notices", "operations"

// statusOfTopics asks who gets what is told.
func (s *Stack) statusOfTopics(ctx context.Context, status *Status) {
	for _, topic := range []struct{ name, arn string }{{notices, s.NoticesTopic}, {operations, s.OperationsTopic}} {
		if topic.arn == "" {
			status.Unknown = append(status.Unknown, "subscriptions of the topic for "+topic.name+": its ARN is not known")
			continue
		}
		list, err := s.subscribed(ctx, topic.name, topic.arn)
		if err != nil {
			s.unknown(status, "subscriptions of the topic for "+topic.name, err)
			continue
		}
		status.Subscriptions = append(status.Subscriptions, list...)
		status.readSubscriptions(topic.name, list)
	}
}

// subscribed lists a topic's subscriptions.
func (s *Stack) subscribed(ctx context.Context, name, arn string) (list []Subscription, err error) {
	pages := sns.NewListSubscriptionsByTopicPaginator(s.subscriptions, &sns.ListSubscriptionsByTopicInput{TopicArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, sub := range page.Subscriptions {
			list = append(list, Subscription{
				Topic: name, Protocol: aws.ToString(sub.Protocol), Endpoint: aws.ToString(sub.Endpoint),
				Confirmed: strings.HasPrefix(aws.ToString(sub.SubscriptionArn), "arn:"),
			})
		}
	}
	return list, nil
}

// readSubscriptions: in place of an ARN stands "PendingConfirmation" until
// somebody clicks the link, and again when SNS has switched the subscription off
// (SNS API Reference, ListSubscriptionsByTopic; "Deleted" for three days after
// an end). A queue is a ban tool's, and no person reads it.
func (status *Status) readSubscriptions(topic string, list []Subscription) {
	people := false
	for _, sub := range list {
		people = people || sub.Protocol != "sqs"
		switch {
		case sub.Confirmed:
		case strings.HasPrefix(sub.Protocol, "email"):
			status.problem("UNCONFIRMED: nobody gets mail at %s (%s): click the link in SNS's mail, look into the spam folder; it is valid for 2 days, then deploy again or subscribe the address again", sub.Endpoint, topic)
		default:
			status.problem("the subscription of %s (%s, %s) is not confirmed: it gets nothing", sub.Endpoint, sub.Protocol, topic)
		}
	}
	switch {
	case len(list) == 0:
		status.problem("NOBODY is subscribed to the topic for %s: deploy again with an Email, or subscribe somebody", topic)
	case !people:
		status.problem("NOBODY gets mail: only a queue is subscribed to the topic for %s: deploy again with an Email, or subscribe somebody", topic)
	}
}

// statusOfFilters asks whether the log groups' lines come here.
func (s *Stack) statusOfFilters(ctx context.Context, status *Status) {
	for _, group := range s.LogGroups {
		names, err := s.filtersOf(ctx, group)
		var gone *logtypes.ResourceNotFoundException
		switch {
		case errors.As(err, &gone):
			status.problem("there is no log group %s: nobody ships a log there", group)
		case err != nil:
			s.unknown(status, "subscription filter of "+group, err)
			continue
		case len(names) == 0:
			status.problem("no subscription filter sends the lines of %s to this stack: deploy it again", group)
		}
		status.Filters = append(status.Filters, Filter{LogGroup: group, Names: append([]string{}, names...)})
	}
}

// filtersOf names the filters of a log group that send to the stack.
func (s *Stack) filtersOf(ctx context.Context, group string) (names []string, err error) {
	out, err := s.filters.DescribeSubscriptionFilters(ctx, &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: &group})
	if err != nil {
		return nil, err
	}
	for _, f := range out.SubscriptionFilters {
		if s.isOurs(aws.ToString(f.DestinationArn)) {
			names = append(names, aws.ToString(f.FilterName))
		}
	}
	return names, nil
}

// isOurs says whether a filter's destination is the stack's function, or its
// stream.
func (s *Stack) isOurs(arn string) bool {
	return s.Stream != "" && arn == s.Stream ||
		s.Function != "" && (strings.HasSuffix(arn, ":function:"+s.Function) || strings.Contains(arn, ":function:"+s.Function+":"))
}
