package watch

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
)

// line gives an Entry a line of a connection.
func line(e Entry, pid int) Entry {
	e.Finding.Lines = []attention.Line{{Host: "web-1", PID: pid}}
	return e
}

func from(e Entry, source string) Entry {
	e.Finding.Source = netip.MustParseAddr(source)
	e.ID += source
	return e
}

func withReason(e Entry, reason string) Entry {
	e.Finding.Reason = reason
	return e
}

func inFleet(e Entry, fleet string) Entry {
	e.Origin.Fleet = fleet
	e.ID += fleet
	return e
}

// shape prints groups as "a b|c", by rule and user.
func shape(groups [][]Entry) string {
	var parts []string
	for _, g := range groups {
		var names []string
		for _, e := range g {
			names = append(names, e.Finding.Rule+"/"+e.Finding.User)
		}
		parts = append(parts, strings.Join(names, " "))
	}
	return strings.Join(parts, "|")
}

func TestGroup(t *testing.T) {
	const minute = time.Minute
	high, medium, ban := attention.High, attention.Medium, attention.Ban
	cases := []struct {
		why  string
		give []Entry
		want string
	}{
		{"one cause across users", []Entry{found(medium, "out", "a", 0), found(medium, "out", "b", 9*minute)}, "out/a out/b"},
		{"ten minutes apart it is another time", []Entry{found(medium, "out", "a", 0), found(medium, "out", "b", 10*minute)}, "out/a|out/b"},
		{"but not where one lies between", []Entry{found(medium, "out", "a", 0), found(medium, "out", "c", 10*minute), found(medium, "out", "b", 5*minute)}, "out/a out/b out/c"},
		{"another cause", []Entry{found(medium, "out", "a", 0), found(medium, "in", "a", 0)}, "in/a|out/a"},
		{"of one connection, the gravest first", []Entry{line(found(medium, "out", "a", 0), 7), line(found(high, "in", "a", 1), 7)}, "in/a out/a"},
		{"of one login, the reason that the rules name first, whatever its ID", []Entry{
			line(found(high, "login", "a", 0), 7), line(withReason(found(high, "login", "b", 0), "after-failures"), 7),
		}, "login/b login/a"},
		{"the listener speaks for many connections", []Entry{line(found(medium, "out", "a", 0), 1), line(from(found(medium, "in", "a", 0), "192.0.2.8"), 1)}, "in/a|out/a"},
		{"lines without a process are of no connection", []Entry{line(found(medium, "out", "a", 0), 0), line(found(medium, "in", "a", 0), 0)}, "in/a|out/a"},
		{"a process number comes again", []Entry{line(found(medium, "out", "a", 0), 7), line(found(medium, "in", "a", 10*minute), 7)}, "out/a|in/a"},
		{"cause and connection make one of three", []Entry{
			line(found(medium, "out", "a", 0), 7), line(found(medium, "in", "b", 0), 8), line(found(medium, "in", "a", 1), 7),
		}, "in/b out/a in/a"},
		{"two scopes are two readers", []Entry{inFleet(found(medium, "out", "a", 0), "x"), inFleet(found(medium, "out", "b", 0), "y")}, "out/a|out/b"},
		{"ban tools want a message for each source", []Entry{found(ban, "guess", "", 0), from(found(ban, "guess", "", 0), "192.0.2.8")}, "guess/|guess/"},
		{"and none about people", []Entry{line(found(ban, "guess", "", 0), 7), line(found(high, "in", "a", 0), 7)}, "in/a|guess/"},
		{"nothing", nil, ""},
	}
	for _, c := range cases {
		t.Run(c.why, func(t *testing.T) {
			if got := shape(group(c.give)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestGroupKeepsAll: every Entry is in one group, whatever the order they come
// in, and the groups do not hang on it.
func TestGroupKeepsAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var list []Entry
		for n := range 12 {
			e := found(attention.Severity(r.IntN(4)), fmt.Sprint("rule", r.IntN(3)), fmt.Sprint("user", n), time.Duration(r.IntN(40))*time.Minute)
			list = append(list, line(e, r.IntN(4)))
		}
		want := shape(group(list))
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		groups := group(list)
		if got := shape(groups); got != want {
			t.Fatalf("in another order %s\nbefore           %s", got, want)
		}
		if n := len(slices.Concat(groups...)); n != len(list) {
			t.Fatalf("%d of %d entries are in %s", n, len(list), want)
		}
	}
}
