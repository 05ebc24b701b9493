package report

import (
	"strings"

	"sshsieve/internal/notice"
)

// show is a text of the log as a page may hold it.
func show(s string) string { return showTo(s, maxText) }

// showTo is show, with at most so many characters. What is sure to be cut is not
// even read: a character is at most 4 bytes long, and may become an escape of
// up to 10.
func showTo(s string, most int) string {
	return notice.Cut(notice.Printable(s[:min(len(s), 4*most)]), most)
}

// showPeers is show for a sentence that a peer wrote: no terminal and no mail
// program makes a link of it. Dots before digits stay: versions are what these
// sentences are read for.
func showPeers(s string) string {
	s = strings.ReplaceAll(show(s), "://", "[:]//")
	var b strings.Builder
	for i := range len(s) {
		if s[i] == '.' && i+1 < len(s) && beginsName(s[i+1]) {
			b.WriteString("[.]")
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// beginsName says whether the last label of a domain name may begin so: a letter,
// or part of one that is not ASCII (RFC 3696 section 2).
func beginsName(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }
