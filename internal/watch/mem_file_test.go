package watch

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
)

var aliceKey = Key{"123456789012:/var/log/secure", attention.Key{Kind: attention.User, Name: "alice"}}

// fullMem holds something of everything, at noon.
func fullMem(t *testing.T) *Mem {
	t.Helper()
	m := &Mem{}
	e := found(attention.Medium, "login", "alice", 0)
	_, err := m.Update(t.Context(), aliceKey, func(attention.History) (attention.History, []Entry) {
		return attention.History{Version: 1, Since: 5, Marks: []attention.Mark{{What: attention.Login, At: 7, User: "alice\x00\u202e"}}}, []Entry{e}
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Mute(aliceKey.Scope, Mute{Rule: "login", Until: noon.Add(time.Hour), Why: "a test"})
	r := Receipt{Scope: aliceKey.Scope, Bucket: BucketOf(noon), Batch: "b", Newest: noon, Arrived: noon, Counts: Counts{Lines: 3}}
	if _, err := m.Receive(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Fold(t.Context(), BucketOf(noon), noon.Add(time.Hour), func(Row) {}); err != nil {
		t.Fatal(err)
	}
	err = m.Spend(t.Context(), aliceKey.Scope, func(q Quota) Quota { q, _ = q.admit([]Entry{e}, noon); return q })
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// asFile is what Save would write, as text that can be compared.
func asFile(t *testing.T, m *Mem, now time.Time) string {
	t.Helper()
	raw, err := json.MarshalIndent(m.file(now), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory.json")
	m := fullMem(t)
	if err := m.Save(path, noon); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: others may read who logs in", info.Mode(), err)
	}
	loaded, err := LoadMem(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := asFile(t, loaded, noon), asFile(t, m, noon); got != want {
		t.Errorf("loaded %s\nsaved %s", got, want)
	}
	for _, part := range []string{"histories", "entries", "quotas", "receipts", "rows", "mutes"} {
		if strings.Contains(asFile(t, loaded, noon), `"`+part+`": null`) || strings.Contains(asFile(t, loaded, noon), `"`+part+`": {}`) {
			t.Errorf("no %s were kept", part)
		}
	}
	if taken, err := loaded.Take(t.Context(), Pending, noon.Add(time.Hour), noon.Add(2*time.Hour), 9); err != nil || len(taken) != 1 {
		t.Errorf("took %v, %v: what was not told is lost", taken, err)
	}
}

// TestSaveForgetsWhatExpired: by the wall clock, in 40 days.
func TestSaveForgetsWhatExpired(t *testing.T) {
	m := fullMem(t)
	for _, e := range m.Entries() {
		if err := m.Settle(t.Context(), []string{e.ID}, Told); err != nil {
			t.Fatal(err)
		}
	}
	file := m.file(noon.Add(40 * 24 * time.Hour))
	if len(file.Entries)+len(file.Receipts)+len(file.Mutes) > 0 {
		t.Errorf("kept %+v", file)
	}
	if len(file.Histories) != 1 || len(file.Rows) != 1 {
		t.Errorf("lost histories or rows: %+v", file)
	}
}

// TestSaveIsAtomic: what cannot be written leaves what was there, and no rest.
func TestSaveIsAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "memory.json")
	if err := os.Mkdir(path, 0o700); err != nil { // a folder cannot be renamed over
		t.Fatal(err)
	}
	if err := fullMem(t).Save(path, noon); err == nil {
		t.Fatal("saved over a folder")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	cases := map[string]string{
		"not JSON at all":           "Mar  2 10:00:00 web-1 sshd[1]: Server listening",
		"JSON without a version":    `{"histories":{}}`,
		"a later version":           `{"version":2}`,
		"a version below the first": `{"version":-1}`,
		"another shape":             `{"version":1,"histories":[]}`,
		"cut off":                   `{"version":1,"histories":{"a":`,
	}
	for why, text := range cases {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadMem(path); !errors.Is(err, ErrFile) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", why, err)
		}
	}
	if m, err := LoadMem(filepath.Join(t.TempDir(), "none")); err != nil || len(m.Entries()) != 0 {
		t.Errorf("a file that is not there: %v, %v", m, err)
	}
}

// TestNewerHistory: a History of a later version is taken for absent and not
// written; what a later version adds to ours stays.
func TestNewerHistory(t *testing.T) {
	newer := `{"v":99,"marks":"in another shape","more":[1]}`
	ours := `{"v":1,"marks":[{"w":1,"t":7}],"more":{"a":1}}`
	bob := Key{aliceKey.Scope, attention.Key{Kind: attention.User, Name: "bob"}}
	m := &Mem{}
	text := `{"version":1,"unknown":[],"histories":{"` + aliceKey.String() + `":` + newer + `,"` + bob.String() + `":` + ours + `}}`
	if err := m.read(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	judge := func(id string) Judge {
		return func(past attention.History) (attention.History, []Entry) {
			past.Version = attention.HistoryVersion
			past.Marks = append(past.Marks[:len(past.Marks):len(past.Marks)], attention.Mark{What: attention.Close, At: 9})
			return past, []Entry{{ID: id}}
		}
	}
	if fresh, err := m.Update(t.Context(), aliceKey, judge("a")); !errors.Is(err, ErrNewer) || len(fresh) != 1 {
		t.Errorf("newer: %v, %v; want ErrNewer and the Entry", fresh, err)
	}
	if fresh, err := m.Update(t.Context(), bob, judge("b")); err != nil || len(fresh) != 1 {
		t.Errorf("ours: %v, %v", fresh, err)
	}
	if h, err := m.Read(t.Context(), aliceKey); err != nil || !reflect.DeepEqual(h, attention.History{}) {
		t.Errorf("newer reads as %v, %v", h, err)
	}
	raw, err := json.Marshal(m.file(noon).Histories)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if !jsonEqual(t, got[aliceKey.String()], newer) {
		t.Errorf("newer was written: %s", raw)
	}
	if b := got[bob.String()]; b["more"] == nil || len(b["marks"].([]any)) != 2 {
		t.Errorf("ours became %s", raw)
	}
}

func jsonEqual(t *testing.T, got map[string]any, want string) bool {
	t.Helper()
	var w map[string]any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(got, w)
}

// TestSameHistoryKnowsAllMembers: a member that SameHistory does not compare
// would not be stored when it alone changes.
func TestSameHistoryKnowsAllMembers(t *testing.T) {
	if n := reflect.TypeFor[attention.History]().NumField(); n != 4 {
		t.Errorf("attention.History has %d members, SameHistory compares 4", n)
	}
	if n := len(historyMembers); n != 4 || historyMembers[""] {
		t.Errorf("its names in JSON are %v", historyMembers)
	}
}

// TestMemIsBounded: a storm of sources does not fill the memory, and does not
// drive out who logged in.
func TestMemIsBounded(t *testing.T) {
	m := &Mem{MaxMarks: 1000}
	put := func(kind attention.KeyKind, name string, what attention.What, n int) {
		key := Key{"s", attention.Key{Kind: kind, Name: name}}
		_, err := m.Update(t.Context(), key, func(h attention.History) (attention.History, []Entry) {
			for i := range n {
				h.Marks = append(h.Marks, attention.Mark{What: what, ID: uint64(i)})
			}
			return h, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put(attention.Fleet, "", attention.Login, 5)
	put(attention.User, "alice", attention.Login, 5)
	put(attention.Source, "192.0.2.1", attention.Login, 5)
	for i := range 2000 {
		put(attention.Source, "guesser"+string(rune('a'+i%26))+time.Duration(i).String(), attention.Failure, 5)
		if m.marks > 1000 {
			t.Fatalf("%d marks", m.marks)
		}
	}
	for _, k := range []attention.Key{{Kind: attention.Fleet}, {Kind: attention.User, Name: "alice"}, {Kind: attention.Source, Name: "192.0.2.1"}} {
		if h, err := m.Read(t.Context(), Key{"s", k}); err != nil || len(h.Marks) != 5 {
			t.Errorf("%s was forgotten: %v, %v", k, h, err)
		}
	}
}

// FuzzLoad: whatever a file holds, it is refused or read, and what was read is
// written and read again as the same.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"version":1,"histories":{"s|user/a":{"v":1,"marks":[{"w":1,"t":7,"a":"192.0.2.1"}],"x":1},"s|fleet":{"v":9}},"entries":[{"id":"a","state":"held"}],"quotas":{"s":{"sent":[{"severity":3}]}},"receipts":[{"scope":"s","batch":"b"}],"rows":[{"scope":"s","batches":2}],"mutes":{"s":[{"source":"192.0.2.0/24"}]}}`))
	f.Add([]byte(`{"version":1}`))
	f.Add([]byte(`{"version":1,"histories":{"":null},"entries":[null]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := &Mem{}
		if m.read(bytes.NewReader(raw)) != nil {
			return
		}
		once, err := json.Marshal(m.file(noon))
		if err != nil {
			t.Fatalf("read, but not written: %v", err)
		}
		again := &Mem{}
		if err := again.read(bytes.NewReader(once)); err != nil {
			t.Fatalf("written, but not read: %v\n%s", err, once)
		}
		if a, b := len(again.histories), len(m.histories); a != b {
			t.Errorf("%d histories of %d", a, b)
		}
	})
}
