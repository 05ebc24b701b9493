package dynamo_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/attention"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/watch"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// secret is a user's name that no error may hold.
const secret = "correct-horse"

var (
	scope     = watch.Scope("123456789012:/var/log/secure")
	origin    = watch.Origin{Account: "123456789012", LogGroup: "/var/log/secure", Stream: "web-1"}
	userKey   = watch.Key{Scope: scope, Of: attention.Key{Kind: attention.User, Name: secret}}
	sourceKey = watch.Key{Scope: scope, Of: attention.Key{Kind: attention.Source, Name: "192.0.2.7"}}
	fleetKey  = watch.Key{Scope: scope}
)

func mark(n int) attention.Mark {
	return attention.Mark{What: attention.Failure, At: noon.Unix() + int64(n), ID: uint64(n) + 1, Source: netip.MustParseAddr("192.0.2.7")}
}

func with(h attention.History, marks ...attention.Mark) attention.History {
	h.Version = attention.HistoryVersion
	h.Marks = append(h.Marks[:len(h.Marks):len(h.Marks)], marks...)
	return h
}

// adds is a judge that adds Marks and finds Entries.
func adds(m attention.Mark, entries ...watch.Entry) watch.Judge {
	return func(past attention.History) (attention.History, []watch.Entry) { return with(past, m), entries }
}

func entry(id string) watch.Entry {
	return watch.Entry{
		ID: id, Origin: origin, Found: noon, Due: noon,
		Finding: attention.Finding{Rule: "login", Reason: "after-failures", Severity: attention.High, Key: userKey.Of, At: noon, First: noon, Count: 1, User: secret},
	}
}

func entries(n int) (list []watch.Entry) {
	for i := range n {
		list = append(list, entry(fmt.Sprint("e", i)))
	}
	return list
}

func receipt(batch string) watch.Receipt {
	return watch.Receipt{
		Scope: scope, Bucket: watch.BucketOf(noon), Batch: batch, Stream: "web-1", Hosts: []string{"web-1"}, Newest: noon, Arrived: noon,
		Counts: watch.Counts{Lines: 3, Verdicts: map[string]int{"graph": 3}, Categories: map[string]int{"preauth.disconnect": 3}},
	}
}

// update fails the test where Update does.
func update(t *testing.T, m watch.Memory, key watch.Key, judge watch.Judge) []watch.Entry {
	t.Helper()
	fresh, err := m.Update(t.Context(), key, judge)
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	return fresh
}

func read(t *testing.T, m watch.Memory, key watch.Key) attention.History {
	t.Helper()
	h, err := m.Read(t.Context(), key)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return h
}

// randomHistory has so many Marks, as different as they get.
func randomHistory(r *rand.Rand, marks int) (h attention.History) {
	word := func() string {
		var b strings.Builder
		for range 1 + r.IntN(64) {
			b.WriteRune([]rune("abcdefghijklmnopqrstuvwxyz0123456789-_\"\\<>é\x00\n\u202e")[r.IntN(45)])
		}
		return b.String()
	}
	h.Version, h.Since = attention.HistoryVersion, r.Int64N(1<<33)
	for range marks {
		h.Marks = append(h.Marks, attention.Mark{
			What: attention.What(1 + r.IntN(15)), At: noon.Unix() + r.Int64N(1<<20), ID: r.Uint64(), Name: r.Uint32(), User: word(), Host: word(),
			Source: netip.AddrFrom4([4]byte{198, 51, 100, byte(r.IntN(256))}), Method: "publickey", Credential: word(), Kind: "accepted", Detail: word(), Times: 1 + r.IntN(9),
		})
	}
	return h
}

// spoil makes an Entry one of a later version.
func spoil(t *testing.T, client dynamo.Client, table, id string) {
	t.Helper()
	_, err := client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &table,
		Key: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "entry#" + id}, "sk": &types.AttributeValueMemberS{Value: "entry"},
		},
		UpdateExpression:          aws.String("SET doc = :doc"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":doc": &types.AttributeValueMemberB{Value: []byte("zstd")}},
	})
	if err != nil {
		t.Fatal(err)
	}
}
