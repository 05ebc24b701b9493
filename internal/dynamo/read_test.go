package dynamo

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/watch"
)

// hostileText is what a log may call a host.
var hostileText = []string{"web-1", "", `"\`, "\x00\n\u2028é\U0001f600", "<script>", "\xff\xfe", "ip-10-0-0-1.eu-central-1.compute.internal"}

func randomCounts(r *rand.Rand) watch.Counts {
	return watch.Counts{
		Lines: r.IntN(9), Skewed: r.IntN(2), Unrecognised: r.IntN(9), Believed: r.IntN(9), Drift: r.IntN(3), Attempts: r.IntN(math.MaxInt),
		Verdicts: map[string]int{"graph": r.IntN(9)}, Categories: map[string]int{"session": r.IntN(9), "other": -r.IntN(9)},
	}
}

func randomReceipt(r *rand.Rand) watch.Receipt {
	text := func() string { return hostileText[r.IntN(len(hostileText))] }
	p := watch.Receipt{
		Scope: watch.Scope(text()), Bucket: time.Unix(r.Int64N(1<<37), 0).UTC(), Batch: text(), Stream: text(),
		Newest: time.Unix(0, r.Int64N(1<<60)).UTC(), Counts: randomCounts(r),
	}
	for range r.IntN(3) {
		p.Hosts, p.Beats = append(p.Hosts, text()), append(p.Beats, text())
	}
	return p
}

func randomRow(r *rand.Rand) watch.Row {
	row := watch.Row{Scope: "1:g", Bucket: time.Unix(300, 0).UTC(), Batches: r.IntN(99), Arrived: time.Unix(r.Int64N(1<<37), 0).UTC(), Counts: randomCounts(r)}
	for _, host := range hostileText[:r.IntN(len(hostileText))] {
		if row.Hosts == nil {
			row.Hosts, row.Lines, row.Failures, row.Beats = map[string]int64{}, map[string]int{}, map[string]int{}, map[string]bool{}
		}
		row.Hosts[host], row.Lines[host], row.Failures[host], row.Beats[host] = r.Int64(), r.IntN(9), r.IntN(9), r.IntN(2) == 0
	}
	return row
}

// sameAsJSON reads a document as encoding/json does, or not as well.
func sameAsJSON[T any](t *testing.T, raw []byte, read func(types.AttributeValue) (T, error)) {
	t.Helper()
	var want T
	wantErr := json.Unmarshal(raw, &want)
	got, err := read(&types.AttributeValueMemberS{Value: string(raw)})
	if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
		t.Errorf("%q\nread  %+v, %v\nwant %+v, %v", raw, got, err, want, wantErr)
	}
}

// TestReadsAsJSON: what is read fast is what encoding/json reads, also where a
// later version added members, or wrote others in another way.
func TestReadsAsJSON(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 300 {
		sameAsJSON(t, must(json.Marshal(randomReceipt(r))), receiptOf)
		sameAsJSON(t, must(json.Marshal(randomRow(r))), rowOf)
	}
	for _, c := range []struct{ why, raw string }{
		{"a later version's member", `{"scope":"1:g","later":{"a":[1,null]},"counts":{"lines":3,"later":"x"}}`},
		{"absent and null are alike", `{"scope":null,"bucket":null,"batches":null,"hosts":null,"counts":null}`},
		{"another type", `{"scope":7}`},
		{"a number that is none of ours", `{"batches":1.5,"counts":{"lines":1e3}}`},
		{"a time that is none", `{"bucket":"yesterday"}`},
		{"nothing", ``},
		{"no object", `[]`},
		{"cut off", `{"scope":"1:g","counts":{"lines":3`},
		{"more behind it", `{"scope":"1:g"}{"scope":"2:g"}`},
		{"twice", `{"hosts":{"a":1},"hosts":{"b":2},"lines":{"a":1}}`},
	} {
		t.Run(c.why, func(t *testing.T) {
			sameAsJSON(t, []byte(c.raw), rowOf)
			sameAsJSON(t, []byte(c.raw), receiptOf)
		})
	}
}

// FuzzRead: whatever an item holds is a document, or errDoc; and what was written
// is read.
func FuzzRead(f *testing.F) {
	r := rand.New(rand.NewPCG(19, 20))
	f.Add(must(json.Marshal(randomReceipt(r))))
	f.Add(must(json.Marshal(randomRow(r))))
	f.Add([]byte(`{"hosts":{"a":1},"later":[{}],"counts":{"verdicts":null}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc := &types.AttributeValueMemberS{Value: string(raw)}
		if receipt, err := receiptOf(doc); err == nil {
			rewritten(t, receipt, receiptOf)
		} else if !errors.Is(err, errDoc) {
			t.Error(err)
		}
		if row, err := rowOf(doc); err == nil {
			rewritten(t, row, rowOf)
		} else if !errors.Is(err, errDoc) {
			t.Error(err)
		}
	})
}

// rewritten writes a document and reads it again.
func rewritten[T any](t *testing.T, v T, read func(types.AttributeValue) (T, error)) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		return // a time of a year that JSON does not know
	}
	sameAsJSON(t, raw, read)
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// BenchmarkRead compares with encoding/json.
func BenchmarkRead(b *testing.B) {
	receipt := randomReceipt(rand.New(rand.NewPCG(17, 18)))
	receipt.Hosts, receipt.Arrived = hostileText[:1], receipt.Newest
	row := watch.Row{Scope: "1:g", Hosts: map[string]int64{}, Lines: map[string]int{}, Failures: map[string]int{}}
	for i := range 500 {
		host := fmt.Sprintf("ip-10-20-%d-%d.eu-central-1.compute.internal", i/250, i%250)
		row.Hosts[host], row.Lines[host], row.Failures[host] = 1795350435, i, 2*i
	}
	for _, c := range []struct {
		name string
		doc  types.AttributeValue
		read func(types.AttributeValue) error
		json func(types.AttributeValue) error
	}{
		{"receipt", must(encode(receipt)), func(v types.AttributeValue) error { _, err := receiptOf(v); return err }, func(v types.AttributeValue) error { return decode(v, new(watch.Receipt)) }},
		{"row of 500 hosts", must(encode(row)), func(v types.AttributeValue) error { _, err := rowOf(v); return err }, func(v types.AttributeValue) error { return decode(v, new(watch.Row)) }},
	} {
		for how, read := range map[string]func(types.AttributeValue) error{"jx": c.read, "encoding-json": c.json} {
			b.Run(c.name+"/"+how, func(b *testing.B) {
				for b.Loop() {
					if err := read(c.doc); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
