package dynamo_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/dynamo"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
)

// A silent Notifier sends nothing.
type silent struct{}

func (silent) Notify(context.Context, notice.Notice) error { return nil }

// oneUser is a judge for whom only user's keys have news: each batch one Mark,
// and one Finding where it finds.
func oneUser(finds bool) func(attention.Key, attention.History, []attention.Mark, attention.World) (attention.History, []attention.Finding) {
	return func(k attention.Key, past attention.History, marks []attention.Mark, _ attention.World) (attention.History, []attention.Finding) {
		if k.Kind != attention.User || slices.Contains(past.Marks, marks[0]) {
			return past, nil
		}
		if !finds {
			return with(past, marks[0]), nil
		}
		return with(past, marks[0]), []attention.Finding{{Rule: "login", Reason: "after-failures", Severity: attention.High, Key: k, At: marks[0].Time(), First: marks[0].Time(), User: k.Name, Count: 1}}
	}
}

// batch reads lines that sshd of web-1 wrote.
func batch(messages ...string) watch.Batch {
	var records []syslog.Record
	for i, m := range messages {
		r := syslog.Parse(fmt.Sprintf("Mar  2 12:00:%02d web-1 sshd[%d]: %s", i, 100+i, m))
		r.Time = noon.Add(time.Duration(i) * time.Second)
		records = append(records, r)
	}
	return watch.Batch{Origin: origin, Events: (&sshd.Reader{}).Read(records)}
}

// TestCalls is the bill: which calls a batch makes, once its host is known and
// its container has asked the outbox.
func TestCalls(t *testing.T) {
	noise := []string{
		"Connection closed by 198.51.100.9 port 4242 [preauth]",
		"Received disconnect from 198.51.100.10 port 4242:11: Bye Bye [preauth]",
		"Bad protocol version identification 'GET / HTTP/1.1' from 198.51.100.11 port 4242",
	}
	guess := "Failed password for root from 192.0.2.7 port 4242 ssh2"
	for _, c := range []struct {
		why     string
		finds   bool
		lines   []string
		writes  map[string]int // calls
		written float64        // units
	}{
		{"noise: its receipt alone", false, noise, map[string]int{"PutItem": 1}, 1},
		{"one key with news: it and the receipt", false, append(noise, guess), map[string]int{"PutItem": 2}, 2},
		{"a Finding: History and Entry in one transaction, twice the price; quota, told, receipt", true, append(noise, guess),
			map[string]int{"TransactWriteItems": 1, "PutItem": 2, "UpdateItem": 1}, 2*2 + 1 + 1 + 1},
	} {
		t.Run(c.why, func(t *testing.T) {
			client, name := newTable(t)
			m := &meddler{Client: client}
			table := dynamo.New(m, name)
			w := &watch.Watcher{Memory: table, Outbox: table, Ledger: table, Mutes: table, Notifier: silent{}, Now: func() time.Time { return noon.Add(time.Minute) }}
			if c.finds || len(c.lines) > len(noise) {
				w.Judge = oneUser(c.finds)
			}
			take(t, w, batch(noise[:1]...)) // the host is known from here on, and its sources
			take(t, w, batch(noise...))
			m.reset()
			take(t, w, batch(append([]string{"Connection closed by 198.51.100.9 port 4243 [preauth]"}, c.lines...)...))
			t.Logf("calls %v, units %+v", m.calls, m.units)
			for _, call := range []string{"PutItem", "UpdateItem", "TransactWriteItems"} {
				if m.count(call) != c.writes[call] {
					t.Errorf("%s: %d times, want %d", call, m.count(call), c.writes[call])
				}
			}
			if m.units.writes != c.written {
				t.Errorf("%v units written, want %v", m.units.writes, c.written)
			}
		})
	}
}

func take(t *testing.T, w *watch.Watcher, b watch.Batch) {
	t.Helper()
	if r, err := w.Batch(t.Context(), b); err != nil || !r.Fresh {
		t.Fatalf("batch: %+v, %v", r, err)
	}
}

// TestIdle: to see that there is nothing to do costs a read for each thing.
func TestIdle(t *testing.T) {
	client, name := newTable(t)
	m := &meddler{Client: client}
	table := dynamo.New(m, name)
	for _, e := range everything {
		if e.call != "Query" {
			continue
		}
		m.reset()
		if err := e.do(t.Context(), table); err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"waiting": 2, "each waiting": 2, "each entry": 3, "each guess": 2, "count guesses": 2}[e.what] // lists
		if want = max(want, 1); m.count("Query") != want || len(m.calls) != 1 || m.units.reads > float64(want) {
			t.Errorf("%s: %v, %v units; want %d queries", e.what, m.calls, m.units.reads, want)
		}
	}
	w := &watch.Watcher{Memory: table, Outbox: table, Ledger: table, Mutes: table, Notifier: silent{}}
	m.reset()
	if _, err := w.Tick(t.Context(), noon.Add(37*time.Minute)); err != nil {
		t.Fatal(err)
	}
	t.Logf("an idle tick: calls %v, units %+v", m.calls, m.units)
	if reads := m.count("Query") + m.count("GetItem"); reads > 6 || m.units.writes != 0 {
		t.Errorf("an idle tick: calls %v, units %+v", m.calls, m.units)
	}
}

// TestReceiptIsOneUnit: it is the one write of nearly every batch, so it has to
// stay under a KB, also where every category was seen.
func TestReceiptIsOneUnit(t *testing.T) {
	client, name := newTable(t)
	r := receipt("0123456789abcdef")
	r.Stream = "i-0123456789abcdef0/var/log/secure"
	r.Hosts = []string{"ip-10-20-30-40.eu-central-1.compute.internal"}
	for i, c := range sshd.Categories() {
		r.Counts.Categories[fmt.Sprint(c)] = 1000 + i
	}
	r.Counts.Verdicts = map[string]int{"graph": 12345, "tooling": 6789, "human": 17}
	m := &meddler{Client: client}
	if fresh, err := dynamo.New(m, name).Receive(t.Context(), r); err != nil || !fresh || m.units.writes != 1 {
		t.Errorf("fresh %v, %v, %v units", fresh, err, m.units.writes)
	}
}

// TestActions: a role that has them may do what a Client can do, and no more.
func TestActions(t *testing.T) {
	client := reflect.TypeFor[dynamo.Client]()
	var want []string
	for i := range client.NumMethod() {
		if name := client.Method(i).Name; name != "TransactWriteItems" { // its items' actions
			want = append(want, "dynamodb:"+name)
		}
	}
	if got := slices.Sorted(slices.Values(dynamo.Actions)); !slices.Equal(got, want) {
		t.Errorf("granted %v, called %v", got, want)
	}
	if strings.Contains(strings.Join(dynamo.Actions, " "), "Scan") {
		t.Error("nothing scans the table")
	}
}
