package report

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

// isBotName looks a name up in the list.
func isBotName(name string) bool { _, ok := botNameSet()[name]; return ok }

var botNameSet = sync.OnceValue(func() map[string]struct{} {
	set := map[string]struct{}{}
	for _, name := range strings.Fields(botNames) {
		set[name] = struct{}{}
	}
	return set
})

// maxName is how much of a user name is shown, in characters.
const maxName = 64

// UserName decides how a user name is shown, and is the only way by which one
// reaches a page that gathers what a log holds. People type passwords into the
// wrong field: the name of an account that does not exist may be one, so it is
// shown only if machines are known to try it, and else replaced by its length.
// The names of accounts that exist are shown. Either is made Printable.
//
// Classify and explain repeat the line they were given and do not ask here.
func UserName(name string, exists, showAll bool) string {
	switch {
	case name == "":
		return "‹empty›"
	case exists || showAll || isBotName(name):
		return cut(Printable(name), maxName)
	}
	return fmt.Sprintf("‹hidden, %d chars›", utf8.RuneCountInString(name))
}

// accountExists says whether an Event shows that its user's account exists:
// sshd says so, or lets it try to log in without calling it invalid, or lets
// it in. A container's standard error, where strangers can write whole lines,
// proves as much: to show a name that a stranger chose costs nothing.
func accountExists(e *sshd.Event) bool {
	switch e.Existence {
	case sshd.Exists:
		return true
	case sshd.Invalid:
		return false
	}
	return e.Category == sshd.Accepted || e.Row != nil && e.Row.Attempt
}
