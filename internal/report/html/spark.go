package html

import (
	"fmt"
	"slices"
	"strings"
)

// A spark is a small graph in a row: bars over the steps of a Timeline, those of
// the last part of the log in another colour. It is SVG that the template
// writes, so that it needs no script.
type spark struct {
	Width, Height int
	// Past and Now are paths (SVG 2, 9.3) of upright lines, whose stroke makes
	// them bars.
	Past, Now string
	// Summary says in words what it shows; without it there is nothing to draw.
	Summary string
}

const (
	sparkStep   = 3 // units that a step is wide, its gap included
	sparkHeight = 20
)

// sparkOf draws counts, of which those from step since on are the last part; nil
// where there are none.
func sparkOf(counts []int, since int) *spark {
	if len(counts) == 0 {
		return nil
	}
	most := max(slices.Max(counts), 1)
	var past, now strings.Builder
	for i, n := range counts {
		if n == 0 {
			continue
		}
		b := &past
		if i >= since {
			b = &now
		}
		height := max(n*sparkHeight/most, 2) // 2: what was there is seen
		fmt.Fprintf(b, "M%d %dv-%d", i*sparkStep+1, sparkHeight, height)
	}
	return &spark{Width: len(counts) * sparkStep, Height: sparkHeight, Past: past.String(), Now: now.String(),
		Summary: fmt.Sprintf("Bars over time: %s before the last part, %s in it.", number(total(counts[:min(since, len(counts))])), number(total(counts[min(since, len(counts)):])))}
}
