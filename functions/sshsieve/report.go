package main

import (
	"errors"

	"sshsieve/internal/report"
)

const reportHelp = `Usage: sshsieve report [flags] [FILE...]

Tells what is in a log: who got in, what needs a person, who guesses from
where, what clients could not agree on, and how much of it is noise.

  --json               the same as JSON, for tools
  --show-names         also the names of users that do not exist, which may be
                       mistyped passwords; on a terminal only
` + inputHelp + `
Example:

  sshsieve report /var/log/auth.log /var/log/auth.log.*.gz
`

func runReport(c *call, args []string) error {
	asJSON := c.flags.Bool("json", false, "")
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
	faults := r.each(inputs, log.Input, func(b batch) error {
		for i := range b.events {
			log.Add(&b.events[i])
		}
		return nil
	})
	return joinReport(c, log.Page(*showNames), *asJSON, faults)
}

// joinReport writes the page, of what could be read, before what could not is
// told.
func joinReport(c *call, page *report.Page, asJSON bool, faults error) error {
	write := page.WriteText
	if asJSON {
		write = page.WriteJSON
	}
	return errors.Join(faults, write(c.stdout))
}
