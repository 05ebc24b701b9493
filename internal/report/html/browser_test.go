package html

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sshsieve/internal/report"
)

var update = flag.Bool("update", false, "rewrite the goldens and the screenshots")

// One browser for all, since each takes a second to start.
func TestInChromium(t *testing.T) {
	browser := startChromium(t)
	for name, test := range map[string]func(*testing.T, context.Context){
		"each graph is drawn": testDrawn, "structure": testStructure, "an empty log": testEmpty,
		"hostile text": testHostile, "hostile log": testHostileLog, "nothing leaves its place": testLayout,
		"theme": testTheme, "tables": testTables, "zoom": testZoom, "layers": testLayers,
		"long tables": testLongTables, "cards": testCards, "targets": testTargets, "the band shows all": testBand, "ticks": testTicks,
		"sparks": testSparks, "tips": testTips, "words": testWords, "what to do": testWhatToDo, "stops of Tab": testStops,
		"words beside marks": testPlaces, "headings and names": testNames, "the quietest hour is faintest": testFaintest,
		"without script": testNoScript, "on paper": testPaper, "injected text does not run": testPolicy,
	} {
		t.Run(name, func(t *testing.T) { test(t, browser) })
	}
	if *update {
		t.Run("screenshots", func(t *testing.T) { takeScreenshots(t, browser) })
	}
}

// count is how many elements a graph consists of that stand for data: those
// filled with a colour, or the cells of a heat map by their borders.
const countDrawn = `(id, colour) => {
	const element = document.getElementById(id + "-graph");
	const line = getComputedStyle(element).borderTopColor;
	return [...element.querySelectorAll("svg path")].filter((p) => colour
		? p.getAttribute("fill") === colour
		: p.getAttribute("fill") !== "none" && p.getAttribute("stroke") === line).length;
}`

func (tab *tab) drawn(g *graph, colour string) int {
	return eval[int](tab, fmt.Sprintf("(%s)(%q, %q)", countDrawn, g.ID, colour))
}

// Each thing that is counted has an element.
func testDrawn(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	graphs := newDocument(sample()).Graphs
	if len(graphs) < 15 {
		t.Fatalf("the sample has only %d graphs", len(graphs))
	}
	for _, g := range graphs {
		got, want := 0, 0
		for _, s := range g.Series {
			if s.Colour != "" { // a layer
				want++
				got += tab.drawn(g, s.Colour)
			}
			for _, n := range s.Values {
				if s.Colour == "" && n > 0 {
					want++
				}
			}
		}
		switch g.Kind {
		case "rain":
			got = tab.drawn(g, g.Colour)
		case "bars":
			got, want = tab.drawn(g, g.Colour), len(g.Values)
		case "story", "spans":
			want += len(g.Spans)
			got += tab.marks(g)
		case "heat":
			got, want = tab.drawn(g, ""), 7*24
		}
		if got != want || want == 0 {
			t.Errorf("%s: %d elements for %d things", g.ID, got, want)
		}
	}
	if eval[int](tab, `document.querySelectorAll("#categories-graph svg pattern").length`) == 0 {
		t.Error("no layer has a pattern: some can be told apart by their colours only")
	}
}

// marks counts what stands for the spans of a graph: a shape for what happened, a
// bar for what lasted, and in a story a shape at its beginning, too.
func (tab *tab) marks(g *graph) int {
	n, seen := 0, map[string]bool{}
	for _, s := range g.Spans {
		seen[lookColours[s.Look]] = true
		if g.Kind == "story" && s.To > s.From {
			n-- // its bar
		}
	}
	for colour := range seen {
		n += tab.drawn(g, colour)
	}
	return n
}

// lookColours are those of page.js.
var lookColours = []string{"#2b6cb0", "#6b46c1", "#0f766e", "#9a5b13", "#d62728", "#2b6cb0", "#64748b", "#b45309"}

// outline.js tells what elements the page has, without their text.
//
//go:embed testdata/outline.js
var outlineScript string

func (tab *tab) outline() string { return eval[string](tab, outlineScript) }

// The structure is that of the goldens: the elements, and what a screen reader
// is told.
func testStructure(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	golden(t, "outline.txt", tab.outline())
	golden(t, "aria.txt", tab.aria())
}

// told are the roles of what a reader finds his way by; tables' cells, and the
// text between, would drown them.
var told = map[string]bool{"RootWebArea": true, "banner": true, "main": true, "navigation": true, "contentinfo": true, "region": true,
	"heading": true, "image": true, "table": true, "group": true, "figure": true, "button": true, "radio": true, "slider": true,
	"checkbox": true, "link": true, "status": true, "radiogroup": true, "DisclosureTriangle": true}

// aria is the accessibility tree, by role, name and value.
func (tab *tab) aria() string {
	tree, err := chromedp.Call(tab.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		tab.Fatal(err)
	}
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		nodes[n.NodeID] = n
	}
	var b strings.Builder
	var walk func(n *accessibility.Node, indent string)
	walk = func(n *accessibility.Node, indent string) {
		if !n.Ignored && told[spoken(n.Role)] {
			fmt.Fprintf(&b, "%s%s %q %s\n", indent, spoken(n.Role), spoken(n.Name), spoken(n.Value))
			indent += "  "
		}
		for _, id := range n.ChildIDs {
			if child := nodes[id]; child != nil {
				walk(child, indent)
			}
		}
	}
	walk(tree.Nodes[0], "")
	return b.String()
}

// spoken is a value of the accessibility tree, as text.
func spoken(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	return strings.Trim(string(v.Value), `"`)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (go test ./internal/report/html -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("%s differs: %s", file, firstDifference(got, string(want)))
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(no line)"
}

// A log of nothing makes a page that says so.
func testEmpty(t *testing.T, browser context.Context) {
	tab := open(t, browser, report.NewLog().Page(false), desktop)
	if n := eval[int](tab, `document.querySelectorAll("table, figure").length`); n != 0 {
		t.Errorf("%d tables and graphs of nothing", n)
	}
}

// hostileTexts are what a peer may write to leave the place that his text has:
// as HTML, in a script, an attribute or a comment, as a style, a link, a
// template of the library, and as no text at all.
var hostileTexts = []string{
	`<script>pwned=1</script>`, `</script><script>pwned=1</script>`, `<!--<script>`, `]]>`, `--><img src=x onerror=pwned=1>`,
	`"><svg onload=pwned=1>`, `' onmouseover='pwned=1`, "`${pwned=1}`", `javascript:pwned=1`, `https://evil.example/`,
	`</td></tr></table><h1>x</h1>`, `</textarea></title></style><style>*{display:none}</style>`, `{marker0|x}{a|b}`, `{{.}}{b}%s%n`,
	`&lt;b&gt;&#x3c;b&#x3e;&amp;`, `\u003cscript\u003e`, `__proto__`, `constructor`, strings.Repeat("W", 64), strings.Repeat("﷽", 64),
	strings.Repeat(" ", 64), "0", "-1", "NaN", "null", "é\u0301\u0301\u0301\u0301\u0301", "مرحبا", "=1+1",
}

// poisoned is the sample with hostile texts, each made different.
func poisoned(t *testing.T) *report.Page {
	p, n := sample(), 0
	count := poison(p, func() string {
		n++
		return hostileTexts[n%len(hostileTexts)] + fmt.Sprint(n)
	})
	if count < 2*len(hostileTexts) {
		t.Fatalf("only %d texts of a log in the sample", count)
	}
	return p
}

// The hostile page is built like the harmless one, and nothing in it runs.
func testHostile(t *testing.T, browser context.Context) {
	harmless := open(t, browser, sample(), desktop).outline()
	tab := open(t, browser, poisoned(t), desktop)
	if got := tab.outline(); got != harmless {
		t.Errorf("the structure changed: %s", firstDifference(got, harmless))
	}
	if eval[bool](tab, `"pwned" in window`) {
		t.Error("something ran")
	}
	if links := eval[[]string](tab, `[...document.querySelectorAll("[href], [src]")].map((e) => e.getAttribute("href") ?? "src").filter((h) => !h.startsWith("#"))`); len(links) > 0 {
		t.Errorf("links that lead out: %q", links)
	}
	for _, g := range newDocument(sample()).Graphs {
		tab.hover("#" + g.ID + "-graph") // tooltips hold text, too
	}
	if got := tab.outline(); got != harmless {
		t.Error("a tooltip changed the page's structure")
	}
}

// hover moves the mouse over the middle of an element, and over where the first
// bar begins.
func (tab *tab) hover(selector string) {
	at := tab.middle(selector)
	for _, dx := range []float64{0, -200} {
		tab.do(chromedp.MouseEvent(chromedp.MouseMoved, at[0]+dx, at[1]))
	}
}

// No text makes the page wider than the screen, or reaches into another cell.
func testLayout(t *testing.T, browser context.Context) {
	for _, l := range []look{desktop, {width: 360, height: 740, scheme: "light"}} {
		for name, p := range map[string]*report.Page{"sample": sample(), "hostile": poisoned(t)} {
			tab := open(t, browser, p, l)
			if w := eval[int64](tab, `document.documentElement.scrollWidth`); w > l.width {
				t.Errorf("%s: %d wide on a screen of %d", name, w, l.width)
			}
			out := eval[[]string](tab, `[...document.querySelectorAll("td, th, dd, dt, li, summary, h1")]
				.filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
				.map((e) => e.tagName + " " + e.textContent.slice(0, 80))`)
			if len(out) > 0 {
				t.Errorf("%s at %d: text leaves its place: %q", name, l.width, out)
			}
		}
	}
}

const background = `getComputedStyle(document.body).backgroundColor`

// textColour is that of a graph's labels.
const textColour = `document.querySelector("#nets-graph svg text").getAttribute("fill")`

func testTheme(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	light, ink := eval[string](tab, background), eval[string](tab, textColour)
	tab.click(`label:has([value="dark"]) span`)
	tab.until(background + " !== " + fmt.Sprintf("%q", light))
	tab.until(textColour + " !== " + fmt.Sprintf("%q", ink))
	tab.press(`[value="dark"]`, kb.ArrowLeft)
	tab.until(background + " === " + fmt.Sprintf("%q", light))
	tab.until(textColour + " === " + fmt.Sprintf("%q", ink))

	dark := open(t, browser, sample(), look{width: 1100, height: 900, scheme: "dark"})
	if eval[string](dark, background) == light {
		t.Error("a system in dark gets a light page")
	}
}

func testTables(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	const button, shown = `button[aria-controls="nets-table"]`, `document.getElementById("nets-table").checkVisibility()`
	const expanded = `(document.querySelector('button[aria-controls="nets-table"]').ariaExpanded === "true")`
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, "!"},
		{func() { tab.click(button) }, ""},
		{func() { tab.press(button, kb.Enter) }, "!"},
		{func() { tab.press(button, " ") }, ""},
		{func() { tab.click(button) }, "!"},
	} {
		step.do()
		tab.until(step.want + shown)
		tab.until(step.want + expanded)
	}
}

const zoomed = `document.querySelector("#categories output").textContent`

// The brush below the graph and the sliders do the same.
func testZoom(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	whole := eval[string](tab, zoomed)
	changed := zoomed + " !== " + fmt.Sprintf("%q", whole)
	tab.brush("#categories-graph")
	tab.until(changed)
	tab.until(`+document.querySelector("#categories .from").value > 10`)
	tab.until(`+document.querySelector("#categories .to").value < 100`)
	tab.press("#categories .all", kb.Enter)
	tab.until("!(" + changed + ")")
	tab.press("#categories .from", kb.ArrowRight)
	tab.until(zoomed + `.startsWith("2026-11-01 03:00 ")`)
	tab.press("#categories .to", kb.Home)
	tab.until(zoomed + ` === "2026-11-01 03:00 to 2026-11-01 06:00 UTC"`) // never less than a step
	tab.click("#categories .all")
	tab.until("!(" + changed + ")")
}

// brush drags over the middle of the band at the graph's lower end.
func (tab *tab) brush(selector string) {
	middle := tab.middle(selector)
	bottom := eval[float64](tab, fmt.Sprintf(`document.querySelector(%q).getBoundingClientRect().bottom`, selector))
	tab.do(chromedp.DragAndDropXY(middle[0]-150, bottom-22, middle[0]+150, bottom-22, 5))
}

// graphOf is the graph of a section.
func graphOf(t *testing.T, p *report.Page, id string) *graph {
	t.Helper()
	for _, g := range newDocument(p).Graphs {
		if g.ID == id {
			return g
		}
	}
	t.Fatalf("no graph %s", id)
	return nil
}

func testLayers(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	g := graphOf(t, sample(), "categories")
	const box = "#categories .layers input"
	first := fmt.Sprintf(`(%s)("categories", %q)`, countDrawn, g.Series[0].Colour)
	tab.click(box)
	tab.until(first + " === 0")
	tab.press(box, " ")
	tab.until(first + " === 1")
}

// Of a long table the first rows are seen, and the rest on demand; the button says
// how many there are.
func testLongTables(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	rows := len(sources(sample()).Table.Rows)
	const seen = `[...document.querySelectorAll("#sources-table tbody tr")].filter((e) => e.checkVisibility()).length`
	const button = `button[aria-controls="sources-table"]`
	if got := eval[string](tab, `document.querySelector('`+button+`').textContent`); got != fmt.Sprintf("Show all %d rows", rows) {
		t.Errorf("the button says %q of %d rows", got, rows)
	}
	tab.until(fmt.Sprintf("%s === %d", seen, rowsAtOnce))
	tab.press(button, kb.Enter)
	tab.until(fmt.Sprintf("%s === %d", seen, rows))
	tab.press(button, " ")
	tab.until(fmt.Sprintf("%s === %d", seen, rowsAtOnce))
	// A graph's table brings its own button along.
	const more = `document.querySelector('button.rows[aria-controls="nets-table"]').checkVisibility()`
	tab.until("!" + more)
	tab.click(`button.tables[aria-controls="nets-table"]`)
	tab.until(more)
}

var phone = look{width: 390, height: 844, scheme: "light"}

// On a phone nothing of a table with words is beside the screen, and each cell
// says what it is.
func testCards(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), phone)
	beside := eval[[]string](tab, `[...document.querySelectorAll(".cards th, .cards td")]
		.filter((e) => e.checkVisibility() && e.closest("tbody") && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.textContent)`)
	if len(beside) > 0 {
		t.Errorf("beside the screen: %q", beside)
	}
	const label = `getComputedStyle(document.querySelector("#logins-table tbody td:nth-child(3)"), "::before").content`
	if got := eval[string](tab, label); !strings.Contains(got, "from") {
		t.Errorf("a cell's label is %s", got)
	}
	if wide := open(t, browser, sample(), desktop); eval[string](wide, label) != "none" {
		t.Error("a table on a desktop has labels in its cells")
	}
}

// What one taps on a phone is large enough (WCAG 2.2, 2.5.8: 24 pixels); links in
// a sentence may be as high as its lines.
func testTargets(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), phone)
	small := eval[[]string](tab, `[...document.querySelectorAll("button, summary, a:not(.skip), label, input[type=range]")]
		.filter((e) => e.checkVisibility()).filter((e) => { const r = e.getBoundingClientRect(); return r.height < 24 || r.width < 24; })
		.map((e) => e.outerHTML.slice(0, 90))`)
	if len(small) > 0 {
		t.Errorf("too small to tap: %q", small)
	}
}

// The band below a stack has the sum of all layers.
func testBand(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	g := graphOf(t, sample(), "categories")
	sum := 0
	for _, s := range g.Series {
		sum += s.Values[40]
	}
	got := eval[int](tab, `(() => {
		const chart = echarts.getInstanceByDom(document.getElementById("categories-graph"));
		return chart.getOption().series[0].data[40][1];
	})()`)
	if got != sum {
		t.Errorf("the band has %d where all layers have %d", got, sum)
	}
	high := eval[float64](tab, `Math.max(...[...document.querySelectorAll("#categories-graph svg path")]
		.filter((p) => +p.getAttribute("fill-opacity") > 0.5 && p.getBoundingClientRect().height < 40).map((p) => p.getBoundingClientRect().height))`)
	if high < 10 {
		t.Errorf("the band is %v high: it is not the sum", high)
	}
}

const dayMS = 24 * 3600 * 1000

// Ticks are the same time apart, whatever the log covers and whatever part of it
// is shown.
func testTicks(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	for _, length := range []string{"hour", "7 * hour", "day", "9 * day", "28 * day", "200 * day", "1000 * day", "20000 * day"} {
		for _, pixels := range []int{250, 900} {
			gaps := eval[[]int64](tab, fmt.Sprintf(`(() => {
				const from = Date.UTC(2026, 9, 26, 3, 17), list = ticks(from, from + %s, %d).list;
				return list.slice(1).map((t, i) => t - list[i]);
			})()`, length, pixels))
			if len(gaps) == 0 {
				t.Errorf("%s in %d pixels: less than two ticks", length, pixels)
			}
			for _, gap := range gaps {
				// Months and years differ by at most three days.
				if d := gap - gaps[0]; d != 0 && (gap < 28*dayMS || max(d, -d) > 3*dayMS) {
					t.Errorf("%s in %d pixels: uneven ticks %v", length, pixels, gaps)
					break
				}
			}
		}
	}
}

// Each step of a thing that changed has its bar, and those of the last part their
// colour.
func testSparks(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	p := sample()
	net := p.News.Items[len(p.News.Items)-1]
	since, past, now := stepAt(p.Coarse, p.News.Since), 0, 0
	for i, n := range net.Timeline {
		switch {
		case n > 0 && i >= since:
			now++
		case n > 0:
			past++
		}
	}
	got := eval[[]int](tab, `[...document.querySelectorAll("#news-table tr:last-child .spark path")].map((p) => (p.getAttribute("d").match(/M/g) ?? []).length)`)
	if len(got) != 2 || got[0] != past || got[1] != now || now == 0 {
		t.Errorf("bars %v, want %d and %d", got, past, now)
	}
	if eval[string](tab, `getComputedStyle(document.querySelector(".spark .now")).stroke`) == eval[string](tab, `getComputedStyle(document.querySelector(".spark path")).stroke`) {
		t.Error("past and now look alike")
	}
}

// A pointer on the story's areas tells the counts there, and on a mark what
// happened.
func testTips(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	const says = `document.querySelector("#story-graph svg").textContent.includes(%q)`
	middle := tab.middle("#story-graph")
	top := eval[float64](tab, `document.getElementById("story-graph").getBoundingClientRect().top`)
	tab.do(chromedp.MouseEvent(chromedp.MouseMoved, middle[0], top+100))
	tab.until(fmt.Sprintf(says, everythingElse))
	mark := eval[[2]float64](tab, `(() => {
		const r = [...document.querySelectorAll("#story-graph svg path")].find((p) => p.getAttribute("fill") === "#d62728").getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`)
	tab.do(chromedp.MouseEvent(chromedp.MouseMoved, mark[0], mark[1]))
	tab.until(fmt.Sprintf(says, "looks guessed"))
}

// What the data holds is what a reader reads: names whose counts nobody knows stand
// without, what is likely is called so, a mark is a sign and not only a colour.
func testWords(t *testing.T, browser context.Context) {
	p := sample()
	p.Nets[0].Names = []report.Count{{Name: "root"}, {Name: "admin"}}
	p.Told.LockedOut[0].Likely = true
	tab := open(t, browser, p, desktop)
	for _, cell := range []struct{ why, selector, want string }{
		{"counts that nobody knows are not written", "#nets-table tbody tr td:last-child", "root, admin, …"},
		{"who is locked out is a guess", "#locked-out-table tbody th", "probably bob"},
		{"how much was read", ".facts div:nth-child(2) dd", "201 234 lines, 195 000 of them sshd’s: 195 812 events, as repeated lines are folded into others 812 times"},
	} {
		if got := eval[string](tab, fmt.Sprintf(`document.querySelector(%q).textContent`, cell.selector)); got != cell.want {
			t.Errorf("%s: %q, want %q", cell.why, got, cell.want)
		}
	}
	if n := eval[int](tab, `document.querySelectorAll(".answer li").length`); n != len(p.News.Headline) {
		t.Errorf("the card has %d of %d headlines", n, len(p.News.Headline))
	}
	if sign := eval[string](tab, `getComputedStyle(document.querySelector(".marked th"), "::before").content`); !strings.Contains(sign, "▲") {
		t.Errorf("a marked row has no sign: %s", sign)
	}
}

// The card's link opens the mail that says what to do.
func testWhatToDo(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	const mail = `document.getElementById("mail-1").checkVisibility()`
	tab.until("!" + mail)
	tab.press(`.answer a[href="#mail-1"]`, kb.Enter)
	tab.until(mail)
	tab.until(`(() => { const r = document.getElementById("mail-1").getBoundingClientRect(); return r.top >= 0 && r.top < innerHeight; })()`)
}

// Tab stops at what scrolls, and at nothing else of the tables.
func testStops(t *testing.T, browser context.Context) {
	const wrong = `[...document.querySelectorAll(".table")].filter((e) => e.checkVisibility() && e.hasAttribute("tabindex") !== (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)).length`
	tab := open(t, browser, sample(), desktop)
	tab.until(wrong + " === 0")
	tab.until(`!document.getElementById("news-table").hasAttribute("tabindex")`)
	tab.click(`button.tables[aria-controls="heat-failed-table"]`) // it is wide
	tab.click(`button.tables[aria-controls="categories-table"]`)
	tab.click(`button.rows[aria-controls="categories-table"]`) // and this is long
	for _, id := range []string{"heat-failed", "categories"} {
		tab.until(`document.getElementById("` + id + `-table").tabIndex === 0`)
	}
	tab.until(wrong + " === 0")
	l := desktop
	l.noScript = true
	if n := eval[int](open(t, browser, sample(), l), `document.querySelectorAll(".table:not([tabindex])").length`); n != 0 {
		t.Errorf("without script Tab misses %d tables", n)
	}
}

// Words stand beside marks where there is room, of the gravest first, and on none
// other.
func testPlaces(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	for _, test := range []struct{ why, spans, want string }{
		{"alone, behind it", `[[10, 5, "word"]]`, "behind"},
		{"at the edge, before it", `[[95, 5, "word"]]`, "before"},
		{"without words, nowhere", `[[10, 5, ""]]`, "nowhere"},
		{"no words on another mark", `[[50, 5, "a word that is long"], [52, 4, "a word that is long"], [54, 5, "a word that is long"]]`, "before nowhere behind"},
		{"the grave one comes first", `[[3, 5, "a word that is long"], [7, 4, "a word that is long"]]`, "nowhere behind"},
	} {
		got := eval[string](tab, `places({ start: 0, step: 100, steps: 1, labels: ["x"], spans: `+test.spans+`.map(([at, look, text]) => ({ label: 0, from: at, to: at, look, text })) }, 500).join(" ")`)
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

// Whoever hears the page has the headings in their order, a name for each section
// and table, and a word for each sign.
func testNames(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	if levels := eval[string](tab, `[...document.querySelectorAll("h1, h2, h3, h4")].filter((e) => !e.closest("nav")).map((e) => e.localName[1]).join("")`); !strings.HasPrefix(levels, "123") || strings.Contains(levels, "13") {
		t.Errorf("levels of headings: %s", levels)
	}
	nameless := eval[[]string](tab, `[...document.querySelectorAll("section[id]")].filter((e) => !document.getElementById(e.getAttribute("aria-labelledby"))?.textContent).map((e) => e.id)`)
	if n := eval[int](tab, `[...document.querySelectorAll("table")].filter((e) => !e.caption?.textContent).length`); n != 0 || len(nameless) != 0 {
		t.Errorf("%d tables without caption, sections without name: %q", n, nameless)
	}
	for _, sign := range []string{".marked th", ".answer.bad dt"} {
		if got := eval[string](tab, `getComputedStyle(document.querySelector("`+sign+`"), "::before").content`); !strings.Contains(got, `/ "alarming: "`) {
			t.Errorf("%s is heard as %s", sign, got)
		}
	}
}

// What machines do in every hour does not hide when people come.
func testFaintest(t *testing.T, browser context.Context) {
	p := sample()
	for d := range p.Heat.Accepted {
		for h := range p.Heat.Accepted[d] {
			p.Heat.Accepted[d][h] += 100
		}
	}
	tab := open(t, browser, p, desktop)
	if got := eval[float64](tab, `echarts.getInstanceByDom(document.getElementById("heat-accepted-graph")).getOption().visualMap[0].min`); got != 50 {
		t.Errorf("the faintest is %v an hour, want 50", got)
	}
}

// Without script the tables are there, and nothing that does not work.
func testNoScript(t *testing.T, browser context.Context) {
	l := desktop
	l.noScript = true
	tab := open(t, browser, sample(), l)
	hidden := eval[int](tab, `[...document.querySelectorAll("table")].filter((e) => !e.checkVisibility()).length`)
	dead := eval[int](tab, `[...document.querySelectorAll("button, input, figure")].filter((e) => e.checkVisibility()).length`)
	if hidden != 0 || dead != 0 {
		t.Errorf("%d tables are hidden, %d controls are shown", hidden, dead)
	}
}

// paper is A4 between its margins, in CSS pixels.
var paper = look{width: 718, height: 1047, scheme: "dark", paper: true}

// print has the page prepare itself as for the printer.
func (tab *tab) print() {
	eval[bool](tab, `dispatchEvent(new Event("beforeprint"))`)
}

// On paper all is light, whatever the screen is, and fits.
func testPaper(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), paper)
	tab.print()
	if got := eval[string](tab, background); got != "rgb(255, 255, 255)" {
		t.Errorf("the paper is %s", got)
	}
	if wide := eval[[]string](tab, `[...document.querySelectorAll("svg, table")].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80))`); len(wide) > 0 {
		t.Errorf("wider than the paper: %q", wide)
	}
	if got := eval[string](tab, `[...document.querySelectorAll("details.texts pre")].filter((e) => e.checkVisibility()).map((e) => e.id).join(" ")`); got != "mail-1" {
		t.Errorf("printed in full: %q, want the mail of high severity", got)
	}
	if n := eval[int](tab, `[...document.querySelectorAll("#sources-table tbody tr")].filter((e) => e.checkVisibility()).length`); n != rowsOnPaper {
		t.Errorf("%d rows on paper, want %d", n, rowsOnPaper)
	}
	tab.until(`document.querySelector("#sources .cut").checkVisibility() && document.getElementById("nets-table").checkVisibility()`)
	eval[bool](tab, `dispatchEvent(new Event("afterprint"))`)
	tab.until(`document.documentElement.dataset.theme === ""`)
	tab.until(`!document.querySelector("details.texts").open`)
}

// The policy holds: what somebody would have got into the page would not run,
// load, or be made HTML.
func testPolicy(t *testing.T, browser context.Context) {
	tab := open(t, browser, sample(), desktop)
	for _, attempt := range []string{
		`(() => { const s = document.createElement("script"); s.append("pwned=1"); document.body.append(s); })()`,
		`document.body.setAttribute("onclick", "pwned=1"), document.body.click()`,
		`document.body.innerHTML = "<img src=x onerror=pwned=1>"`,
		`document.body.append(Object.assign(new Image(), { src: "https://192.0.2.1/x.png" }))`,
		`setTimeout("pwned=1")`,
	} {
		before := len(tab.heard())
		eval[bool](tab, `(() => { try { `+attempt+` } catch {} return true })()`)
		tab.until(`!("pwned" in window)`)
		if len(tab.heard()) == before {
			t.Errorf("the policy did not mind: %s", attempt)
		}
	}
	if all := strings.Join(tab.heard(), "\n"); strings.Count(all, requested) != strings.Count(all, blocked) {
		t.Errorf("something left the page:\n%s", all)
	}
	tab.faults = nil // these were wanted
}

// The screenshots are for people: fonts differ from host to host, so that what is
// compared is the structure.
func takeScreenshots(t *testing.T, browser context.Context) {
	for name, l := range map[string]look{
		"light": {width: 1000, height: 1300, scheme: "light"}, "dark": {width: 1000, height: 1300, scheme: "dark"},
		"phone": phone, "paper": paper,
	} {
		tab := open(t, browser, sample(), l)
		switch name {
		case "dark":
			tab.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("research").scrollIntoView()`))
		case "paper":
			tab.print()
			tab.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("heat-failed").scrollIntoView()`))
		}
		png, err := chromedp.Run(tab.ctx, chromedp.CaptureScreenshot())
		if err == nil {
			err = os.WriteFile(filepath.Join("testdata", name+".png"), png, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
