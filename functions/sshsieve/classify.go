package main

import (
	"bufio"

	"sshsieve/internal/sshd"
)

const classifyHelp = `Usage: sshsieve classify [flags] [FILE...]

Prints one line for each line of input, in order: its category, kind and
verdict, and the address, port and user that the line itself names. A + behind
the verdict: with what was seen before of this user or source it may be more.

  --json               one JSON object a line, a stable contract for other tools
` + inputHelp + `
Example: how many lines of each category?

  sshsieve classify --json auth.log | jq -r .category | sort | uniq -c
`

// A lineWriter writes what is to be said of one line.
type lineWriter interface {
	// begin writes what stands before the first line.
	begin(w *bufio.Writer) error
	// write writes the line number of an input; file is "" with one input.
	write(w *bufio.Writer, file string, number int, e *sshd.Event) error
}

func runClassify(c *call, args []string) error {
	asJSON := c.flags.Bool("json", false, "")
	var in inputFlags
	in.register(c)
	inputs, err := c.parse(args)
	if err != nil {
		return err
	}
	r, err := in.reading(c)
	if err != nil {
		return err
	}
	var out lineWriter = &columnWriter{}
	if *asJSON {
		out = &jsonWriter{zoned: c.given("zone")}
	}
	return classify(c, r, inputs, out)
}

func classify(c *call, r *reading, inputs []string, out lineWriter) error {
	if err := out.begin(c.stdout); err != nil {
		return err
	}
	return r.each(inputs, nil, func(b batch) error {
		file := ""
		if len(inputs) > 1 {
			file = b.input
		}
		for i := range b.events {
			if err := out.write(c.stdout, file, b.first+i, &b.events[i]); err != nil {
				return err
			}
		}
		return nil
	})
}
