package html

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/report"
)

// A graph is what page.js draws. Its members are that script's contract; which of
// them are set hangs on Kind.
type graph struct {
	// ID is its section's.
	ID string `json:"id"`
	// Kind is "story" (what happened when, above all else), "stack" (counts over
	// time), "bars" (a ranking), "heat" (by day of the week and hour), "rain" (who
	// came when) or "spans" (what was from when until when).
	Kind string `json:"kind"`
	// Unit is what is counted ("failed attempts"), Colour "#rrggbb".
	Unit   string `json:"unit"`
	Colour string `json:"colour,omitempty"`

	// Of all but bars and a heat map: the first step's beginning, the length of
	// each, in ms, and how many there are. Spans have one step: the whole log.
	Start int64 `json:"start,omitempty"`
	Step  int64 `json:"step,omitempty"`
	Steps int   `json:"steps,omitempty"`
	// Series are the layers of a stack or a story, and the rows of a rain: of
	// these, the Labels are the names.
	Series []series `json:"series,omitempty"`

	// Of bars and rain: labels and their values. Of spans, labels only.
	Labels []string `json:"labels,omitempty"`
	Values []int    `json:"values,omitempty"`

	// Of a heat map: [day][hour], Monday first; uncovered is below 0.
	Cells *[7][24]float64 `json:"cells,omitempty"`

	// Of spans, and of a story's lanes, whose names are the Labels.
	Spans []bar `json:"spans,omitempty"`

	// Summary says in a sentence what the graph shows, for those who do not see
	// it; it holds no text of a log.
	Summary string `json:"-"`
}

// A series is counts by step: a layer, or a row.
type series struct {
	Name   string `json:"name,omitempty"`
	Colour string `json:"colour,omitempty"`
	Values []int  `json:"values"`
}

// A bar is what was, or happened, on one of the Labels.
type bar struct {
	Label int `json:"label"` // its place among the Labels
	// From and To are in ms since 1970; they are equal of what happened at once.
	From int64 `json:"from"`
	To   int64 `json:"to"`
	// Text is written on the bar or beside it, More is what the tooltip adds.
	Text string `json:"text,omitempty"`
	More string `json:"more,omitempty"`
	// Look is one of looks: its colour and shape.
	Look int `json:"look"`
}

// barsShown bounds what a graph shows; its table has more.
const barsShown = 20

// ranked is a Ranking as a section: a graph of bars and its table.
func ranked(id, title, intro, what, unit, colour string, r report.Ranking) section {
	s := section{ID: id, Title: title, Intro: intro, None: "None in this log."}
	if len(r.Items) == 0 {
		return s
	}
	if len(r.Items) == 1 && r.Rest == 0 {
		s.Says = "All " + number(r.Total) + " " + unit + ": " + shown(r.Items[0].Name) + "."
		if r.Total == 1 {
			s.Says = "Once: " + shown(r.Items[0].Name) + "."
		}
		return s
	}
	s.Table = &table{Columns: columns("~"+what, "#"+unit, "#share")}
	g := &graph{ID: id, Kind: "bars", Unit: unit, Colour: colour}
	for _, c := range r.Items {
		s.Table.add(shown(c.Name), number(c.Count), percent(c.Count, r.Total))
		g.addBar(shown(c.Name), c.Count)
	}
	if r.Rest > 0 {
		s.Table.add(plural(max(r.Of-len(r.Items), 1), "other")+" together", number(r.Rest), percent(r.Rest, r.Total))
	}
	g.Summary = "Bars, the longest first: " + plural(len(g.Labels), what) + ", " + number(r.Total) + " " + unit +
		" in all, " + percent(r.Items[0].Count, r.Total) + " of them the first."
	s.Graph = g
	return s
}

// shown lets a blank name be seen.
func shown(name string) string {
	if strings.TrimSpace(name) == "" {
		return "(blank)"
	}
	return name
}

// addBar adds a bar, while there is room.
func (g *graph) addBar(label string, value int) {
	if len(g.Labels) < barsShown {
		g.Labels, g.Values = append(g.Labels, label), append(g.Values, value)
	}
}

// row is the place of a label, the last one's or a new one's behind it.
func (g *graph) row(label string) int {
	if last := len(g.Labels) - 1; last < 0 || g.Labels[last] != label {
		g.Labels = append(g.Labels, label)
	}
	return len(g.Labels) - 1
}

// over sets the time that a graph shows.
func (g *graph) over(t *report.Timeline) *graph {
	g.Start, g.Step, g.Steps = t.Start.UnixMilli(), t.Step*1000, t.Steps
	return g
}

// rain is a graph of who came when: a row for each name that came, while there is
// room, over the steps of a Timeline; nil where there is none, or nobody.
func rain(id string, t *report.Timeline, unit, colour string, rows []series) *graph {
	if t == nil || t.Steps < 2 {
		return nil
	}
	g := (&graph{ID: id, Kind: "rain", Unit: unit, Colour: colour}).over(t)
	most := 0
	for _, r := range rows {
		if n := total(r.Values); n > 0 && len(g.Labels) < barsShown {
			g.addBar(r.Name, n)
			g.Series = append(g.Series, series{Values: r.Values})
			most = max(most, slices.Max(r.Values))
		}
	}
	if len(g.Labels) == 0 {
		return nil
	}
	g.Summary = fmt.Sprintf("A row for each of %s and a cell for each of %s, of %s each: the more %s, the stronger; the most are %s.",
		plural(len(g.Labels), "name"), plural(t.Steps, "step"), duration(t.Step), unit, number(most))
	return g
}

// rainOr shows who came when, or else, in bars, how many came: rows are the
// same.
func (s section) rainOr(bars *graph, p *report.Page, unit, colour string, rows []series) section {
	if s.Graph = rain(s.ID, p.Coarse, unit, colour, rows); s.Graph != nil {
		return s.intro(fmt.Sprintf("Each cell is %s; the more %s, the stronger its colour.", duration(p.Coarse.Step), unit))
	}
	if len(bars.Labels) > 1 {
		bars.ID, bars.Kind, bars.Unit, bars.Colour = s.ID, "bars", unit, colour
		bars.Summary = "Bars, the longest first: " + unit + " of " + plural(len(bars.Labels), "name") + "."
		s.Graph = bars
	}
	return s
}

func total(counts []int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// heat is a section of one count by day and hour: how many come in such an hour,
// since a log may cover more Mondays than Sundays.
func heat(id, title, intro, unit, colour string, p *report.Page, counts *[7][24]int) section {
	s := section{ID: id, Title: title, Intro: intro, None: "None whose time is known."}
	if _, _, most := busiest(counts); most == 0 {
		return s
	}
	if p.To.Sub(*p.From) < 2*24*time.Hour {
		s.None = "The log covers less than two days: too little to tell one hour of a week from another."
		return s
	}
	mean := means(counts, &p.Heat.Covered)
	day, hour, most := busiest(mean)
	s.Graph = &graph{ID: id, Kind: "heat", Unit: unit + " an hour", Colour: colour, Cells: mean,
		Summary: "Heat map, seven days by 24 hours: most " + unit + ", " + rate(most) + " an hour, on " + days[day] + " from " + hours(hour) + " UTC."}
	s.Table = &table{Columns: heatColumns()}
	for d, hours := range counts {
		var texts []string
		for h, n := range hours {
			texts = append(texts, heatCell(n, mean[d][h]))
		}
		s.Table.add(append([]string{days[d]}, texts...)...)
	}
	return s
}

// uncovered stands for the mean of an hour that never came.
const uncovered = -1

// means are counts by how often their hour came.
func means(counts, covered *[7][24]int) *[7][24]float64 {
	var mean [7][24]float64
	for d := range counts {
		for h, n := range counts[d] {
			mean[d][h] = math.Round(100*float64(n)/float64(max(covered[d][h], 1))) / 100
			if n == 0 && covered[d][h] == 0 {
				mean[d][h] = uncovered
			}
		}
	}
	return &mean
}

// heatCell tells the mean and, where it is another number, the sum.
func heatCell(sum int, mean float64) string {
	if mean == uncovered {
		return "–"
	}
	if float64(sum) == mean {
		return number(sum)
	}
	return rate(mean) + " (" + number(sum) + ")"
}

var days = [7]string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

func hours(hour int) string { return time.Date(0, 1, 1, hour, 0, 0, 0, time.UTC).Format("15:04") }

func heatColumns() []column {
	names := []string{"day (UTC)"}
	for h := range 24 {
		names = append(names, "#"+hours(h))
	}
	return columns(names...)
}

// busiest is where most was counted, and how much; 0 where there was nothing.
func busiest[N int | float64](cells *[7][24]N) (day, hour int, most N) {
	if cells == nil {
		return 0, 0, 0
	}
	for d := range cells {
		for h, n := range cells[d] {
			if n > most {
				day, hour, most = d, h, n
			}
		}
	}
	return day, hour, most
}
