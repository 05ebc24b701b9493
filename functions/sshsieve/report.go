package main

import (
	"errors"
	"net/netip"
	"os"
	"strings"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/report"
	"sshsieve/internal/watch"
)

const reportHelp = `Usage: sshsieve report [flags] [FILE...]

Tells what is in a log: who got in, what needs a person, who is locked out, what
is new, who guesses from where, what clients could not agree on, how much of it
is noise, and what the deployed function would have mailed (in full: sshsieve
preview). On a terminal with bars and colours; NO_COLOR leaves the colours out.
Several files are read oldest first; what another of them holds already is left
out, with a warning.

  --quick              leave out what the deployed function would have told,
                       which takes most of the time
  --html OUT, -o OUT   the same and more as one page for a browser, with graphs:
                       OUT is a file, or - for standard output
  --json               the same and more as JSON, for tools: a stable contract.
                       Its members: schema (1), files, lines, sshd, not_sshd,
                       continuations, repeated, from, to, hosts (with eras of
                       OpenSSH), programs, other_programs, trust, verdicts,
                       human, logins, accounts, failed, accepted, methods,
                       sources, nets, users, attempts_by_name, coarse (steps
                       of each small timeline), categories (over the steps of
                       timeline), verdicts_over_time, failed_over_time
                       (attempts), timeline, heat (day by hour), negotiation,
                       offers, algorithms, clients, reasons, banners, protocol,
                       disconnect, throttle, denied, kinds, unrecognised, news,
                       more, forgotten, mails, told (who is locked out). Some
                       may be added, none changes its meaning.
                       Units and bounds: internal/report/page.go, type Page
  --show-names         also the names of users that do not exist, which may be
                       mistyped passwords; on a terminal only
` + inputHelp + `
Example:

  sshsieve report /var/log/auth.log /var/log/auth.log.*.gz
  sshsieve report -o page.html /var/log/auth.log
`

func runReport(c *call, args []string) error {
	asJSON := c.flags.Bool("json", false, "")
	quick := c.flags.Bool("quick", false, "")
	showNames := c.flags.Bool("show-names", false, "")
	var html string
	c.flags.StringVar(&html, "html", "", "")
	c.flags.StringVar(&html, "o", "", "")
	var in inputFlags
	in.register(c)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	switch {
	case *showNames && (!c.terminal || html != ""):
		return usageError{"--show-names works on a terminal only: the names may be passwords, and a file or a mail keeps them"}
	case *asJSON && html != "":
		return usageError{"--json and --html are two forms of the page: choose one"}
	}
	if err := checkPage(html); err != nil {
		return err
	}
	r, err := in.reading(c)
	if err != nil {
		return err
	}
	log := report.NewLog()
	var told *telling // nil: nobody asks
	if !*quick {
		told = newTelling(c)
	}
	faults := r.each(r.oldestFirst(inputs), log.Input, func(b batch) error {
		for i := range b.events {
			log.Add(&b.events[i])
		}
		return told.play(b)
	})
	page := log.Page(*showNames)
	faults = errors.Join(faults, told.fill(page))
	if faults != nil && page.Lines == 0 {
		return faults // there is no page of nothing
	}
	return errors.Join(faults, writeReport(c, page, *asJSON, html, r.zoneNote()))
}

// writeReport writes the page, in the form that was asked for, and a note below
// what is text.
func writeReport(c *call, page *report.Page, asJSON bool, html, note string) error {
	switch {
	case html != "":
		return writeHTML(c, page, html)
	case asJSON:
		return page.WriteJSON(c.stdout)
	}
	var err error
	if c.terminal && showsUTF8(os.Getenv) {
		err = page.WriteTerminal(c.stdout, showsColours(os.Getenv))
	} else {
		err = page.WriteText(c.stdout)
	}
	if note != "" {
		_ = c.stdout.WriteByte('\n') // a bufio.Writer keeps its error
		paragraph(c.stdout, 0, note)
	}
	return err
}

// showsUTF8 says whether the environment promises a terminal that shows UTF-8:
// the first of these that is set decides (POSIX.1-2017, 8.2).
func showsUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(getenv(name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return false
}

// showsColours: unless its owner wants none (https://no-color.org) or the
// terminal has none.
func showsColours(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "dumb" && getenv("TERM") != ""
}

// A telling plays the log to the deployed function, and keeps what it would have
// told people. Of what it would have told ban tools, which no cap bounds, it only
// counts. The nil telling does nothing.
type telling struct {
	*preview
	bans    int
	sources map[netip.Addr]bool
}

func newTelling(c *call) *telling {
	t := &telling{sources: map[netip.Addr]bool{}}
	t.preview = newPreview(c, &watch.Mem{}, attention.Config{})
	t.player.watcher.Notifier = teller(t.take)
	return t
}

// maxBanSources bounds the sources that are told apart.
const maxBanSources = 100_000

func (t *telling) take(n notice.Notice) {
	if isMail(&n) {
		t.notices = append(t.notices, n)
		return
	}
	t.bans++
	if len(t.sources) < maxBanSources {
		t.sources[n.Addr] = true
	}
}

func (t *telling) play(b batch) error {
	if t == nil {
		return nil
	}
	return t.player.play(b)
}

// fill ends the play and puts what was told on the page.
func (t *telling) fill(page *report.Page) error {
	if t == nil {
		return nil
	}
	err := t.finish(nil)
	others := make([]report.Fate, 0, len(t.digest))
	for _, d := range t.digest {
		others = append(others, report.Fate{Notice: d.notice, State: d.state.String()})
	}
	page.Tell(t.notices, others, report.Told{LearningUntil: timeOrNil(t.player.learning()),
		BanMessages: t.bans, BanSources: len(t.sources), HeldBack: t.player.held})
	return err
}
