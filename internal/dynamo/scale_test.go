package dynamo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"sshsieve/internal/dynamo"
	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
)

// A throng is DynamoDB's other end, behind the real SDK, with the Receipts of 500
// hosts: each bucket has as many, made when they are asked for and not kept.
type throng struct {
	perBucket   int
	first, last time.Time // buckets that have Receipts

	mu      sync.Mutex
	items   map[string]map[string]json.RawMessage // what was put: by pk and sk
	weekRow json.RawMessage                       // doc of each Row of a week, nil for those that were put
	guesses int                                   // of each hour
	every   int                                   // items, of which one is a sample
	calls   map[string]int                        // by what was asked for
	unpack  int                                   // Receipts that were answered with

	peak    uint64 // of the heap, in bytes, after a collection
	samples int
}

// What an answer has at most: a megabyte (Query, "Paginating table query
// results"), of Receipts of 0.8 KB, or of Rows of 12.
const (
	receiptsOfPage = 1300
	rowsOfPage     = 80
	hostsOfThrong  = 500
)

func (g *throng) table() *dynamo.Table {
	g.items, g.calls = map[string]map[string]json.RawMessage{}, map[string]int{}
	table := dynamo.New(dynamodb.New(dynamodb.Options{
		Region: "eu-central-1", HTTPClient: g, BaseEndpoint: aws.String("http://dynamodb.invalid"),
		Credentials: aws.AnonymousCredentials{},
	}), "throng")
	n := 0
	// A Table asks what time it is for each item it reads, while it holds the
	// whole answer.
	table.Now = func() time.Time {
		if n++; n%g.every == 0 {
			g.sample()
		}
		return g.last
	}
	return table
}

// sample collects garbage and looks how much is left.
func (g *throng) sample() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.peak = max(g.peak, m.HeapAlloc)
	g.samples++
}

// An ask is what of requests a throng reads.
type ask struct {
	Key, Item                 map[string]json.RawMessage
	IndexName, Select         string
	Limit                     int
	ExclusiveStartKey         map[string]struct{ S string }
	ExpressionAttributeValues map[string]struct{ S string }
	TransactItems             []struct {
		Put struct{ Item map[string]json.RawMessage }
	}
}

// Do answers a request of the SDK.
func (g *throng) Do(r *http.Request) (*http.Response, error) {
	var in ask
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	answer := "{}"
	switch call {
	case "PutItem":
		g.put(in.Item)
	case "TransactWriteItems":
		for _, write := range in.TransactItems {
			g.put(write.Put.Item)
		}
	case "GetItem":
		if it, ok := g.items[textIn(in.Key["pk"])][textIn(in.Key["sk"])]; ok {
			answer = fmt.Sprintf(`{"Item":%s}`, it)
		}
	case "Query":
		answer = g.query(&in)
	}
	g.calls[call]++
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func textIn(value json.RawMessage) string {
	var s struct{ S string }
	_ = json.Unmarshal(value, &s) // keys are strings
	return s.S
}

func (g *throng) put(it map[string]json.RawMessage) {
	pk := textIn(it["pk"])
	if g.items[pk] == nil {
		g.items[pk] = map[string]json.RawMessage{}
	}
	g.items[pk][textIn(it["sk"])] = must(json.Marshal(it))
}

func (g *throng) query(in *ask) string {
	value := func(name string) string { return in.ExpressionAttributeValues[name].S }
	pk, first, last := value(":pk"), value(":first"), value(":last")
	what, day, _ := strings.Cut(pk, "#")
	switch {
	case in.IndexName != "":
		return g.listed(value(":list"), value(":scope"), in.Limit)
	case what == "ledger":
		g.calls[what+in.Select]++
		return g.receipts(day, max(first, in.ExclusiveStartKey["sk"].S), last, in.Select == "COUNT")
	case what == "rows" && g.weekRow != nil:
		return g.rowsOfWeek(day, max(first, in.ExclusiveStartKey["sk"].S), last)
	}
	var found []string
	for sk, it := range g.items[pk] {
		if sk >= first && sk <= last {
			found = append(found, string(it))
		}
	}
	slices.Sort(found) // by sk, since what is before it is alike
	return page(found, len(found), "", "")
}

const minuteFormat = "2006-01-02T15:04Z"

// buckets calls each for those of a day behind a sort key, until it says no.
func buckets(day, after, last string, each func(at time.Time) bool) {
	at := must(time.Parse(time.DateOnly, day))
	if begin, err := time.Parse(minuteFormat, after[:min(len(after), len(minuteFormat))]); err == nil && begin.After(at) {
		at = watch.FirstBucket(begin)
	}
	for ; at.Format(time.DateOnly) == day && at.Format(minuteFormat) <= last; at = at.Add(watch.BucketLength) {
		if !each(at) {
			return
		}
	}
}

// receipts answers with those behind a sort key.
func (g *throng) receipts(day, after, last string, count bool) string {
	var items []string
	var next string
	n, skip := 0, 0
	if parts := strings.Split(after, "|"); len(parts) > 1 {
		_, _ = fmt.Sscanf(parts[1], "%x", &skip) // what it answered with before
	}
	buckets(day, after, last, func(at time.Time) bool {
		if at.Before(g.first) || at.After(g.last) {
			return true
		}
		for i := skip; i < g.perBucket; i++ {
			if n == receiptsOfPage {
				next = fmt.Sprintf("%s|%016x|", at.Format(minuteFormat), i)
				return false
			}
			if n++; !count {
				items = append(items, g.receipt(at, i))
			}
		}
		skip = 0
		return true
	})
	g.unpack += len(items)
	return page(items, n, "ledger#"+day, next)
}

// receipt is as batches under attack leave them.
func (g *throng) receipt(at time.Time, i int) string {
	r := watch.Receipt{
		Scope: scope, Bucket: at, Batch: fmt.Sprintf("%016x", i), Stream: fmt.Sprintf("i-%017d", i%hostsOfThrong), Hosts: []string{hostOfThrong(i)},
		Newest: at.Add(time.Minute), Arrived: at.Add(time.Minute),
		Counts: watch.Counts{Lines: 7, Believed: 7, Attempts: 2, Verdicts: map[string]int{"graph": 5, "tooling": 2}, Categories: map[string]int{
			sshd.FailedPassword.String(): 2, sshd.InvalidUser.String(): 1, sshd.Disconnect.String(): 4,
		}},
	}
	doc := must(json.Marshal(string(must(json.Marshal(r)))))
	return fmt.Sprintf(`{"doc":{"S":%s},"expires":{"N":"9999999999"}}`, doc)
}

func hostOfThrong(i int) string {
	return fmt.Sprintf("ip-10-20-%d-%d.eu-central-1.compute.internal", i%hostsOfThrong/250, i%250)
}

// rowsOfWeek answers with one Row for each bucket.
func (g *throng) rowsOfWeek(day, after, last string) string {
	var items []string
	var next string
	buckets(day, after, last, func(at time.Time) bool {
		switch key := at.Format(minuteFormat); {
		case key+"|"+string(scope) <= after:
			return true
		case len(items) == rowsOfPage:
			next = at.Add(-watch.BucketLength).Format(minuteFormat) + "|" + string(scope)
			return false
		default:
			items = append(items, fmt.Sprintf(`{"sk":{"S":"%s|%s"},"doc":%s}`, key, scope, g.weekRow))
			return true
		}
	})
	return page(items, len(items), "rows#"+day, next)
}

// listed answers what the index has: nothing but guesses.
func (g *throng) listed(list, scope string, limit int) string {
	if !strings.HasPrefix(list, "guesses#") || g.guesses == 0 {
		return page(nil, 0, "", "")
	}
	var items []string
	for i := range min(g.guesses, limit) {
		items = append(items, fmt.Sprintf(`{"list_time":{"S":"%s%010d|198.51.%d.%d"}}`, scope, 1000-i, i/250, i%250))
	}
	next := ""
	if g.guesses > len(items) {
		next = "entry"
	}
	return page(items, len(items), "entry#x", next)
}

// page is an answer, with where the next begins.
func page(items []string, n int, pk, next string) string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"Items":[%s],"Count":%d`, strings.Join(items, ","), n)
	if next != "" {
		fmt.Fprintf(&b, `,"LastEvaluatedKey":{"pk":{"S":%q},"sk":{"S":%q}}`, pk, next)
	}
	b.WriteByte('}')
	return b.String()
}

// heapMost is what may be held of a function's 256 MB, the SDK and the runtime
// included: four times what is. 78,000 Receipts alone would be 60 MB.
const heapMost = 32 << 20

// throngOf has written for 7 hours, up to noon.
func throngOf(perBucket int) *throng {
	return &throng{every: 10_000, perBucket: perBucket, first: noon.Add(-7 * time.Hour), last: noon.Add(-watch.BucketLength)}
}

// tick lets the clock strike for a new container, which folds all there is.
func tick(t testing.TB, table *dynamo.Table, now time.Time) {
	t.Helper()
	w := &watch.Watcher{Memory: table, Outbox: table, Ledger: table, Mutes: table, Notifier: silent{}, Now: func() time.Time { return now }}
	if _, err := w.Tick(t.Context(), now); err != nil {
		t.Fatal(err)
	}
}

// TestTickOfThrong: whatever was received, a tick holds little at once; and the
// next one reads only what is new.
func TestTickOfThrong(t *testing.T) {
	g := throngOf(1000)
	table := g.table()
	tick(t, table, noon)
	rows := must(watch.Rows(t.Context(), table, noon.Add(-7*time.Hour), noon.Add(time.Hour)))
	if len(rows) < int(6*time.Hour/watch.BucketLength) || rows[0].Batches != g.perBucket || len(rows[0].Hosts) != hostsOfThrong || rows[0].Failures[hostOfThrong(7)] != 2*g.perBucket/hostsOfThrong {
		t.Fatalf("%d rows", len(rows))
	}
	if g.samples < 5 || g.peak > heapMost {
		t.Errorf("of %d receipts %d MB were held, want at most %d (%d samples)", g.unpack, g.peak>>20, heapMost>>20, g.samples)
	}
	t.Logf("%d receipts: %d MB at most; calls %v", g.unpack, g.peak>>20, g.calls)
	before := g.unpack
	g.last = g.last.Add(10 * time.Minute)
	tick(t, table, noon.Add(10*time.Minute))
	if again := g.unpack - before; again > 2*g.perBucket {
		t.Errorf("%d receipts were read, of which %d are new", again, 2*g.perBucket)
	}
}

// TestReportOfThrong: nor does the report of a week of 500 hosts under attack,
// and it says that there were more guessers than it lists.
func TestReportOfThrong(t *testing.T) {
	g := throngOf(3000)
	table := g.table()
	if _, err := table.Fold(t.Context(), noon.Add(-time.Hour), noon, func(watch.Row) {}); err != nil {
		t.Fatal(err)
	}
	for _, it := range g.items["rows#"+noon.Format(time.DateOnly)] {
		var row struct{ Doc json.RawMessage }
		if err := json.Unmarshal(it, &row); err != nil {
			t.Fatal(err)
		}
		g.weekRow = row.Doc
	}
	g.guesses, g.every = 2*watch.GuessesMost, 100
	now := time.Date(2026, 3, 9, 7, 1, 0, 0, time.UTC)
	w := &watch.Watcher{Memory: table, Outbox: table, Ledger: table, Mutes: table, Notifier: silent{}, Now: func() time.Time { return now }}
	begin := time.Now()
	for _, now = range []time.Time{now.AddDate(0, 0, -14), now.AddDate(0, 0, -13), now} { // seen, its first day, a week
		g.peak, begin = 0, time.Now()
		if _, err := w.QuietReport(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("a week: %d MB at most, in %v; calls %v", g.peak>>20, time.Since(begin), g.calls)
	if g.samples < 5 || g.peak > heapMost {
		t.Errorf("%d MB were held, want at most %d (%d samples)", g.peak>>20, heapMost>>20, g.samples)
	}
	report := g.weekly(t, table)
	lines := 7 * g.perBucket * int(7*24*time.Hour/watch.BucketLength)
	for _, want := range []string{fmt.Sprintf(`"lines":%d`, lines), `"hosts":500`, `"sources":500,"more_sources":true`} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %s: %.1000s", want, report)
		}
	}
}

// weekly is the report of a week that was put into the table.
func (g *throng) weekly(t *testing.T, table *dynamo.Table) string {
	t.Helper()
	for pk := range g.items {
		id, ok := strings.CutPrefix(pk, "entry#")
		if e, found, err := table.Entry(t.Context(), id); ok && err == nil && found && e.Finding.Reason == "weekly" {
			return e.Finding.Detail["report"]
		}
	}
	t.Fatal("no report of a week")
	return ""
}

// BenchmarkTick is what a tick of a new container costs of 500 hosts, by day and
// under the attack that infra prices (205,000 batches an hour): first after an
// outage of 7 hours, then 10 minutes later. A function of 256 MB has a seventh of
// a core.
func BenchmarkTick(b *testing.B) {
	for _, c := range []struct {
		name      string
		perBucket int
	}{{"ordinary", 3000}, {"attack", 17_100}} {
		b.Run(c.name, func(b *testing.B) {
			var outage, next time.Duration
			var g *throng
			for range b.N {
				g = throngOf(c.perBucket)
				table := g.table()
				outage += timed(func() { tick(b, table, noon) })
				b.ReportMetric(float64(g.unpack), "receipts")
				g.last, g.unpack = g.last.Add(10*time.Minute), 0
				next += timed(func() { tick(b, table, noon.Add(10*time.Minute)) })
			}
			b.ReportMetric(outage.Seconds()/float64(b.N), "s")
			b.ReportMetric(next.Seconds()/float64(b.N), "s-next")
			b.ReportMetric(float64(g.unpack), "receipts-next")
			b.ReportMetric(float64(g.peak)/(1<<20), "MB-held")
		})
	}
}

func timed(do func()) time.Duration {
	begin := time.Now()
	do()
	return time.Since(begin)
}
