package notice

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"sshsieve/internal/sshd"
)

// botNames are the names that machines try on every host that answers on port
// 22: default accounts of systems and devices, of services and their makers,
// and first names of no one. Written down from what attacks are publicly known
// for; a name on it tells nothing about whoever typed it.
//
//go:embed botnames.txt
var botNames string

var botNameSet = sync.OnceValue(func() map[string]struct{} {
	set := map[string]struct{}{}
	for _, name := range strings.Fields(botNames) {
		set[name] = struct{}{}
	}
	return set
})

// maxUser is how much of a user name is shown, in characters.
const maxUser = 64

// UserName decides how a user name is shown, and is the only way by which one
// reaches a page, a mail or a message. People type passwords into the wrong
// field: the name of an account that does not exist may be one, so it is shown
// only if machines are known to try it, and else replaced by its length. The
// names of accounts that exist are shown. Either is made Printable.
//
// Classify and explain repeat the line they were given and do not ask here.
func UserName(name string, exists, showAll bool) string {
	switch {
	case name == "":
		return "‹empty›"
	case ShowsName(name, exists, showAll):
		return Cut(Printable(name), maxUser)
	}
	return fmt.Sprintf("‹hidden, %d chars›", utf8.RuneCountInString(name))
}

// ShowsName says whether UserName shows the name itself. An empty name hides
// nothing.
func ShowsName(name string, exists, showAll bool) bool {
	if exists || showAll || name == "" {
		return true
	}
	_, bots := botNameSet()[name]
	return bots
}

// AccountExists says whether an Event shows that its user's account exists:
// sshd says so, or lets it try to log in without calling it invalid, or lets
// it in. A container's standard error, where strangers can write whole lines,
// proves as much: to show a name that a stranger chose costs nothing.
func AccountExists(e *sshd.Event) bool {
	switch e.Existence {
	case sshd.Exists:
		return true
	case sshd.Invalid:
		return false
	}
	return e.Category == sshd.Accepted || e.Row != nil && e.Row.Attempt
}
