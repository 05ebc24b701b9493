package attention

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

var update = flag.Bool("update", false, "rewrite what the scenarios find, and the reference page")

// A scenario is a log and what is to be found in it. A file of testdata holds
// one or several that share what the owner said and what went before; its
// comment says what they show.
//
//	-- config --        known 192.0.2.0/24, shared …, keys-only HOST, … (see set)
//	-- before --        lines whose Findings are not asked for: who is known
//	-- log: NAME --     lines as syslog has them, in the order of arrival; an
//	                    empty line ends a batch, and so does a step of over an hour
//	-- want: NAME --    TIME SEVERITY RULE/REASON KEY xCOUNT and what else it says
//
// Both headings may stand without NAME. A line "x5 +30s LINE" is 5 lines, each
// 30 s behind the one before, with pids and ports that go up; {n} in it is 1, 2
// and so on.
type scenario struct {
	file, name string
	config     Config
	before     [][]string // batches of lines
	log        [][]string
	want       *txtar.File
}

// scenarios reads every archive of testdata.
func scenarios(t *testing.T) (all []scenario, archives map[string]*txtar.Archive) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("testdata/*.txtar: %d files, %v", len(files), err)
	}
	archives = map[string]*txtar.Archive{}
	for _, file := range files {
		archives[file] = must(txtar.ParseFile(file))
		all = append(all, readArchive(t, file, archives[file])...)
	}
	return all, archives
}

func readArchive(t *testing.T, file string, archive *txtar.Archive) (all []scenario) {
	t.Helper()
	shared := scenario{file: file, config: Config{Learned: time.Unix(1, 0)}}
	for i := range archive.Files {
		f := &archive.Files[i]
		what, name, _ := strings.Cut(f.Name, ": ")
		switch what {
		case "config":
			for line := range strings.SplitSeq(strings.TrimSpace(string(f.Data)), "\n") {
				shared.config.set(t, line)
			}
		case "before":
			shared.before = readBatches(t, f.Data)
		case "log":
			s := shared
			s.name, s.log = name, readBatches(t, f.Data)
			all = append(all, s)
		case "want":
			if len(all) == 0 || all[len(all)-1].name != name {
				t.Fatalf("%s: %q does not stand behind its log", file, f.Name)
			}
			all[len(all)-1].want = f
		default:
			t.Fatalf("%s: no such part: %q", file, f.Name)
		}
	}
	for _, s := range all {
		if s.want == nil {
			t.Fatalf("%s: log %q without a want", file, s.name)
		}
	}
	return all
}

func readBatches(t *testing.T, data []byte) (batches [][]string) {
	t.Helper()
	for batch := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n\n") {
		var lines []string
		for line := range strings.SplitSeq(batch, "\n") {
			lines = append(lines, repeated(t, line)...)
		}
		batches = append(batches, cut(lines)...)
	}
	return batches
}

// cut makes batches of lines that are within an hour of the one before.
func cut(lines []string) (batches [][]string) {
	var last time.Time
	for i, line := range lines {
		stamp, _, _ := strings.Cut(line, " ")
		at, err := time.Parse(time.RFC3339, stamp)
		if i == 0 || err == nil && at.Sub(last).Abs() > time.Hour {
			batches = append(batches, nil)
		}
		batches[len(batches)-1] = append(batches[len(batches)-1], line)
		last = at
	}
	return batches
}

// repeated is "x5 +30s LINE" written out, and any other line as it is.
func repeated(t *testing.T, line string) (lines []string) {
	t.Helper()
	var n int
	var step string
	if _, err := fmt.Sscanf(line, "x%d +%s", &n, &step); err != nil {
		return []string{line}
	}
	stamp, rest, _ := strings.Cut(strings.SplitN(line, " ", 3)[2], " ")
	at, apart := must(time.Parse(time.RFC3339, stamp)), must(time.ParseDuration(step))
	for i := range n {
		text := rest
		for _, counted := range []string{"[%d]:", " port %d"} { // pids and ports
			text = countUp(text, counted, i)
		}
		text = strings.ReplaceAll(text, "{n}", fmt.Sprint(i+1))
		lines = append(lines, at.Add(time.Duration(i)*apart).Format(time.RFC3339)+" "+text)
	}
	return lines
}

// countUp adds i to the number that stands in text where format has its %d.
func countUp(text, format string, i int) string {
	before, after, _ := strings.Cut(format, "%d")
	at := strings.Index(text, before)
	if at < 0 {
		return text
	}
	at += len(before)
	end := at
	for end < len(text) && '0' <= text[end] && text[end] <= '9' {
		end++
	}
	var number int
	if _, err := fmt.Sscan(text[at:end], &number); err != nil || !strings.HasPrefix(text[end:], after) {
		return text
	}
	return fmt.Sprint(text[:at], number+i, text[end:])
}

func (c *Config) set(t *testing.T, line string) {
	t.Helper()
	word, value, _ := strings.Cut(line, " ")
	prefix := func() netip.Prefix { return must(netip.ParsePrefix(value)) }
	switch word {
	case "known":
		c.Known = append(c.Known, prefix())
	case "shared":
		c.Shared = append(c.Shared, prefix())
	case "scanner":
		c.Scanners = append(c.Scanners, prefix())
	case "automation":
		c.AutomationUsers = append(c.AutomationUsers, value)
	case "automation-source":
		c.AutomationSources = append(c.AutomationSources, prefix())
	case "service":
		c.ServiceUsers = append(c.ServiceUsers, value)
	case "keys-only":
		c.KeysOnly = append(c.KeysOnly, value)
	case "guessing-mail":
		c.GuessingMail = map[string]GuessingMail{"daily": GuessingDaily, "hourly": GuessingHourly, "off": GuessingOff}[value]
	case "trust-stderr":
		c.TrustStderr = true
	case "learning": // the time is the scope's own
		c.Learned = time.Time{}
	default:
		t.Fatalf("no such configuration: %q", line)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// read makes Events of one batch's lines, which hang on no other batch.
func read(lines []string) []sshd.Event {
	records := make([]syslog.Record, len(lines))
	for i, line := range lines {
		records[i] = syslog.Parse(line)
	}
	(&syslog.Timeline{}).Resolve(records)
	return new(sshd.Reader).Read(records)
}

// A player plays batches into Histories, as watch does, without a store.
type player struct {
	config    Config
	histories map[Key]History
	findings  []Finding
	writes    map[Key]int // how often a History changed
}

func newPlayer(config Config) *player {
	return &player{config: config, histories: map[Key]History{}, writes: map[Key]int{}}
}

// playAll plays batches and returns what they found.
func (p *player) playAll(batches [][]string) []Finding {
	p.findings = nil
	for _, b := range batches {
		p.play(read(b))
	}
	return p.findings
}

// ripe are the Findings when all waits are over.
func (p *player) ripe() (ripe []Finding) {
	for _, f := range p.findings {
		if f.Wait > 0 {
			var ok bool
			if f, ok = Ripen(f, p.histories[Key{Kind: Fleet}]); !ok {
				continue
			}
		}
		ripe = append(ripe, f)
	}
	return ripe
}

func (p *player) play(events []sshd.Event) {
	p.judge(Observe(events, p.config), sshd.Newest(events))
}

func (p *player) judge(o Observation, now time.Time) {
	var found []Finding
	for _, key := range o.Keys {
		found = append(found, p.update(key, o.Marks[key], now)...)
	}
	found = append(found, p.update(Key{Kind: Fleet}, Followups(found), now)...)
	for i := range found {
		o.Attach(&found[i])
	}
	p.findings = append(p.findings, found...)
}

func (p *player) update(key Key, marks []Mark, now time.Time) []Finding {
	world := World{Config: p.config, Fleet: p.histories[Key{Kind: Fleet}], Now: now,
		Source: func(a netip.Addr) History { return p.histories[Key{Source, a.String()}] }}
	past := p.histories[key]
	history, found := Judge(key, past, marks, world)
	if history.Since != past.Since || !slices.Equal(history.Marks, past.Marks) {
		p.writes[key]++
	}
	p.histories[key] = history
	return found
}

// said writes the Findings, one a line, in order of time.
func said(findings []Finding) string {
	var lines []string
	for _, f := range findings {
		line := fmt.Sprintf("%s %s %s/%s %s x%d", f.At.Format("2006-01-02T15:04:05"), f.Severity, f.Rule, f.Reason, f.Key, f.Count)
		for _, part := range []struct{ name, value string }{
			{"user", f.User}, {"users", strings.Join(f.Users, ",")}, {"credentials", strings.Join(f.Credentials, ",")},
			{"host", f.Host}, {"hosts", strings.Join(f.Hosts, ",")},
		} {
			if part.value != "" {
				line += " " + part.name + "=" + part.value
			}
		}
		if f.Source.IsValid() {
			line += " source=" + f.Source.String()
		}
		if f.Wait > 0 {
			line += " wait=" + f.Wait.String()
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(append(lines, ""), "\n")
}

func TestScenarios(t *testing.T) {
	all, archives := scenarios(t)
	for _, s := range all {
		t.Run(filepath.Base(s.file)+"/"+s.name, func(t *testing.T) {
			p := newPlayer(s.config)
			p.playAll(s.before)
			p.playAll(s.log)
			s.compare(t, archives[s.file], said(p.ripe()))
		})
	}
}

// compare holds what was found against the archive's want, or rewrites that.
func (s *scenario) compare(t *testing.T, archive *txtar.Archive, got string) {
	t.Helper()
	switch {
	case string(s.want.Data) == got:
	case *update:
		s.want.Data = []byte(got)
		if err := os.WriteFile(s.file, txtar.Format(archive), 0o666); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s\nfound:\n%swant:\n%s", bytes.TrimSpace(archive.Comment), got, s.want.Data)
	}
}

// Every reason of the table is found by a scenario that bears its name, and a
// scenario of that name shows where it is not found.
func TestEveryReasonHasItsScenarios(t *testing.T) {
	fires, quiet := map[string]bool{}, map[string]bool{}
	all, _ := scenarios(t)
	for _, s := range all {
		name := strings.TrimSuffix(filepath.Base(s.file), ".txtar")
		for _, cause := range everyCause() {
			if file := strings.ReplaceAll(cause, "/", "-"); name != file && !strings.HasPrefix(name, file+"-") {
				continue
			}
			if strings.Contains(string(s.want.Data), " "+cause+" ") {
				fires[cause] = true
			} else {
				quiet[cause] = true
			}
		}
	}
	for _, cause := range everyCause() {
		if !fires[cause] {
			t.Errorf("%s: no scenario finds it", cause)
		}
		if !quiet[cause] {
			t.Errorf("%s: no scenario shows where it is not found", cause)
		}
	}
}

// everyCause lists RULE/REASON of what Histories show.
func everyCause() (all []string) {
	for _, rule := range Rules {
		for _, reason := range rule.Reasons {
			if _, ok := reason.Key(); ok {
				all = append(all, rule.Name+"/"+reason.Name)
			}
		}
	}
	return all
}
