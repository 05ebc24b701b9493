package sns

import (
	"strings"

	"sshsieve/internal/notice"
)

// maxMessage is how long a Message may be, in bytes: "at most 256 KB in size
// (262,144 bytes, not 262,144 characters)" (SNS API Reference, Publish), less
// what is kept for attributes and subject, which count as well.
const maxMessage = 262_144 - 4096

// fit is a Notice's message, without what makes it too long. notice.Write makes
// none that is: its mail and its lists are bounded.
func fit(n notice.Notice) (string, error) {
	message, err := n.Message()
	for _, shorten := range shortenings {
		if err != nil || len(message) <= maxMessage {
			break
		}
		shorten(&n)
		message, err = n.Message()
	}
	return message, err
}

// shortenings are tried one after the other; what comes of the last one fits
// whatever the Notice was.
var shortenings = []func(*notice.Notice){cutText, cutLists, cutAll}

// maxText is how much of the mail is left, in bytes. It stands in a message
// twice, once of them in JSON within JSON, where one byte may become 7.
const maxText = 16 * 1024

const cutMark = "\n[cut here: SNS takes no longer messages]\n"

// cutText leaves the mail's beginning: what happened and what to do. The log
// lines are at its end.
func cutText(n *notice.Notice) {
	n.Lines = []string{}
	if len(n.Text) <= maxText {
		return
	}
	head := n.Text[:maxText]
	if end := strings.LastIndexByte(head, '\n'); end > 0 {
		head = head[:end]
	}
	n.Text = head + cutMark
}

const (
	fewest  = 10  // of a list
	maxWord = 256 // bytes of a name
)

func cutLists(n *notice.Notice) {
	n.Rules = n.Rules[:min(fewest, len(n.Rules))]
	n.Bans = n.Bans[:min(fewest, len(n.Bans))]
	n.Hosts, n.Users = cutWords(n.Hosts), cutWords(n.Users)
	n.Host, n.User = plain(n.Host, maxWord), plain(n.User, maxWord)
}

func cutWords(list []string) []string {
	var few []string
	for _, s := range list[:min(fewest, len(list))] {
		few = append(few, plain(s, maxWord))
	}
	return few
}

// cutAll leaves what nobody may miss.
func cutAll(n *notice.Notice) {
	rule, reason, line := plain(n.Rule, maxWord), plain(n.Reason, maxWord), subject(n.Subject)
	*n = notice.Notice{
		Severity: n.Severity, Verdict: n.Verdict, Rule: rule, Reason: reason,
		Rules: []notice.RuleReason{{Rule: rule, Reason: reason}}, Subject: line, Text: line + cutMark,
		Time: n.Time, Since: n.Since, Next: n.Next, Host: n.Host, Addr: n.Addr, Count: n.Count, Lines: []string{},
	}
}
