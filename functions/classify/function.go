package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"sshsieve/internal/config"
	"sshsieve/internal/cwlogs"
	"sshsieve/internal/emf"
	"sshsieve/internal/lambdaenv"
	"sshsieve/internal/watch"
)

// A function is what Lambda calls. It is safe for concurrent use.
type function struct {
	watcher *watch.Watcher
	config  config.Config
	metrics io.Writer // one EMF line for each batch; CloudWatch reads standard output
	log     *slog.Logger
	now     func() time.Time

	readers sync.Pool // of *reader: their buffers are as large as a batch
	carry   carry
	loop    sync.Once
}

func newFunction(env *lambdaenv.Env, metrics io.Writer) *function {
	f := &function{watcher: env.Watcher, config: env.Config, metrics: metrics, log: env.Log, now: time.Now}
	f.readers.New = func() any { return newReader(env.Config) }
	return f
}

// errUnknownEvent: neither of the two shapes that this function is for.
var errUnknownEvent = errors.New(`unknown event: want a CloudWatch Logs subscription's {"awslogs": …} or a Kinesis batch {"Records": [{"kinesis": …}]}`)

// Invoke takes one event. It makes this a lambda.Handler, which gets the event
// as it is: lambda's own decoding would copy a megabyte and check it twice.
func (f *function) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	ctx, cancel := lambdaenv.WorkingContext(ctx)
	defer cancel()
	switch cwlogs.Sniff(event) {
	case cwlogs.Subscription:
		return []byte("null"), f.subscription(ctx, event)
	case cwlogs.Kinesis:
		failures, err := f.kinesis(ctx, event)
		if err != nil {
			return nil, err
		}
		return json.Marshal(failures)
	}
	return nil, errUnknownEvent
}

// subscription takes the one batch of a subscription's event. An error has
// Lambda deliver it again, twice, and then keep it in the on-failure
// destination.
func (f *function) subscription(ctx context.Context, event []byte) error {
	r := f.reader()
	defer f.readers.Put(r)
	if err := r.batch.Decode(event); err != nil {
		return err
	}
	return f.batch(ctx, r)
}

func (f *function) reader() *reader { return f.readers.Get().(*reader) }

// failures is what Lambda reads for ReportBatchItemFailures: the lowest is the
// checkpoint from which the stream is delivered again (AWS Lambda Developer
// Guide, "Configuring partial batch response with Kinesis Data Streams and
// Lambda").
type failures struct {
	Items []failure `json:"batchItemFailures"`
}

type failure struct {
	Sequence string `json:"itemIdentifier"`
}

// kinesis takes the batches of a Kinesis event, in order. One that can never be
// read is reported alone and the others are taken all the same; after one that
// fails for now the rest would fail as well, and comes again with it.
func (f *function) kinesis(ctx context.Context, event []byte) (failures, error) {
	failed := failures{Items: []failure{}}
	records, err := cwlogs.KinesisRecords(event)
	if err != nil {
		return failed, err
	}
	r := f.reader()
	defer f.readers.Put(r)
	for _, record := range records {
		err := f.record(ctx, r, record)
		if err == nil {
			continue
		}
		if record.SequenceNumber == "" {
			return failed, fmt.Errorf("a record without sequence number cannot be reported alone: %w", err)
		}
		f.log.ErrorContext(ctx, "a record of the stream failed", "event", record.EventID, "error", err)
		failed.Items = append(failed.Items, failure{record.SequenceNumber})
		if _, forever := errors.AsType[*cwlogs.Error](err); !forever {
			break
		}
	}
	return failed, nil
}

func (f *function) record(ctx context.Context, r *reader, record cwlogs.KinesisRecord) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.batch.DecodeKinesis(record); err != nil {
		return err
	}
	return f.batch(ctx, r)
}

// batch takes what the reader has decoded the whole way, and then writes its
// metrics.
func (f *function) batch(ctx context.Context, r *reader) error {
	switch {
	case r.batch.Control():
		return nil
	case f.config.OwnLogGroup != "" && r.batch.LogGroup == f.config.OwnLogGroup:
		f.dropOwn(ctx, r)
		return nil
	case len(r.batch.Lines) == 0:
		return nil
	}
	result, err := f.watch(ctx, r)
	if err != nil {
		return err
	}
	f.writeMetrics(r, result)
	return nil
}

// dropOwn drops a batch of the function's own log, and says so once for each
// container: each word about it is a line of the next such batch.
func (f *function) dropOwn(ctx context.Context, r *reader) {
	f.loop.Do(func() {
		f.log.WarnContext(ctx, "this function is subscribed to its own log group: its lines are dropped; take the subscription away",
			"logGroup", f.config.OwnLogGroup)
		f.write(emf.Metrics{Origin: f.origin(r), Now: f.now(), Own: true})
	})
}
