package notice

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"sshsieve/internal/sshd"
)

// fillings are the values that may stand in a story's sentences, each fit to be
// shown. What is not known is missing, and takes its sentence with it.
func (c *incident) fillings() map[string]string {
	v := map[string]string{}
	for name, text := range c.lead.Detail {
		v[name] = c.censor.text(text)
	}
	c.fillWho(v)
	c.fillWhen(v)
	c.fillAttempts(v)
	c.fillRefusal(v)
	v["means"] = means(c.kind())
	v["found"] = decimal(max(1, len(c.findings)-1))
	v["log"] = strings.TrimSpace(clip(c.about.LogGroup))
	v["held"] = moreThanNone(c.about.Held)
	for name, text := range v {
		if text == "" {
			delete(v, name)
		}
	}
	return v
}

// means is what the message table says of a kind.
func means(kind string) string {
	row, ok := rowsByKind()[kind]
	if !ok {
		return ""
	}
	text, _ := row.Explain()
	return text
}

// rowsByKind are the first row of each kind. It is gathered once: a notice goes
// out for each source that guesses.
var rowsByKind = sync.OnceValue(func() map[string]*sshd.Row {
	rows := map[string]*sshd.Row{}
	for _, row := range sshd.Rows() {
		if rows[row.Kind] == nil {
			rows[row.Kind] = row
		}
	}
	return rows
})

// fillWho fills in names: {who} and {user} are all users, {owner} is who answers
// for the account, {account} is its name for a command line. {source} is missing
// where there are several.
func (c *incident) fillWho(v map[string]string) {
	v["who"], v["is"], v["was"], v["has"] = listed(c.users, 3), "is", "was", "has"
	if len(c.users) > 1 {
		v["is"], v["was"], v["has"] = "are", "were", "have"
	}
	v["user"], v["owner"], v["account"] = v["who"], v["who"], "USER"
	if len(c.users) == 1 && safeUser(c.lead.User) {
		v["account"] = c.lead.User
	}
	switch {
	case len(c.users) > 1:
		v["owner"] = "each of them"
	case v["who"] == "root":
		v["owner"] = "one of you"
	case v["who"] == "": // of a rule about one, this takes no sentence away
		v["owner"] = "the account's owner"
	}
	if len(c.sources) == 1 {
		v["source"] = c.sources[0]
	}
	others := c.others(c.lead)
	v["others"], v["all-others"], v["were"] = listed(others, 4), listed(others, maxWho), "were"
	if len(others) == 1 {
		v["were"] = "was"
	}
	if len(c.users) > 1 {
		v["many"] = decimal(len(c.users))
	}
	c.fillKey(v)
	v["host"], v["all-hosts"] = listed(c.hosts, 3), listed(c.hosts, maxWho)
	if v["host"] == "" {
		v["host"] = "your hosts"
		if c.about.Scope != "" {
			v["host"] = "the hosts of " + clip(c.about.Scope)
		}
	}
}

// fillKey fills in what was shown at a login: {new-key} where it was a key, and
// {without-key} where a password or the like was accepted.
func (c *incident) fillKey(v map[string]string) {
	credential, method := c.lead.Detail["credential"], c.lead.Detail["method"]
	switch {
	case credential == "":
	case credential != method:
		v["new-key"], v["key-account"] = "a new key", v["account"]
		if len(c.users) > 1 {
			v["new-key"] = "new keys"
		}
	case method == "password":
		v["without-key"] = "a password"
	default:
		v["without-key"] = c.censor.text(method)
	}
}

// fillWhen fills in times and counts.
func (c *incident) fillWhen(v map[string]string) {
	v["count"], v["times"] = decimal(c.count), times(c.count)
	v["at"] = c.at.UTC().Format("15:04 UTC on 2 Jan 2006")
	v["since"] = c.clock(c.since)
	v["next"] = c.clock(c.next)
	if c.at.IsZero() {
		v["at"], v["since"] = "a time unknown", ""
	}
	if span := c.at.Sub(c.since); span >= time.Minute && !c.since.IsZero() {
		v["span"] = spanName(span)
	}
}

// clock is a time of day, with its date where that is not the notice's own.
func (c *incident) clock(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.UTC().Format(time.DateOnly) == c.at.UTC().Format(time.DateOnly):
		return t.UTC().Format("15:04 UTC")
	}
	return t.UTC().Format("15:04 UTC on 2 Jan")
}

// fillRefusal fills in what the table of remedies knows.
func (c *incident) fillRefusal(v map[string]string) {
	v["client"] = clientNames(c.clients)
	if c.remedy.Cause == "" {
		return
	}
	v["remedy"] = c.remedy.What
	v["refused-since"] = c.remedy.Since
	v["missing"] = c.remedy.Missing
	if c.refusal.Class != "" {
		v["class"] = ascii(c.refusal.Class)
	}
	v["short"] = shortCause(c.refusal)
	v["changed"] = changed(c.remedy.Cause)
	v["offered"] = c.offered()
}

// offered lists what the client offered: its own claim, so defanged.
func (c *incident) offered() string {
	var names []string
	for _, name := range c.remedy.Offered {
		names = append(names, defang(name))
	}
	return listed(names, 4)
}

// shortCause is the reason of a refusal in a few words, for a subject.
func shortCause(r Refusal) string {
	switch words, known := shortCauses[r.Cause]; {
	case known:
		return words
	case strings.HasSuffix(string(r.Cause), "/own-list"), strings.HasSuffix(string(r.Cause), "/no-key"), r.Class == compression, r.isOfOwnChoice():
		return "no common " + r.Class // no client's fault
	case r.Algorithm != "" && len(r.Algorithm) <= maxShortAlgorithm:
		return "client too old (" + r.Algorithm + ")"
	case r.Class != "":
		return "client too old (" + classWords[r.Class] + ")"
	}
	return ""
}

// changed is what may have changed where many are refused for one cause.
func changed(cause Cause) string {
	if words, ok := changes[cause]; ok {
		return words
	}
	family, _, _ := strings.Cut(string(cause), "/")
	return changes[Cause(family)]
}

// changes are by cause, or by its family.
var changes = map[Cause]string{
	"policy":                   "a list in sshd_config (AllowUsers, AllowGroups, DenyUsers, DenyGroups), or a file in sshd_config.d that a deployment put there",
	"policy/allow-groups":      "AllowGroups in sshd_config, or the groups themselves: where they come from LDAP or SSSD, that may not answer",
	"policy/deny-groups":       "DenyGroups in sshd_config, or the groups themselves: somebody put these users into one of them",
	"policy/tcp-wrappers":      "/etc/hosts.deny or /etc/hosts.allow",
	"policy/root":              "PermitRootLogin in sshd_config",
	"files":                    "modes or owners of the home directories: a restored backup or a recursive chmod does that",
	"files/helper":             "nothing in sshd: the program that looks up keys fails, or the directory that it asks (LDAP, SSSD)",
	"account":                  "the accounts themselves, by a script or in the directory (LDAP, SSSD): locked, expired, or with another shell",
	"account/shell":            "the users' shell: it was removed, or taken out of /etc/shells",
	"account/nologin":          "the file /etc/nologin: it is there while a host goes down, and sometimes stays",
	"account/password-expired": "nothing, perhaps: passwords that were set on one day expire on one day",
	"account/pam":              "PAM's files in /etc/pam.d, or the service that they ask (SSSD, winbind)",
	"account/pam-access":       "/etc/security/access.conf",
}

// classWords are short names of what is negotiated.
var classWords = map[string]string{
	"key exchange method": "key exchange", "host key type": "host key", "cipher": "cipher", "MAC": "MAC", "mac": "MAC",
}

// maxShortAlgorithm is the longest name of an algorithm that a subject has room
// for.
const maxShortAlgorithm = 16

var shortCauses = map[Cause]string{
	"key/ssh-rsa":                "client too old (ssh-rsa)",
	"key/ssh-dss":                "DSA key",
	"client/unsafe":              "client too old",
	"key/own-list":               "key type not allowed",
	"key/unsupported":            "key type unknown to sshd",
	"key/too-short":              "RSA key too short",
	"key/revoked":                "key revoked",
	"key/revocation-list":        "revoked keys file unreadable",
	"key/from":                   "key not allowed from there",
	"key/touch":                  "touch or PIN missing",
	"certificate/signature":      "certificate signed with SHA-1",
	"certificate/expired":        "certificate expired",
	"certificate/principal":      "certificate for another account",
	"certificate/source-address": "certificate not allowed from there",
	"certificate/options":        "certificate options refused",
	"files/modes":                "file modes of the keys",
	"files/unreadable":           "keys unreadable",
	"files/helper":               "key helper failed",
	"policy/allow-users":         "not in AllowUsers",
	"policy/allow-groups":        "not in AllowGroups",
	"policy/deny-users":          "in DenyUsers",
	"policy/deny-groups":         "in DenyGroups",
	"policy/root":                "PermitRootLogin",
	"policy/tcp-wrappers":        "hosts.deny",
	"account/locked":             "account locked",
	"account/expired":            "account expired",
	"account/password-expired":   "password expired",
	"account/shell":              "shell missing",
	"account/nologin":            "/etc/nologin",
	"account/pam":                "PAM refuses the account",
	"account/pam-access":         "access.conf",
	"account/faillock":           "faillock",
	"account/tally":              "pam_tally2",
	"throttle/maxstartups":       "MaxStartups",
	"throttle/penalty":           "penalties",
	"limit/attempts":             "MaxAuthTries",
	"hostkey/signing":            "host key cannot sign",
}

// clientNames names the families of programs that fit.
func clientNames(clients []Client) string {
	var names []string
	for _, c := range clients {
		name := c.Family
		if c.Programs != "" {
			name += " (" + c.Programs + ")"
		}
		names = appendNew(names, ascii(name))
	}
	if len(names) > 3 {
		return ""
	}
	return strings.Join(names, ", or ")
}

// fill puts values into the {places} of a sentence; false where one is not
// known. Values are put in once: braces in them mean nothing.
func fill(sentence string, values map[string]string) (string, bool) {
	var b strings.Builder
	for {
		text, rest, found := strings.Cut(sentence, "{")
		b.WriteString(text)
		if !found {
			return b.String(), true
		}
		name, after, _ := strings.Cut(rest, "}")
		value, ok := values[name]
		if !ok {
			return "", false
		}
		b.WriteString(value)
		sentence = after
	}
}

// filled are the sentences whose values are all known. Of a sentence in several
// versions, "one || another", the first is taken.
func filled(sentences []string, values map[string]string) []string {
	var full []string
	for _, s := range sentences {
		for version := range strings.SplitSeq(s, " || ") {
			if text, ok := fill(version, values); ok {
				full = append(full, text)
				break
			}
		}
	}
	return full
}

// listed is "a", "a and b", "a, b and 3 more".
func listed(names []string, most int) string {
	switch n := len(names); {
	case n == 0:
		return ""
	case n == 1:
		return names[0]
	case n <= most:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names[:most-1], ", ") + " and " + decimal(len(names)-most+1) + " more"
}

// sourceName writes a source: an IPv4 address, or the /64 of IPv6 (RFC 6177
// gives each customer at least that).
func sourceName(a netip.Addr) string {
	switch a = a.Unmap().WithZone(""); {
	case !a.IsValid():
		return ""
	case a.Is6():
		return netip.PrefixFrom(a, sourceBits(a)).Masked().String()
	}
	return a.String()
}

// sourceBits is how much of an address is one source.
func sourceBits(a netip.Addr) int {
	if a.Is6() {
		return 64
	}
	return 32
}

func decimal(n int) string { return strconv.Itoa(n) }

func moreThanNone(n int) string {
	if n <= 0 {
		return ""
	}
	return decimal(n)
}

// times is how often something happened, in words.
func times(n int) string {
	words := []string{"", "once", "twice", "three times", "four times", "five times", "six times", "seven times", "eight times", "nine times"}
	if n > 0 && n < len(words) {
		return words[n]
	}
	return decimal(n) + " times"
}

// spanName is a duration in one unit: "14 min", "3 h", "2 days".
func spanName(d time.Duration) string {
	switch {
	case d < 2*time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 48*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}
