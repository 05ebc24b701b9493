package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"sshsieve/internal/notice"
	"sshsieve/internal/stack"
	"sshsieve/internal/watch"
)

// A stackFlags holds the flags of every command that works on a deployed stack.
type stackFlags struct{ where stack.Where }

// stackHelp is what help says of them.
const stackHelp = `  --stack NAME         the CloudFormation stack (default $SSHSIEVE_STACK, or
                       sshsieve)
  --region, --profile  as for the aws command, whose configuration is read
  --table NAME         the table of a stack that CloudFormation did not make
                       (default $SSHSIEVE_TABLE); then --topic ARN names its
                       topic (default $SSHSIEVE_NOTICES_TOPIC)
`

func (f *stackFlags) register(c *call) {
	c.flags.StringVar(&f.where.Name, "stack", "", "")
	c.flags.StringVar(&f.where.Region, "region", "", "")
	c.flags.StringVar(&f.where.Profile, "profile", "", "")
	c.flags.StringVar(&f.where.Table, "table", "", "")
	c.flags.StringVar(&f.where.Topic, "topic", "", "")
}

// find finds the stack. A flag goes before the environment.
func (f *stackFlags) find(c *call) (*stack.Stack, error) {
	where := f.where
	if where.Name != "" && where.Table != "" {
		return nil, usageError{"--stack or --table? One of them says where"}
	}
	if where.Name == "" && where.Table == "" {
		where.Table = os.Getenv("SSHSIEVE_TABLE")
	}
	if where.Topic == "" {
		where.Topic = os.Getenv("SSHSIEVE_NOTICES_TOPIC")
	}
	for _, name := range []string{os.Getenv("SSHSIEVE_STACK"), stack.DefaultName} {
		if where.Name == "" {
			where.Name = name
		}
	}
	return stack.Find(c.ctx, where)
}

// noFiles is for commands that take no other arguments.
func noFiles(name string, others []string) error {
	if len(others) > 0 {
		return usageError{fmt.Sprintf("%s takes no %q", name, others[0])}
	}
	return nil
}

// chooseScope finds the one that a text names: whole, or as its log group or
// fleet alone. With no text there must be one only.
func chooseScope(known []watch.Scope, text string) (watch.Scope, error) {
	var fits []watch.Scope
	for _, scope := range known {
		_, name, _ := strings.Cut(string(scope), ":")
		if text == "" || text == string(scope) || text == name {
			fits = append(fits, scope)
		}
	}
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) == 0 && strings.Contains(text, ":"):
		return watch.Scope(text), nil // one that has not written yet
	case len(known) == 0:
		return "", usageError{"which log group? --scope ACCOUNT:NAME says so, as no lines have come yet"}
	}
	return "", usageError{"which log group? --scope says so: " + strings.Join(scopeNames(known), ", ")}
}

func scopeNames(scopes []watch.Scope) (names []string) {
	for _, scope := range scopes {
		names = append(names, notice.Printable(string(scope)))
	}
	return names
}

// originOf is where the lines of a scope come from.
func originOf(scope watch.Scope) watch.Origin {
	first, rest, _ := strings.Cut(string(scope), ":")
	if first == "fleet" {
		return watch.Origin{Fleet: rest}
	}
	return watch.Origin{Account: first, LogGroup: rest}
}

// parseSpan reads a time span such as 90m, 12h, 7d or 2w.
func parseSpan(text string) (time.Duration, error) {
	units := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if text != "" {
		n, err := strconv.Atoi(text[:len(text)-1])
		if unit, ok := units[text[len(text)-1]]; ok && err == nil && n > 0 && n < 100_000 {
			return time.Duration(n) * unit, nil
		}
	}
	return 0, fmt.Errorf("%q: want a number and m, h, d or w, such as 7d", text)
}

// ago says how long before now something was.
func ago(at, now time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return stack.Age(now.Sub(at)) + " ago"
}

// sortedCounts lists counts by their names' given order; those without are left
// out.
func sortedCounts(counts map[string]int, order []string) string {
	var parts []string
	for _, name := range order {
		if n := counts[name]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		}
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(slices.Clip(parts), ", ")
}
