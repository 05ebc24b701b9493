package attention

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzJudge: bytes drive Marks in some keys' batches. Whatever they are, what
// Judge returns is in order, within its bounds and the same the second time, and
// every Finding is complete.
func FuzzJudge(f *testing.F) {
	f.Add(uint8(Source), slices.Repeat([]byte{byte(Failure), 1, 0, 0, 4, 1, 1, 0}, 40))
	f.Add(uint8(User), []byte("\x01\x00\x00\x01\x01\x01\x01\x00\x06\x00\x01\x00\x02\x01\x02\x00\x06\x00\x01\x00\x02\x01\x02\x00"))
	f.Add(uint8(Host), []byte("\x09\x00\x00\x00\x00\x00\x00\x00\x0b\x01\x00\x00\x00\x00\x00\x01"))
	f.Add(uint8(Fleet), []byte("\x06\x00\x00\x00\x01\x01\x01\x00\x06\x00\x00\x00\x02\x01\x02\x00\x06\x00\x00\x00\x03\x01\x03\x00"))
	f.Add(uint8(Source), []byte("\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		key := Key{KeyKind(kind % 4), []string{"", "203.0.113.7", "alice", "web-1"}[kind%4]}
		var h History
		world := World{Config: learned(), Source: func(netip.Addr) History { return h }}
		for batch := range slices.Chunk(fuzzMarks(data[:min(len(data), 2048)]), 7) {
			for _, m := range batch {
				world.Now = latest(world.Now, m.Time())
			}
			after, found := Judge(key, h, batch, world)
			checkHistory(t, after)
			checkFindings(t, key, found)
			if again, more := Judge(key, after, batch, world); len(more) > 0 || !slices.Equal(again.Marks, after.Marks) {
				t.Fatalf("%s: the second time %s, changed %v", key, said(more), difference(after.Marks, again.Marks))
			}
			h = after
		}
	})
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// fuzzMarks reads a Mark from every 8 bytes: sort, time, repeats, names.
func fuzzMarks(data []byte) (marks []Mark) {
	for part := range slices.Chunk(data, 8) {
		var b [8]byte
		copy(b[:], part)
		m := Mark{What: What(b[0] % 20), At: began.Unix() + int64(int16(binary.BigEndian.Uint16(b[1:])))*60 + int64(b[3]), Times: int(b[3] % 8), ID: uint64(b[7])}
		m.User = []string{"", "alice", "bob", "root"}[b[4]%4]
		m.Name = uint32(b[4] / 4)
		m.Source = []netip.Addr{{}, netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("10.0.0.7"), netip.MustParseAddr("2001:db8::")}[b[5]%4]
		m.Host = []string{"", "web-1", "web-2", "web-3"}[b[6]%4]
		m.Method = []string{"", "password", "publickey", "keyboard-interactive/pam"}[b[5]/4%4]
		m.Credential = m.Method
		m.Kind = []string{"", "not-allowed", "key-not-from-here", "guessing", "new-key", "cannot-bind"}[b[6]/4%6]
		marks = append(marks, m)
	}
	return marks
}

func checkHistory(t *testing.T, h History) {
	t.Helper()
	if !slices.IsSortedFunc(h.Marks, func(a, b Mark) int { return a.order(&b) }) {
		t.Fatal("the Marks are not in order")
	}
	for what, b := range bounds {
		most := b.most + b.first + b.last + b.most/max(1, b.first+b.last)*b.sources + b.sources
		if what == Login {
			most += secretLogins.most + secretLogins.first + secretLogins.last
		}
		if n := len(h.of(what)); n > most {
			t.Fatalf("%d Marks of sort %d, want at most %d", n, what, most)
		}
	}
	var back History
	if err := json.Unmarshal(must(json.Marshal(h)), &back); err != nil || fmt.Sprint(back) != fmt.Sprint(h) {
		t.Fatalf("from JSON comes another History: %v", err)
	}
}

func checkFindings(t *testing.T, key Key, found []Finding) {
	t.Helper()
	for _, f := range found {
		if !slices.Contains(everyCause(), f.Rule+"/"+f.Reason) || f.Severity > High || f.Key != key {
			t.Fatalf("no such Finding: %s", said([]Finding{f}))
		}
		if f.Count < 1 || len(f.Evidence) == 0 || f.First.After(f.At) || !f.Quiet.After(f.At) {
			t.Fatalf("incomplete: %+v", f)
		}
	}
}

// FuzzKey: a key's name in a store is safe, of bounded length, and no other's.
func FuzzKey(f *testing.F) {
	f.Add(uint8(User), "alice", "Alice")
	f.Add(uint8(User), "a/../b", "a%2F..%2Fb")
	f.Add(uint8(Host), "web 1", "web%201")
	f.Add(uint8(Source), "2001:db8::", "")
	f.Add(uint8(User), strings.Repeat("x", 64), strings.Repeat("x", 65))
	f.Add(uint8(User), strings.Repeat("x", 64)+"~0", strings.Repeat("\xff", 64))
	f.Fuzz(func(t *testing.T, kind uint8, a, b string) {
		ka, kb := Key{KeyKind(kind % 4), a}, Key{KeyKind(kind % 4), b}
		if ka.Kind != Fleet && a != b && ka.String() == kb.String() {
			t.Errorf("%q and %q are both %s", a, b, ka)
		}
		for _, r := range ka.String() {
			if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:%~/", r) {
				t.Errorf("%q: %q is not safe", ka, r)
			}
		}
		if n := len(ka.String()); n > 100 || strings.Count(ka.String(), "/") > 1 {
			t.Errorf("%s: %d bytes, or a path", ka, n)
		}
	})
}

// FuzzObserve: whatever a line says, its Marks are bounded and lie under keys
// that have a name.
func FuzzObserve(f *testing.F) {
	for _, text := range talks {
		f.Add("2026-11-20T08:00:00Z web-1 sshd[7]: " + strings.NewReplacer("U", "alice", "A", "203.0.113.7", "P", "4001").Replace(text))
	}
	f.Fuzz(func(t *testing.T, log string) {
		for key, marks := range Observe(read(strings.Split(log, "\n")), learned()).Marks {
			for _, m := range marks {
				if max(len(m.User), len(m.Host), len(m.Credential), len(m.Method)) > longestWord || len(m.Detail) > longestDetail+200 || m.Times < 0 {
					t.Errorf("%s: too long: %+v", key, m)
				}
			}
			if (key.Kind == User || key.Kind == Source) && key.Name == "" {
				t.Errorf("%s has no name: %+v", key, marks)
			}
		}
	})
}
