package html

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

// faintest explains the colours of a heat map.
const faintest = "The faintest colour is the quietest hour’s"

// researchPart is what somebody who studies attackers looks at.
func researchPart(p *report.Page) part {
	var failed, accepted *[7][24]int
	if p.Heat != nil {
		failed, accepted = &p.Heat.Failed, &p.Heat.Accepted
	}
	return part{ID: "research", Title: "For whoever studies what comes in", Sections: []section{
		categories(p), meanings(p), verdicts(p),
		heat("heat-failed", "When attackers come", "Failed attempts to log in on such a day in such an hour (UTC), on average; the table says the sums, too. "+faintest+".",
			"failed attempts", report.Colour(sshd.FailedPassword), p, failed),
		heat("heat-accepted", "When users come", "Logins on such a day in such an hour (UTC), on average; the table says the sums, too. "+faintest+", so that machines that log in every hour hide nobody.",
			"logins", report.Colour(sshd.Accepted), p, accepted),
		nets(p), sources(p),
		attempts(p),
		ranked("negotiation", "Negotiation failures", "What client and server had no algorithm for in common.",
			"class", "events", report.Colour(sshd.Negotiation), p.Negotiation),
		algorithms(p), offers(p),
		ranked("clients", "Client families", "Programs that make such offers. Where nothing tells several apart, they are named together.",
			"family", "offers", report.Colour(sshd.Negotiation), p.Clients),
		ranked("reasons", "Why peers say they leave", "Their own words.",
			"reason", "events", report.Colour(sshd.Disconnect), p.Reasons),
		ranked("disconnect", "How connections end before login", "By the kind of sshd’s message.",
			"kind", "events", report.Colour(sshd.Disconnect), p.Disconnect),
		ranked("protocol", "What is not SSH", "Protocol garbage, by the kind of sshd’s message.",
			"kind", "events", report.Colour(sshd.Protocol), p.Protocol),
		ranked("banners", "What peers say instead of SSH", "Their own words.",
			"banner", "events", report.Colour(sshd.Protocol), p.Banners),
		ranked("throttle", "Penalties and throttling", "What sshd turned away by itself.",
			"kind", "events", report.Colour(sshd.Throttle), p.Throttle),
		ranked("denied", "Refused by policy", "By the kind of sshd’s message.",
			"kind", "events", report.Colour(sshd.Denied), p.Denied),
		eras(p), hosts(p), kinds(p),
	}}
}

// categories are counts over time, in the table's order.
func categories(p *report.Page) section {
	s := section{ID: "categories", Title: "Categories over time", None: "No line of sshd has a time."}
	var layers []series
	for _, c := range p.Categories {
		layers = append(layers, series{c.Category, c.Colour, c.Timeline})
	}
	return overTime(s, p, layers)
}

// meanings are the categories in words.
func meanings(p *report.Page) section {
	s := section{ID: "meanings", Title: "What the categories mean", None: "No line of sshd.", Intro: "Counted are lines" + severalLines(p, ": ") + "."}
	t := &table{Columns: columns("category", "#lines", "#share", "~what happened")}
	for _, c := range p.Categories {
		t.add(c.Category, number(c.Count), percent(c.Count, p.SSHD+p.Repeated), c.Means)
	}
	s.Table = t.orNil()
	return s
}

// verdicts are counts over time, by whom lines are for.
func verdicts(p *report.Page) section {
	s := section{ID: "verdicts", Title: "Verdicts over time", None: "No line of sshd has a time.",
		Intro: "For whom each line is."}
	var layers []series
	for _, v := range []sshd.Verdict{sshd.Graph, sshd.Tooling, sshd.Human} {
		if p.Verdicts[v.String()] > 0 {
			layers = append(layers, series{v.String(), report.VerdictColour(v), p.VerdictsOverTime[v.String()]})
			s = s.intro(forWhom[v])
		}
	}
	return overTime(s, p, layers)
}

// forWhom explains the verdicts that are shown.
var forWhom = map[sshd.Verdict]string{
	sshd.Graph: "graph: nobody, it is noise that is only counted.", sshd.Tooling: "tooling: tools that ban addresses, since somebody guesses.",
	sshd.Human: "human: a person, who should read it.",
}

// overTime is a section of layers over the Timeline.
func overTime(s section, p *report.Page, layers []series) section {
	if p.Timeline == nil || len(layers) == 0 {
		return s
	}
	t := p.Timeline
	s.Table = timeTable(t, layers)
	if t.Steps < 2 {
		return s.intro("All within " + duration(t.Step) + ".")
	}
	s.Graph = (&graph{ID: s.ID, Kind: "stack", Unit: "lines", Series: layers,
		Summary: fmt.Sprintf("Stacked areas of %s over %s, each %s long.", plural(len(layers), "layer"), plural(t.Steps, "step"), duration(t.Step))}).over(t)
	return s.intro("Lines in steps of " + duration(t.Step) + ".")
}

func timeTable(t *report.Timeline, layers []series) *table {
	names := []string{"@from (UTC)"}
	for _, l := range layers {
		names = append(names, "#"+l.Name)
	}
	table := &table{Columns: columns(names...)}
	for step := range t.Steps {
		at := t.Start.Add(time.Duration(step) * time.Duration(t.Step) * time.Second)
		cells := []string{moment(&at)}
		for _, l := range layers {
			cells = append(cells, number(valueAt(l.Values, step)))
		}
		table.add(cells...)
	}
	return table
}

func valueAt(values []int, i int) int {
	if i < len(values) {
		return values[i]
	}
	return 0
}

// duration is a step's, in words.
func duration(seconds int64) string {
	switch {
	case seconds%86400 == 0:
		return plural(int(seconds/86400), "day")
	case seconds%3600 == 0:
		return plural(int(seconds/3600), "hour")
	}
	return plural(int(seconds/60), "minute")
}

// nets shows where attackers come from, and when.
func nets(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "nets", Title: "When attackers came, by network", Intro: "The networks (IPv4 /24, IPv6 /48) with the most failed attempts to log in.", None: "None in this log."}
	t := &table{Columns: columns("network", "#failed", "#logins", "#addresses (IPv6: /64s)", "@first (UTC)", "@last", "~names most tried"), More: more(p, "nets")}
	bars := &graph{}
	var rows []series
	for _, n := range p.Nets {
		t.add(n.Net, number(n.Failed), number(n.Accepted), number(n.Addresses), when(n.First), when(n.Last), namesTried(n))
		if n.Failed > 0 {
			bars.addBar(n.Net, n.Failed)
			rows = append(rows, series{Name: n.Net, Values: n.Timeline})
		}
	}
	s.Table = t.orNil()
	return s.rainOr(bars, p, "failed attempts", report.Colour(sshd.FailedPassword), rows)
}

// attempts ranks the names.
func attempts(p *report.Page) section {
	r := p.Attempts
	r.Items = slices.Clone(r.Items)
	intro := "Names of accounts that do not exist are hidden unless machines are known to try them: they may be mistyped passwords."
	for i := range r.Items {
		if r.Items[i].Name == report.HiddenNames {
			r.Items[i].Name = "‹hidden: " + plural(r.Hidden, "name") + " together›"
			intro += " " + plural(r.Hidden, "different name") + " " + areHidden(r.Hidden) + ", and stand in one row."
		}
	}
	return ranked("attempts", "User names that are tried", intro, "name", "failed attempts", report.Colour(sshd.FailedPassword), r)
}

func areHidden(n int) string {
	if n == 1 {
		return "is hidden"
	}
	return "are hidden"
}

func sources(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "sources", Title: "Attackers by address",
		Intro: "IPv4 addresses and IPv6 /64, by failed attempts to log in. Addresses of users, who mistype now and then, are left out.", None: "None in this log."}
	t := &table{Columns: columns("address", "got in as", "#failed", "#logins", "#events", "@first (UTC)", "@last")}
	rare, users, got := 0, 0, broughtIn(p)
	for _, a := range p.Sources {
		switch {
		case a.Known:
			users++
		case a.Failed < 2 && a.Accepted == 0 && len(t.Rows) >= rowsAtOnce:
			rare++
		default:
			t.Rows = append(t.Rows, row{Marked: got[a.Source] != "", Cells: []string{a.Source, got[a.Source], number(a.Failed), number(a.Accepted), number(a.Events), when(a.First), when(a.Last)}})
		}
	}
	t.More = tail(rare, users, p.More["sources"])
	s.Table = t.orNil()
	return s
}

// broughtIn names, by the source, the accounts whose logins from there look bad.
func broughtIn(p *report.Page) map[string]string {
	got := map[string]string{}
	for _, l := range p.Logins {
		if (l.Guessed || l.AfterGuess) && !strings.Contains(", "+got[l.Source]+", ", ", "+l.User+", ") {
			got[l.Source] = strings.TrimPrefix(got[l.Source]+", "+l.User, ", ")
		}
	}
	return got
}

// tail says which addresses are not listed, and why.
func tail(rare, users, more int) string {
	var parts []string
	if rare > 0 {
		parts = append(parts, plural(rare, "address")+" with one failed attempt or none")
	}
	if more > 0 {
		parts = append(parts, plural(more, "address")+" with no more attempts than the least of these")
	}
	if users > 0 {
		parts = append(parts, plural(users, "address")+" of users")
	}
	if len(parts) == 0 {
		return ""
	}
	return "Not listed: " + and(parts) + "."
}

// namesTried lists names, with their counts where these are exact.
func namesTried(n report.Net) string {
	var names []string
	for _, c := range n.Names {
		if c.Count > 0 {
			c.Name += " " + number(c.Count)
		}
		names = append(names, c.Name)
	}
	if n.MoreNames {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

func algorithms(p *report.Page) section {
	s := section{ID: "algorithms", Title: "Algorithms offered in vain", Intro: "Each counted once for each offer that held it.", None: "None in this log."}
	t := &table{Columns: columns("algorithm", "class", "#offers"), More: more(p, "algorithms")}
	g := &graph{ID: s.ID, Kind: "bars", Unit: "offers", Colour: report.Colour(sshd.Negotiation)}
	for _, a := range p.Algorithms {
		t.add(a.Name, a.Class, number(a.Count))
		g.addBar(a.Name, a.Count)
	}
	if s.Table = t.orNil(); s.Table != nil {
		g.Summary = "Bars, the longest first: " + plural(len(g.Labels), "algorithm") + "."
		s.Graph = g
	}
	return s
}

func offers(p *report.Page) section {
	s := section{ID: "offers", Title: "Offers, whole", Intro: "What clients proposed where nothing in it was acceptable: a fingerprint of the program.", None: "None in this log."}
	t := &table{Columns: columns("class", "~offer", "#events"), More: more(p, "offers")}
	for _, o := range p.Offers {
		t.add(o.Class, o.Offer, number(o.Count))
	}
	s.Table = t.orNil()
	return s
}

// eras show which releases each host's wording fits.
func eras(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "eras", Title: "Which OpenSSH each host runs",
		Intro: "No line names the release, but its wording and its program’s name give it away. A row is a host, a bar is the releases that fit, from their first line to their last; a circle is a start of sshd.",
		None:  "No wording tells."}
	t := &table{Columns: columns("host", "releases", "@first (UTC)", "@last")}
	g := &graph{ID: s.ID, Kind: "spans"}
	list, more := shorten(p.Hosts, p, "hosts")
	t.More = more
	looks := map[string]int{}
	for _, h := range list {
		for _, e := range h.Eras {
			t.add(hostName(h), eraText(e), when(e.First), when(e.Last))
		}
		g.addEras(h, looks)
	}
	if s.Table = t.orNil(); s.Table != nil && p.Timeline != nil && len(g.Spans) > 0 {
		g.over(whole(p.Timeline)).Summary = "A row for each of " + plural(len(g.Labels), "host") + ", with a bar for each of " + plural(len(g.Spans), "range of releases") + " and start of sshd."
		s.Graph = g
	}
	return s
}

// whole is the time of a Timeline in one step.
func whole(t *report.Timeline) *report.Timeline {
	return &report.Timeline{Start: t.Start, Step: t.Step * int64(t.Steps), Steps: 1}
}

// addEras adds a host's releases and restarts, while there is room. Each range of
// releases keeps its look.
func (g *graph) addEras(h report.Host, looks map[string]int) {
	if len(g.Labels) == barsShown || len(h.Eras) == 0 || h.Eras[0].First == nil {
		return
	}
	row := len(g.Labels)
	g.Labels = append(g.Labels, hostName(h))
	for _, e := range h.Eras {
		text := eraText(e)
		if _, known := looks[text]; !known {
			looks[text] = len(looks) % releaseLooks
		}
		g.Spans = append(g.Spans, bar{row, ms(e.First), ms(e.Last), text, "", looks[text]})
	}
	for _, at := range h.Restarts {
		g.Spans = append(g.Spans, bar{row, ms(&at), ms(&at), "sshd was started", "", lookKnow})
	}
}

func hostName(h report.Host) string {
	switch {
	case h.Name == "":
		return "(no name)"
	case h.MixedEras:
		return h.Name + " (several?)"
	}
	return h.Name
}

func eraText(e report.Era) string {
	switch {
	case e.Until == "":
		return oldest(e) + " or later"
	case e.Until == oldest(e):
		return e.Until
	}
	return oldest(e) + " to " + e.Until
}

// oldest is the first release of an era: the table knows none before 5.3.
func oldest(e report.Era) string {
	if e.Since == "" {
		return "5.3"
	}
	return e.Since
}

// hosts shows who wrote, and when: a gap is a silence.
func hosts(p *report.Page) section {
	when := stamps(p)
	s := section{ID: "hosts", Title: "When each host wrote", Intro: "A gap is a silence.", None: "None."}
	t, bars := &table{Columns: columns("host", "#events", "#failed", "#logins", "#for a person", "@first (UTC)", "@last")}, &graph{}
	var rows []series
	list, more := shorten(p.Hosts, p, "hosts")
	t.More = more
	for _, h := range list {
		t.add(hostName(h), number(h.Count), number(h.Failed), number(h.Accepted), number(h.Human), when(h.First), when(h.Last))
		bars.addBar(hostName(h), h.Count)
		rows = append(rows, series{Name: hostName(h), Values: h.Timeline})
	}
	s.Table = t.orNil()
	return s.rainOr(bars, p, "events", report.Colour(sshd.Disconnect), rows)
}

// kinds are all of sshd's messages.
func kinds(p *report.Page) section {
	s := section{ID: "kinds", Title: "Everything that sshd said", None: "Nothing."}
	t := &table{Columns: columns("kind", "category", "verdict", "#events", "~what it means")}
	for _, k := range p.Kinds {
		t.add(k.Kind, k.Category, k.Verdict, number(k.Count), k.Means)
	}
	s.Table = t.orNil()
	return s
}
