package html

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

// Places among the looks of page.js: the first are those of releases, in turn.
const (
	releaseLooks = 4
	lookGrave    = 4
	lookKnow     = 5
	lookChange   = 6
	lookWarn     = 7
)

// marksShown bounds the marks of a lane: more could not be told apart.
const marksShown = 25

// A moment of the story.
type happening struct {
	lane     string
	from, to *time.Time
	look     int
	// label stands beside the mark; text says all, in the table and the tooltip.
	label, text string
}

// story is what happened when: how much there was, and below it who got in, who
// could not, what was mailed and what changed.
func story(p *report.Page) section {
	s := section{ID: "story", Title: "What happened, when"}
	if p.Timeline == nil || p.Timeline.Steps < 2 || len(p.Categories) == 0 {
		return s
	}
	g := (&graph{ID: s.ID, Kind: "story", Unit: "events", Series: storyLayers(p)}).over(p.Timeline)
	t := &table{Columns: columns("@when (UTC)", "~what happened")}
	list := happenings(p)
	for _, h := range list {
		g.addHappening(h)
	}
	slices.SortStableFunc(list, func(a, b happening) int { return a.from.Compare(*b.from) })
	for _, h := range list {
		t.Rows = append(t.Rows, row{Marked: h.look == lookGrave, Cells: []string{moment(h.from), h.text}})
	}
	g.Summary = fmt.Sprintf("Areas of failed attempts and of everything else in %s of %s each; below, %s in %s.",
		plural(p.Timeline.Steps, "step"), duration(p.Timeline.Step), plural(len(g.Spans), "mark"), plural(len(g.Labels), "lane"))
	s.Graph, s.Table = g, t.orNil()
	s.Intro = fmt.Sprintf("Above: failed attempts to log in (orange, %s in all) and every other line of sshd (grey; one attempt may write several), in steps of %s. %s",
		number(total(p.FailedOverTime)), duration(p.Timeline.Step), below(g))
	return s
}

// below says what the lanes are.
func below(g *graph) string {
	if len(g.Labels) == 0 {
		return ""
	}
	has := func(look int) bool { return slices.ContainsFunc(g.Spans, func(b bar) bool { return b.Look == look }) }
	text := "Below: what happened"
	if has(lookGrave) {
		text += "; a red triangle is grave"
	}
	if has(lookWarn) {
		text += "; a brown diamond may be grave"
	}
	return text + "."
}

const everythingElse = "everything else"

// storyLayers are the failed attempts, one for each however many lines tell of it,
// and all other lines.
func storyLayers(p *report.Page) []series {
	failed := series{"failed attempts", report.Colour(sshd.FailedPassword), make([]int, p.Timeline.Steps)}
	others := series{everythingElse, report.VerdictColour(sshd.Graph), make([]int, p.Timeline.Steps)}
	for i := range p.Timeline.Steps {
		failed.Values[i] = valueAt(p.FailedOverTime, i)
		for _, c := range p.Categories {
			others.Values[i] += valueAt(c.Timeline, i)
		}
		others.Values[i] = max(0, others.Values[i]-failed.Values[i])
	}
	return []series{failed, others}
}

// addHappening adds a mark, and its lane if it is new.
func (g *graph) addHappening(h happening) {
	g.Spans = append(g.Spans, bar{g.row(h.lane), ms(h.from), ms(h.to), h.label, h.text, h.look})
}

// happenings are all that have a time, lane by lane, as many as there is room for.
func happenings(p *report.Page) []happening {
	list := slices.Concat(breakIns(p), shutOut(p), mailings(p), upgrades(p), newsMarks(p))
	shown := map[string]int{}
	return slices.DeleteFunc(list, func(h happening) bool {
		if h.from == nil || h.to == nil {
			return true
		}
		shown[h.lane]++
		return shown[h.lane] > marksShown
	})
}

func breakIns(p *report.Page) []happening {
	var list []happening
	for _, l := range p.Logins {
		if l.Guessed || l.AfterGuess {
			list = append(list, happening{"got in", l.First, l.Last, lookGrave, l.User, loginStory(l)})
		}
	}
	return list
}

// loginStory is a login that looks bad, in a sentence.
func loginStory(l report.Login) string {
	text := fmt.Sprintf("%s logged in by %s from %s", l.User, l.Method, l.Source)
	if l.Guessed {
		return text + fmt.Sprintf(" after %s from there: it looks guessed", plural(l.FailedBefore, "failed attempt"))
	}
	return text + ", after the account was guessed"
}

func shutOut(p *report.Page) []happening {
	var list []happening
	if p.Told == nil {
		return nil
	}
	for _, l := range p.Told.LockedOut {
		if l.Mailed {
			h := happening{"locked out", &l.First, &l.Last, lookGrave, who(l), what(l.What) + " (" + plural(l.Count, "time") + ")"}
			if l.Again != nil {
				h.look, h.text = lookKnow, h.text+", and logged in since, on "+moment(l.Again)
			}
			list = append(list, h)
		}
	}
	return list
}

// mailings are the gravest mails, the gravest drawn last, above the others.
func mailings(p *report.Page) []happening {
	var list []happening
	mails := gravestFirst(p.Mails)
	for _, m := range slices.Backward(mails[:min(len(mails), marksShown)]) {
		look := lookKnow
		if m.Severity == "high" {
			look = lookGrave
		}
		list = append(list, happening{"mails", &m.Time, &m.Time, look, cmp.Or(m.User, m.Rule), "mail of " + m.Severity + " severity: " + what(m.Subject)})
	}
	return list
}

// upgrades are the changes of the hosts' software, of all the log.
func upgrades(p *report.Page) []happening {
	var list []happening
	for _, h := range p.Hosts {
		for i, e := range h.Eras {
			if i > 0 && !h.MixedEras && !goesBack(h.Eras) {
				list = append(list, happening{"hosts", e.First, e.First, lookChange, hostName(h) + ": " + eraText(e),
					fmt.Sprintf("%s: its lines are of OpenSSH %s now, of %s before", hostName(h), eraText(e), eraText(h.Eras[i-1]))})
			}
		}
	}
	return list
}

// goesBack says whether a host seems to run what it ran before: two hosts write
// under one name.
func goesBack(eras []report.Era) bool {
	seen := map[string]bool{}
	for _, e := range eras {
		if seen[eraText(e)] {
			return true
		}
		seen[eraText(e)] = true
	}
	return false
}

// newsLanes are where the sorts of news are drawn: those that are not there have
// marks of their own.
var newsLanes = map[string]string{"host": "hosts", "login": "people", "user": "people", "net": "networks"}

func newsMarks(p *report.Page) []happening {
	var list []happening
	if p.News == nil {
		return nil
	}
	for _, lane := range []string{"hosts", "people", "networks"} {
		for _, n := range p.News.Items {
			if newsLanes[n.What] == lane {
				at := newsTime(p, n)
				list = append(list, happening{lane, at, at, newsLook(n), n.Name + " " + changeWords[n.Change].short, newsStory(n)})
			}
		}
	}
	return list
}

// newsLook is that of an item: where nothing is logged any more, nothing is found.
func newsLook(n report.New) int {
	if n.What == "host" && n.Change == "stopped" {
		return lookWarn
	}
	return lookChange
}
