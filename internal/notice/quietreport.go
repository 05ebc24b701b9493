package notice

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"sshsieve/internal/attention"
)

// QuietReport is the rule of the quiet report: it tells once a week what nobody
// was mailed about.
const QuietReport = "quiet-report"

// A Report is what the quiet report says of one scope. It holds no user names
// and no text that a peer wrote, but for Shapes, whose variable parts are
// blanked.
type Report struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Lines is how many were read, of sshd and of other programs.
	Lines        int `json:"lines"`
	Unrecognised int `json:"unrecognised,omitempty"`
	Skewed       int `json:"skewed,omitempty"`
	// Verdicts and Categories are by the words of sshd.Verdict and
	// sshd.Category.
	Verdicts   map[string]int `json:"verdicts,omitempty"`
	Categories map[string]int `json:"categories,omitempty"`
	// Hosts is how many wrote, and Silent which of them stopped, with when their
	// last line was written; at most 10, the longest silent first.
	Hosts  int      `json:"hosts"`
	Silent []Silent `json:"silent,omitempty"`
	// Fates is what became of what was found, by rule and reason. Nil where
	// that is not known.
	Fates []Fate `json:"fates,omitempty"`
	// Guessers are the sources that most passwords came from, at most 10, and
	// Sources how many there were.
	Guessers []Guesser `json:"guessers,omitempty"`
	Sources  int       `json:"sources,omitempty"`
	// MoreSources: there were more than Sources, nobody counted how many.
	MoreSources bool `json:"more_sources,omitempty"`
	// Shapes are wordings of sshd that no row knows, at most 5.
	Shapes []string `json:"shapes,omitempty"`
}

// Silent is a host that wrote, and then did not.
type Silent struct {
	Host string    `json:"host"`
	Last time.Time `json:"last"`
}

// A Fate is how many Findings of one rule and reason ended in one state: the
// word of watch.State.
type Fate struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	State  string `json:"state"`
	Count  int    `json:"count"`
}

// A Guesser is a source that tried passwords.
type Guesser struct {
	Source netip.Addr `json:"source"`
	// Count is how many attempts its messages for ban tools told of, at least;
	// Hours how many such messages there were, one an hour.
	Count int `json:"count"`
	Hours int `json:"hours"`
}

// reportDetail is the name in a Finding's Detail that the Report is under.
const reportDetail = "report"

// Finding makes a Finding of the Report, from which Write makes its Notice: so
// it goes the way of all others, and is told once.
func (r *Report) Finding(reason string) (attention.Finding, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return attention.Finding{}, fmt.Errorf("quiet report: %w", err)
	}
	return attention.Finding{
		Rule: QuietReport, Reason: reason, Severity: attention.Low, Key: attention.Key{Kind: attention.Report},
		At: r.To, First: r.From, Count: 1, Detail: map[string]string{reportDetail: string(text)},
	}, nil
}

// writeReport fills in the Subject and the Text of a quiet report. A Report that
// cannot be read, of a later version say, leaves an empty one.
func (c *incident) writeReport(n *Notice) {
	var r Report
	_ = json.Unmarshal([]byte(c.lead.Detail[reportDetail]), &r) // see above
	n.Subject = clipTo("[sshsieve"+c.where()+"] quiet report: "+r.headline(), maxSubject)
	p := &page{}
	r.write(p)
	p.label("QUIET")
	p.verbatim(`sshsieve mute quiet-report --for 365d --why "..."`, 0)
	c.foot(p)
	n.Text = p.b.String()
}

// headline is the report in one line.
func (r *Report) headline() string {
	mails := "no mail"
	if n := r.fated("told"); n > 0 {
		mails = plural(n, "finding") + " told"
	}
	return mails + ", " + r.sources("guessing source") + ", " + plural(r.Lines, "line")
}

// sources is how many guessed, in words.
func (r *Report) sources(one string) string {
	if r.MoreSources {
		return decimal(r.Sources) + " or more " + one + "s"
	}
	return plural(r.Sources, one)
}

func (r *Report) write(p *page) {
	p.section("WHAT", "What sshsieve saw from "+reportTime(r.From)+" to "+reportTime(r.To)+", and did not mail. There is nothing to do, unless something here surprises you.")
	p.section("LINES", r.lines()...)
	p.table("KINDS", r.kinds())
	p.section("TOLD", r.fates("told")...)
	p.section("UNTOLD", r.untold()...)
	if r.Sources > 0 {
		p.section("GUESSING", r.sources("source")+" tried passwords often enough for ban tools. Most:")
		p.table("", r.guessers())
	}
	p.section("SILENT", r.silent()...)
	p.section("UNKNOWN", r.shapes()...)
}

// table writes rows whose columns stay as they are.
func (p *page) table(word string, rows []string) {
	p.label(word)
	for _, row := range rows {
		p.line(clipTo(row, pageEdge-margin))
	}
}

func reportTime(t time.Time) string { return t.UTC().Format("15:04 UTC on Mon 2 Jan 2006") }

func (r *Report) lines() []string {
	list := []string{plural(r.Lines, "line") + " of " + plural(r.Hosts, "host") + ". Of what sshd said, " +
		decimal(r.Verdicts["human"]) + " by itself for a person, " + decimal(r.Verdicts["tooling"]) + " for ban tools, " + decimal(r.Verdicts["graph"]) + " noise."}
	if r.Unrecognised > 0 {
		list = append(list, decimal(r.Unrecognised)+" of sshd's lines were not understood.")
	}
	if r.Skewed > 0 {
		list = append(list, "The clock of "+plural(r.Skewed, "line")+" was not believed; see whether your hosts keep time.")
	}
	return list
}

// kinds are the categories, the most frequent first.
func (r *Report) kinds() []string {
	var list []string
	for _, name := range byCount(r.Categories) {
		list = append(list, fmt.Sprintf("%9d %s", r.Categories[name], ascii(name)))
	}
	return list
}

// byCount are the names of counts, the highest first.
func byCount(counts map[string]int) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}

// untoldStates are the ends of what nobody was mailed about, in words.
var untoldStates = []struct{ state, why string }{
	{"failed", "refused by SNS, so that nobody was told"},
	{"held", "held back, for the next summary"},
	{"pending", "still to be told"},
	{"late", "in lines that came more than a day late"},
	{"muted", "muted by you"},
	{"repeated", "of what you had just been told"},
	{"reported", "of low severity"},
}

func (r *Report) untold() []string {
	var list []string
	for _, s := range untoldStates {
		for _, text := range r.fates(s.state) {
			list = append(list, text+", "+s.why+".")
		}
	}
	return list
}

// fates are the Findings that ended in a state, each rule and reason once.
func (r *Report) fates(state string) []string {
	var list []string
	for _, f := range r.Fates {
		if f.State == state && f.Rule != QuietReport {
			list = append(list, decimal(f.Count)+" "+ascii(f.Rule+"/"+f.Reason))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return []string{strings.Join(list, ", ")}
}

// fated is how many Findings for people ended in a state.
func (r *Report) fated(state string) (n int) {
	for _, f := range r.Fates {
		if f.State == state && f.Rule != QuietReport {
			n += f.Count
		}
	}
	return n
}

// guessers are the sources with most attempts.
func (r *Report) guessers() []string {
	var list []string
	for _, g := range r.Guessers {
		list = append(list, fmt.Sprintf("%9d attempts or more in %s from %s", g.Count, plural(g.Hours, "hour"), sourceName(g.Source)))
	}
	return list
}

func (r *Report) silent() []string {
	if len(r.Silent) == 0 {
		return nil
	}
	list := []string{"These wrote, and then nothing for a day or more:"}
	for _, s := range r.Silent {
		list = append(list, hostName(s.Host)+", last at "+reportTime(s.Last))
	}
	return list
}

func (r *Report) shapes() []string {
	var list []string
	for _, shape := range r.Shapes {
		list = append(list, clipTo(defanger.Replace(shape), 2*maxText))
	}
	return list
}

// plural is a number and what it counts.
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return decimal(n) + " " + word + "s"
}
