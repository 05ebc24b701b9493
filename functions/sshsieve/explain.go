package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"sshsieve/internal/logfile"
	"sshsieve/internal/report"
	"sshsieve/internal/sshd"
	"sshsieve/internal/syslog"
)

const explainHelp = `Usage: sshsieve explain LINE
       sshsieve explain -

Tells what a log line means: its verdict and why, which message of sshd it is,
which parts the peer wrote, who can have written the line, and what you could
do. With - the line is the first of standard input; several lines in quotes
are read together, as one connection's would be.

Example:

  sshsieve explain 'Failed password for root from 192.0.2.7 port 4242 ssh2'
`

func runExplain(c *call, args []string) error {
	// Flags stand in front only: a line may hold words that look like some.
	if err := c.parseFlags(args); err != nil {
		return err
	}
	text := strings.Join(c.flags.Args(), " ")
	if text == logfile.Stdin {
		var err error
		if text, err = firstLine(c.stdin); err != nil {
			return err
		}
	} else if text == "" {
		return usageError{"which line? Put it in quotes, or - for standard input"}
	} else if _, err := os.Stat(text); err == nil {
		return usageError{"that is a file, and explain takes a line; for a file there are report and classify"}
	}
	return explain(c, strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
}

// firstLine reads one line of standard input, without waiting for more.
func firstLine(stdin io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(stdin, logfile.MaxLine)).ReadString('\n')
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return "", fmt.Errorf("read standard input: %w", err)
	case line == "":
		return "", errors.New("standard input is empty")
	}
	return line, nil
}

// explain reads the lines as one batch and explains each.
func explain(c *call, lines []string) error {
	records := make([]syslog.Record, len(lines))
	for i, line := range lines {
		records[i] = syslog.Parse(line)
	}
	reader := &sshd.Reader{}
	events := reader.Read(records)
	for i := range events {
		if i > 0 {
			_ = c.stdout.WriteByte('\n') // a bufio.Writer keeps its error
		}
		if err := report.WriteExplanation(c.stdout, &events[i]); err != nil {
			return err
		}
	}
	return nil
}
