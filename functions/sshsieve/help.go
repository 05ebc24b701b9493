package main

import (
	"fmt"
	"io"
	"strings"
)

// help prints the list of commands, or one command's help.
func help(args []string, stdout, stderr io.Writer) int {
	name, _ := first(args)
	cmd, ok := find(name)
	switch {
	case ok:
		_, _ = io.WriteString(stdout, cmd.help)
	case name == "" || strings.HasPrefix(name, "-"):
		_, _ = io.WriteString(stdout, usage())
	default:
		fmt.Fprintf(stderr, "sshsieve: %s\n", unknown(name))
		return exitUsage
	}
	return exitOK
}

func usage() string {
	var b strings.Builder
	b.WriteString("sshsieve tells which of sshd's log lines are noise, and which are not.\n\n" +
		"Usage: sshsieve COMMAND [flags] [FILE...]\n\n")
	for _, cmd := range commands() {
		fmt.Fprintf(&b, "  %-10s %s\n", cmd.name, cmd.short)
	}
	b.WriteString("\nFILE is a log: syslog's, journalctl's (short, json, export), a container's; .gz too;\n" +
		"- or none is standard input. For a start:\n\n" +
		"  sshsieve report /var/log/auth.log\n" +
		"  journalctl -u ssh -o json | sshsieve report\n" +
		"  sshsieve COMMAND --help\n")
	return b.String()
}

func find(name string) (command, bool) {
	for _, cmd := range commands() {
		if cmd.name == name {
			return cmd, true
		}
	}
	return command{}, false
}

// unknown names a mistyped command, and the one it may have been meant for.
func unknown(name string) string {
	text := fmt.Sprintf("there is no command %q", name)
	best, least := "", 3 // further than two letters off is no typing error
	for _, cmd := range commands() {
		if d := distance(name, cmd.name); d < least {
			best, least = cmd.name, d
		}
	}
	if best != "" {
		return fmt.Sprintf("%s; did you mean %q?", text, best)
	}
	return text + "; see: sshsieve help"
}

// distance is the Levenshtein distance: how many letters to add, drop or
// change.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
