package main

import (
	"bufio"
	"errors"
	"fmt"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/report"
	"sshsieve/internal/watch"
)

const reportHelp = `Usage: sshsieve report [flags] [FILE...]

Tells what is in a log: who got in, what needs a person, who guesses from
where, what clients could not agree on, how much of it is noise, and what the
deployed function would have mailed (in full: sshsieve preview).

  --quick              leave out what the deployed function would have mailed,
                       which takes most of the time
  --json               the same as JSON, for tools
  --show-names         also the names of users that do not exist, which may be
                       mistyped passwords; on a terminal only
` + inputHelp + `
Example:

  sshsieve report /var/log/auth.log /var/log/auth.log.*.gz
`

func runReport(c *call, args []string) error {
	asJSON := c.flags.Bool("json", false, "")
	quick := c.flags.Bool("quick", false, "")
	showNames := c.flags.Bool("show-names", false, "")
	var in inputFlags
	in.register(c)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	if *showNames && !c.terminal {
		return usageError{"--show-names works on a terminal only: the names may be passwords, and a file or a mail keeps them"}
	}
	r, err := in.reading(c)
	if err != nil {
		return err
	}
	log := report.NewLog()
	var mails *preview // nil: nobody asks
	if !*quick {
		mails = newPreview(c, &watch.Mem{}, attention.Config{})
	}
	faults := r.each(r.oldestFirst(inputs), log.Input, func(b batch) error {
		for i := range b.events {
			log.Add(&b.events[i])
		}
		if mails != nil {
			return mails.player.play(b)
		}
		return nil
	})
	page := reportPage{Page: log.Page(*showNames)}
	if mails != nil {
		faults = errors.Join(faults, mails.finish(nil))
		page.Mails = mails.heads()
	}
	return joinReport(c, page, *asJSON, faults)
}

// A reportPage is the report, and what would have been mailed at its end.
type reportPage struct {
	*report.Page
	// Mails are what people would have been told, without the text: see
	// sshsieve preview. With --quick there are none.
	Mails []mailHead `json:"mails,omitzero"`
}

// A mailHead is the first line of a mail.
type mailHead struct {
	Time     time.Time `json:"time"`
	Severity string    `json:"severity"`
	Rule     string    `json:"rule"`
	Reason   string    `json:"reason"`
	Subject  string    `json:"subject"`
}

func (p *preview) heads() []mailHead {
	heads := []mailHead{}
	for _, n := range p.mails() {
		heads = append(heads, mailHead{n.Time.UTC(), n.Severity.String(), n.Rule, n.Reason, n.Subject})
	}
	return heads
}

// joinReport writes the page, of what could be read, before what could not is
// told; where that is all, there is no page.
func joinReport(c *call, page reportPage, asJSON bool, faults error) error {
	if faults != nil && page.Lines == 0 {
		return faults
	}
	if asJSON {
		return errors.Join(faults, writeJSON(c.stdout, page, "report"))
	}
	err := page.WriteText(c.stdout)
	if page.SSHD > 0 && page.Mails != nil {
		textMails(c.stdout, page.Mails)
	}
	return errors.Join(faults, err)
}

// textMails is the last section of the report.
func textMails(w *bufio.Writer, mails []mailHead) {
	if len(mails) == 0 {
		section(w, "NOTHING WOULD HAVE BEEN MAILED", "from an empty memory; see sshsieve preview")
		return
	}
	section(w, "WHAT WOULD HAVE BEEN MAILED", plural(len(mails), "mail")+"; sshsieve preview shows them")
	for _, m := range mails[:min(len(mails), rowsShown)] {
		fmt.Fprintf(w, "  %s  %s\n", m.Time.Format(stampShown), notice.Cut(m.Subject, pageWidth-20))
	}
	textRest(w, len(mails), "mail")
}
