package stack

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"sshsieve/internal/cwlogs"
)

type logReader interface {
	FilterLogEvents(context.Context, *cloudwatchlogs.FilterLogEventsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.FilterLogEventsOutput, error)
}

// EachBatch reads what came into a log group in [from, to), and calls each with
// batches as a subscription would have delivered them: of one stream, of at most
// 10,000 lines and 1 MB (FilterLogEvents), in order. It ends at each's error. A
// batch is valid until each returns.
func (s *Stack) EachBatch(ctx context.Context, group string, from, to time.Time, each func(*cwlogs.Batch) error) error {
	if s.Account == "" {
		return fmt.Errorf("of which account? That is known of a stack of CloudFormation only (--stack)")
	}
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(s.logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &group, StartTime: aws.Int64(from.UnixMilli()), EndTime: aws.Int64(to.UnixMilli() - 1), // both included
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return s.Explain(err)
		}
		for _, batch := range byStream(page.Events) {
			batch.Owner, batch.LogGroup = s.Account, group
			if err := each(batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// byStream parts events by their streams, in the order in which these appear.
func byStream(events []types.FilteredLogEvent) (batches []*cwlogs.Batch) {
	streams := map[string]*cwlogs.Batch{}
	for _, e := range events {
		name := aws.ToString(e.LogStreamName)
		if streams[name] == nil {
			streams[name] = &cwlogs.Batch{LogStream: name, SubscriptionFilters: []string{"sshsieve-replay"}}
			batches = append(batches, streams[name])
		}
		b := streams[name]
		b.Lines = append(b.Lines, cwlogs.Line{ID: aws.ToString(e.EventId), Timestamp: aws.ToInt64(e.Timestamp), Message: aws.ToString(e.Message)})
	}
	return batches
}
