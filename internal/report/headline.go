package report

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// headlines is how many sentences there are at most, namedInOne how many things
// one of them names.
const (
	headlines  = 6
	namedInOne = 4
)

// headline says what changed, the most important first. It is made of the items
// alone.
func (n *News) headline() []string {
	said := []string{}
	for _, say := range []func(*News) []string{
		(*News).sayLogins, (*News).sayUsers, (*News).sayLockouts, (*News).saySilent, (*News).saySoftware, (*News).sayKeys,
		(*News).sayNets, (*News).sayNames, (*News).saySources, (*News).sayUnlocked, (*News).sayHosts, (*News).sayRestarts, (*News).sayKinds, (*News).sayWordings,
	} {
		said = append(said, say(n)...)
	}
	return said[:min(len(said), headlines)]
}

// of are the items of a sort and a change, and how many others there are.
func (n *News) of(what string, changes ...string) (items []New, left int) {
	for _, change := range changes {
		left += n.left[what+change]
	}
	for _, item := range n.Items {
		for _, change := range changes {
			if item.What == what && item.Change == change {
				items = append(items, item)
			}
		}
	}
	return items, left
}

// oneSentence names all of these in a sentence; none where there are none. The
// verb has a form for one and one for many.
func oneSentence(items []New, left int, before, one, many string) []string {
	names := distinct(items)
	if len(names) == 0 {
		return nil
	}
	verb := one
	if len(names)+left > 1 {
		verb = many
	}
	return []string{before + listed(names, left) + verb}
}

// distinct are the names of items, each once.
func distinct(items []New) []string {
	var names []string
	seen := map[string]bool{}
	for _, item := range items {
		if name := orNone(item.Name, "no name"); !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names
}

// listed names some of a list in words: "a, b and 3 others".
func listed(names []string, left int) string {
	shown := names[:min(len(names), namedInOne)]
	left += len(names) - len(shown)
	switch {
	case left > 0:
		return strings.Join(shown, ", ") + " and " + count(left, "other")
	case len(shown) == 1:
		return shown[0]
	}
	return strings.Join(shown[:len(shown)-1], ", ") + " and " + shown[len(shown)-1]
}

func (n *News) sayLogins() []string {
	items, left := n.of("login", changeNew)
	return oneSentence(items, left, "", " logged in for the first time in this log", " logged in for the first time in this log")
}

func (n *News) sayKeys() []string {
	items, left := n.of("key", changeNew)
	return oneSentence(byUser(items), left, "", " used a new credential", " used new credentials")
}

func (n *News) saySources() []string {
	items, left := n.of("source", changeNew)
	return oneSentence(byUser(items), left, "", " came from a new place", " came from new places")
}

// byUser names items by their users.
func byUser(items []New) []New {
	named := make([]New, len(items))
	for i, item := range items {
		named[i] = New{Name: item.subject()}
	}
	return named
}

// lastUsers is how many who stopped are told of one by one.
const lastUsers = 2

func (n *News) sayUsers() []string {
	items, left := n.of("user", changeStopped)
	if len(items) > lastUsers {
		return oneSentence(items, left, "", "", " logged in regularly, and have not any more")
	}
	var said []string
	for _, item := range items {
		text := fmt.Sprintf("%s, who logged in %s, has not since %s", item.Name, often(item.Before), dayOf(*item.Last))
		if i := n.lockout(item.Name); i >= 0 {
			text += ", and is locked out since " + dayOf(*n.Items[i].First)
		}
		said = append(said, text)
	}
	return said
}

// lockout is which item says that a user is locked out; -1: none.
func (n *News) lockout(user string) int {
	return slices.IndexFunc(n.Items, func(item New) bool {
		return item.What == "lockout" && item.Change == changeNew && item.User == user
	})
}

// hasStopped says whether a sentence of sayUsers tells of a user.
func (n *News) hasStopped(user string) bool {
	items, _ := n.of("user", changeStopped)
	return len(items) <= lastUsers && slices.ContainsFunc(items, func(item New) bool { return item.Name == user })
}

// often says a rate of logins in words.
func often(perDay float64) string {
	switch {
	case perDay >= 1.5:
		return rate(perDay) + " times a day"
	case perDay >= 0.5:
		return "on most days"
	}
	return "now and then"
}

func (n *News) sayLockouts() []string {
	items, left := n.of("lockout", changeNew)
	items = slices.DeleteFunc(items, func(item New) bool { return n.hasStopped(item.User) })
	named := byUser(items)
	if len(distinct(named)) == 1 && left == 0 {
		return []string{named[0].Name + " is locked out since " + dayOf(*items[0].First)}
	}
	return oneSentence(named, left, "", "", " are locked out")
}

// sayUnlocked tells of those who have logged in since.
func (n *News) sayUnlocked() []string {
	items, left := n.of("lockout", changeStopped)
	return oneSentence(byUser(items), left, "", " was locked out, and has logged in since", " were locked out, and have logged in since")
}

// saySilent does not say that a host is silent: its file may have ended.
func (n *News) saySilent() []string {
	items, left := n.of("host", changeStopped)
	if len(items) == 1 && left == 0 {
		return []string{"the log holds nothing of " + hostName(items[0]) + " since " + dayOf(*items[0].Last) + items[0].Last.Format(" 15:04")}
	}
	return oneSentence(items, left, "the log holds nothing any more of ", "", "")
}

func hostName(item New) string { return orNone(item.Name, "no host name") }

func (n *News) sayHosts() []string {
	items, left := n.of("host", changeNew)
	return oneSentence(items, left, "", " is a host new to this log", " are hosts new to this log")
}

// saySoftware puts hosts together that went the same way.
func (n *News) saySoftware() []string {
	items, left := n.of("openssh", changeUpgrade, changeDowngrade)
	var said []string
	for len(items) > 0 {
		first, same, others := items[0], []New(nil), []New(nil)
		for _, item := range items {
			if item.Change == first.Change && item.To == first.To {
				same = append(same, item)
				continue
			}
			others = append(others, item)
		}
		verb := map[string]string{changeUpgrade: " upgraded to OpenSSH ", changeDowngrade: " put back to OpenSSH "}[first.Change] + first.To
		said = append(said, oneSentence(same, left, "", " was"+verb, " were"+verb)...)
		items, left = others, 0
	}
	return said[:min(len(said), 2)]
}

func (n *News) sayRestarts() []string {
	items, left := n.of("restart", changeNew)
	upgraded := map[string]bool{}
	for _, item := range n.Items {
		if item.What == "openssh" {
			upgraded[item.Name] = true // says it already
		}
	}
	var others []New
	for _, item := range items {
		if !upgraded[item.Name] {
			others = append(others, item)
		}
	}
	often := slices.DeleteFunc(slices.Clone(others), func(item New) bool { return item.Count < maxRestarts })
	others = slices.DeleteFunc(others, func(item New) bool { return item.Count >= maxRestarts })
	said := oneSentence(often, 0, "sshd restarted at least "+count(maxRestarts, "time")+" on ", "", "")
	return append(said, oneSentence(others, left, "sshd restarted on ", "", "")...)
}

// netsSaid is how many networks are told of at most, one by one.
const netsSaid = 2

func (n *News) sayNets() []string {
	items, _ := n.of("net", changeNew, changeMore, changeLess, changeStopped)
	var said []string
	for _, item := range items[:min(len(items), netsSaid)] {
		said = append(said, item.Name+turned(item))
	}
	return said
}

// hardly is to which part of it a rate must have fallen that it all but stopped.
const hardly = 20

// turned says what became of a rate.
func turned(item New) string {
	before, now := rate(item.Before), rate(item.Now)
	switch {
	case item.Change == changeStopped:
		return " stopped on " + dayOf(*item.Last) + ", after " + before + " attempts a day"
	case item.Change == changeNew:
		return " began: " + now + " attempts a day"
	case item.Before > hardly*item.Now:
		return " all but stopped: from " + before + " attempts a day to " + now
	}
	return " went from " + before + " to " + now + " attempts a day"
}

func (n *News) sayNames() []string {
	items, left := n.of("name", changeNew)
	before := "failed attempts began with the name "
	if len(items)+left > 1 {
		before = "failed attempts began with the names "
	}
	return oneSentence(items, left, before, "", "")
}

func (n *News) sayKinds() []string {
	items, _ := n.of("kind", changeNew)
	return oneSentence(items, 0, "", " was logged for the first time", " were logged for the first time")
}

func (n *News) sayWordings() []string {
	items, left := n.of("wording", changeNew)
	if len(items) == 0 {
		return nil
	}
	return []string{count(len(items)+left, "wording") + " that no row of the table knows"}
}

// rate writes how many a day.
func rate(perDay float64) string {
	switch {
	case perDay >= 9.95:
		return thousands(int(perDay + 0.5))
	case perDay < 0.05:
		return "none"
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", perDay), ".0")
}

// dayOf is a day in words.
func dayOf(t time.Time) string { return t.UTC().Format("2 Jan") }
