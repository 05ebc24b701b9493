package infra

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math"
	"os"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"sshsieve/internal/emf"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
)

var update = flag.Bool("update", false, "rewrite the goldens")

// usage is what was counted, of the fleet's span.
type usage struct {
	fleet
	lines, batches, ticks int
	tableReads            int
	tableWrites           int // receipts and Rows included
	// sent is how many bytes of lines each agent sends, as they are billed.
	sent            map[string]int
	journalOverhead int
	logBytes        int // of the functions' own logs
	notices, mails  int
	// hours are those in which a metric has a value, by its name.
	hours map[string]map[int]bool
}

// play takes a fleet's lines the whole way, with the real rules and a memory
// that counts, and with the real metric lines.
func play(t *testing.T, f fleet) *usage {
	t.Helper()
	u := &usage{fleet: f, hours: map[string]map[int]bool{}, sent: map[string]int{}, journalOverhead: journalOverhead(t)}
	mem := &watch.Mem{}
	now := begin
	w := &watch.Watcher{
		Memory: mem, Outbox: mem, Ledger: mem, Mutes: mem, Notifier: notifier(func(n notice.Notice) { u.told(n, now) }),
		Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	}
	var reader sshd.Reader
	var before watch.Operations
	next := begin.Add(tickEvery)
	for _, batch := range newTalk(f).batches() {
		at := batch[0].at.Add(flush)
		for ; !next.After(at); next = next.Add(tickEvery) {
			now = next
			u.tick(t, w, now)
		}
		if !u.counts(at) {
			before = mem.Operations()
		}
		now = at
		u.batch(t, w, &reader, batch, now)
	}
	after := mem.Operations()
	u.tableReads, u.tableWrites = after.Reads-before.Reads, after.Writes-before.Writes
	return u
}

const tickEvery = 5 * time.Minute

// counts says whether what happens then is counted.
func (u *usage) counts(at time.Time) bool { return at.Sub(begin) >= u.warm }

func (u *usage) batch(t *testing.T, w *watch.Watcher, r *sshd.Reader, batch []said, now time.Time) {
	t.Helper()
	origin := watch.Origin{Account: account, LogGroup: needed["LogGroup"], Stream: fmt.Sprintf("i-%017d", batch[0].host)}
	events := r.Read(records(batch))
	glance := emf.Look(events)
	result, err := w.Batch(t.Context(), watch.Batch{Origin: origin, Events: events})
	if err != nil {
		t.Fatal(err)
	}
	if !u.counts(now) {
		return
	}
	u.batches++
	u.lines += len(batch)
	overhead := u.journalOverhead
	for _, l := range batch {
		u.sent[cloudWatchAgent] += len(l.text) + logOverhead
		u.sent[fluentBit] += len(l.message) + overhead + logOverhead
	}
	u.log(t, now, func(b *bytes.Buffer) error {
		return emf.Write(b, emf.Metrics{Origin: origin, Result: result, Glance: glance, Now: now})
	})
}

func (u *usage) tick(t *testing.T, w *watch.Watcher, now time.Time) {
	t.Helper()
	if _, err := w.Tick(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if !u.counts(now) {
		return
	}
	u.ticks++
	u.log(t, now, func(b *bytes.Buffer) error {
		return emf.WriteTick(b, emf.Tick{Function: "sshsieve-TickFunction-ABCDEFGHIJKL", Now: now, Newest: now.Add(-time.Minute)})
	})
}

// The agents that infra/agents has configurations for: one sends the line of a
// syslog file, the other the journal's fields beside the message.
const cloudWatchAgent, fluentBit = "the CloudWatch agent", "Fluent Bit"

// journalOverhead is how much longer than its message a record of sshd is that
// Fluent Bit sends: of the first in the agents' sample, which is made of what the
// configuration lets through (TestFluentBitSamplesAreTrimmed).
func journalOverhead(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("agents/fluent-bit/debian-12.sample")
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	message, ok := at(parse(t, line), "MESSAGE").(string)
	if !ok {
		t.Fatalf("no record: %s", line)
	}
	return len(line) - len(message)
}

// logOverhead is what CloudWatch Logs adds to each event (PutLogEvents).
const logOverhead = 26

// log counts a line of metrics.
func (u *usage) log(t *testing.T, now time.Time, write func(*bytes.Buffer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	u.logBytes += b.Len() + logOverhead
	metrics, _ := at(parse(t, b.String()), "_aws", "CloudWatchMetrics", 0, "Metrics").([]any)
	for _, m := range metrics {
		name := at(m, "Name").(string)
		if u.hours[name] == nil {
			u.hours[name] = map[int]bool{}
		}
		u.hours[name][int(now.Sub(begin)/time.Hour)] = true
	}
}

func (u *usage) told(n notice.Notice, now time.Time) {
	if !u.counts(now) {
		return
	}
	u.notices++
	if n.Verdict == sshd.Human {
		u.mails++
	}
}

type notifier func(notice.Notice)

// Notify does what watch.Notifier promises.
func (f notifier) Notify(_ context.Context, n notice.Notice) error {
	f(n)
	return nil
}

// priced is when the prices were read.
const priced = "2026-11"

// Prices in USD, without tax, of us-east-1, from the pages that are named. Others
// differ by up to a third (eu-central-1: DynamoDB +22 %). free is what every
// account has free of charge each month, for ever, and may use elsewhere.
var prices = map[string]struct{ each, free float64 }{
	"Lambda GB-second":     {0.0000133334, 400_000}, // aws.amazon.com/lambda/pricing, arm64
	"Lambda request":       {0.20 / 1e6, 1e6},       // the same
	"Scheduler invocation": {1.00 / 1e6, 14e6},      // aws.amazon.com/eventbridge/pricing
	"write unit":           {0.625 / 1e6, 0},        // aws.amazon.com/dynamodb/pricing/on-demand
	"read unit":            {0.125 / 1e6, 0},        // the same
	"table GB-month":       {0.25 + 0.20, 0},        // the same: 0.25 (25 GB are free), recovery 0.20
	"metric-month":         {0.30, 10},              // aws.amazon.com/cloudwatch/pricing, first 10,000
	"alarm metric":         {0.10, 10},              // the same
	"dashboard":            {3.00, 3},               // the same
	"log GB":               {0.50, 5},               // the same, ingestion of custom logs
	"log GB scanned":       {0.005, 0},              // the same, Logs Insights (free: part of the 5 GB)
	"SNS publish":          {0.50 / 1e6, 1e6},       // aws.amazon.com/sns/pricing
	"SNS mail":             {2.00 / 1e5, 1000},      // the same
}

// What is not counted but taken from measurements or known bounds.
const (
	hoursOfMonth = 730.0
	memoryGB     = 0.25 // MemorySize's default
	// A call of the table or of SNS takes this long within a region, and so much
	// is spent on a batch and a line beside: 20 times what one full core takes,
	// since 256 MB get a seventh of one.
	secondsOfCall, secondsOfBatch, secondsOfLine = 0.008, 0.005, 0.00002
	// A receipt has less than 1 KB. A History has more where it is long, but is
	// compressed; it is taken for 2.
	unitsOfReceipt, unitsOfHistory = 1, 2
	// Receipts are most of what is stored, for 8 days, with the table's 100
	// bytes for each item.
	receiptBytes, receiptDays = 800, 8
	// Somebody looks at the dashboard each working day: six lists, of 7 days.
	looks, lists, looksBack = 21, 6, 7.0
)

// quantities are what is billed in a month.
func (u *usage) quantities(t *testing.T) map[string]float64 {
	t.Helper()
	month := u.month()
	batches, ticks := float64(u.batches)*month, hoursOfMonth*12
	receipts := batches
	other := float64(u.tableWrites)*month - receipts
	seconds := batches*secondsOfBatch + float64(u.lines)*month*secondsOfLine +
		float64(u.tableReads+u.tableWrites+u.notices)*month*secondsOfCall + ticks*secondsOfBatch
	logGB := (float64(u.logBytes) * month) / 1e9
	return map[string]float64{
		"Lambda GB-second":     seconds * memoryGB,
		"Lambda request":       batches + ticks,
		"Scheduler invocation": ticks,
		"write unit":           receipts*unitsOfReceipt + max(0, other)*unitsOfHistory,
		"read unit":            float64(u.tableReads) * month,
		"table GB-month":       batches / 30.4 * receiptDays * receiptBytes / 1e9,
		"metric-month":         u.metricMonths(),
		"alarm metric":         float64(alarmMetricCount(t)),
		"dashboard":            1,
		"log GB":               logGB,
		"log GB scanned":       logGB / 30.4 * looksBack * looks * lists,
		"SNS publish":          float64(u.notices) * month,
		"SNS mail":             float64(u.mails) * month,
	}
}

// month is how often what was played is in a month of the whole fleet.
func (u *usage) month() float64 { return hoursOfMonth / u.span.Hours() * float64(u.times) }

// metricMonths adds up the shares of the hours in which each metric has a value:
// that is how it is billed.
func (u *usage) metricMonths() (sum float64) {
	played := max(1, u.span.Hours())
	for _, hours := range u.hours {
		sum += min(1, float64(len(hours))/played)
	}
	return sum
}

func alarmMetricCount(t *testing.T) (n int) {
	t.Helper()
	for _, a := range stackOf(t, "one").ofType("AWS::CloudWatch::Alarm") {
		n += len(alarmMetrics(a))
	}
	return n
}

// A bill is what a month costs, by what is paid for.
type bill struct {
	rows       map[string]float64
	list, free float64 // in all: as priced, and after what is free
}

// groups are the rows of a bill.
var groups = []struct {
	name string
	of   []string
}{
	{"DynamoDB", []string{"write unit", "read unit", "table GB-month"}},
	{"Lambda, EventBridge", []string{"Lambda GB-second", "Lambda request", "Scheduler invocation"}},
	{"metrics", []string{"metric-month"}},
	{"own logs", []string{"log GB", "log GB scanned"}},
	{"alarms", []string{"alarm metric"}},
	{"dashboard", []string{"dashboard"}},
	{"SNS", []string{"SNS publish", "SNS mail"}},
}

func newBill(quantities map[string]float64) bill {
	b := bill{rows: map[string]float64{}}
	for _, g := range groups {
		for _, what := range g.of {
			p := prices[what]
			b.rows[g.name] += quantities[what] * p.each
			b.list += quantities[what] * p.each
			b.free += max(0, quantities[what]-p.free) * p.each
		}
	}
	return b
}

// TestCost computes what a month costs, and keeps it with the README's figures.
// Three hosts are to cost at most 2 USD in an account whose free share of
// CloudWatch and Lambda is not used up; a list price without these is told
// beside it, and is more, for the metrics, the alarms and the dashboard alone.
func TestCost(t *testing.T) {
	t.Parallel()
	var usages []*usage
	var bills []bill
	for _, f := range fleets {
		u := play(t, f)
		q := u.quantities(t)
		for _, g := range groups {
			for _, what := range g.of {
				if _, ok := q[what]; !ok || prices[what].each == 0 {
					t.Errorf("%s is not counted or has no price", what)
				}
			}
		}
		usages, bills = append(usages, u), append(bills, newBill(q))
	}
	if bills[0].free > 2 {
		t.Errorf("three hosts cost %.2f USD a month", bills[0].free)
	}
	checkCeiling(t, usages)
	golden(t, "testdata/cost.want", costTable(t, usages, bills))
}

// unitsOfHost is what the description of TableCeiling allows for each host.
const unitsOfHost = 2

// checkCeiling: so much is enough under attack, and the default for 100 hosts.
func checkCeiling(t *testing.T, usages []*usage) {
	t.Helper()
	for _, u := range usages {
		if perHost := u.writtenASecond(t) / float64(u.hosts*u.times); perHost > unitsOfHost {
			t.Errorf("%s: %.1f units a second for each host, want %d", u.name, perHost, unitsOfHost)
		}
	}
	if ceiling := parameters(t)["TableCeiling"]["Default"]; ceiling != 100.0*unitsOfHost {
		t.Errorf("TableCeiling is %v", ceiling)
	}
}

func (u *usage) writtenASecond(t *testing.T) float64 {
	t.Helper()
	return u.quantities(t)["write unit"] / hoursOfMonth / 3600
}

// costTable is the README's table.
func costTable(t *testing.T, usages []*usage, bills []bill) string {
	t.Helper()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, value func(i int) string) {
		fmt.Fprintf(w, "%s\t", name)
		for i := range usages {
			fmt.Fprintf(w, "%s\t", value(i))
		}
		fmt.Fprintln(w)
	}
	counted := func(name string, value func(u *usage) float64) {
		row(name, func(i int) string { return rounded(value(usages[i])) })
	}
	row("a month of", func(i int) string { return usages[i].name })
	counted("million lines", func(u *usage) float64 { return float64(u.lines) * u.month() / 1e6 })
	counted("million batches", func(u *usage) float64 { return float64(u.batches) * u.month() / 1e6 })
	counted("table writes for each batch", func(u *usage) float64 { return float64(u.tableWrites) / float64(u.batches) })
	counted("table reads for each batch", func(u *usage) float64 { return float64(u.tableReads) / float64(u.batches) })
	counted("units written a second", func(u *usage) float64 { return u.writtenASecond(t) })
	counted("metrics with a value, on average", (*usage).metricMonths)
	for _, g := range groups {
		row("USD: "+g.name, func(i int) string { return rounded(bills[i].rows[g.name]) })
	}
	row("USD in all, as priced in "+priced, func(i int) string { return rounded(bills[i].list) })
	row("USD in all, less what is free", func(i int) string { return rounded(bills[i].free) })
	for _, agent := range []string{fluentBit, cloudWatchAgent} {
		row("USD beside it: lines by "+agent, func(i int) string {
			return rounded(float64(usages[i].sent[agent]) * usages[i].month() / 1e9 * prices["log GB"].each)
		})
	}
	for _, agent := range []string{fluentBit, cloudWatchAgent} {
		counted("billed bytes of one by "+agent, func(u *usage) float64 { return float64(u.sent[agent]) / float64(u.lines) })
	}
	w.Flush()
	return b.String()
}

// rounded has two digits that matter, or those before the point: what is computed
// from assumptions is no more exact, and a rule that finds one thing more is no
// news here.
func rounded(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", math.Round(v/10)*10)
	}
	return fmt.Sprintf("%.*f", max(0, 1-int(math.Floor(math.Log10(max(v, 0.05))))), v)
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it); got\n%s", name, got)
	}
}
