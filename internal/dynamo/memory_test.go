package dynamo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/attention"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

// TestAnotherReads: what one Table wrote another reads, whatever it is.
func TestAnotherReads(t *testing.T) {
	client, name := newTable(t)
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 40 {
		key := watch.Key{Scope: scope, Of: attention.Key{Kind: attention.User, Name: fmt.Sprint(n)}}
		want := randomHistory(r, r.IntN(n*n+2))
		update(t, dynamo.New(client, name), key, func(attention.History) (attention.History, []watch.Entry) { return want, nil })
		if got := read(t, dynamo.New(client, name), key); !watch.SameHistory(got, want) {
			t.Fatalf("%d marks: wrote %+v\nread %+v", len(want.Marks), want, got)
		}
	}
}

// TestTheFullestHistoryFits: 380 KB of JSON are attention's own bound, and an
// item holds 400 KB (DynamoDB Developer Guide, "Quotas").
func TestTheFullestHistoryFits(t *testing.T) {
	client, name := newTable(t)
	for why, marks := range map[string]func(int) attention.History{
		"of a busy fleet":              busyHistory,
		"of names that are all random": func(n int) attention.History { return randomHistory(rand.New(rand.NewPCG(3, 4)), n) },
	} {
		h, size := marks(0), 0
		for n := 1000; size < 370<<10; n += 50 {
			h = marks(n)
			size = len(must(json.Marshal(h)))
		}
		m := &meddler{Client: client}
		stored := 0
		m.fault = func(_ string, in any) error {
			if put, ok := in.(*dynamodb.PutItemInput); ok {
				stored = itemSize(put.Item)
			}
			return nil
		}
		key := watch.Key{Scope: scope, Of: attention.Key{Kind: attention.User, Name: why}}
		update(t, dynamo.New(m, name), key, func(attention.History) (attention.History, []watch.Entry) { return h, nil })
		t.Logf("%s: %d marks, %d KB of JSON are an item of %d KB", why, len(h.Marks), size>>10, stored>>10)
		if stored == 0 || stored > 400<<10 {
			t.Errorf("%s: an item of %d bytes", why, stored)
		}
		if !watch.SameHistory(read(t, dynamo.New(client, name), key), h) {
			t.Errorf("%s: read otherwise", why)
		}
	}
}

func must[V any](v V, err error) V {
	if err != nil {
		panic(err)
	}
	return v
}

// busyHistory is what an office leaves: 30 users with their keys, 20 hosts.
func busyHistory(n int) (h attention.History) {
	r := rand.New(rand.NewPCG(5, 6))
	keys := make([]string, 30)
	for i := range keys {
		keys[i] = fmt.Sprintf("SHA256:%x", [3]uint64{r.Uint64(), r.Uint64(), r.Uint64()})[:50]
	}
	h = randomHistory(r, n)
	for i := range h.Marks {
		m, user := &h.Marks[i], r.IntN(30)
		m.User, m.Host, m.Credential, m.Detail, m.Times = fmt.Sprint("user", user), fmt.Sprintf("web-%d.example.org", r.IntN(20)), keys[user], "", 1
	}
	return h
}

// TestContention: writers of one key at once. Who has a Finding is never turned
// away; who has none may be, and then leaves nothing.
func TestContention(t *testing.T) {
	client, name := newTable(t)
	compete(t, client, name, 200, false)
	// moto does one thing at a time, and each round of writers has one winner:
	// the contract has 20 of them.
	compete(t, &oneItem{}, "", 200, true)
}

func compete(t *testing.T, client dynamo.Client, name string, writers int, finds bool) {
	t.Helper()
	key := watch.Key{Scope: scope, Of: attention.Key{Kind: attention.User, Name: fmt.Sprint(finds)}}
	var list []watch.Entry
	if finds {
		list = append(list, entry("shared"))
	}
	var wg sync.WaitGroup
	var contended, wrote atomic.Int64
	for n := range writers {
		wg.Go(func() {
			fresh, err := dynamo.New(client, name).Update(t.Context(), key, adds(mark(n), list...))
			wrote.Add(int64(len(fresh)))
			if errors.Is(err, watch.ErrContended) {
				contended.Add(1)
			} else if err != nil {
				t.Errorf("writer %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	kept := len(read(t, dynamo.New(client, name), key).Marks)
	t.Logf("%T, %d writers, finds %v: %d kept, %d contended", client, writers, finds, kept, contended.Load())
	if kept+int(contended.Load()) != writers || kept == 0 || finds && (contended.Load() != 0 || wrote.Load() != 1) {
		t.Errorf("finds %v: %d kept, %d contended, %d wrote the Entry", finds, kept, contended.Load(), wrote.Load())
	}
}

// oneItem is a Client of a table that holds one History, and knows whether an
// Entry is there.
type oneItem struct {
	dynamo.Client
	mu    sync.Mutex
	item  map[string]types.AttributeValue
	known bool
}

func (o *oneItem) GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &dynamodb.GetItemOutput{Item: o.item}, nil
}

func (o *oneItem) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.untouched(in.ExpressionAttributeValues) {
		return nil, &types.ConditionalCheckFailedException{Item: o.item}
	}
	o.item = in.Item
	return &dynamodb.PutItemOutput{}, nil
}

func (o *oneItem) TransactWriteItems(_ context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	history := in.TransactItems[1].Put
	codes := []string{"None", "None"}
	if o.known {
		codes[0] = "ConditionalCheckFailed"
	}
	if !o.untouched(history.ExpressionAttributeValues) {
		codes[1] = "ConditionalCheckFailed"
	}
	if codes[0] != codes[1] || o.known {
		return nil, canceled(codes...)
	}
	o.item, o.known = history.Item, true
	return &dynamodb.TransactWriteItemsOutput{}, nil
}

// untouched says whether a condition holds: that the item is the one that was
// read, or that there is none.
func (o *oneItem) untouched(values map[string]types.AttributeValue) bool {
	token, ok := values[":token"]
	return ok == (o.item != nil) && (!ok || reflect.DeepEqual(token, o.item["token_of_write"]))
}

// TestLaterVersions: what a later version wrote stays as it is, in whatever
// shape, and what is found nevertheless is kept.
func TestLaterVersions(t *testing.T) {
	client, name := newTable(t)
	table := dynamo.New(client, name)
	for why, doc := range map[string]types.AttributeValue{
		"a higher version":      &types.AttributeValueMemberS{Value: `{"v":99,"marks":"otherwise"}`},
		"another compression":   &types.AttributeValueMemberB{Value: []byte("\x28\xb5\x2f\xfdzstd")},
		"half of what was":      &types.AttributeValueMemberB{Value: []byte("\x1f\x8b\x08\x00\x00\x00")},
		"no document":           nil,
		"another type":          &types.AttributeValueMemberN{Value: "7"},
		"JSON of another shape": &types.AttributeValueMemberS{Value: `[]`},
	} {
		key := watch.Key{Scope: scope, Of: attention.Key{Kind: attention.User, Name: why}}
		it := map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "history#" + key.String()}, "sk": &types.AttributeValueMemberS{Value: "history"},
			"token_of_write": &types.AttributeValueMemberS{Value: "theirs"},
		}
		if doc != nil {
			it["doc"] = doc
		}
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &name, Item: it}); err != nil {
			t.Fatal(err)
		}
		fresh, err := table.Update(t.Context(), key, adds(mark(1), entry(why)))
		if !errors.Is(err, watch.ErrNewer) || len(fresh) != 1 {
			t.Errorf("%s: %v, %v; want ErrNewer and the Entry", why, fresh, err)
		}
		if h := read(t, table, key); !reflect.DeepEqual(h, attention.History{}) {
			t.Errorf("%s: read %+v, want nothing", why, h)
		}
		out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &name, Key: map[string]types.AttributeValue{"pk": it["pk"], "sk": it["sk"]}})
		if err != nil || !reflect.DeepEqual(out.Item, it) {
			t.Errorf("%s: %v, %v; want what was there", why, out.Item, err)
		}
	}
}

// TestUnknownMembersStay: those that a later version adds, for readers like this
// one.
func TestUnknownMembersStay(t *testing.T) {
	client, name := newTable(t)
	pk := &types.AttributeValueMemberS{Value: "history#" + userKey.String()}
	it := map[string]types.AttributeValue{
		"pk": pk, "sk": &types.AttributeValueMemberS{Value: "history"}, "token_of_write": &types.AttributeValueMemberS{Value: "theirs"},
		"doc": &types.AttributeValueMemberS{Value: `{"v":1,"tomorrow":{"a":1}}`},
	}
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &name, Item: it}); err != nil {
		t.Fatal(err)
	}
	update(t, dynamo.New(client, name), userKey, adds(mark(1)))
	out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &name, Key: map[string]types.AttributeValue{"pk": pk, "sk": it["sk"]}})
	if err != nil {
		t.Fatal(err)
	}
	if doc, ok := out.Item["doc"].(*types.AttributeValueMemberS); !ok || !strings.Contains(doc.Value, `"tomorrow":{"a":1}`) || !strings.Contains(doc.Value, `"marks"`) {
		t.Errorf("stored %v", out.Item["doc"])
	}
}

// at is the same table at another time.
func at(client dynamo.Client, name string, now time.Time) *dynamo.Table {
	table := dynamo.New(client, name)
	table.Now = func() time.Time { return now }
	return table
}

// TestHistoriesExpire: an expired one that is still there counts as gone, and is
// written over. moto deletes none, so it is still there.
func TestHistoriesExpire(t *testing.T) {
	client, name := newTable(t)
	login := mark(1)
	login.What = attention.Login
	homeKey := watch.Key{Scope: scope, Of: attention.Key{Kind: attention.Source, Name: "198.51.100.1"}}
	for _, c := range []struct {
		why  string
		key  watch.Key
		mark attention.Mark
		days int // it lives; 0: for ever
	}{
		{"a stranger is one of millions", sourceKey, mark(1), 30},
		{"a known source is known for 90 days", homeKey, login, 200},
		{"a user's sources are known for 90 days", userKey, mark(1), 200},
		{"learning does not begin again", fleetKey, mark(1), 0},
	} {
		update(t, at(client, name, noon), c.key, adds(c.mark))
		days := max(c.days, 5000)
		if c.days > 0 {
			days = c.days
			before := at(client, name, noon.AddDate(0, 0, days).Add(-time.Second))
			if len(read(t, before, c.key).Marks) != 1 {
				t.Errorf("%s: gone before %d days", c.why, days)
			}
		}
		after := at(client, name, noon.AddDate(0, 0, days))
		if got, want := len(read(t, after, c.key).Marks), 1-min(c.days, 1); got != want {
			t.Errorf("%s: after %d days there are %d marks, want %d", c.why, days, got, want)
		}
		update(t, after, c.key, adds(mark(2)))
		if got, want := len(read(t, after, c.key).Marks), 2-min(c.days, 1); got != want {
			t.Errorf("%s: with another one there are %d marks, want %d", c.why, got, want)
		}
	}
}
