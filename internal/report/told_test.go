package report

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// notified is a Notice of a rule about a user, some minutes after noon.
func notified(rule, reason, user string, minute int, severity attention.Severity) notice.Notice {
	return notice.Write([]attention.Finding{{
		Rule: rule, Reason: reason, Severity: severity, User: user, Host: "web-1", Source: netip.MustParseAddr("192.0.2.7"),
		At: noon.Add(time.Duration(minute) * time.Minute), First: noon, Count: 2, Key: attention.Key{Kind: attention.User},
		Lines: []attention.Line{{At: noon, Host: "web-1", Program: "sshd", Text: "Connection closed by authenticating user " + user + " 192.0.2.7 port 1 [preauth]"}},
	}}, notice.About{})
}

// tell is an empty page on which these are told.
func tell(mails []notice.Notice, others []Fate, told Told) *Page {
	p := NewLog().Page(false)
	p.Tell(mails, others, told)
	return p
}

func TestWhatIsTold(t *testing.T) {
	p := tell([]notice.Notice{
		notified("locked-out", "silent", "alice", 1, attention.Medium),
		notified("login", "new-key", "bob", 2, attention.Medium),
		notified("locked-out", "silent", "alice", 3, attention.Medium),
		notified("credential-refused", "refused", "root", 2, attention.Medium),
	}, []Fate{
		{notified("locked-out", "silent", "alice", 30, attention.Medium), "repeated"},
		{notified("locked-out", "policy-everywhere", "carol", 9, attention.Low), "reported"},
		{notified("login", "new-source", "bob", 4, attention.Low), "reported"},
		{notified("login", "new-source", "bob", 5, attention.Low), "reported"},
	}, Told{BanMessages: 7, BanSources: 2})
	var mails, locked, untold []string
	for _, m := range p.Mails {
		if m.Why == "" || m.Text == "" || m.Subject == "" || m.Source != "192.0.2.7" || m.Host != "web-1" {
			t.Errorf("%+v lacks something", m)
		}
		mails = append(mails, m.Rule+" "+m.User)
	}
	for _, l := range p.Told.LockedOut {
		locked = append(locked, fmt.Sprintf("%s %v x%d mailed %v until %s", l.Reason, l.Users, l.Count, l.Mailed, l.Last.Format("15:04")))
	}
	for _, u := range p.Told.Untold {
		untold = append(untold, fmt.Sprint(u.Rule, "/", u.Reason, " ", u.State, " ", u.Count))
	}
	for _, test := range []struct {
		why       string
		got, want []string
	}{
		{"mails are in the order of sending", mails, []string{"locked-out alice", "login bob", "locked-out alice", "credential-refused root"}},
		{"who is locked out stands there once, the latest first, mailed or not", locked, []string{
			"silent [alice] x6 mailed true until 12:30", "policy-everywhere [carol] x2 mailed false until 12:09", "refused [root] x2 mailed true until 12:02"}},
		{"what nobody is mailed is counted", untold, []string{
			"login/new-source reported 2", "locked-out/policy-everywhere reported 1", "locked-out/silent repeated 1"}},
	} {
		if !slices.Equal(test.got, test.want) {
			t.Errorf("%s:\n%s\nwant\n%s", test.why, strings.Join(test.got, "\n"), strings.Join(test.want, "\n"))
		}
	}
	if p.Told.BanMessages != 7 || p.Told.BanSources != 2 {
		t.Errorf("%+v", p.Told)
	}
}

// Of too many mails the gravest are kept, in the order of sending, and their texts.
func TestMailsAreBounded(t *testing.T) {
	var notices []notice.Notice
	for i := range maxMails + 50 {
		severity := attention.Medium
		if i%50 == 49 {
			severity = attention.High
		}
		notices = append(notices, notified("login", "new-key", fmt.Sprint("user", i), i, severity))
	}
	p := tell(notices, nil, Told{})
	high, texts := 0, 0
	for i, m := range p.Mails {
		if m.Severity == "high" {
			high++
			if m.Text == "" {
				t.Errorf("a grave mail has no text: %+v", m)
			}
		}
		if m.Text != "" {
			texts++
		}
		if i > 0 && m.Time.Before(p.Mails[i-1].Time) {
			t.Errorf("%v stands behind %v", m.Time, p.Mails[i-1].Time)
		}
	}
	if len(p.Mails) != maxMails || p.More["mails"] != 50 || high != len(notices)/50 || texts != maxMailTexts {
		t.Errorf("%d mails, %d left out, %d grave, %d texts", len(p.Mails), p.More["mails"], high, texts)
	}
}

// Each reason of the table has words for why.
func TestWhyOfEveryRule(t *testing.T) {
	for _, rule := range attention.Rules {
		for _, reason := range rule.Reasons {
			if whyOf(rule.Name, reason.Name) != reason.When || reason.When == "" {
				t.Errorf("%s/%s: %q", rule.Name, reason.Name, whyOf(rule.Name, reason.Name))
			}
		}
	}
	if why := whyOf("no", "rule"); why != "" {
		t.Errorf("no rule asks for %q", why)
	}
}

// Who has logged in since is not locked out.
func TestLoggedInAgain(t *testing.T) {
	for _, test := range []struct {
		why   string
		lines []string
		users []string
		want  string // when, "" for not yet
	}{
		{"not yet", []string{onHour(10, aliceOld)}, []string{"alice"}, ""},
		{"yes", []string{onHour(10, aliceOld), onHour(14, aliceOld)}, []string{"alice"}, "14:00"},
		{"on another host is none", []string{strings.Replace(onHour(14, aliceOld), "web-1", "web-2", 1)}, []string{"alice"}, ""},
		{"all of several users must", []string{onHour(14, aliceOld)}, []string{"alice", "bob"}, ""},
		{"the last of them", []string{onHour(14, aliceOld), onHour(15, bobOld)}, []string{"alice", "bob"}, "15:00"},
		{"what a stranger may have written tells nothing", []string{noon.Add(2*time.Hour).Format(time.RFC3339Nano) + " stderr F " + aliceOld}, []string{"alice"}, ""},
		{"nor does whoever guessed it", append(slices.Repeat([]string{onHour(13, guess)}, 9), onHour(14, strings.Replace(guess, "Failed", "Accepted", 1))), []string{"root"}, ""},
	} {
		p := gather(test.lines...).Page(false)
		got := ""
		if at := p.again(&Lockout{Users: test.users, Host: "web-1", Source: "192.0.2.7", Last: noon}); at != nil {
			got = at.Format("15:04")
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.why, got, test.want)
		}
	}
}

// The page says of who was locked out that he has logged in since, and the news too.
func TestAgainIsTold(t *testing.T) {
	p := gather(on(0, "web-1", aliceOld), on(500, "web-1", aliceOld)).Page(false)
	refused := notified("credential-refused", "refused", "alice", 1, attention.Medium) // on 20 Nov
	p.Tell([]notice.Notice{refused}, nil, Told{})
	if l := p.Told.LockedOut; len(l) != 1 || l[0].Again == nil || !l[0].Again.Equal(when(500)) {
		t.Fatalf("%+v, want alice in again", l)
	}
	if !slices.ContainsFunc(p.News.Items, func(n New) bool { return n.What == "lockout" && n.Change == changeStopped }) {
		t.Errorf("%s", itemTexts(p.News.Items))
	}
}

// onHour is a line of web-1 at an hour of noon's day.
func onHour(hour int, message string) string {
	return fmt.Sprintf("2026-11-20T%02d:00:00Z web-1 sshd[7]: %s", hour, message)
}

// An item says whether somebody is locked out still: where one cause of two is gone, he is.
func TestNewsOfLockouts(t *testing.T) {
	later := noon.Add(time.Hour)
	n := News{Since: noon}
	lockout := func(host string, again *time.Time) Lockout {
		return Lockout{Users: []string{"bob"}, Host: host, First: noon, Last: noon, Mailed: true, Again: again}
	}
	for _, test := range []struct {
		list []Lockout
		want string
	}{
		{[]Lockout{lockout("web-1", nil)}, changeNew},
		{[]Lockout{lockout("web-1", &later)}, changeStopped},
		{[]Lockout{lockout("web-1", &later), lockout("web-2", nil)}, changeNew},
		{[]Lockout{lockout("web-1", nil), lockout("web-2", &later)}, changeNew},
	} {
		if items := n.lockouts(test.list); len(items) != 1 || items[0].Change != test.want {
			t.Errorf("%+v: %+v, want %s", test.list, items, test.want)
		}
	}
}
