package main

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/stack"
	"sshsieve/internal/watch"
)

const muteHelp = `Usage: sshsieve mute [RULE] [flags] --for SPAN | --until DATE --why TEXT
       sshsieve mute --list [flags]
       sshsieve mute --end ID [flags]

Keeps a deployed stack from telling what you know about already, with an end: at
most 90 days. What is muted is still counted, and stands in the quiet report.
What you leave out matches everything, so say at least one of these:

  --rule RULE          or RULE alone: see sshsieve rules
  --user NAME          an account, as the mail names it
  --source CIDR        an address or a network
  --host NAME          a host, as its log names it

  --for SPAN           12h, 7d, 2w
  --until DATE         2026-12-01, at 0:00 UTC
  --why TEXT           for whoever finds it muted
  --scope NAME         only this log group or fleet (default: all of the stack)
  --list               what is muted
  --end ID             tell it again; --list shows the IDs
` + stackHelp + `
Example:

  sshsieve mute login --user deploy --source 203.0.113.66 --for 7d \
      --why "new runner, ticket 42"
`

// The bounds of a mute: a forgotten one is a hole. The quiet report may be
// muted for a year, since nothing in it is urgent.
const (
	longestMute      = 90 * 24 * time.Hour
	longestQuietMute = 366 * 24 * time.Hour
	longestWhy       = 200 // bytes
	longestName      = 256 // bytes of a user or a host
)

// A muteFlags holds what is to be muted.
type muteFlags struct {
	mute        watch.Mute
	source      string
	span, until string
	scope, end  string
	list        bool
}

func (f *muteFlags) register(c *call) {
	c.flags.StringVar(&f.mute.Rule, "rule", "", "")
	c.flags.StringVar(&f.mute.User, "user", "", "")
	c.flags.StringVar(&f.source, "source", "", "")
	c.flags.StringVar(&f.mute.Host, "host", "", "")
	c.flags.StringVar(&f.span, "for", "", "")
	c.flags.StringVar(&f.until, "until", "", "")
	c.flags.StringVar(&f.mute.Why, "why", "", "")
	c.flags.StringVar(&f.scope, "scope", "", "")
	c.flags.StringVar(&f.end, "end", "", "")
	c.flags.BoolVar(&f.list, "list", false, "")
}

func runMute(c *call, args []string) error {
	var flags stackFlags
	var f muteFlags
	flags.register(c)
	f.register(c)
	others, err := c.parse(args)
	if err != nil {
		return err
	}
	if err := f.takeRule(others); err != nil {
		return err
	}
	now := time.Now()
	if err := f.check(now); err != nil {
		return err
	}
	s, err := flags.find(c)
	if err != nil {
		return err
	}
	scopes, err := f.scopes(c, s, now)
	if err != nil {
		return err
	}
	switch {
	case f.list:
		return listMutes(c, s, scopes, now)
	case f.end != "":
		return endMute(c, s, scopes, f.end, now)
	}
	return putMute(c, s, scopes, f.mute)
}

// takeRule reads the rule where it stands alone, as in the mails.
func (f *muteFlags) takeRule(others []string) error {
	switch {
	case len(others) > 1 || len(others) == 1 && f.mute.Rule != "":
		return usageError{fmt.Sprintf("one rule at a time: %q", others[len(others)-1])}
	case len(others) == 1:
		f.mute.Rule = others[0]
	}
	return nil
}

// check completes the mute, or says what is wrong with it.
func (f *muteFlags) check(now time.Time) error {
	if f.list || f.end != "" {
		return nil
	}
	m := &f.mute
	if err := f.checkWhat(); err != nil {
		return err
	}
	if m.Why == "" || len(m.Why) > longestWhy {
		return usageError{fmt.Sprintf("why? --why TEXT, of at most %d bytes, is for whoever finds it muted", longestWhy)}
	}
	return f.checkUntil(now)
}

func (f *muteFlags) checkWhat() error {
	m := &f.mute
	if m.Rule == "" && m.User == "" && f.source == "" && m.Host == "" {
		return usageError{"that would mute everything: say a rule, --user, --source or --host"}
	}
	if m.Rule != "" && !slices.ContainsFunc(attention.Rules, func(r attention.Rule) bool { return r.Name == m.Rule }) {
		return usageError{fmt.Sprintf("rule %q: there is none; see sshsieve rules", m.Rule)}
	}
	if len(m.User) > longestName || len(m.Host) > longestName {
		return usageError{fmt.Sprintf("a name has at most %d bytes", longestName)}
	}
	if f.source == "" {
		return nil
	}
	var err error
	m.Source, err = parseSource(f.source)
	return err
}

// parseSource reads an address or a network. Findings name an IPv6 source by the
// first address of its /64, so no smaller part of it can be muted.
func parseSource(text string) (netip.Prefix, error) {
	var list []netip.Prefix
	if err := prefixInto(&list)(text); err != nil {
		return netip.Prefix{}, usageError{fmt.Sprintf("--source %q: %v", text, err)}
	}
	p := list[0]
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	widest := 8
	if p.Addr().Is6() {
		widest = 16
		p = netip.PrefixFrom(p.Addr(), min(p.Bits(), 64)).Masked()
	}
	if p.Bits() < widest {
		return netip.Prefix{}, usageError{fmt.Sprintf("--source %q: that is too much of the internet: want /%d or smaller", text, widest)}
	}
	return p, nil
}

// checkUntil reads the end.
func (f *muteFlags) checkUntil(now time.Time) error {
	m := &f.mute
	switch {
	case (f.span == "") == (f.until == ""):
		return usageError{"until when? --for SPAN, such as 7d, or --until DATE, such as 2026-12-01"}
	case f.span != "":
		span, err := parseSpan(f.span)
		if err != nil {
			return usageError{"--for " + err.Error()}
		}
		m.Until = now.Add(span).UTC().Truncate(time.Second)
	default:
		day, err := time.Parse(time.DateOnly, f.until)
		if err != nil {
			return usageError{fmt.Sprintf("--until %q: want a date, such as 2026-12-01", f.until)}
		}
		m.Until = day
	}
	longest := longestMute
	if m.Rule == notice.QuietReport {
		longest = longestQuietMute
	}
	switch {
	case !m.Until.After(now):
		return usageError{"the end lies in the past"}
	case m.Until.After(now.Add(longest)):
		return usageError{fmt.Sprintf("at most %d days: what is forgotten for longer is a hole", int(longest/(24*time.Hour)))}
	}
	return nil
}

// scopes are those that are meant: all of the stack, or one.
func (f *muteFlags) scopes(c *call, s *stack.Stack, now time.Time) ([]watch.Scope, error) {
	known, err := s.Scopes(c.ctx, now)
	if err != nil {
		return nil, err
	}
	if f.scope == "" && len(known) > 0 {
		return known, nil
	}
	scope, err := chooseScope(known, f.scope)
	return []watch.Scope{scope}, err
}

func putMute(c *call, s *stack.Stack, scopes []watch.Scope, m watch.Mute) error {
	for _, scope := range scopes {
		if err := s.Table.Mute(c.ctx, scope, m); err != nil {
			return s.Explain(err)
		}
	}
	fmt.Fprintf(c.stdout, "muted: %s\nin %s; to take it back: sshsieve mute --end %s\n",
		muteLine(m), strings.Join(scopeNames(scopes), ", "), muteID(m))
	return nil
}

func listMutes(c *call, s *stack.Stack, scopes []watch.Scope, now time.Time) error {
	for _, scope := range scopes {
		mutes, err := s.MutesInForce(c.ctx, scope, now)
		if err != nil {
			return s.Explain(err)
		}
		fmt.Fprintf(c.stdout, "%s: %s\n", notice.Printable(string(scope)), plural(len(mutes), "mute"))
		for _, m := range mutes {
			fmt.Fprintf(c.stdout, "  %s\n", muteLine(m))
		}
	}
	return nil
}

// endMute takes a mute back by giving it an end that has passed: the table
// deletes it, later.
func endMute(c *call, s *stack.Stack, scopes []watch.Scope, id string, now time.Time) error {
	ended := 0
	for _, scope := range scopes {
		mutes, err := s.MutesInForce(c.ctx, scope, now)
		if err != nil {
			return s.Explain(err)
		}
		for _, m := range mutes {
			if muteID(m) != id {
				continue
			}
			m.Until = now.UTC()
			if err := s.Table.Mute(c.ctx, scope, m); err != nil {
				return s.Explain(err)
			}
			fmt.Fprintf(c.stdout, "no longer muted in %s: %s\n", notice.Printable(string(scope)), muteWhat(m))
			ended++
		}
	}
	if ended == 0 {
		return errors.New("no mute " + strconv.Quote(id) + " is in force; sshsieve mute --list shows them")
	}
	return nil
}

// muteID is the same for mutes of the same, which replace one another.
func muteID(m watch.Mute) string {
	h := fnv.New32a()
	fmt.Fprintf(h, "%q %q %q %q", m.Rule, m.User, m.Source, m.Host)
	return strconv.FormatUint(uint64(h.Sum32()), 36)
}

// muteWhat is what a mute matches, for a reader.
func muteWhat(m watch.Mute) string {
	var parts []string
	add := func(label, value string) {
		if value != "" {
			parts = append(parts, label+notice.Cut(notice.Printable(value), longestName))
		}
	}
	add("rule ", m.Rule)
	add("user ", m.User)
	if m.Source.IsValid() {
		add("source ", m.Source.String())
	}
	add("host ", m.Host)
	return strings.Join(parts, ", ")
}
