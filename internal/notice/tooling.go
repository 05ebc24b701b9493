package notice

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"time"

	"sshsieve/internal/attention"
)

// Schema is the version of the JSON that a Notice is written as. Members may be
// added within a version; none changes its meaning.
const Schema = 1

// A Ban is one source that a ban tool may shut out.
type Ban struct {
	// Source is the address, or the first of a /64; Prefix its length in bits,
	// 32 or 64: together what ipset, nftables or a WAF's set takes. Where many
	// /64s of one site guess it is the site's /48.
	Source netip.Addr `json:"source"`
	Prefix int        `json:"prefix"`
	// First and Last are the event times of the oldest and newest attempt that
	// is counted, Count how many there were, and Names how many user names
	// were tried; 0 where that is not known. The names themselves are never
	// told.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Count int       `json:"count"`
	Names int       `json:"names,omitempty"`
	// Hosts are where it tried.
	Hosts []string `json:"hosts"`
	// Until is when a ban may end: if the source goes on, a further message
	// comes by then.
	Until time.Time `json:"until"`
}

// banFor is how long a source is banned whose Finding does not say.
const banFor = time.Hour

// most of anything in the JSON: SNS takes 256 KiB (Publish), and a Notice stays
// below 100 whatever its Findings.
const mostListed = 50

// bans are the sources of an incident, each once.
func bans(c *incident) []Ban {
	var list []Ban
	seen := map[netip.Prefix]int{}
	for i := range c.findings {
		f := &c.findings[i]
		source := banned(f)
		if !source.IsValid() {
			continue
		}
		if at, ok := seen[source]; ok {
			list[at].merge(f)
		} else if len(list) < mostListed {
			seen[source] = len(list)
			list = append(list, newBan(source, f))
		}
	}
	return list
}

// banned is what is to be shut out; invalid where there is no address.
func banned(f *attention.Finding) netip.Prefix {
	source := attention.Fold(f.Source)
	if !source.IsValid() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(source, sourcePrefix(f)).Masked()
}

func newBan(source netip.Prefix, f *attention.Finding) Ban {
	names, _ := strconv.Atoi(f.Detail["names"])
	b := Ban{Source: source.Addr(), Prefix: source.Bits(), First: jsonTime(earliest(f)), Last: jsonTime(f.At),
		Count: max(1, f.Count), Names: max(0, names), Hosts: []string{}, Until: jsonTime(f.Quiet)}
	if !b.Until.After(b.Last) {
		b.Until = b.Last.Add(banFor)
	}
	b.Hosts = appendNew(b.Hosts, hostName(f.Host))
	return b
}

// merge adds another Finding of the same source. Names are not added up: the
// same may be among both.
func (b *Ban) merge(f *attention.Finding) {
	other := newBan(netip.PrefixFrom(b.Source, b.Prefix), f)
	if other.First.Before(b.First) {
		b.First = other.First
	}
	b.Last, b.Until = later(b.Last, other.Last), later(b.Until, other.Until)
	b.Count, b.Names = b.Count+other.Count, max(b.Names, other.Names)
	for _, host := range other.Hosts {
		b.Hosts = appendNew(b.Hosts, host)
	}
}

// document is a Notice as JSON. Times are RFC 3339 in UTC, addresses plain;
// members without a value are left out.
type document struct {
	Schema   int          `json:"schema"`
	ID       string       `json:"id,omitempty"` // for sshsieve why
	Rule     string       `json:"rule"`
	Reason   string       `json:"reason"`
	Rules    []RuleReason `json:"rules"`
	Severity string       `json:"severity"` // "high", "medium", "low" or "tooling"
	Verdict  string       `json:"verdict"`  // "human" or "tooling"
	Subject  string       `json:"subject"`
	Text     string       `json:"text"` // the mail
	Time     time.Time    `json:"time"` // of the newest event
	Since    time.Time    `json:"since"`
	Next     time.Time    `json:"next,omitzero"` // when the same can be told again
	Host     string       `json:"host,omitempty"`
	Hosts    []string     `json:"hosts,omitempty"` // at most 50
	Addr     netip.Addr   `json:"addr,omitzero"`
	User     string       `json:"user,omitempty"`
	Users    []string     `json:"users,omitempty"` // at most 50
	Count    int          `json:"count"`
	Lines    []string     `json:"lines"`
	Bans     []Ban        `json:"bans,omitempty"` // of verdict "tooling": at most 50

	Account  string `json:"account,omitempty"`
	LogGroup string `json:"log_group,omitempty"`
	Stream   string `json:"stream,omitempty"`
	Scope    string `json:"scope,omitempty"`
}

// MarshalJSON writes the Notice in the documented, versioned form that programs
// read: messages to queues, and preview --json.
func (n Notice) MarshalJSON() ([]byte, error) {
	return json.Marshal(document{
		Schema: Schema, ID: clip(n.about.ID), Rule: n.Rule, Reason: n.Reason, Rules: firstOf(n.Rules),
		Severity: n.Severity.String(), Verdict: n.Verdict.String(), Subject: n.Subject, Text: n.Text,
		Time: jsonTime(n.Time), Since: jsonTime(n.Since), Next: jsonTime(n.Next),
		Host: n.Host, Hosts: firstOf(n.Hosts), Addr: n.Addr.WithZone(""), User: n.User, Users: firstOf(n.Users),
		Count: n.Count, Lines: n.Lines, Bans: n.Bans,
		Account: clip(n.about.Account), LogGroup: clipTo(n.about.LogGroup, maxLogGroup),
		Stream: clipTo(n.about.Stream, maxLogGroup), Scope: clip(n.about.Scope),
	})
}

// maxLogGroup is the longest name of a log group, and of a stream (CloudWatch
// Logs CreateLogGroup, CreateLogStream).
const maxLogGroup = 512

// jsonTime is t in UTC, within the years that RFC 3339 can write: a time outside
// them is an envelope's nonsense, and would make the whole document fail.
func jsonTime(t time.Time) time.Time {
	if t = t.UTC(); t.Year() < 1 || t.Year() > 9998 { // room to add to it
		return time.Time{}
	}
	return t
}

func firstOf[T any](list []T) []T { return list[:min(len(list), mostListed)] }

// Message is the Notice as SNS takes it with MessageStructure "json" (Publish):
// a text for each protocol. Mail gets the Text, all others the JSON.
func (n Notice) Message() (string, error) {
	document, err := json.Marshal(n)
	if err != nil {
		return "", err
	}
	parts, err := json.Marshal(map[string]string{"default": string(document), "email": n.Text})
	return string(parts), err
}

// Attributes are what subscriptions filter on: verdict, severity, rule, reason
// and host. All values are strings; SNS takes no empty ones, so what is not
// known is left out.
func (n Notice) Attributes() map[string]string {
	attributes := map[string]string{
		"verdict": n.Verdict.String(), "severity": n.Severity.String(), "rule": n.Rule, "reason": n.Reason, "host": n.Host,
	}
	for name, value := range attributes {
		if value == "" {
			delete(attributes, name)
		}
	}
	return attributes
}
