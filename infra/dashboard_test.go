package infra

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/emf"
	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
	"sshsieve/internal/watch"
)

// widgets are those of the dashboard, which is JSON once its holes are filled.
func (s *stack) widgets() []any {
	s.t.Helper()
	body := parse(s.t, properties(s.present["Dashboard"])["DashboardBody"].(string))
	list, _ := body["widgets"].([]any)
	if len(list) < 10 {
		s.t.Fatalf("%d widgets", len(list))
	}
	return list
}

// TestDashboardLayout: 24 columns, nothing lies upon another.
func TestDashboardLayout(t *testing.T) {
	taken := map[[2]int]bool{}
	for _, w := range stackOf(t, "one").widgets() {
		number := func(name string) int { n, _ := at(w, name).(float64); return int(n) }
		x, y, width, height := number("x"), number("y"), number("width"), number("height")
		if width < 1 || height < 1 || x+width > 24 {
			t.Errorf("%v lies at %d+%d", at(w, "properties", "title"), x, width)
		}
		for i := range width * height {
			spot := [2]int{x + i%width, y + i/width}
			if taken[spot] {
				t.Fatalf("%v lies upon another", at(w, "properties", "title"))
			}
			taken[spot] = true
		}
	}
}

var searched = regexp.MustCompile(`SEARCH\('\{sshsieve,LogGroup\} MetricName="([^"]+)"', '(Sum|Maximum)', 3600\)`)

// TestDashboardMetrics: each metric is one that somebody writes, and of ours that
// batches write none is forgotten but what has an alarm or a notice of its own.
func TestDashboardMetrics(t *testing.T) {
	s := stackOf(t, "one")
	shown := map[string]bool{}
	for _, w := range s.widgets() {
		metrics, _ := at(w, "properties", "metrics").([]any)
		for _, m := range metrics {
			shown[s.checkShown(at(w, "properties", "title").(string), m.([]any))] = true
		}
	}
	for _, name := range emf.Names() {
		if elsewhere := []string{"lines", "failed-notices", "own-log-group"}; shown[name] == slices.Contains(elsewhere, name) {
			t.Errorf("%s is shown: %v", name, shown[name])
		}
	}
}

// TestDashboardColours: categories and verdicts have the order and the colours
// that they have on the page of sshsieve report.
func TestDashboardColours(t *testing.T) {
	var colours, order []string
	for _, c := range sshd.Categories() {
		colours, order = append(colours, report.Colour(c)), append(order, c.String())
	}
	for v := range sshd.Human + 1 {
		colours, order = append(colours, report.VerdictColour(v)), append(order, v.String())
	}
	seen := 0
	for _, w := range stackOf(t, "one").widgets() {
		last := -1
		metrics, _ := at(w, "properties", "metrics").([]any)
		for _, m := range metrics {
			label, _ := at(m.([]any)[0], "label").(string)
			place := slices.Index(order, label)
			if place < 0 {
				continue // no category, no verdict
			}
			if colour := at(m.([]any)[0], "color"); colour != colours[place] || place < last {
				t.Errorf("%s is %v, want %s; it stands at %d, behind %d", label, colour, colours[place], place, last)
			}
			last = place
			seen++
		}
	}
	if want := 8 + 3; seen != want {
		t.Errorf("%d graphs of categories and verdicts, want %d", seen, want)
	}
}

// checkShown returns the name of a metric that is searched for.
func (s *stack) checkShown(title string, m []any) string {
	s.t.Helper()
	expression, ok := at(m[0], "expression").(string)
	if !ok {
		s.checkMetric(title, m[0].(string), m[1].(string), m[2].(string), m[3].(string))
		return ""
	}
	if found := searched.FindStringSubmatch(expression); found != nil {
		if !slices.Contains(emf.Names(), found[1]) || emf.Dimension != "LogGroup" {
			s.t.Errorf("%s: no batch has the metric %s", title, found[1])
		}
		return found[1]
	}
	if expression != "(d1 + d2) / 1000 * 256 / 1024" {
		s.t.Errorf("%s: what is %s?", title, expression)
	}
	return ""
}

var (
	unnested = regexp.MustCompile(`unnest m\.(\w+) into (\w+)`)
	summed   = regexp.MustCompile("sum\\(`([^`]+)`\\)")
)

// TestDashboardQueries: they ask for what a line really has.
func TestDashboardQueries(t *testing.T) {
	s := stackOf(t, "one")
	line := sampleLine(t)
	queries := 0
	for _, w := range s.widgets() {
		query, ok := at(w, "properties", "query").(string)
		if !ok {
			continue
		}
		queries++
		if !strings.HasPrefix(query, "SOURCE '${ClassifyLogGroup}' | ") {
			t.Errorf("it reads another log: %s", query)
		}
		if list := unnested.FindStringSubmatch(query); list != nil {
			checkUnnested(t, line, query, list[1], list[2])
			continue
		}
		checkSummed(t, query)
	}
	if queries < 6 {
		t.Errorf("%d queries", queries)
	}
}

func checkUnnested(t *testing.T, line document, query, list, alias string) {
	t.Helper()
	if at(line, list, 0) == nil {
		t.Errorf("the sample has no %s, asked for by\n%s", list, query)
		return
	}
	members := regexp.MustCompile(`\b`+alias+`\.(\w+)`).FindAllStringSubmatch(query, -1)
	for _, m := range members {
		if at(line, list, 0, m[1]) == nil {
			t.Errorf("%s has no %s, but only %v", list, m[1], at(line, list, 0))
		}
	}
	first := regexp.MustCompile(`ispresent\(` + list + `\.0\.(\w+)\)`).FindStringSubmatch(query)
	if len(members) < 2 || first == nil || at(line, list, 0, first[1]) == nil {
		t.Errorf("it asks for too little: %s", query)
	}
}

// checkSummed: the categories without a metric of their own, all of them.
func checkSummed(t *testing.T, query string) {
	t.Helper()
	var got, want []string
	for _, m := range summed.FindAllStringSubmatch(query, -1) {
		got = append(got, m[1])
	}
	for _, c := range sshd.Categories() {
		if !slices.Contains(emf.Names(), c.String()) {
			want = append(want, c.String())
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("it adds up %v, want %v", got, want)
	}
}

// sampleLine is a line of metrics with every list in it.
func sampleLine(t *testing.T) document {
	t.Helper()
	var records []syslog.Record
	for _, text := range []string{
		"Failed password for root from 192.0.2.7 port 4242 ssh2",
		"Unable to negotiate with 192.0.2.7 port 4242: no matching host key type found. Their offer: ssh-rsa",
		"Received disconnect from 192.0.2.7 port 4242:11: Bye Bye [preauth]",
		"banner exchange: Connection from 192.0.2.7 port 4242: invalid format",
		"Bad protocol version identification 'GET / HTTP/1.1' from 192.0.2.7 port 4242",
	} {
		records = append(records, syslog.Parse("Nov 22 12:00:00 web-1 sshd[7]: "+text))
	}
	var reader sshd.Reader
	glance := emf.Look(reader.Read(records))
	var b bytes.Buffer
	err := emf.Write(&b, emf.Metrics{
		Origin: watch.Origin{LogGroup: "/var/log/secure"}, Now: time.Now(),
		Result: watch.Result{Fresh: true, Counts: watch.Counts{Lines: len(records)}}, Glance: glance,
	})
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, b.String())
}
