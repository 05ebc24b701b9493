package notice

import (
	"strings"
	"testing"
)

func TestUserName(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, test := range []struct {
		why             string
		name            string
		exists, showAll bool
		want            string
	}{
		{"an account that exists is no secret", "alice.smith", true, false, "alice.smith"},
		{"a name that machines try tells nothing of who typed it", "oracle", false, false, "oracle"},
		{"an unknown name may be a password", "Tr0ub4dor&3", false, false, "‹hidden, 11 chars›"},
		{"a list of bots' names must not hold passwords", "qwerty", false, false, "‹hidden, 6 chars›"},
		{"characters are counted, not bytes", "żółw", false, false, "‹hidden, 4 chars›"},
		{"the owner of the terminal may look", "Tr0ub4dor&3", false, true, "Tr0ub4dor&3"},
		{"an empty name hides nothing", "", false, false, "‹empty›"},
		{"shown names are made printable", "a\x1b[2J", true, false, `a\x1b[2J`},
		{"and cut", long, true, false, long[:maxUser-1] + "…"},
	} {
		if got := UserName(test.name, test.exists, test.showAll); got != test.want {
			t.Errorf("UserName(%q, %t, %t) = %q, want %q: %s", test.name, test.exists, test.showAll, got, test.want, test.why)
		}
	}
}
