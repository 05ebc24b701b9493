package html

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/report"
)

// Each question has its answer, whatever the log holds.
func TestAnswers(t *testing.T) {
	for _, test := range []struct {
		why      string
		change   func(*report.Page)
		question string
		tone     string
		want     string
	}{
		{"a guessed login is the first thing to know", func(*report.Page) {},
			"Did anybody get in?", bad, "It looks so: deploy logged in by password from 203.0.113.9 on web-1 on 13 Nov 00:00 UTC, after 4\u202f711 failed attempts from there."},
		{"what the guesser did then is told, too", func(*report.Page) {},
			"Did anybody get in?", bad, "Then deploy came back on 14 Nov 00:00 UTC from 203.0.113.80."},
		{"a key that came with the guesser outlives the password", func(p *report.Page) { p.Logins[1].Key = "ED25519 SHA256:x" },
			"Did anybody get in?", bad, "on 14 Nov 00:00 UTC from 203.0.113.80 with a new key (remove it)."},
		{"several guessed logins are counted", func(p *report.Page) { p.Logins[2].Guessed = true },
			"Did anybody get in?", bad, "So does 1 other login."},
		{"logins that nobody guessed are still to be known", func(p *report.Page) { p.Logins, p.Accounts = p.Logins[2:], p.Accounts[:1] },
			"Did anybody get in?", "", "412 logins by 1 account. None looks guessed"},
		{"accounts that are not listed count", func(p *report.Page) {
			p.Logins, p.Accounts, p.More = p.Logins[2:], p.Accounts[:1], map[string]int{"accounts": 102}
		}, "Did anybody get in?", "", "412 logins by 103 accounts. None looks guessed"},
		{"and so do mails", func(p *report.Page) { p.More = map[string]int{"mails": 300 - len(p.Mails)} },
			"What would have been mailed?", bad, "300 mails, "},
		{"nobody is an answer", func(p *report.Page) { p.Logins = nil },
			"Did anybody get in?", good, "No."},
		{"a log without sshd proves nothing", func(p *report.Page) { p.SSHD, p.Logins = 0, nil },
			"Did anybody get in?", "", nothingRead},
		{"who was mailed is locked out", func(*report.Page) {},
			"Who is locked out?", bad, "bob on web-1: refused 4 times (client and server have no algorithm in common), from 13 Nov 00:00 to 13 Nov 02:00 UTC."},
		{"a weak sign is none for certain", func(p *report.Page) { p.Told.LockedOut[0].Mailed = false },
			"Who is locked out?", "", "Nobody for certain. There are weak signs of bob."},
		{"who has logged in since is not locked out", func(p *report.Page) { p.Told.LockedOut[0].Again = p.To },
			"Who is locked out?", "", "Nobody any more. bob on web-1: refused 4 times (client and server have no algorithm in common), from 13 Nov 00:00 to 13 Nov 02:00 UTC, and logged in since."},
		{"one is out, another is in again", func(p *report.Page) {
			back := p.Told.LockedOut[0]
			back.Users, back.Again = []string{"eve"}, p.To
			p.Told.LockedOut = append(p.Told.LockedOut, back)
		}, "Who is locked out?", bad, "bob on web-1: refused 4 times ("},
		{"what has no headline is still a change", func(p *report.Page) { p.News.Headline = nil },
			"What has changed?", "", "Since 13 Nov 00:00 UTC, nothing but 5 small changes."},
		{"a source without a user is somebody", func(p *report.Page) { p.Told.LockedOut[0].Users = nil },
			"Who is locked out?", bad, "Somebody from 198.51.100.20 on web-1: refused"},
		{"--quick does not ask", func(p *report.Page) { p.Told, p.Mails = nil, nil },
			"Who is locked out?", "", notAsked},
		{"--quick does not ask", func(p *report.Page) { p.Told, p.Mails = nil, nil },
			"What would have been mailed?", "", notAsked},
		{"whom a source belongs to is a guess", func(p *report.Page) { p.Told.LockedOut[0].Likely = true },
			"Who is locked out?", bad, "Probably bob (from 198.51.100.20) on web-1: refused"},
		{"several may be meant", func(p *report.Page) {
			p.Told.LockedOut[0].Users, p.Told.LockedOut[0].Likely = []string{"a", "b", "c", "d", "e"}, true
		}, "Who is locked out?", bad, "Probably a or b or c or one of 2 others (from 198.51.100.20) on web-1: refused"},
		{"no mail is good where nothing else is bad", func(p *report.Page) { p.Mails, p.Told.Untold, p.Verdicts = []report.Mail{}, nil, nil },
			"What would have been mailed?", good, "Nothing."},
		{"a line that is bad by itself is not good", func(p *report.Page) {
			p.Mails, p.Told.Untold, p.Verdicts = []report.Mail{}, nil, map[string]int{"human": 1}
		}, "What would have been mailed?", "", "Nothing. But there is 1 line to be read by a person."},
		{"nor is a finding of the quiet report", func(p *report.Page) { p.Mails = []report.Mail{} },
			"What would have been mailed?", "", "Nothing. But there are 3 findings for the weekly report and 22 lines to be read by a person."},
		{"guessing beats scanning", func(*report.Page) {},
			"What is the most common attack?", "", "Guessing passwords: 45\u202f000 failed attempts to log in, 3\u202f214 a day. The name most tried is root (50\u202f%). The busiest network is 192.0.0.0/24 (18\u202f%): it tries root and admin."},
		{"what is hidden is no name", func(p *report.Page) { p.Attempts.Items[0].Name = report.HiddenNames },
			"What is the most common attack?", "", "The name most tried is admin"},
		{"scanning beats guessing", func(p *report.Page) { p.Failed = 10 },
			"What is the most common attack?", "", "before they try a login (5\u202f000 events of preauth.protocol). Beside it, 10 failed attempts"},
		{"a quiet log has no attack", func(p *report.Page) { p.Failed, p.Categories = 0, nil },
			"What is the most common attack?", good, "None was seen."},
		{"what changed has its own list", func(*report.Page) {},
			"What has changed?", "", "Since 13 Nov 00:00 UTC:"},
		{"no change is an answer", func(p *report.Page) { p.News.Headline, p.News.Items = nil, nil },
			"What has changed?", "", "Nothing stands out since"},
		{"a short log has no past", func(p *report.Page) { p.News = nil },
			"What has changed?", "", "too short"},
		{"unknown wordings", func(*report.Page) {},
			"What does nobody recognise?", "", "17 events in 1 wording."},
	} {
		p := sample()
		test.change(p)
		for _, a := range answers(p) {
			if a.Question == test.question && (a.Tone != test.tone || !strings.Contains(a.Text, test.want)) {
				t.Errorf("%s: %q (%s), want %q (%s)", test.why, a.Text, a.Tone, test.want, test.tone)
			}
		}
	}
}

// Every link of an answer leads to a section.
func TestAnswersLeadToSections(t *testing.T) {
	for _, p := range []*report.Page{sample(), report.NewLog().Page(false)} {
		d := newDocument(p)
		ids := map[string]bool{}
		for _, part := range d.Parts {
			for _, s := range part.Sections {
				if ids[s.ID] {
					t.Errorf("two sections %s", s.ID)
				}
				ids[s.ID] = true
			}
		}
		for _, part := range d.Parts {
			if len(part.Full())+len(part.Bare()) != len(part.Sections) {
				t.Errorf("%s loses a section", part.ID)
			}
		}
		for _, a := range d.Answers {
			if !ids[a.Section] {
				t.Errorf("%s leads to %s, which is no section", a.Question, a.Section)
			}
		}
	}
}

// The card has the headline, whole and in its order.
func TestHeadlineIsOnTheCard(t *testing.T) {
	p := sample()
	if got := changed(p).Points; !slices.Equal(got, p.News.Headline) {
		t.Errorf("%q, want %q", got, p.News.Headline)
	}
}

// Each sort of news that package report documents has its words and its place in
// the table, and so has each change.
func TestNewsHasWords(t *testing.T) {
	for _, what := range []string{"login", "key", "source", "user", "host", "openssh", "restart", "lockout", "net", "name", "kind", "wording"} {
		for _, change := range []string{"new", "more", "less", "stopped", "upgrade", "downgrade"} {
			p := sample()
			p.News.Items = []report.New{{What: what, Change: change, Name: "x", User: "x", Seen: daysOf(12, 13)}}
			s := news(p)
			if s.Table == nil || len(s.Table.Rows) != 2 || s.Table.Rows[0].Group == "" {
				t.Errorf("%s %s has no group and row", what, change)
				continue
			}
			if cells := s.Table.Rows[1].Cells; len(cells) != 4 || slices.Contains(cells, "") {
				t.Errorf("%s %s lacks its name, change, time or words: %q", what, change, cells)
			}
		}
	}
}

// What became more or less did so where its counts say it, not where the last part
// of the log begins.
func TestChangePoint(t *testing.T) {
	for _, test := range []struct {
		why    string
		counts []int
		more   bool
		step   int
	}{
		{"it rises", []int{1, 0, 1, 2, 1, 90, 100, 95}, true, 5},
		{"it falls", []int{50, 60, 40, 1, 0, 2, 1, 0}, false, 3},
		{"one burst does not hide the rise", []int{0, 0, 30, 0, 40, 40, 40, 40}, true, 4},
		{"nor does a great one", []int{90, 0, 0, 0, 0, 20, 20, 20}, true, 5},
	} {
		p := sample()
		want := p.Coarse.Start.Add(time.Duration(test.step) * 6 * time.Hour)
		if got := changePoint(p, test.counts, test.more); !got.Equal(want) {
			t.Errorf("%s: %v, want %v", test.why, got, want)
		}
	}
	if p := sample(); !changePoint(p, nil, true).Equal(p.News.Since) {
		t.Error("without counts it is not where the last part begins")
	}
}

// A column in which nothing stands is not shown; a group's heading has no cells.
func TestEmptyColumnsAreDropped(t *testing.T) {
	x := &table{Columns: columns("a", "b", "c", "over time")}
	x.group("g")
	x.Rows = append(x.Rows, row{Cells: []string{"1", "", "3"}}, row{Cells: []string{"2", "", ""}})
	x = x.orNil()
	if len(x.Columns) != 3 || x.Columns[1].Name != "c" || !slices.Equal(x.Rows[1].Cells, []string{"1", "3"}) {
		t.Errorf("%v %v", x.Columns, x.Rows)
	}
}

// An hour of a week that came twice counts half.
func TestHeatIsAMean(t *testing.T) {
	p := sample()
	p.Heat.Failed[2][5], p.Heat.Covered[2][5] = 30, 4
	s := heat("x", "", "", "attempts", "", p, &p.Heat.Failed)
	if got := s.Graph.Cells[2][5]; got != 7.5 {
		t.Errorf("the graph has %v, want 7.5", got)
	}
	if got := s.Table.Rows[2].Cells[1+5]; got != "7.5 (30)" {
		t.Errorf("the table has %q, want the mean and the sum", got)
	}
	p.Heat.Failed[3][5], p.Heat.Covered[3][5] = 0, 0
	if s := heat("x", "", "", "attempts", "", p, &p.Heat.Failed); s.Graph.Cells[3][5] >= 0 || s.Table.Rows[3].Cells[1+5] != "–" {
		t.Error("an hour that never came looks like one in which nothing happened")
	}
	p.To = p.From
	if s := heat("x", "", "", "attempts", "", p, &p.Heat.Failed); !s.Empty() || !strings.Contains(s.None, "two days") {
		t.Error("a log of an hour has a week")
	}
}

// The attackers are not the users who mistype, and what came once is counted, not
// listed.
func TestAttackersByAddress(t *testing.T) {
	s := sources(sample())
	for _, r := range s.Table.Rows {
		if r.Cells[0] == "198.51.100.7" {
			t.Error("a user is among the attackers")
		}
	}
	if !strings.Contains(s.Table.More, "1 address of users") || !strings.Contains(s.Table.More, "19 addresses with one failed attempt or none") {
		t.Errorf("what is left out is not told: %q", s.Table.More)
	}
}

// Names without an account cannot be guessed.
func TestAttackedAccountsExist(t *testing.T) {
	if s := attacked(sample()); len(s.Table.Rows) != 1 || s.Table.Rows[0].Cells[0] != "root" {
		t.Errorf("%+v", s.Table.Rows)
	}
}

// What happened is told in order, each with a time, and as a sentence.
func TestStory(t *testing.T) {
	p := sample()
	late := p.Told.LockedOut[0]
	for range 2 * marksShown {
		p.Told.LockedOut = append(p.Told.LockedOut, late)
	}
	p.Hosts[1].Eras = append(p.Hosts[1].Eras, report.Era{Since: "9.8"}) // no time: nothing to draw
	s := story(p)
	rows := s.Table.Rows
	if !slices.IsSortedFunc(rows, func(a, b row) int { return strings.Compare(a.Cells[0], b.Cells[0]) }) {
		t.Error("not in order")
	}
	lanes := map[string]int{}
	for _, m := range s.Graph.Spans {
		lanes[s.Graph.Labels[m.Label]]++
		if m.From == 0 {
			t.Errorf("a mark without a time: %+v", m)
		}
	}
	if lanes["locked out"] != marksShown || lanes["got in"] != 2 || lanes["hosts"] != 1 || lanes["mails"] != 2 {
		t.Errorf("marks by lane: %v", lanes)
	}
	var all []string
	for _, r := range rows {
		all = append(all, r.Cells[1])
	}
	for _, want := range []string{"deploy logged in by password from 203.0.113.9 after 4\u202f711 failed attempts from there: it looks guessed",
		"deploy logged in by password from 203.0.113.80, after the account was guessed", "bob: logins stopped (3.0 a day before, none since)", "mail of high severity: deploy logged in by password after 4711 failures",
		"192.0.3.0/24: attempts from this network went up (a day: 3.0 before, 300 now)"} {
		if !slices.Contains(all, want) {
			t.Errorf("not told: %s (but %q)", want, all)
		}
	}
}

// Without time there is no story, and no empty graph of one.
func TestNoStoryWithoutTime(t *testing.T) {
	p := sample()
	p.Timeline = nil
	if s := story(p); !s.Empty() {
		t.Errorf("%+v", s)
	}
}

// One thing alone is a sentence, not a graph with one bar.
func TestRankingOfOne(t *testing.T) {
	s := ranked("x", "", "", "kind", "events", "", report.Ranking{Items: []report.Count{{Name: "reset", Count: 12}}, Total: 12, Of: 1})
	if s.Graph != nil || s.Table != nil || s.Says != "All 12 events: reset." {
		t.Errorf("%+v", s)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1 000", 1234567: "1 234 567", -1000: "-1 000"} {
		if got := strings.ReplaceAll(number(n), "\u202f", " "); got != want {
			t.Errorf("number(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestPlurals(t *testing.T) {
	for one, want := range map[string]string{"line": "2 lines", "class": "2 classes", "family": "2 families", "day": "2 days"} {
		if got := plural(2, one); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What was not told because everything is new at first is said plainly.
func TestLearning(t *testing.T) {
	p := sample()
	if got := learning(p); !strings.Contains(got, "that were new before 2026") {
		t.Errorf("it ends within the log: %q", got)
	}
	later := p.To.AddDate(0, 0, 1)
	p.Told.LearningUntil = &later
	if got := learning(p); !strings.Contains(got, "not told for this log") {
		t.Errorf("it outlasts the log: %q", got)
	}
}

// Orange are attempts, however many lines tell of each, and grey all other lines.
func TestStoryCountsAttempts(t *testing.T) {
	p := sample()
	layers := story(p).Graph.Series
	for i := range p.Timeline.Steps {
		lines := 0
		for _, c := range p.Categories {
			lines += c.Timeline[i]
		}
		if failed, others := layers[0].Values[i], layers[1].Values[i]; failed != p.FailedOverTime[i] || failed+others != lines {
			t.Fatalf("step %d: %d and %d, want %d of %d", i, failed, others, p.FailedOverTime[i], lines)
		}
	}
}

// A spark is cut where the rates of its row are, whatever steps it has.
func TestSparksAreCutWhereTheLastPartBegins(t *testing.T) {
	for n := 1; n < 400; n += 7 {
		counts := make([]int, n)
		for i := range counts {
			counts[i] = i * i
		}
		for since := 0; since <= n; since++ {
			list, first := fewer(counts, since)
			if total(list[:first]) != total(counts[:since]) || total(list) != total(counts) || len(list) > sparkSteps+1 {
				t.Fatalf("%d of %d: %d of %d bars, before %d, want %d", since, n, first, len(list), total(list[:first]), total(counts[:since]))
			}
		}
	}
}

// What stopped may have come in the last part, too: its bars are no contradiction.
func TestStoppedIsNoneSince(t *testing.T) {
	p := sample()
	p.News.Items = []report.New{{What: "host", Change: "stopped", Name: "web-2", Before: 224, Count: 881, Seen: daysOf(0, 13), Timeline: coarseWave(3)}}
	if cells := news(p).Table.Rows[1].Cells; !slices.Contains(cells, "none since") || slices.Contains(cells, "0") {
		t.Errorf("%q", cells)
	}
	for _, h := range newsMarks(p) {
		if h.look != lookWarn {
			t.Errorf("a silent host looks like %d", h.look)
		}
	}
	if text := story(p).Intro; !strings.Contains(text, "diamond") || strings.Contains(story(sample()).Intro, "diamond") {
		t.Errorf("the mark is not explained, or where there is none: %q", text)
	}
}

// No line that is bad by itself is no all-clear.
func TestNothingByItself(t *testing.T) {
	p := sample()
	p.Human, p.Verdicts = nil, map[string]int{"graph": 9, "tooling": 3}
	for _, text := range []string{humans(p).None, notes(p)[0].Text} {
		if !strings.Contains(text, "what is alarming together stands above") {
			t.Errorf("a page with a break-in says %q", text)
		}
	}
	if s := verdicts(p); strings.Contains(s.Intro, "human") || len(s.Graph.Series) != 2 {
		t.Errorf("a verdict that nothing has is explained: %q", s.Intro)
	}
	p.Mails, p.Logins = nil, nil
	if text := humans(p).None; text != "No line is alarming by itself." {
		t.Errorf("a quiet page says %q", text)
	}
}

// Names that are hidden are many, and so not one of the ranking.
func TestHiddenNamesAreCounted(t *testing.T) {
	p := sample()
	p.Attempts.Hidden = 7
	s := attempts(p)
	if got := s.Table.Rows[2].Cells[0]; got != "‹hidden: 7 names together›" || !strings.Contains(s.Intro, "7 different names are hidden") {
		t.Errorf("%q, %q", got, s.Intro)
	}
	if p.Attempts.Items[2].Name != report.HiddenNames {
		t.Error("the page was changed")
	}
}

// The cards lead to the mail that says what to do.
func TestAnswersLeadToMails(t *testing.T) {
	p := sample()
	texts := mails(p).Texts
	for i, a := range []answer{gotIn(p), lockedOut(p)} {
		if a.Mail != texts[i].ID || a.Mail == "" {
			t.Errorf("%s leads to %q, want %q", a.Question, a.Mail, texts[i].ID)
		}
	}
	p.Mails[0].Text, p.Mails[1].Text = "", ""
	if a := gotIn(p); a.Mail != "" {
		t.Errorf("it leads to a mail without text: %s", a.Mail)
	}
}

// The source of a login that looks guessed stands out among those who failed.
func TestGuessersAreMarked(t *testing.T) {
	for _, r := range sources(sample()).Table.Rows {
		if wanted := r.Cells[0] == "203.0.113.9"; r.Marked != wanted || wanted && r.Cells[1] != "deploy" {
			t.Errorf("%+v", r)
		}
	}
}

// What is not mailed is named, with why.
func TestUnsent(t *testing.T) {
	p := sample()
	text := untold(p)
	for _, want := range []string{"3 of login/new-source (too weak for a mail)", "2 findings would have had no mail of their own"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	fill(&p.Told.Untold, untoldShown+2)
	if text := untold(p); !strings.Contains(text, "6 others") {
		t.Errorf("%q does not count the others", text)
	}
}

// Few hosts are named, in order.
func TestHostsAreNamed(t *testing.T) {
	p := sample()
	p.Hosts = []report.Host{{Name: "d"}, {Name: "b"}, {Name: "a"}, {Name: "c"}, {}}
	if got := facts(p); got[len(got)-1] != (fact{"Hosts", "a, b, c and d"}) {
		t.Errorf("%+v", got)
	}
	p.Hosts = p.Hosts[:2]
	if got := title(p); got != "What sshd logged on b and d" || len(facts(p)) != 3 {
		t.Errorf("%q", got)
	}
}

// The year is left out only where it goes without saying.
func TestStamps(t *testing.T) {
	p := sample()
	if got := stamps(p)(p.To); got != "15 Nov 00:00" {
		t.Errorf("in a log of two weeks it is %q", got)
	}
	if got := stamps(p)(nil); got != "" {
		t.Errorf("no time is %q", got)
	}
	before := p.To.AddDate(-1, 0, 0)
	p.From = &before
	if got := stamps(p)(p.To); got != "2026-11-15 00:00" {
		t.Errorf("in a log of a year it is %q", got)
	}
}

// Who has logged in since is not marked, and his trouble not grave.
func TestInAgain(t *testing.T) {
	p := sample()
	p.Told.LockedOut[0].Again = p.To
	if r := lockouts(p).Table.Rows[0]; r.Marked || r.Cells[len(r.Cells)-1] != "15 Nov 00:00" {
		t.Errorf("%+v", r)
	}
	if h := shutOut(p)[0]; h.look == lookGrave || !strings.Contains(h.text, "logged in since, on 2026-11-15 00:00") {
		t.Errorf("%+v", h)
	}
	n := report.New{What: "lockout", Change: "stopped", Source: "198.51.100.20", Name: "bob is locked out", Seen: daysOf(12, 13)}
	if sign(n) != "✓\u00a0in\u00a0again" || newsStory(n) != "198.51.100.20: was locked out, and has logged in since: bob is locked out" {
		t.Errorf("%s: %s", sign(n), newsStory(n))
	}
}

// More starts than are kept are at least so many.
func TestRestarts(t *testing.T) {
	for n, want := range map[int]string{1: "sshd was started", 3: "sshd was started 3 times", restartsKept: "sshd was started at least 32 times"} {
		if got := newsWords(report.New{What: "restart", Count: n}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Two hosts of one name are no upgrade and its undoing.
func TestMixedHostIsNoUpgrade(t *testing.T) {
	p := sample()
	p.Hosts[0].Eras = append(p.Hosts[0].Eras, p.Hosts[0].Eras[0])
	if list := upgrades(p); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}
