package report

import (
	"net/netip"
	"strings"

	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
)

// A sourceMore is what tells a user who mistypes from somebody who guesses: when
// there was the first failed attempt, and the first login by a credential, in Unix
// seconds; 0: none with a time.
type sourceMore struct{ failed, credential int64 }

// see takes an Event of the source.
func (m *sourceMore) see(e *sshd.Event, failed int, at int64) {
	switch {
	case at == 0 || e.Row == nil || !e.Row.Attempt:
	case failed > 0:
		m.failed = earlier(m.failed, at)
	case !guessable(e.Method, e.Key):
		m.credential = earlier(m.credential, at)
	}
}

// earlier of two times, of which the first may be none.
func earlier(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// guessable: whoever logs in so needs to have nothing.
func guessable(method, key string) bool { return key == "" && !strings.HasPrefix(method, "gssapi") }

// isKnown says whether a source is some user's: see Source.Known.
func isKnown(t tally[netip.Addr, sourceMore]) bool {
	m := t.more
	return t.accepted > t.attempts || m.credential != 0 && (m.failed == 0 || m.credential < m.failed)
}

// guessedFrom are the sources from which an account looks guessed.
func (l *Log) guessedFrom() map[netip.Addr]bool {
	from := map[netip.Addr]bool{}
	for _, t := range l.logins.items {
		if loginOnPage(t).Guessed {
			from[t.key.source] = true
		}
	}
	return from
}

// usersNets are nets from which half of the failed attempts at least are of sources
// that are known.
func (l *Log) usersNets() map[netip.Prefix]bool {
	guessed, failed := l.guessedFrom(), map[netip.Prefix]int{}
	for _, t := range l.sources.items {
		if t.attempts > 0 && !guessed[t.key] && isKnown(t) {
			failed[netOf(t.key)] += t.attempts
		}
	}
	own := map[netip.Prefix]bool{}
	for _, t := range l.nets.items {
		if n := failed[t.key]; n > 0 && 2*n >= t.attempts {
			own[t.key] = true
		}
	}
	return own
}

// mistyped counts, by name, failed attempts from usersNets.
func (l *Log) mistyped() map[string]int {
	own, names := l.usersNets(), map[string]int{}
	for i := range l.nets.items {
		t := &l.nets.items[i]
		if !own[t.key] {
			continue
		}
		for _, tried := range t.more.names[:t.more.used] {
			names[tried.name] += tried.n
		}
	}
	return names
}

// guesses say when an account was guessed first, in Unix seconds, by its user.
type guesses map[string]int64

func (l *Log) guesses() guesses {
	g := guesses{}
	for _, t := range l.logins.items {
		if t.first != 0 && loginOnPage(t).Guessed {
			g[t.key.user] = earlier(g[t.key.user], t.first)
		}
	}
	return g
}

// precede says whether somebody who guessed the account may have made a login: see
// Login.AfterGuess.
func (g guesses) precede(t tally[login, loginMore]) bool {
	guessed, ok := g[t.key.user]
	if !ok || loginOnPage(t).Guessed || t.last < guessed {
		return false
	}
	return t.first >= guessed || guessable(t.key.method, t.key.key)
}

// accountName is a user who logged in, as a page may show it.
func accountName(user string) string { return notice.UserName(user, true, false) }
