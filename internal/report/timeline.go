package report

import (
	"fmt"
	"strings"
	"time"
)

// textColumns is how many steps of time the text page shows at most: with a
// category's name and count they fill 80 columns.
const textColumns = 32

// textCategories shows the groups over time.
func (p *Page) textCategories(s *sheet) {
	if len(p.Categories) == 0 {
		return
	}
	t := p.narrow()
	s.heading("CATEGORIES OVER TIME", t.note())
	for _, c := range p.Categories {
		s.line("  %-22s %9s %6s  %s", c.Category, thousands(c.Count), percent(c.Share), s.draw(s.sparkline(t.merge(c.Timeline))))
	}
}

// A narrowed timeline is a Page's, with longer steps, so that it has at most
// textColumns.
type narrowed struct {
	from  *Timeline // nil: there is none
	start int64     // Unix seconds
	step  int64
	used  int
}

func (p *Page) narrow() narrowed {
	if p.Timeline == nil {
		return narrowed{}
	}
	n := narrowed{from: p.Timeline, start: p.Timeline.Start.Unix(), step: p.Timeline.Step, used: p.Timeline.Steps}
	for n.used > textColumns {
		n.step = longer(n.step)
		n.start = floor(p.Timeline.Start.Unix(), n.step)
		n.used = n.column(p.Timeline.Steps-1) + 1
	}
	return n
}

// column is where a step of the Page's timeline lies.
func (n narrowed) column(i int) int {
	return int((n.from.Start.Unix() + int64(i)*n.from.Step - n.start) / n.step)
}

// merge adds up counts by the longer steps.
func (n narrowed) merge(counts []int) []int {
	merged := make([]int, n.used)
	for i, c := range counts {
		merged[n.column(i)] += c
	}
	return merged
}

// note says what a column of the sparklines is.
func (n narrowed) note() string {
	if n.from == nil {
		return ""
	}
	return fmt.Sprintf("each column is %s, from %s UTC", stepName(n.step), time.Unix(n.start, 0).UTC().Format(stampLayout))
}

// stepName writes a step in the unit that suits it.
func stepName(seconds int64) string {
	switch {
	case seconds < 3600:
		return count(int(seconds/60), "minute")
	case seconds < 24*3600:
		return count(int(seconds/3600), "hour")
	}
	return count(int(seconds/(24*3600)), "day")
}

// percent writes a share; what is not nothing is at least "<0.1%".
func percent(share float64) string {
	if share > 0 && share < 0.0005 {
		return "<0.1%"
	}
	return fmt.Sprintf("%.1f%%", 100*share)
}

// textHeat shows the hours of the week, of a log that has at least two days.
func (p *Page) textHeat(s *sheet) {
	if p.Heat == nil || p.To.Sub(*p.From) < 48*time.Hour {
		return
	}
	s.heading("BY DAY AND HOUR", "from 0 to 23 h UTC: failed attempts, then logins")
	for day, name := range []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"} {
		failed, accepted := p.Heat.Failed[day][:], p.Heat.Accepted[day][:]
		s.line("  %s %9s  %s  %7s  %s", name, thousands(sum(failed)), s.draw(s.weekline(failed, p.Heat.Failed)),
			thousands(sum(accepted)), s.draw(s.weekline(accepted, p.Heat.Accepted)))
	}
}

// weekline draws one day of a week, by the week's highest hour.
func (k look) weekline(day []int, week [7][24]int) string {
	most := 0
	for _, d := range week {
		for _, n := range d {
			most = max(most, n)
		}
	}
	line := []rune(k.sparkline(append([]int{most}, day...)))
	return strings.TrimSpace(string(line[1:]))
}
