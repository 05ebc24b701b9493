package main

import (
	"errors"
	"flag"
)

// parse reads flags, which may stand behind file names too, and returns the
// other arguments.
func (c *call) parse(args []string) ([]string, error) {
	var others []string
	for {
		if err := c.parseFlags(args); err != nil {
			return nil, err
		}
		rest := c.flags.Args()
		if len(rest) == 0 {
			return others, nil
		}
		if before := len(args) - len(rest) - 1; before >= 0 && args[before] == "--" {
			return append(others, rest...), nil
		}
		others = append(others, rest[0])
		args = rest[1:]
	}
}

// parseFlags reads the flags in front.
func (c *call) parseFlags(args []string) error {
	err := c.flags.Parse(args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	return usageError{err.Error()}
}

// given says whether a flag stands on the command line.
func (c *call) given(name string) bool {
	found := false
	c.flags.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}
