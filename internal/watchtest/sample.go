package watchtest

import (
	"net/netip"
	"strconv"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/watch"
)

// start is when the contracts' little world begins.
var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// hostile is text that a stranger may bring into a log.
const hostile = "x'|/%2F\u202e\x1b[2J\x00\n{\"v\":9}"

var scopes = []watch.Scope{"123456789012:/var/log/secure", "123456789012:/var/log/secure2", "210987654321:/var/log/secure", "fleet:all|of/them"}

func originOf(scope watch.Scope) watch.Origin {
	return watch.Origin{Fleet: string(scope), Stream: "web-1"}
}

func keyOf(scope watch.Scope, kind attention.KeyKind, name string) watch.Key {
	return watch.Key{Scope: scope, Of: attention.Key{Kind: kind, Name: name}}
}

var userKey = keyOf(scopes[0], attention.User, "alice")

// mark is a fact that differs from all others by n.
func mark(n int) attention.Mark {
	return attention.Mark{
		What: attention.Failure, At: start.Unix() + int64(n), ID: uint64(n) + 1<<63, User: "alice",
		Source: netip.MustParseAddr("2001:db8::"), Host: hostile, Method: "password", Kind: "failed", Times: 3,
	}
}

// with is a History with one more Mark, at its end.
func with(past attention.History, m attention.Mark) attention.History {
	past.Version = attention.HistoryVersion
	past.Marks = append(past.Marks[:len(past.Marks):len(past.Marks)], m)
	return past
}

// entry is something that was found at the start, due then.
func entry(id string) watch.Entry {
	return watch.Entry{
		ID: id, Origin: originOf("a"), Found: start, Due: start,
		Finding: attention.Finding{
			Rule: "login", Reason: "after-failures", Severity: attention.High, Key: userKey.Of,
			At: start, First: start.Add(-time.Hour), Count: 7, Host: "web-1", User: hostile, Users: []string{"bob"},
			Source: netip.MustParseAddr("192.0.2.7"), Detail: map[string]string{"method": "password", "empty": ""},
			Lines: []attention.Line{{At: start, Host: "web-1", Program: "sshd", PID: 4711, Text: hostile}},
			Quiet: start.Add(6 * time.Hour),
		},
	}
}

func entries(n int) []watch.Entry {
	var list []watch.Entry
	for i := range n {
		list = append(list, entry("e"+strconv.Itoa(i)))
	}
	return list
}

// finds is a Judge that finds these, and remembers it by a Mark.
func finds(found ...watch.Entry) watch.Judge {
	return func(past attention.History) (attention.History, []watch.Entry) {
		return with(past, mark(len(past.Marks))), found
	}
}
