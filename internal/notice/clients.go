package notice

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// A Client is a family of programs that share their SSH code, and so what they
// offer: nothing in a log tells its members apart.
type Client struct {
	// Family names the library or the best known program ("PuTTY family").
	Family string
	// Programs are well-known users of it ("PuTTY, plink, WinSCP"); may be
	// empty.
	Programs string
	// Versions is the range that made such an offer ("0.61..0.67"), as read
	// or measured: the end of a range is the last version examined. Empty
	// where the evidence does not tell.
	Versions string
	// Kind says whether a person may sit behind it.
	Kind ClientKind

	first [needs]string
}

// First is the first version of the family that has what is needed: "0.75";
// "never" where the family will not get it; empty where it is not known.
func (c Client) First(n Need) string { return c.first[n] }

// ClientKind is what a family of programs is used for.
type ClientKind uint8

const (
	Program ClientKind = iota // people and their jobs log in with it; bots may, too
	Scanner                   // looks at servers and never logs in; a list set by hand may look the same
	Bots                      // seen with guessing bots only
)

// A Need is something that a client must be able to do before a server of today
// takes it. The releases that have it stand in the table of families.
type Need uint8

const (
	NeedNothing     Need = iota // no newer version helps
	NeedCurves                  // a key exchange over elliptic curves (RFC 5656, RFC 8731)
	NeedSHA2Group               // a Diffie-Hellman key exchange with SHA-2 (RFC 8268)
	NeedEd25519Host             // Ed25519 host keys (RFC 8709)
	NeedSHA2Host                // RSA host keys with SHA-2 signatures (RFC 8332)
	NeedSHA2User                // RSA user keys with SHA-2 signatures (RFC 8332)
	NeedETM                     // MACs that cover the ciphertext (OpenSSH PROTOCOL 1.7)
	NeedQuantum                 // a key exchange that withstands quantum computers
	needs
)

// Evidence is what the lines of one connection show of the client program. All
// of it is the peer's own claim: it says which program to look at, never who
// sits there.
type Evidence struct {
	// Class is what could not be negotiated, as sshd prints it: "key exchange
	// method", "host key type", "cipher", "MAC", "compression method" (kex.c
	// kex_choose_conf, ssherr.c), or "mac" and "comp" (before 7.0).
	Class string
	// Offer is the text behind "Their offer: ".
	Offer string
	// Cut: the end of Offer is missing. A syslog line holds 500 bytes of
	// message (log.c do_log), so some 395 of an offer.
	Cut bool
	// Goodbye is the text of the peer's disconnect message (RFC 4253 section
	// 11.1), Banner its identification string (section 4.2), with or without
	// "SSH-2.0-".
	Goodbye, Banner string
}

// Clients returns every family of programs that fits the evidence, in the
// order of the table; none where nothing fits, which is honest: people change
// what their programs offer. Where the offer and the texts agree on a family,
// those that only one of them names are left out; where they disagree the offer
// wins, as texts are imitated more often than lists.
func Clients(e Evidence) []Client {
	offered, said := byOffer(e), byText(e)
	var both []Client
	for _, c := range offered {
		if i := slices.IndexFunc(said, c.sameFamily); i >= 0 {
			if said[i].Versions != "" {
				c.Versions = said[i].Versions
			}
			both = append(both, c)
		}
	}
	switch {
	case len(both) > 0:
		return both
	case len(offered) > 0:
		return offered
	}
	return said
}

func (c Client) sameFamily(o Client) bool { return c.Family == o.Family }

//go:embed clients.tsv
var clientRows string

// An offerRow is one row of clients.tsv.
type offerRow struct {
	family   string // key in families
	list     string // kex, hostkey, cipher or mac
	names    []string
	token    bool // names is one name that no other family uses
	versions string
	source   string
}

// offerRows reads the table on first use: most runs never need it.
var offerRows = sync.OnceValue(readOfferRows)

func readOfferRows() []offerRow {
	var rows []offerRow
	var family, file string
	aliases := map[string]string{}
	for line := range strings.Lines(clientRows) {
		col := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case line[0] == '#':
		case col[0] == "=":
			aliases[col[1]] = expand(col[2], aliases)
		case col[0] == "family":
			family, file = col[1], col[2]
		default:
			rows = append(rows, newOfferRow(family, file, col, aliases))
		}
	}
	return rows
}

func newOfferRow(family, file string, col []string, aliases map[string]string) offerRow {
	r := offerRow{family: family, list: col[0], versions: col[2], source: col[3]}
	if strings.HasPrefix(r.source, "@") {
		r.source = file + r.source
	}
	offer, token := strings.CutPrefix(col[1], "~")
	r.token = token
	r.names = strings.Split(expand(offer, aliases), ",")
	return r
}

// expand replaces the aliases in a list of names.
func expand(list string, aliases map[string]string) string {
	names := strings.Split(list, ",")
	for i, name := range names {
		if full, ok := aliases[name]; ok {
			names[i] = full
		} else if key, ok := strings.CutSuffix(name, "-cert"); ok {
			names[i] = key + aliases["-cert"]
		}
	}
	return strings.Join(names, ",")
}

// lists gives the table's name of each class.
var lists = map[string]string{
	"key exchange method": "kex", "host key type": "hostkey", "cipher": "cipher", "MAC": "mac", "mac": "mac",
}

// byOffer finds the families by their list. Exact lists come first, then the
// host key lists of clients that reorder them, then names that only one family
// uses. A family by the longest prefix that it shares with an unknown list was
// tried, leaving each list of the table out in turn: with three quarters of the
// names shared one family in six was wrong, with nine tenths one list in ten
// was found at all.
func byOffer(e Evidence) []Client {
	list, names := lists[e.Class], splitOffer(e.Offer, e.Cut)
	if list == "" || len(names) == 0 {
		return nil
	}
	for _, fits := range []func(offerRow) bool{
		func(r offerRow) bool { return !r.token && r.offers(names, e.Cut) },
		func(r offerRow) bool { return !r.token && !e.Cut && reorders[r.family] && sameSet(r.names, names) },
		func(r offerRow) bool { return r.token && slices.Contains(names, r.names[0]) },
	} {
		if found := collect(list, fits); len(found) > 0 {
			return found
		}
	}
	return nil
}

// reorders are the families that move the host key type they have stored for a
// server to the front (ssh sshconnect2.c order_hostkeyalgs, PuTTY
// ssh2transport.c, JSch Session.java).
var reorders = map[string]bool{"openssh": true, "putty": true, "jsch": true, "jsch-mwiede": true}

// collect returns the families with a row in the list that fits, each once with
// all versions.
func collect(list string, fits func(offerRow) bool) []Client {
	var found []Client
	for _, r := range offerRows() {
		if r.list != list || !fits(r) {
			continue
		}
		c := families()[r.family]
		c.Versions = r.versions
		if i := slices.IndexFunc(found, c.sameFamily); i < 0 {
			found = append(found, c)
		} else if r.versions != "" {
			found[i].Versions = strings.TrimPrefix(found[i].Versions+"; "+r.versions, "; ")
		}
	}
	return found
}

// fewNames of an offer that was cut tell nothing. What syslog lets through, some
// 395 bytes, has more.
const fewNames = 4

// strictKex announces strict key exchange (OpenSSH PROTOCOL 1.10): distributions
// added it to releases that had not known it.
const strictKex = "kex-strict-c-v00@openssh.com"

// offers says whether the row is the offer, or with cut begins with it. The
// offer may have strictKex where the row has not.
func (r offerRow) offers(names []string, cut bool) bool {
	mine, theirs := withoutStrict(r.names), withoutStrict(names)
	if cut {
		return len(theirs) >= fewNames && len(theirs) <= len(mine) && slices.Equal(mine[:len(theirs)], theirs)
	}
	return slices.Equal(mine, theirs) && (len(mine) == len(r.names) || len(theirs) < len(names))
}

func withoutStrict(names []string) []string {
	if i := slices.Index(names, strictKex); i >= 0 {
		return slices.Concat(names[:i], names[i+1:])
	}
	return names
}

// sameSet says whether two lists hold the same names, in any order.
func sameSet(a, b []string) bool {
	return len(a) == len(b) && slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// Bounds of what is taken from an offer. An algorithm's name has at most 64
// bytes (RFC 4251 section 6), and no known client offers more than 50.
const (
	maxName  = 64
	maxNames = 64
)

// splitOffer splits an offer as sshd prints it into names. Whatever it is given,
// it returns at most 64 names of at most 64 bytes, printable ASCII without
// blanks or commas: other bytes become '?'. With cut the last, torn name is
// left out.
func splitOffer(offer string, cut bool) []string {
	offer = strings.TrimSuffix(offer, " [preauth]")
	if offer == "" {
		return nil
	}
	names := strings.SplitN(offer, ",", maxNames+1)
	if cut || len(names) > maxNames {
		names = names[:len(names)-1]
	}
	for i, n := range names {
		names[i] = plainName(n)
	}
	return names
}

// plainName is name with nothing in it that an algorithm's name cannot have.
func plainName(name string) string {
	if len(name) > maxName {
		name = name[:maxName]
	}
	b := []byte(name)
	for i, c := range b {
		if c <= ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}

// byText finds the families by what the client said of itself.
func byText(e Evidence) []Client {
	var found []Client
	for _, t := range texts {
		version, ok := t.match(e)
		if !ok {
			continue
		}
		for _, family := range t.families {
			c := families()[family]
			c.Versions = version
			found = append(found, c)
		}
		break // the first that fits: the longer texts stand above the shorter
	}
	return found
}

// match says whether the text is there, and which version it gives.
func (t clientText) match(e Evidence) (version string, ok bool) {
	if t.goodbye != "" {
		return "", e.Goodbye == t.goodbye || t.open && strings.HasPrefix(e.Goodbye, t.goodbye)
	}
	banner := strings.TrimPrefix(strings.TrimPrefix(e.Banner, "SSH-2.0-"), "SSH-1.99-")
	rest, ok := strings.CutPrefix(banner, t.banner)
	if !ok || !t.open && rest != "" {
		return "", false
	}
	return leadingVersion(rest), true
}

// leadingVersion is the version number that text begins with, or nothing.
func leadingVersion(text string) string {
	end := 0
	for end < len(text) && end < 16 && (text[end] == '.' || '0' <= text[end] && text[end] <= '9') {
		end++
	}
	return strings.Trim(text[:end], ".")
}
