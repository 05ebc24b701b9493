package notice

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Check makes sshd read its configuration again, but only one that it accepts:
// with a faulty one it would end, and nobody could log in. Debian's unit is
// ssh.service; sshd.service is another name of it only while it is enabled, which
// it is not where ssh.socket starts it (Ubuntu 24.04).
const Check = "sshd -t && systemctl reload sshd  # Debian, Ubuntu: reload ssh"

// restart is for what sshd reads at its start only.
const restart = "sshd -t && systemctl restart sshd  # Debian, Ubuntu: restart ssh"

// A Cause is what was refused, and why: "kex/group1", "key/ssh-rsa".
type Cause string

// A Refusal is one thing that sshd refused.
type Refusal struct {
	Cause Cause
	// Algorithm is the one that the remedy is about: the best that the client
	// offered, or the one that the line names, where it is one that OpenSSH
	// ever had. Empty for others: a peer can name what it likes.
	Algorithm string
	// Class, Offer and Cut are as in Evidence, for negotiations.
	Class, Offer string
	Cut          bool
	// Since and Until are the first and last release that words a line like
	// this ("8.5", "8.9"); empty where its words do not tell.
	Since, Until string

	// User and Addr are whom it hit. ReadRefusal leaves them empty.
	User string
	Addr netip.Addr
}

// A Remedy is what to do about a Refusal.
type Remedy struct {
	Cause Cause
	// What happened, and Since which OpenSSH release sshd refuses it without
	// being told to; Since is empty where only configuration, an account or a
	// key's own terms do.
	What, Since string
	// Offered is what the client offered, written by the peer: at most 64
	// names of at most 64 bytes, printable and without blanks. Missing is what
	// the client cannot do; empty where that is not the matter.
	Offered []string
	Missing string
	// Steps in their order. The first is always the user's or the client's;
	// one that changes sshd_config ends with Check.
	Steps []Step
	// Risk is what the change of sshd_config opens; empty where none is
	// proposed.
	Risk string
	// Notes are what else decides: other spellings, distributions' policies.
	Notes []string
	// Source says where the facts come from; Tried is the sshd on which the
	// change was seen to let the client in, empty where it could not be tried.
	Source, Tried string
}

// A Step is one thing to do.
type Step struct {
	Say    []string // sentences
	Config []string // lines of sshd_config, literally
	Run    []string // commands for a root shell, literally
}

// RemedyFor returns what to do about a refusal; false where the table has no
// row for it. clients, from Clients, makes the first step say which version to
// ask for.
func RemedyFor(r Refusal, clients []Client) (Remedy, bool) {
	for i := range remedies {
		if row := &remedies[i]; row.cause == r.Cause && row.fits(r) {
			return row.remedy(r, clients), true
		}
	}
	return Remedy{}, false
}

// fits says whether a server in the row's range can have written the line.
func (w *remedyRow) fits(r Refusal) bool {
	return (w.since == "" || r.Until == "" || release(r.Until) >= release(w.since)) &&
		(w.until == "" || r.Since == "" || release(r.Since) <= release(w.until))
}

// release makes an OpenSSH release comparable: "8.5" is 805.
func release(version string) int {
	major, minor, _ := strings.Cut(version, ".")
	m, _ := strconv.Atoi(major)
	n, _ := strconv.Atoi(minor)
	return 100*m + n
}

func (w *remedyRow) remedy(r Refusal, clients []Client) Remedy {
	fill := filler(r)
	m := Remedy{
		Cause: w.cause, What: fill(w.what), Since: w.refused, Risk: w.risk, Source: w.source, Tried: w.tried,
		Offered: splitOffer(r.Offer, r.Cut), Missing: w.need.words(),
		Steps: []Step{{Say: append(fillAll(w.client, fill), versions(w.need, clients)...)}},
		Notes: fillAll(w.notes, fill),
	}
	if r.isOfOwnChoice() {
		m.Steps[0].Say = slices.Clone(ownChoice)
	}
	if w.older != "" && r.Since == "" {
		m.Notes = append([]string{w.older}, m.Notes...)
	}
	if s, ok := w.serverStep(fill); ok {
		m.Steps = append(m.Steps, s)
	}
	return m
}

// isOfOwnChoice says whether a client could do more than it offers: who knows
// strict key exchange knows elliptic curves too, unless told to leave them out.
func (r *Refusal) isOfOwnChoice() bool {
	switch r.Cause {
	case "kex/group1", "kex/group14-sha1", "kex/group-exchange-sha1":
		return slices.Contains(splitOffer(r.Offer, r.Cut), strictKex)
	}
	return false
}

var ownChoice = []string{
	"This program is recent (it knows strict key exchange, of December 2023),",
	"and is set to offer only this, so an update does not help. Ask the user to",
	"take that setting away: of OpenSSH, KexAlgorithms (ssh -G HOST shows it).",
}

// serverStep is what the administrator can do.
func (w *remedyRow) serverStep(fill func(string) string) (Step, bool) {
	s := Step{Say: fillAll(w.server, fill), Config: fillAll(w.config, fill), Run: fillAll(w.run, fill)}
	if len(w.config) > 0 {
		s.Say = append(s.Say, placeWords[w.place])
		s.Run = append(s.Run, Check)
	}
	return s, len(s.Say)+len(s.Run) > 0
}

// versions says for each family that may sit there which version to ask for: a
// line each, or a short list where they are many.
func versions(n Need, clients []Client) []string {
	var enough, never []string
	for _, c := range clients {
		switch v := c.First(n); {
		case c.Kind != Program || v == "":
		case v == "never":
			never = append(never, c.Family)
		default:
			enough = append(enough, c.Family+" "+v)
		}
	}
	if len(enough)+len(never) > 4 {
		return wrap("Ask which of these it is. " + versionList("New enough", enough) + versionList("Never", never))
	}
	var say []string
	for _, v := range enough {
		say = append(say, v+" or later can.")
	}
	for _, f := range never {
		say = append(say, f+": no version can; change the program.")
	}
	return say
}

func versionList(head string, items []string) string {
	if len(items) == 0 {
		return ""
	}
	return head + ": " + strings.Join(items, ", ") + ". "
}

// columns is the width of the longest line in the tables.
const columns = 76

// wrap breaks a text at its blanks.
func wrap(text string) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		if *last != "" && len(*last)+1+len(word) > columns {
			lines = append(lines, word)
		} else {
			*last = strings.TrimPrefix(*last+" "+word, " ")
		}
	}
	return lines
}

// words says what a client lacks.
func (n Need) words() string {
	return [needs]string{
		NeedCurves:      "a key exchange over elliptic curves",
		NeedSHA2Group:   "a Diffie-Hellman key exchange with SHA-2",
		NeedEd25519Host: "Ed25519 host keys",
		NeedSHA2Host:    "RSA host keys with SHA-2 signatures (rsa-sha2-256, rsa-sha2-512)",
		NeedSHA2User:    "RSA key signatures with SHA-2 (rsa-sha2-256, rsa-sha2-512)",
		NeedETM:         "MACs of the etm kind",
		NeedQuantum:     "a post-quantum key exchange",
	}[n]
}

// filler puts a refusal's values into the places of a text. What could change
// the meaning of a line of sshd_config, or of a command, stays a word in capital
// letters for the reader to replace.
func filler(r Refusal) func(string) string {
	user, addr, alg := "USER", "ADDRESS", "ALGORITHM"
	if safeUser(r.User) {
		user = r.User
	}
	if r.Addr.IsValid() {
		addr = r.Addr.WithZone("").String()
	}
	if r.Algorithm != "" {
		alg = r.Algorithm
	}
	return strings.NewReplacer("{user}", user, "{addr}", addr, "{alg}", alg, "{type}", keyFile(alg)).Replace
}

func fillAll(texts []string, fill func(string) string) []string {
	filled := make([]string, len(texts))
	for i, t := range texts {
		filled[i] = fill(t)
	}
	return filled
}

// safeUser says whether a name can stand in a configuration or a shell line as
// it is: the names that useradd(8) takes, which have neither patterns of
// ssh_config(5), nor blanks, nor a leading dash.
func safeUser(name string) bool {
	if name == "" || len(name) > 32 || name[0] == '-' {
		return false
	}
	for _, c := range []byte(name) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.') {
			return false
		}
	}
	return true
}

// keyFile is the TYPE in the name of the host key file, /etc/ssh/ssh_host_TYPE_key
// (pathnames.h), that serves an algorithm.
func keyFile(algorithm string) string {
	switch {
	case strings.HasPrefix(algorithm, "rsa-") || algorithm == "ssh-rsa":
		return "rsa"
	case strings.HasPrefix(algorithm, "ecdsa-"):
		return "ecdsa"
	}
	return "ed25519"
}
