package main

import (
	"fmt"
	"strings"

	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
)

const messagesHelp = `Usage: sshsieve messages [--markdown] [--category NAME]

Prints the table of what sshd is known to say, by category: each message as
sshd prints it, its verdict, the releases that print it, the function in
OpenSSH's source, and what it means.

  --markdown       as Markdown
  --category NAME  one category only, such as preauth.negotiation

Example:

  sshsieve messages --category throttle
`

func runMessages(c *call, args []string) error {
	markdown := c.flags.Bool("markdown", false, "")
	category := c.flags.String("category", "", "")
	others, err := c.parse(args)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return usageError{fmt.Sprintf("messages reads no file: %q", others[0])}
	}
	rows, err := rowsOf(*category)
	if err != nil {
		return err
	}
	if *markdown {
		return report.WriteMessagesMarkdown(c.stdout, rows)
	}
	return report.WriteMessages(c.stdout, rows)
}

// rowsOf lists the rows of a category, of all where the name is "".
func rowsOf(category string) ([]*sshd.Row, error) {
	if category == "" {
		return sshd.Rows(), nil
	}
	var names []string
	for _, known := range sshd.Categories() {
		if known.String() != category {
			names = append(names, known.String())
			continue
		}
		var rows []*sshd.Row
		for _, r := range sshd.Rows() {
			if r.Category == known {
				rows = append(rows, r)
			}
		}
		if len(rows) == 0 {
			return nil, usageError{fmt.Sprintf("--category %s: those are lines of other programs, which have no message of sshd's", known)}
		}
		return rows, nil
	}
	return nil, usageError{fmt.Sprintf("--category %q: there is none; there are %s", category, strings.Join(names, ", "))}
}
