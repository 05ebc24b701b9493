package main

import (
	"fmt"

	"sshsieve/internal/attention"
)

const rulesHelp = `Usage: sshsieve rules

Prints everything that can be found in a log and is worth telling: why, what
must be there, what must not fire it, how grave it is, and for how long the same
is not told again.

Example:

  sshsieve rules | less
`

func runRules(c *call, args []string) error {
	others, err := c.parse(args)
	if err != nil {
		return err
	}
	if len(others) > 0 {
		return usageError{fmt.Sprintf("rules reads no file: %q", others[0])}
	}
	return attention.WriteRules(c.stdout)
}
