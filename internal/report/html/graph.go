package html

import (
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
	// Kind is "stack" (counts over time), "bars" (a ranking), "heat" (by day
	// and hour) or "spans" (from when until when).
	Kind string `json:"kind"`
	// Unit is what is counted ("failed attempts"), Colour "#rrggbb".
	Unit   string `json:"unit"`
	Colour string `json:"colour,omitempty"`

	// Of a stack: the first step's beginning and the length of each, in ms.
	Start  int64    `json:"start,omitempty"`
	Step   int64    `json:"step,omitempty"`
	Series []series `json:"series,omitempty"`

	// Of bars: labels and their values. Of spans, labels only.
	Labels []string `json:"labels,omitempty"`
	Values []int    `json:"values,omitempty"`

	// Of a heat map: [day][hour], Monday first.
	Cells *[7][24]int `json:"cells,omitempty"`

	// Of spans. Ticks name the whole numbers of its axis, from 0; without them
	// it is one of time.
	Spans []bar    `json:"spans,omitempty"`
	Ticks []string `json:"ticks,omitempty"`

	// Summary says in a sentence what the graph shows, for those who do not see
	// it; it holds no text of a log.
	Summary string `json:"-"`
}

// A series is one layer of a stack.
type series struct {
	Name   string `json:"name"`
	Colour string `json:"colour"`
	Values []int  `json:"values"`
}

// A bar is a span of one label: from, to, in ms since 1970 or in ticks.
type bar struct {
	Label int   `json:"label"` // its place among the Labels
	From  int64 `json:"from"`
	To    int64 `json:"to"`
}

// bounds of what a graph shows; its table has more.
const barsShown = 20

// A table is rows of cells under their columns; the first cell of a row names it.
type table struct {
	Columns []column
	Rows    []row
	// More is how many rows were left out.
	More string
}

// A column is a heading and the class, in page.css, of what stands below it.
type column struct{ Name, Class string }

// A row is marked where it stands out.
type row struct {
	Marked bool
	Cells  []string
}

// classes of columns, by the sign before their names.
var classes = map[byte]string{
	'#': "number",
	'@': "time",
	'~': "long", // a text that may be broken anywhere
}

// columns makes headings of names, which may begin with a sign of classes.
func columns(names ...string) []column {
	var list []column
	for _, n := range names {
		class := classes[n[0]]
		if class != "" {
			n = n[1:]
		}
		list = append(list, column{n, class})
	}
	return list
}

func (t *table) add(cells ...string) { t.Rows = append(t.Rows, row{Cells: cells}) }

// Numbers says whether all cells but the first are numbers. Such a table may have
// thousands: one class for all of them keeps the page small.
func (t *table) Numbers() bool {
	return !slices.ContainsFunc(t.Columns[1:], func(c column) bool { return c.Class != classes['#'] })
}

// Class is that of a cell, where the table has none for it.
func (t *table) Class(cell int) string {
	if cell > 0 && t.Numbers() {
		return ""
	}
	return t.Columns[cell].Class
}

// orNil is the table, if it has a row.
func (t *table) orNil() *table {
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// more says how many rows a list leaves out.
func more(p *report.Page, list string) string { return left(p.More[list]) }

func left(n int) string {
	if n > 0 {
		return "and " + number(n) + " more"
	}
	return ""
}

// rowsShown bounds tables whose lists are long: report --json has all.
const rowsShown = 200

// shorten returns what of a list is shown, and how many are not, of those that
// the Page itself left out, too.
func shorten[T any](list []T, p *report.Page, name string) ([]T, string) {
	n := min(len(list), rowsShown)
	return list[:n], left(len(list) - n + p.More[name])
}

// ranked is a Ranking as a section: a graph of bars and its table.
func ranked(id, title, intro, what, unit, colour string, r report.Ranking) section {
	s := section{ID: id, Title: title, Intro: intro, None: "None in this log."}
	if len(r.Items) == 0 {
		return s
	}
	s.Table = &table{Columns: columns("~"+what, "#"+unit, "#share")}
	g := &graph{ID: id, Kind: "bars", Unit: unit, Colour: colour}
	for _, c := range r.Items {
		s.Table.add(shown(c.Name), number(c.Count), percent(c.Count, r.Total))
		g.addBar(shown(c.Name), c.Count)
	}
	if r.Rest > 0 {
		s.Table.add("all others", number(r.Rest), percent(r.Rest, r.Total))
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

// addSpan adds a bar to a label's row, and the row if it is new.
func (g *graph) addSpan(label string, from, to int64) {
	if last := len(g.Labels) - 1; last < 0 || g.Labels[last] != label {
		g.Labels = append(g.Labels, label)
	}
	g.Spans = append(g.Spans, bar{len(g.Labels) - 1, from, to})
}

// heat is a section of one count by day and hour.
func heat(id, title, intro, unit, colour string, cells *[7][24]int) section {
	s := section{ID: id, Title: title, Intro: intro, None: "None whose time is known."}
	day, hour, most := busiest(cells)
	if most == 0 {
		return s
	}
	s.Graph = &graph{ID: id, Kind: "heat", Unit: unit, Colour: colour, Cells: cells,
		Summary: "Heat map, seven days by 24 hours: most " + unit + ", " + number(most) + ", on " + days[day] + " from " + hours(hour) + " UTC."}
	s.Table = &table{Columns: heatColumns()}
	for d, counts := range cells {
		var texts []string
		for _, n := range counts {
			texts = append(texts, number(n))
		}
		s.Table.add(append([]string{days[d]}, texts...)...)
	}
	return s
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
func busiest(cells *[7][24]int) (day, hour, most int) {
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
