package html

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/report"
)

// newsSorts are the sorts of what changed, as the table says them, and the group
// there.
var newsSorts = map[string]struct{ group, what string }{
	"login":   {people, "logged in for the first time"},
	"key":     {people, "logged in with a credential for the first time"},
	"source":  {people, "logged in from there for the first time"},
	"user":    {people, "logins"},
	"lockout": {people, "cannot log in"},
	"host":    {machines, "lines of this host"},
	"openssh": {machines, "OpenSSH"},
	"restart": {machines, "sshd was started"},
	"net":     {attackers, "attempts from this network"},
	"name":    {attackers, "attempts with this name"},
	"kind":    {messages, "messages of this kind"},
	"wording": {messages, "wording that nobody recognises"},
}

// Groups of news, in the order of the table.
const (
	people    = "People"
	machines  = "Hosts"
	attackers = "Attackers"
	messages  = "Messages"
)

// changeWords say how something changed: with a sign in the table, shortly beside
// a mark, and in a sentence.
var changeWords = map[string]struct{ sign, short, verb string }{
	"new":       {"✱\u00a0new", "new", "began"},
	"more":      {"↑\u00a0more", "more", "went up"},
	"less":      {"↓\u00a0less", "less", "went down"},
	"stopped":   {"■\u00a0stopped", "stopped", "stopped"},
	"upgrade":   {"↑\u00a0upgrade", "upgraded", "changed"},
	"downgrade": {"↓\u00a0downgrade", "downgraded", "changed"},
}

// tooShort is said where there are no News.
const tooShort = "Nobody can tell: the log is too short, or nearly nothing of it lies before its last part."

func news(p *report.Page) section {
	s := section{ID: "news", Title: "What has changed", None: "Nothing stands out."}
	if p.News == nil {
		s.None = tooShort
		return s
	}
	s.Intro = "The last part of the log, from " + moment(&p.News.Since) + " UTC on (orange), beside all before it (grey). Only changes too large to be chance."
	t := &table{Unfolded: true, Columns: columns("~who or what", "change", "@when (UTC)", "#before/day", "#now/day", "~more", "over time")}
	for _, group := range []string{people, machines, attackers, messages} {
		items := slices.DeleteFunc(slices.Clone(p.News.Items), func(n report.New) bool { return newsSorts[n.What].group != group })
		if len(items) > 0 {
			t.group(group)
		}
		for _, n := range items {
			t.Rows = append(t.Rows, newsRow(p, n))
		}
	}
	t.More = left(total(values(p.News.More)))
	s.Table = t.orNil()
	return s
}

func values(m map[string]int) []int {
	var list []int
	for _, n := range m {
		list = append(list, n)
	}
	return list
}

func newsRow(p *report.Page, n report.New) row {
	when := stamps(p)
	before, now := "", ""
	if n.Before > 0 || n.Now > 0 {
		before, now = rate(n.Before), nowADay(n)
	}
	return row{Cells: []string{newsName(n), sign(n), when(newsTime(p, n)), before, now, newsWords(n)},
		Spark: orBlank(sparkOf(n.Timeline, stepAt(p.Coarse, p.News.Since)))}
}

// nowADay is how often it comes now; what stopped may have come in the last part,
// too.
func nowADay(n report.New) string {
	if n.Change == "stopped" {
		return "none since"
	}
	return rate(n.Now)
}

// sign says how something changed; where it can have changed in one way only, what
// happened.
func sign(n report.New) string {
	switch n.What {
	case "login", "key", "source":
		return "✱\u00a0first"
	case "restart":
		return "↻\u00a0start"
	case "lockout":
		if n.Change == "stopped" {
			return "✓\u00a0in\u00a0again"
		}
		return "▲\u00a0locked\u00a0out"
	}
	return changeWords[n.Change].sign
}

// orBlank is a spark that is not drawn, so that the row has its cell.
func orBlank(s *spark) *spark {
	if s == nil {
		return &spark{}
	}
	return s
}

// stepAt is the first step that begins at a time or later.
func stepAt(t *report.Timeline, at time.Time) int {
	if t == nil {
		return 0
	}
	step := time.Duration(t.Step) * time.Second
	return max(0, int((at.Sub(t.Start)+step-1)/step))
}

// newsTime is when it changed.
func newsTime(p *report.Page, n report.New) *time.Time {
	switch n.Change {
	case "more", "less":
		return changePoint(p, n.Timeline, n.Change == "more")
	case "stopped":
		return n.Last
	}
	return n.First
}

// changePoint is when counts became more, or less: where the sum of what they
// differ from their mean is lowest, or highest (E. S. Page's cumulative sum, 1954).
// Without counts it is where the last part begins.
func changePoint(p *report.Page, counts []int, more bool) *time.Time {
	if p.Coarse == nil || len(counts) == 0 {
		return &p.News.Since
	}
	mean := float64(total(counts)) / float64(len(counts))
	sum, farthest, step := 0.0, 0.0, 0
	for i, n := range counts {
		if more {
			sum += mean - float64(n)
		} else {
			sum += float64(n) - mean
		}
		if sum > farthest {
			farthest, step = sum, i+1
		}
	}
	at := p.Coarse.Start.Add(time.Duration(step) * time.Duration(p.Coarse.Step) * time.Second)
	return &at
}

// newsName is whom or what an item is about.
func newsName(n report.New) string {
	switch n.What {
	case "key", "source":
		return shown(n.User)
	case "lockout":
		return cmp.Or(n.User, n.Source, "somebody")
	}
	return shown(n.Name)
}

// newsWords say what an item is, and what else is known of it.
func newsWords(n report.New) string {
	text := newsSorts[n.What].what
	switch n.What {
	case "login":
		text += andFrom(n)
	case "key", "source":
		text += ": " + n.Name
	case "lockout":
		if n.Change == "stopped" {
			text = "was locked out, and has logged in since"
		}
		text += ": " + what(n.Name)
	case "openssh":
		text += " " + n.From + " → " + n.To
	case "restart":
		text += timesMore(n.Count)
	}
	return text
}

// newsStory is an item in a sentence.
func newsStory(n report.New) string {
	text := newsName(n) + ": " + newsWords(n)
	if n.Before == 0 && n.Now == 0 {
		return text
	}
	if n.Change == "stopped" {
		return fmt.Sprintf("%s stopped (%s a day before, none since)", text, rate(n.Before))
	}
	return fmt.Sprintf("%s %s (a day: %s before, %s now)", text, changeWords[n.Change].verb, rate(n.Before), rate(n.Now))
}

// restartsKept is how many starts of a host are known at most: see report.New.
const restartsKept = 32

// timesMore is how often, where that is more than once.
func timesMore(n int) string {
	switch {
	case n < 2:
		return ""
	case n >= restartsKept:
		return " at least " + plural(n, "time")
	}
	return " " + plural(n, "time")
}

// andFrom is where a first login came from, and by what.
func andFrom(n report.New) string {
	text := ""
	if n.Source != "" {
		text += ", from " + n.Source
	}
	if n.Key != "" {
		text += ", by " + n.Key
	}
	return text
}

func rates(p *report.Page) section {
	s := section{ID: "rates", Title: "Lines a day, before and now", None: tooShort}
	if p.News == nil {
		return s
	}
	s.Intro = "Each category of sshd’s lines, in the last part of the log, from " + moment(&p.News.Since) + " UTC on (orange), beside all before (grey)" + severalLines(p, "; ") + "."
	t := &table{Columns: columns("category", "change", "#before/day", "#now/day", "over time")}
	for _, r := range p.News.Rates {
		graph := sparkOf(fewer(categoryCounts(p, r.Category), stepAt(p.Timeline, p.News.Since)))
		t.Rows = append(t.Rows, row{Cells: []string{r.Category, change(r), rate(r.Before), rate(r.Now)}, Spark: orBlank(graph)})
	}
	s.Table = t.orNil()
	return s
}

// sparkSteps bounds the bars of a spark, but for one.
const sparkSteps = 64

// fewer adds up counts for a spark, and says which is the first of the last part:
// one begins where that did, so that the sums are those of the Rate.
func fewer(counts []int, since int) (list []int, first int) {
	each := max(1, (len(counts)+sparkSteps-1)/sparkSteps)
	since = min(since, len(counts))
	if rest := since % each; rest > 0 {
		list, counts = append(list, total(counts[:rest])), counts[rest:]
	}
	for c := range slices.Chunk(counts, each) {
		list = append(list, total(c))
	}
	return list, (since + each - 1) / each
}

func categoryCounts(p *report.Page, name string) []int {
	for _, c := range p.Categories {
		if c.Category == name {
			return c.Timeline
		}
	}
	return nil
}

// change is a rate's, in words.
func change(r report.Rate) string {
	switch {
	case r.Before == 0 && r.Now > 0:
		return "✱\u00a0new"
	case r.Now == 0:
		return "■ gone"
	case factor(r) < 1.33:
		return "about the same"
	case r.Now > r.Before:
		return fmt.Sprintf("↑ ×%.1f", r.Now/r.Before)
	}
	return fmt.Sprintf("↓ ÷%.1f", r.Before/r.Now)
}
