// Command sshsieve reads what sshd logs, on your own machine: it tells the
// lines that are noise from those that are for ban tools and those that are
// for a person.
//
//	go run ./functions/sshsieve report /var/log/auth.log
//	go run ./functions/sshsieve help
//
// The Lambda reads lines by the same packages. Every command goes through
// reading.go, which turns files into batches of Events as CloudWatch would
// deliver them; each command has a file of its own, and run.go lists them.
//
// Commands that gather (report) hide the names of users that do not exist,
// which may be mistyped passwords; classify and explain repeat the lines they
// are given, and hide nothing.
package main

import (
	"context"
	"os"
	"runtime/debug"
)

// Memory is spent on time: what is remembered of a long log is up to 150 MB, and
// collecting garbage at its doubling takes a third of the time.
const (
	gcPercent   = 300
	memoryLimit = 400 << 20
)

func main() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(gcPercent)
		debug.SetMemoryLimit(memoryLimit)
	}
	os.Exit(run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
