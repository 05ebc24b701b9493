// Package lambdaenv makes of a Lambda environment what both functions run on:
// the configuration, the clients, the Watcher over them, and the log.
//
// All of it is made once, in main, before the first event. A fault is one error
// that names all there are, and ends the process: Lambda then fails each event
// until somebody mends it, and loses none for six hours.
package lambdaenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsretry "github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"

	"sshsieve/internal/config"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/notice"
	"sshsieve/internal/sns"
	"sshsieve/internal/watch"
)

// An Env is what a function runs on. It is safe for concurrent use.
type Env struct {
	Config  config.Config
	Table   *dynamo.Table
	Watcher *watch.Watcher
	Log     *slog.Logger
}

// Load reads the environment and makes the clients. It also sets the process's
// log and memory limit, so it is for main alone. It calls nothing over the
// network.
func Load(ctx context.Context, getenv func(string) string) (*Env, error) {
	log := lambdacontext.NewLogger()
	slog.SetDefault(log)
	limitMemory(getenv)
	c, err := config.FromEnv(getenv)
	sdk, sdkErr := loadSDK(ctx)
	if err := errors.Join(err, sdkErr); err != nil {
		return nil, err
	}
	table := dynamo.New(dynamodb.NewFromConfig(sdk), c.Table)
	return &Env{
		Config: c, Table: table, Log: log,
		Watcher: &watch.Watcher{
			Memory: table, Outbox: table, Ledger: table, Mutes: table, Tests: table,
			Notifier: sns.New(awssns.NewFromConfig(sdk), c.NoticesTopic),
			Config:   c.Attention, About: notice.About{Phrase: c.Phrase}, Log: log,
		},
	}, nil
}

// What one call to AWS may cost. A function has 30 s: an attempt that hangs must
// leave time for another, and for others.
const (
	attempts       = 3
	attemptTimeout = 2 * time.Second
)

func loadSDK(ctx context.Context) (aws.Config, error) {
	sdk, err := awsconfig.LoadDefaultConfig(ctx,
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(attemptTimeout)),
		awsconfig.WithRetryer(func() aws.Retryer {
			return awsretry.NewStandard(func(o *awsretry.StandardOptions) { o.MaxAttempts = attempts })
		}),
	)
	if err != nil {
		return sdk, fmt.Errorf("AWS SDK: %w", err)
	}
	if sdk.Region == "" {
		return sdk, errors.New("AWS_REGION is empty; Lambda sets it")
	}
	return sdk, nil
}

// aim is the memory above which the garbage collector works harder. Without it
// the largest event there is (1 MB, 30,000 lines) took 77 MiB; with it 62, for
// some 4 % more CPU time on such events and none on others.
const aim = 52 << 20

// limitMemory sets the aim, or nine tenths of what the function has where that
// is less, so that Lambda need not kill the process. GOMEMLIMIT goes before.
func limitMemory(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit(getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")))
	}
}

// memoryLimit is in bytes, of a function's size in MB as Lambda writes it.
func memoryLimit(size string) int64 {
	megabytes, err := strconv.ParseInt(size, 10, 32)
	if err != nil || megabytes <= 0 {
		return aim
	}
	return min(aim, megabytes<<20/10*9)
}

// reserve is what is left of a function's time when its work has to end: Lambda
// kills at the deadline, and what waits for that can report nothing.
const reserve = 500 * time.Millisecond

// WorkingContext ends 500 ms before ctx does.
func WorkingContext(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// Exit ends a process that cannot start: one line of JSON on standard error with
// every fault, and code 1.
func Exit(err error) {
	report(os.Stderr, err)
	os.Exit(1)
}

func report(w io.Writer, err error) {
	log := slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr}))
	log.Error("cannot start", "faults", faults(err))
}

// faults are the parts of joined errors.
func faults(err error) []string {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []string{err.Error()}
	}
	var list []string
	for _, e := range joined.Unwrap() {
		list = append(list, faults(e)...)
	}
	return list
}
