package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// Exit codes.
const (
	exitOK       = 0
	exitFindings = 1 // there are some, and --exit-code asks
	exitUsage    = 2 // wrong usage, or input that cannot be read
)

// A command is one thing that sshsieve does.
type command struct {
	name  string
	short string // for the list of commands
	help  string
	run   func(c *call, args []string) error
}

// commands are listed in this order by help.
func commands() []command {
	return []command{
		{"report", "what is in this log", reportHelp, runReport},
		{"preview", "the mails that the deployed function would have sent", previewHelp, runPreview},
		{"why-not", "why somebody was not told of a user or a source", whyNotHelp, runWhyNot},
		{"classify", "each line: its category, its verdict, who and from where", classifyHelp, runClassify},
		{"explain", "what one line means, and what you could do", explainHelp, runExplain},
		{"messages", "the table of everything sshd is known to say", messagesHelp, runMessages},
		{"rules", "everything that can be found in a log, and when it is told", rulesHelp, runRules},
		{"learn", "teach a memory from old logs, or a deployed stack's", learnHelp, runLearn},
		{"event", "the log as a CloudWatch Logs event, for sam local invoke", eventHelp, runEvent},
		{"status", "how a deployed stack is, and what is wrong with it", statusHelp, runStatus},
		{"selftest", "prove that a deployed stack would tell somebody", selftestHelp, runSelftest},
		{"why", "what a deployed stack has found, and what became of it", whyHelp, runWhy},
		{"mute", "keep a deployed stack from telling what you know", muteHelp, runMute},
		{"replay", "have a deployed stack take failed events again", replayHelp, runReplay},
	}
}

// A call is one run of a command: its streams and its flags.
type call struct {
	ctx    context.Context
	stdin  io.Reader
	stdout *bufio.Writer
	stderr io.Writer
	// terminal: standard output is one. attended: standard error is one, where
	// somebody may want to see progress.
	terminal, attended bool
	flags              *flag.FlagSet
	code               int // the exit code if all goes well
}

// A usageError is a command line that cannot be understood.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

// run is the whole command: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	name, rest := first(args)
	switch name {
	case "help", "-h", "-help", "--help":
		return help(rest, stdout, stderr)
	case "version", "-version", "--version":
		fmt.Fprintln(stdout, version())
		return exitOK
	case "":
		fmt.Fprint(stderr, usage())
		return exitUsage
	}
	cmd, ok := find(name)
	if !ok {
		fmt.Fprintf(stderr, "sshsieve: %s\n", unknown(name))
		return exitUsage
	}
	c := newCall(ctx, cmd.name, stdin, stdout, stderr)
	err := cmd.run(c, rest)
	return finish(c, cmd, err)
}

// version is what go build knows of the source: its tag or commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "sshsieve (devel)"
	}
	words := []string{"sshsieve", info.Main.Version, info.GoVersion}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			words = append(words, s.Value)
		}
	}
	return strings.Join(words, " ")
}

func newCall(ctx context.Context, name string, stdin io.Reader, stdout, stderr io.Writer) *call {
	c := &call{ctx: ctx, stdin: stdin, stdout: bufio.NewWriterSize(stdout, 64<<10), stderr: stderr,
		terminal: isTerminal(stdout), attended: isTerminal(stderr), flags: flag.NewFlagSet(name, flag.ContinueOnError)}
	c.flags.SetOutput(io.Discard) // finish says it in our words
	c.flags.Usage = func() {}
	return c
}

// warn says what is no fault, on standard error.
func (c *call) warn(format string, args ...any) {
	fmt.Fprintf(c.stderr, "sshsieve "+c.flags.Name()+": "+format+"\n", args...)
}

// finish writes out what is buffered, tells what went wrong, and chooses the
// exit code. A reader that has seen enough (`| head`) is no error.
func finish(c *call, cmd command, err error) int {
	if errors.Is(err, flag.ErrHelp) {
		_, _ = c.stdout.WriteString(cmd.help)
		err = nil
	}
	err = errors.Join(err, c.stdout.Flush())
	if err == nil || errors.Is(err, syscall.EPIPE) {
		return c.code
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintf(c.stderr, "sshsieve %s: %s\n", cmd.name, strings.TrimSuffix(line, "\n"))
	}
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintf(c.stderr, "See: sshsieve %s --help\n", cmd.name)
	}
	return exitUsage
}

// first splits the first argument off.
func first(args []string) (string, []string) {
	if len(args) == 0 {
		return "", nil
	}
	return args[0], args[1:]
}

// isTerminal says whether a stream is a terminal.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
