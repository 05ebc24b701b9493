package attention

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// WriteRules writes the table of rules as a page of at most 80 columns: of each
// rule why somebody should know, of each reason when it is found, how grave it
// is, what it is not found for and how long the same is then quiet. The error is
// w's.
func WriteRules(w io.Writer) error {
	b := bufio.NewWriter(w)
	for i, rule := range Rules {
		if i > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintln(b, rule.Name)
		wrap(b, "  ", rule.Why)
		for _, reason := range rule.Reasons {
			reason.write(b)
		}
	}
	return b.Flush()
}

// write writes one reason as a paragraph of the page.
func (r *Reason) write(w io.Writer) {
	fmt.Fprintf(w, "\n  %s (%s)\n", r.Name, r.Severity)
	wrap(w, "    when   ", r.When)
	if r.NotFor != "" {
		wrap(w, "    not    ", r.NotFor)
	}
	if _, ok := r.Key(); ok || r.Quiet > 0 {
		wrap(w, "    quiet  ", r.quietWords())
	}
}

// quietWords say how long the same is not told again.
func (r *Reason) quietWords() string {
	switch {
	case r.quiet != nil:
		return inWords(r.Quiet) + ", or as configured"
	case r.Quiet > 0:
		return inWords(r.Quiet)
	}
	var list []string
	for _, step := range steps {
		list = append(list, inWords(step))
	}
	return strings.Join(list, ", then ")
}

// inWords writes whole hours or days: "1 hour", "3 days".
func inWords(d time.Duration) string {
	n, unit := int(d/time.Hour), "hour"
	if d%day == 0 {
		n, unit = int(d/day), "day"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

const pageWidth = 80

// wrap writes text in lines that begin with indent, whose words stand in the
// first line only.
func wrap(w io.Writer, indent, text string) {
	line := indent
	for _, word := range strings.Fields(text) {
		if len(line)+len(word) > pageWidth && len(line) > len(indent) {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			line = strings.Repeat(" ", len(indent))
		}
		line += word + " "
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}
