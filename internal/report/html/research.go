package html

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

// researchPart is what somebody who studies attackers looks at.
func researchPart(p *report.Page) part {
	var failed, accepted *[7][24]int
	if p.Heat != nil {
		failed, accepted = &p.Heat.Failed, &p.Heat.Accepted
	}
	return part{ID: "research", Title: "For whoever studies what comes in", Sections: []section{
		categories(p),
		verdicts(p),
		heat("heat-failed", "When attackers come", "Failed attempts to log in, by day of the week and hour of the day, in UTC.",
			"failed attempts", report.Colour(sshd.FailedPassword), failed),
		heat("heat-accepted", "When users come", "Logins, by day of the week and hour of the day, in UTC.",
			"logins", report.Colour(sshd.Accepted), accepted),
		nets(p), netTimes(p), sources(p),
		ranked("attempts", "User names that are tried", "Names of accounts that do not exist are hidden unless machines are known to try them: they may be mistyped passwords.",
			"name", "failed attempts", report.Colour(sshd.FailedPassword), p.Attempts),
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

// verdicts are counts over time, by whom lines are for.
func verdicts(p *report.Page) section {
	s := section{ID: "verdicts", Title: "Verdicts over time", None: "No line of sshd has a time.",
		Intro: "Whom lines are for: graphs only, ban tools, a person."}
	var layers []series
	for _, v := range []sshd.Verdict{sshd.Graph, sshd.Tooling, sshd.Human} {
		if p.Verdicts[v.String()] > 0 {
			layers = append(layers, series{v.String(), report.VerdictColour(v), p.VerdictsOverTime[v.String()]})
		}
	}
	return overTime(s, p, layers)
}

// overTime is a section of layers over the Timeline.
func overTime(s section, p *report.Page, layers []series) section {
	if p.Timeline == nil || len(layers) == 0 {
		return s
	}
	t := p.Timeline
	s.Graph = &graph{ID: s.ID, Kind: "stack", Unit: "events", Start: t.Start.UnixMilli(), Step: t.Step * 1000, Series: layers,
		Summary: fmt.Sprintf("Stacked areas of %s over %s, each %s long.", plural(len(layers), "layer"), plural(t.Steps, "step"), duration(t.Step))}
	s.Table = timeTable(t, layers)
	return s.intro("Events in steps of " + duration(t.Step) + ".")
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

func nets(p *report.Page) section {
	s := section{ID: "nets", Title: "Attackers by network", Intro: "IPv4 /24 and IPv6 /48, by failed attempts to log in.", None: "None in this log."}
	t := &table{Columns: columns("network", "#failed", "#logins", "#addresses (IPv6: /64s)", "@first (UTC)", "@last", "~names most tried"), More: more(p, "nets")}
	g := &graph{ID: s.ID, Kind: "bars", Unit: "failed attempts", Colour: report.Colour(sshd.FailedPassword)}
	for _, n := range p.Nets {
		t.add(n.Net, number(n.Failed), number(n.Accepted), number(n.Addresses), moment(n.First), moment(n.Last), namesTried(n))
		if n.Failed > 0 {
			g.addBar(n.Net, n.Failed)
		}
	}
	s.Table = t.orNil()
	if len(g.Labels) > 0 {
		g.Summary = "Bars, the longest first: the " + plural(len(g.Labels), "network") + " with the most failed attempts, " + number(g.Values[0]) + " from the first."
		s.Graph = g
	}
	return s
}

func sources(p *report.Page) section {
	s := section{ID: "sources", Title: "Attackers by address", Intro: "IPv4 addresses and IPv6 /64, by failed attempts to log in.", None: "None in this log."}
	t := &table{Columns: columns("address", "#failed", "#logins", "#events", "@first (UTC)", "@last"), More: more(p, "sources")}
	for _, a := range p.Sources {
		t.add(a.Source, number(a.Failed), number(a.Accepted), number(a.Events), moment(a.First), moment(a.Last))
	}
	s.Table = t.orNil()
	return s
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

// netTimes shows the same networks by when they came.
func netTimes(p *report.Page) section {
	s := section{ID: "net-times", Title: "When these networks came", Intro: "From the first to the last line of each.", None: "None whose time is known."}
	t := &table{Columns: columns("network", "@first (UTC)", "@last")}
	g := &graph{ID: s.ID, Kind: "spans", Colour: report.Colour(sshd.FailedPassword)}
	for _, n := range p.Nets[:min(len(p.Nets), barsShown)] {
		if n.First != nil && n.Last != nil && n.Failed > 0 {
			t.add(n.Net, moment(n.First), moment(n.Last))
			g.addSpan(n.Net, ms(n.First), ms(n.Last))
		}
	}
	if s.Table = t.orNil(); s.Table != nil {
		g.Summary = "A span of time for each of " + plural(len(g.Labels), "network") + "."
		s.Graph = g
	}
	return s
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
	s := section{ID: "eras", Title: "Which OpenSSH the hosts run, by their wording",
		Intro: "No line names the release; what a release says, and how, changes. A host with several spans was upgraded.",
		None:  "No wording tells."}
	t := &table{Columns: columns("host", "releases", "@first (UTC)", "@last")}
	g := &graph{ID: s.ID, Kind: "spans", Colour: report.Colour(sshd.Session), Ticks: releases(p)}
	list, more := shorten(p.Hosts, p, "hosts")
	t.More = more
	for _, h := range list {
		for _, e := range h.Eras {
			t.add(hostName(h), eraText(e), moment(e.First), moment(e.Last))
			g.addEra(hostName(h), e)
		}
	}
	if s.Table = t.orNil(); s.Table != nil {
		g.Summary = "A span of releases for each of " + plural(len(g.Labels), "host") + ", from " + g.Ticks[0] + " to the newest."
		s.Graph = g
	}
	return s
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

// newest stands for the releases after those that are named.
const newest = "later"

// addEra adds an era, while there is room: from its first release to behind its
// last.
func (g *graph) addEra(host string, e report.Era) {
	if len(g.Labels) == barsShown && g.Labels[barsShown-1] != host {
		return
	}
	until := e.Until
	if until == "" {
		until = newest
	}
	g.addSpan(host, int64(slices.Index(g.Ticks, oldest(e))), int64(slices.Index(g.Ticks, until))+1)
}

// releases are those that the eras name, in order, and newest.
func releases(p *report.Page) []string {
	named := map[string]bool{}
	for _, h := range p.Hosts {
		for _, e := range h.Eras {
			named[oldest(e)] = true
			if e.Until != "" {
				named[e.Until] = true
			}
		}
	}
	var list []string
	for r := range named {
		list = append(list, r)
	}
	slices.SortFunc(list, compareReleases)
	return append(list, newest)
}

// compareReleases orders "9.8" before "10.0".
func compareReleases(a, b string) int {
	return slices.Compare(releaseNumbers(a), releaseNumbers(b))
}

func releaseNumbers(release string) []int {
	var list []int
	for part := range strings.FieldsFuncSeq(release, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.Atoi(part) // digits; a number out of range sorts last
		list = append(list, n)
	}
	return list
}

func hosts(p *report.Page) section {
	s := section{ID: "hosts", Title: "Hosts", None: "None."}
	t := &table{Columns: columns("host", "#events", "#failed", "#logins", "#bad by themselves", "@first (UTC)", "@last")}
	g := &graph{ID: s.ID, Kind: "bars", Unit: "events", Colour: report.Colour(sshd.Session)}
	list, more := shorten(p.Hosts, p, "hosts")
	t.More = more
	for _, h := range list {
		t.add(hostName(h), number(h.Count), number(h.Failed), number(h.Accepted), number(h.Human), moment(h.First), moment(h.Last))
		g.addBar(hostName(h), h.Count)
	}
	if s.Table = t.orNil(); s.Table != nil {
		g.Summary = "Bars, the longest first: events of " + plural(len(g.Labels), "host") + "."
		s.Graph = g
	}
	return s
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
