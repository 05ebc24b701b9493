package dynamo

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
)

// TestDocumentsArePlainWhileShort: so that the console shows them; and no longer
// than pays.
func TestDocumentsArePlainWhileShort(t *testing.T) {
	for _, c := range []struct {
		why   string
		bytes int
		plain bool
	}{
		{"empty", 2, true},
		{"one unit, with its keys", plainMost, true},
		{"might be two", plainMost + 1, false},
	} {
		value, err := encode(strings.Repeat("x", c.bytes-2))
		if err != nil {
			t.Fatal(err)
		}
		if _, plain := value.(*types.AttributeValueMemberS); plain != c.plain {
			t.Errorf("%s: %T", c.why, value)
		}
		var back string
		if err := decode(value, &back); err != nil || len(back) != c.bytes-2 {
			t.Errorf("%s: read %d bytes, %v", c.why, len(back), err)
		}
	}
}

// TestDocumentsAreBounded: 8 MiB of zeros are 8 KB packed.
func TestDocumentsAreBounded(t *testing.T) {
	packed, err := pack([]byte(`"` + strings.Repeat("0", docMost) + `"`))
	if err != nil {
		t.Fatal(err)
	}
	var s string
	if err := decode(&types.AttributeValueMemberB{Value: packed}, &s); !errors.Is(err, errDoc) || s != "" {
		t.Errorf("read %d bytes, %v", len(s), err)
	}
}

// FuzzDecode: whatever an item holds is a document, or errDoc; and a document is
// what was encoded.
func FuzzDecode(f *testing.F) {
	packed, err := pack([]byte(`{"v":1,"marks":[{"w":1,"t":1,"a":"192.0.2.7"}]}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed, true)
	f.Add(packed[:20], true)
	f.Add([]byte(`{"v":2,"marks":7}`), false)
	f.Add([]byte("\x1f\x8b\x08"), true)
	f.Fuzz(func(t *testing.T, raw []byte, binary bool) {
		var value types.AttributeValue = text(string(raw))
		if binary {
			value = &types.AttributeValueMemberB{Value: raw}
		}
		var doc watch.Document
		if err := decode(value, &doc); err != nil {
			if !errors.Is(err, errDoc) {
				t.Errorf("%v is not errDoc", err)
			}
			return
		}
		again, err := encode(doc)
		if err != nil {
			t.Fatal(err)
		}
		var back watch.Document
		if err := decode(again, &back); err != nil || !watch.SameHistory(doc.History, back.History) || doc.Newer != back.Newer {
			t.Errorf("encoded %+v\nread    %+v, %v", doc, back, err)
		}
	})
}

// largeHistory has 900 Marks, as a busy user's has: 180 KB of JSON.
func largeHistory() attention.History {
	r := rand.New(rand.NewPCG(1, 2))
	h := attention.History{Version: attention.HistoryVersion}
	for i := range int64(900) {
		h.Marks = append(h.Marks, attention.Mark{
			What: attention.Failure, At: 1_772_000_000 + i*40, ID: r.Uint64(), User: "deploy", Host: "web-1.example.org",
			Source: netip.AddrFrom4([4]byte{198, 51, 100, byte(r.IntN(256))}), Method: "password", Kind: "failed-password", Times: 1,
		})
	}
	return h
}

func BenchmarkEncode(b *testing.B) {
	doc := watch.Document{History: largeHistory()}
	raw, err := json.Marshal(doc)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		value, err := encode(doc)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(value.(*types.AttributeValueMemberB).Value)), "packed-bytes")
	}
}

func BenchmarkDecode(b *testing.B) {
	value, err := encode(watch.Document{History: largeHistory()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		var doc watch.Document
		if err := decode(value, &doc); err != nil {
			b.Fatal(err)
		}
	}
}
