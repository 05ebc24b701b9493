package notice

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"sshsieve/internal/attention"
)

// The section WHO: whom and where it is about, one line for each.

const (
	maxWho    = 20 // lines
	maxCauses = 20 // lines of a summary
)

// who are the users and sources, one line each where there are several.
func (c *incident) who() []string {
	switch {
	case c.lead.Rule == heldBack:
		return c.causes()
	case len(c.findings) > 1:
		return append(capped(c.each(), maxWho), c.client()...)
	case len(c.lead.Credentials) > 0:
		return capped(c.withKeys(), maxWho)
	}
	return append(nonEmpty(strings.Join(filled(whoAlone(c), c.values), " ")), c.client()...)
}

// whoAlone are the sentences on the one whom it is about.
func whoAlone(c *incident) []string {
	switch {
	case c.lead.Key.Kind == attention.Fleet && c.lead.User == "":
		return []string{"{all-others}.", "On {all-hosts}."} // whom it hit, and where
	case c.lead.User != "" && c.lead.Source.IsValid():
		return []string{"{user}, from {source}.", "Logins from there in 90 days: {logins-here}, the last at {last-login}.",
			"Key or method: {credential}."}
	case c.lead.User != "":
		return []string{"{user}.", "Key or method: {credential}."}
	case c.lead.Source.IsValid():
		return []string{"{source}.", "Known from there: {others}."}
	}
	return []string{"{others}."}
}

// each is a line for each Finding; what several say of one is in one line.
func (c *incident) each() []string {
	var whom, lines []string
	for i := range c.findings {
		f := &c.findings[i]
		who, also := c.whoIs(f), ""
		if f.Rule != c.lead.Rule || f.Reason != c.lead.Reason {
			also = " (" + cmp.Or(alsoWords[causeOf(f)], causeOf(f)) + ")"
		}
		if at := slices.Index(whom, who); at >= 0 && also != "" {
			lines[at] += also
			continue
		}
		whom, lines = append(whom, who), append(lines, who+also)
	}
	return lines
}

// alsoWords are causes that come with others.
var alsoWords = map[string]string{
	"login/keys-only":          "this host is for keys only",
	"login/first-login":        "never logged in before",
	"login/new-source":         "never came from there before",
	"login/root-new-source":    "never came from there before",
	"login/new-key":            "never used this key or method before",
	"login/new-key-and-source": "never used this key or method before, nor came from there",
	"password-guessing/begins": "guessed passwords",
	"guessing-inside/source":   "guessed passwords",
}

// whoIs is one Finding of several.
func (c *incident) whoIs(f *attention.Finding) string {
	var parts []string
	if f.User != "" {
		parts = append(parts, c.censor.account(f.User))
	}
	if source := sourceOf(f); source != "" {
		parts = append(parts, "from "+source)
	}
	if f.Host != "" && len(c.hosts) > 1 {
		parts = append(parts, "on "+hostName(f.Host))
	}
	if f.Reason == "new-key" && f.Detail["credential"] != "" {
		parts = append(parts, "with "+c.censor.text(f.Detail["credential"]))
	}
	text := strings.Join(parts, " ")
	if c.story.counts && f.Count > 1 {
		text += ", " + times(f.Count)
	}
	return strings.TrimSpace(text)
}

// withKeys pairs each user of a Finding with what he showed.
func (c *incident) withKeys() []string {
	var lines []string
	for i, credential := range c.lead.Credentials[:min(len(c.lead.Credentials), len(c.lead.Users))] {
		lines = append(lines, c.censor.account(c.lead.Users[i])+" with "+c.censor.text(credential))
	}
	return lines
}

// causes are what a summary holds: a line for each cause, with whom it is about,
// how often it was and since when.
func (c *incident) causes() []string {
	var order []string
	groups := map[string][]attention.Finding{}
	for _, f := range c.findings[1:] { // behind the summary's own
		name := causeOf(&f)
		if groups[name] == nil {
			order = append(order, name)
		}
		groups[name] = append(groups[name], f)
	}
	var lines []string
	for _, name := range order {
		lines = append(lines, c.causeIs(name, groups[name]))
	}
	return capped(lines, maxCauses)
}

// causeOf is a Finding's rule and reason, and what is broken.
func causeOf(f *attention.Finding) string {
	name := ascii(f.Rule + "/" + f.Reason)
	if f.Rule == "sshd-broken" && f.Detail["kind"] != "" {
		name += " " + clip(f.Detail["kind"])
	}
	return name
}

// causeIs is one line of a summary: "high login/after-failures: bob from
// 192.0.2.7 on web-1, 3 times since 13:00 UTC".
func (c *incident) causeIs(name string, findings []attention.Finding) string {
	var users, sources, hosts []string
	count, since := 0, earliest(&findings[0])
	for i := range findings {
		f := &findings[i]
		if f.User != "" {
			users = appendNew(users, c.censor.account(f.User))
		}
		if len(findings) == 1 && f.User == "" {
			users = c.others(f)
		}
		sources = appendNew(sources, sourceOf(f))
		hosts = appendNew(hosts, hostName(f.Host))
		if first := earliest(f); first.Before(since) {
			since = first
		}
		count += max(1, f.Count)
	}
	text := findings[0].Severity.String() + " " + name + ":"
	for _, part := range []struct{ word, what string }{
		{"", listed(users, 4)}, {"from ", counted(sources, "addresses")}, {"on ", listed(hosts, 3)},
	} {
		if part.what != "" {
			text += " " + part.word + part.what
		}
	}
	return strings.TrimSuffix(text, ":") + ", " + times(count) + " since " + c.clock(since)
}

// counted is the one, or how many there are.
func counted(list []string, plural string) string {
	if len(list) > 1 {
		return decimal(len(list)) + " " + plural
	}
	return strings.Join(list, "")
}

// capped are the first lines, and how many more there are.
func capped(lines []string, most int) []string {
	if more := len(lines) - most; more > 0 {
		return append(slices.Clone(lines[:most]), "and "+decimal(more)+" more")
	}
	return lines
}

// client says which program the client may be. That is its own claim.
func (c *incident) client() []string {
	return filled([]string{"Client, by what it says of itself: {client}.", "It offered {offered}."}, c.values)
}

// others are the accounts that a Finding names besides its own: those known for
// its source, or all that it is about.
func (c *incident) others(f *attention.Finding) []string {
	var names []string
	for _, name := range f.Users {
		if name != "" && name != f.User {
			names = appendNew(names, c.censor.account(name))
		}
	}
	return names
}

// sourceOf writes the source of a Finding: an IPv4 address, or of IPv6 the /64,
// or the /48 where many /64s of it are taken for one.
func sourceOf(f *attention.Finding) string {
	a := f.Source.Unmap().WithZone("")
	if a.Is6() && sourcePrefix(f) != sourceBits(a) {
		return netip.PrefixFrom(a, sourcePrefix(f)).Masked().String()
	}
	return sourceName(a)
}

// sourcePrefix is how many bits of the source's address a Finding is about.
func sourcePrefix(f *attention.Finding) int {
	if a := f.Source.Unmap(); a.Is6() && f.Detail["prefix"] == "48" {
		return 48
	}
	return sourceBits(f.Source.Unmap())
}
