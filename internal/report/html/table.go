package html

import (
	"slices"

	"sshsieve/internal/report"
)

// A table is rows of cells under their columns; the first cell of a row names it.
type table struct {
	Columns []column
	Rows    []row
	// More is how many rows were left out.
	More string
	// Unfolded: all rows are seen at once, however many.
	Unfolded bool
}

// A column is a heading and the class, in page.css, of what stands below it.
type column struct{ Name, Class string }

// A row is marked where it stands out.
type row struct {
	Marked bool
	Cells  []string
	// Group is the heading of the rows below, which has no cells.
	Group string
	// Spark stands in the last column, whose heading has no cell.
	Spark *spark
}

// Bounds of the rows that are seen at once, and that are printed: those of
// page.css.
const (
	rowsAtOnce  = 10
	rowsOnPaper = 25
)

// Long says whether only the first rows are seen at first: a button that shows
// two more is none.
func (t *table) Long() bool { return !t.Unfolded && len(t.Rows) > rowsAtOnce+2 }

// Count is how many rows there are, as text.
func (t *table) Count() string { return number(len(t.Rows)) }

// Uncut says on paper what is not there; "" for nothing.
func (t *table) Uncut() string {
	if len(t.Rows) <= rowsOnPaper {
		return ""
	}
	return "On paper: the first " + number(rowsOnPaper) + " of " + t.Count() + " rows."
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

func (t *table) group(heading string) { t.Rows = append(t.Rows, row{Group: heading}) }

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

// orNil is the table, if it has a row, without the columns in which nothing stands.
func (t *table) orNil() *table {
	if len(t.Rows) == 0 {
		return nil
	}
	for i := len(t.Columns) - 1; i > 0; i-- {
		if !slices.ContainsFunc(t.Rows, func(r row) bool { return r.Group == "" && (i >= len(r.Cells) || r.Cells[i] != "") }) {
			t.dropColumn(i)
		}
	}
	return t
}

func (t *table) dropColumn(i int) {
	t.Columns = slices.Delete(t.Columns, i, i+1)
	for j := range t.Rows {
		if t.Rows[j].Group == "" {
			t.Rows[j].Cells = slices.Delete(t.Rows[j].Cells, i, i+1)
		}
	}
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
const rowsShown = 150

// shorten returns what of a list is shown, and how many are not, of those that
// the Page itself left out, too.
func shorten[T any](list []T, p *report.Page, name string) ([]T, string) {
	n := min(len(list), rowsShown)
	return list[:n], left(len(list) - n + p.More[name])
}
