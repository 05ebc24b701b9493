package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

// maxPageJSON is what Page promises, of its JSON without indentation.
const maxPageJSON = 1 << 20

// A log that fills every list, with texts as long as sshd lets them be and of
// characters that take most room, still gives a bounded page.
func TestPageIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 40,000 lines")
	}
	long := strings.Repeat("\"\\\u202e", 80)
	var lines []string
	for i := range 1500 {
		addr := fmt.Sprintf("2001:db8:%x:%x::7", i, i)
		host := fmt.Sprint(i, strings.ReplaceAll(long, "\u202e", "x"))
		for _, message := range []string{
			fmt.Sprintf("Failed password for %d%s from %s port 1 ssh2", i, long, addr),
			fmt.Sprintf("Failed password for invalid user %d%s from %s port 1 ssh2", i, long, addr),
			fmt.Sprintf("Accepted publickey for user%d from %s port 1 ssh2: ED25519-CERT SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc ID %d%s (serial 1) CA ED25519 SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8", i, addr, i, long),
			fmt.Sprintf("Received disconnect from %s port 4:11: %d%s [preauth]", addr, i, long),
			fmt.Sprintf("Bad protocol version identification '%d%s' from %s port 5", i, long, addr),
			fmt.Sprintf("Unable to negotiate with %s port 6: no matching cipher found. Their offer: %d%s [preauth]", addr, i, long),
			strings.Repeat(fmt.Sprint("odd", strings.Repeat("x", i%25), " "), 1+i%7),
		} {
			lines = append(lines, on(i, host, message))
		}
	}
	page := gather(lines...).Page(false)
	checkJSON(t, page)
	var mails []notice.Notice
	for i := range 500 {
		mails = append(mails, notified("locked-out", "silent", fmt.Sprint("user", i), i, attention.Medium))
	}
	page.Tell(mails, nil, Told{})
	text, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > maxPageJSON {
		t.Errorf("%d bytes, want at most %d", len(text), maxPageJSON)
	}
	t.Logf("%d bytes of JSON", len(text))
	for list, n := range map[string]int{"hosts": len(page.Hosts), "nets": len(page.Nets), "logins": len(page.Logins), "offers": len(page.Offers), "users": len(page.Users)} {
		if n < 100 || page.More[list] == 0 {
			t.Errorf("%s: %d and %d more: the log does not fill it", list, n, page.More[list])
		}
	}
	var out bytes.Buffer
	if err := page.WriteText(&out); err != nil || out.Len() > 32<<10 {
		t.Errorf("%d bytes of text, %v", out.Len(), err)
	}
}
