package report

import (
	"fmt"
	"strings"
)

// textCategories shows the groups over time.
func (p *Page) textCategories(s *sheet) {
	if len(p.Categories) == 0 {
		return
	}
	s.heading("CATEGORIES OVER TIME", p.stepNote())
	for _, c := range p.Categories {
		s.line("  %-22s %9s %6s  %s", c.Category, thousands(c.Count), percent(c.Share), sparkline(c.Timeline))
	}
}

// stepNote says what a column of the sparklines is.
func (p *Page) stepNote() string {
	if p.Timeline == nil {
		return ""
	}
	return fmt.Sprintf("each column is %s, from %s UTC", stepName(p.Timeline.Step), p.Timeline.Start.Format(stampLayout))
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

// sparkline draws counts as a row of bars, the highest count full, nothing as
// a dot.
func sparkline(counts []int) string {
	const bars = "▁▂▃▄▅▆▇█"
	top := 0
	for _, n := range counts {
		top = max(top, n)
	}
	var b strings.Builder
	for _, n := range counts {
		if n == 0 {
			b.WriteString("·")
			continue
		}
		b.WriteRune([]rune(bars)[(n*8-1)/max(top, 1)])
	}
	return b.String()
}
