package report

import "strings"

// A look is how the text page is drawn: with the marks of Unicode, and colours,
// for a terminal that has them, or plain, which any terminal, file and mail shows
// alike.
type look struct{ plain, colours bool }

// bar draws a share of most as a bar of at most width characters; what is not
// nothing is seen.
func (k look) bar(n, most, width int) string {
	if n <= 0 || most <= 0 {
		return ""
	}
	if k.plain {
		return strings.Repeat("#", max(1, (n*width+most/2)/most))
	}
	eighths := max(1, (n*width*8+most/2)/most)
	bar := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		bar += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return bar
}

// sparkline draws counts as a row of columns, the highest count full, nothing as
// a dot.
func (k look) sparkline(counts []int) string {
	nothing, heights := '·', []rune("▁▂▃▄▅▆▇█")
	if k.plain {
		nothing, heights = '.', []rune(":-=+*#%@")
	}
	most := 0
	for _, n := range counts {
		most = max(most, n)
	}
	var b strings.Builder
	for _, n := range counts {
		if n == 0 {
			b.WriteRune(nothing)
			continue
		}
		b.WriteRune(heights[(n*len(heights)-1)/most])
	}
	return b.String()
}

// plainMarks are ASCII for the marks that a page itself sets; each is as wide.
var plainMarks = strings.NewReplacer("–", "-", "…", "~", "‹", "<", "›", ">")

// text is a line as this look has it.
func (k look) text(line string) string {
	if k.plain {
		return plainMarks.Replace(line)
	}
	return line
}

// Colours, as Select Graphic Rendition writes them (ECMA-48, 8.3.117): of the
// eight that every terminal has and lets its owner choose.
const (
	bold    = "1"
	boldRed = "1;31"
	cyan    = "36"
)

// coloured puts text into a colour.
func (k look) coloured(colour, text string) string {
	if !k.colours || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
