package notice

import "slices"

// A story is what a mail says of one rule and reason: what happened, why
// somebody gets the mail, when it is harmless, and what to do. {Words} in
// braces are filled in (fill.go); a sentence whose value is not known is left
// out, so the first sentence of what, and of why, needs none but {host}, {at},
// {times} and {count}, which always are, or has a version that does: "one ||
// another".
type story struct {
	rule   string
	reason string   // "" is any other reason of the rule
	kinds  []string // of sshd-broken: the rows of sshd's message table

	subject []string // the first whose values are known is taken
	counts  bool     // the subject ends in the count: it may happen again
	what    []string
	why     []string
	// harmless goes on from the word "HARMLESS".
	harmless []string
	// ownSteps: do is better than what the table of remedies says to one user.
	ownSteps bool
	// do are at most three steps; doRoot those for root, whose account cannot
	// be locked like another's. The table of remedies comes before both.
	do, doRoot []Step
	// mute says whom a mute is about: "user", "source", "host".
	mute []string
}

// storyOf finds the story of an incident: that of its rule, reason and kind, or
// the nearest there is.
func storyOf(c *incident) *story {
	rule, reason, kind := c.lead.Rule, c.lead.Reason, c.kind()
	for _, fits := range []func(s *story) bool{
		func(s *story) bool { return s.rule == rule && slices.Contains(s.kinds, kind) },
		func(s *story) bool { return s.rule == rule && s.reason == reason && s.kinds == nil },
		func(s *story) bool { return s.rule == rule && s.reason == "" && s.kinds == nil },
	} {
		for _, table := range stories {
			for i := range table {
				if fits(&table[i]) {
					return &table[i]
				}
			}
		}
	}
	return &unknownStory
}

// kind is the row of sshd's message table that the Finding is about.
func (c *incident) kind() string {
	if kind := c.lead.Detail["kind"]; kind != "" {
		return kind
	}
	for i := range c.censor.events {
		if kind := c.censor.events[i].Kind(); kind != "" {
			return kind
		}
	}
	return ""
}

// stories are all there are, by file.
var stories = [][]story{loginStories, lockoutStories, guessingStories, brokenStories, ownStories}

// unknownStory is for a rule that has no story yet; a test keeps it unused.
var unknownStory = story{
	subject:  []string{"something that sshsieve found"},
	what:     []string{"sshsieve found something on {host} at {at}."},
	why:      []string{"A rule that has no text yet was met."},
	harmless: []string{"if the lines below look harmless to you."},
	do:       []Step{{Say: []string{"Read the lines below."}}},
}

// Steps that several stories share.
var (
	askUser = Step{
		Say: []string{"Ask {user} now, by phone or chat and not through that host: was that you? See who is on:"},
		Run: []string{"who; last -i {account} | head"},
	}
	lockUser = Step{
		Say: []string{"If the answer is no, or you reach nobody: close the account and end its sessions. (To open it again: usermod --expiredate '' {account})"},
		Run: []string{"usermod --expiredate 1 {account}; loginctl terminate-user {account}"},
	}
	closeRoot = Step{
		Say:    []string{"If it was nobody, or you reach nobody: in sshd_config, above the first Match line, refuse passwords for root. Then end root's sessions:"},
		Config: []string{"PermitRootLogin prohibit-password"},
		Run:    []string{Check, "loginctl terminate-user root"},
	}
	lookAround = Step{
		Say: []string{"Then change the password, and look for what was left behind: new keys, cron jobs, accounts."},
		Run: []string{"ls -l ~{account}/.ssh; crontab -l -u {account}; tail -3 /etc/passwd"},
	}
	askWho = Step{
		Say: []string{"Ask your colleagues now, by phone or chat: who of you was that? See who is on:"},
		Run: []string{"who; last -i root | head"},
	}
	rebuildRoot = Step{
		Say: []string{"If nobody was it, the host is lost: take it off the network, keep its disk for evidence, build it anew, and change every secret that it held."},
	}
	whoseKey = Step{
		Say: []string{"Ask {user} about {new-key}: ssh-keygen -lf on the user's machine prints the fingerprint. On the server: || Ask {user}: was that you, with {without-key}? || Ask the account's owner: was that you?"},
		Run: []string{"ssh-keygen -lf ~{key-account}/.ssh/authorized_keys"},
	}
	dropKey = Step{
		Say: []string{"If nobody knows {new-key}: take its line out of authorized_keys, end the sessions, and find out who wrote it there. || Then change the password, end the sessions, and look for what was left behind."},
		Run: []string{"loginctl terminate-user {account}; ls -l ~{account}/.ssh"},
	}
)
