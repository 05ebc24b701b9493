package main_test

// This file holds what is told against the truth: a real sshd is treated in ways
// that deserve somebody, or nobody, and `preview` says which mails that makes.
// live_test.go has the clients and the deeds.

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sshsieve/internal/sshdtest"
)

// A mailCase is a story of one client and what is told of it. Its rounds are
// played as if each came 11 minutes after the one before: a rule that asks for
// two in a quarter of an hour, or three over more than ten minutes, gets them by
// repetition, and no threshold is lowered.
type mailCase struct {
	name   string
	user   string
	rounds []func(*client)
	want   []string // RULE/REASON SEVERITY, each once; low is in the quiet report only
	why    string
}

const betweenRounds = 11 * time.Minute

// A setting is one sshd and what happens to it.
type setting struct {
	name   string
	config sshdtest.Config
	cases  []mailCase
}

func TestLiveMails(t *testing.T) {
	command := build(t)
	for n, st := range settings() {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			s := sshdtest.Start(t, st.config)
			for i, c := range st.cases {
				from := fmt.Sprintf("127.0.%d.%d", 150+n, 100+i)
				log := enact(&client{TB: t, server: s, from: from, user: c.user}, c.rounds)
				if got := mailsOf(t, command, log); !slices.Equal(got, c.want) {
					t.Errorf("%s (%s):\n\ttold %q\n\twant %q\n%s", c.name, c.why, got, c.want, log)
				}
			}
		})
	}
}

// TestLiveReload: in the log a dead sshd is silence.
func TestLiveReload(t *testing.T) {
	command := build(t)
	s := sshdtest.Start(t, sshdtest.Config{})
	c := &client{TB: t, server: s, from: "127.0.0.1"}
	later := "2026-11-20T09:00:00+00:00 web-1 CRON[7]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n"
	log := enact(c, []func(*client){func(*client) { s.Reload(t) }}) + later
	if got := mailsOf(t, command, log); len(got) > 0 {
		t.Errorf("a reload: told %q, want nothing\n%s", got, log)
	}
	log = enact(c, []func(*client){func(*client) { s.ReloadBroken(t) }}) + later
	if got, want := mailsOf(t, command, log), []string{"sshd-broken/restart high"}; !slices.Equal(got, want) {
		t.Errorf("a reload that kills sshd: told %q, want %q\n%s", got, want, log)
	}
}

// enact does the rounds one after another, and returns what sshd logged, with
// the times of a day on which the rounds lay further apart.
func enact(c *client, rounds []func(*client)) string {
	c.Helper()
	var log strings.Builder
	for i, do := range rounds {
		begin, began := len(c.server.Lines()), time.Now()
		c.ports = nil
		do(c)
		for _, port := range c.ports {
			c.server.Wait(c, fmt.Sprintf("%s port %d", c.from, port))
		}
		if len(c.ports) > 0 {
			c.server.Idle(c)
		}
		start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * betweenRounds)
		for _, l := range c.server.Lines()[begin:] {
			l.Time = start.Add(l.Time.Sub(began))
			fmt.Fprintln(&log, l.ISO8601("web-1"))
		}
	}
	return log.String()
}

// mailsOf runs the command over a log, and returns what is told: in mails, to
// ban tools, or in the quiet report.
func mailsOf(t *testing.T, command, log string) []string {
	t.Helper()
	cmd := exec.Command(command, "preview", "--json", "--latest", "2026-11-20", "-")
	cmd.Stdin = strings.NewReader(log)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("preview --json: %v\n%s", err, &stderr)
	}
	type told struct {
		Severity string
		Rules    []struct{ Rule, Reason string }
	}
	var page struct{ Notices, Digest []told }
	check(t, json.Unmarshal(out, &page))
	list := []string{}
	for _, n := range slices.Concat(page.Notices, page.Digest) {
		for _, r := range n.Rules {
			list = append(list, r.Rule+"/"+r.Reason+" "+n.Severity)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// rounds are a first one, and n times another.
func rounds(first func(*client), n int, then func(*client)) []func(*client) {
	return append([]func(*client){first}, slices.Repeat([]func(*client){then}, n)...)
}

// times does something n times within a round.
func times(n int, do func(*client)) func(*client) {
	return func(c *client) {
		for range n {
			do(c)
		}
	}
}

func settings() []setting {
	return []setting{
		{"plain", sshdtest.Config{}, slices.Concat(intruders(), lockedOut(), strangersCases())},
		{"policy", sshdtest.Config{
			Options: []string{"AllowUsers alice bob root", "PermitRootLogin no"},
			Prepare: spoilHomes,
		}, policyCases()},
		{"revoked", sshdtest.Config{Prepare: revokeStranger}, []mailCase{
			{"a revoked key", "alice", rounds(in(userKey), 1, in(stranger)), []string{"credential-refused/refused medium"},
				"alice's old key: she has it still, or somebody else does"},
			{"a revoked key, nobody known", "bob", rounds(in(stranger), 1, in(stranger)), nil,
				"bob never logged in: anybody can offer a public key for him"},
		}},
		{"no list of revoked keys", sshdtest.Config{Options: []string{"RevokedKeys /nonexistent/revoked_keys"}}, []mailCase{
			{"a right key", "alice", rounds(in(userKey), 0, nil), []string{"sshd-broken/fault high"}, "nobody gets in by key, whoever came"},
		}},
		{"key helper", sshdtest.Config{Options: []string{"AuthorizedKeysCommand /bin/false %u", "AuthorizedKeysCommandUser root"}}, []mailCase{
			{"her file lets her in", "alice", rounds(in(userKey), 3, in(userKey)), nil, "the helper fails for every login, and locks nobody out"},
			{"a wrong key where she comes from", "alice", rounds(in(userKey), 2, in(stranger)), []string{"locked-out/policy medium"},
				"the helper does not answer for a user who used to come from there"},
			{"a wrong key from elsewhere", "root", rounds(in(stranger), 3, in(stranger)), nil, "bots name root, and helpers know no root"},
		}},
	}
}

// revokeStranger puts a key on the list of revoked ones.
func revokeStranger(dir string) {
	file := filepath.Join(dir, "sshd_config")
	config, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, append([]byte("RevokedKeys "+filepath.Join(dir, "keys/stranger.pub")+"\n"), config...), 0o600)
	}
	if err != nil {
		panic(err)
	}
}

var rightPassword = in(password(sshdtest.Password))

func intruders() []mailCase {
	wrong := in(password("wrong"))
	return []mailCase{
		{"a guessed password", "bob", []func(*client){func(c *client) { times(6, wrong)(c); rightPassword(c) }},
			[]string{"login/after-failures high", "password-guessing/begins high", "password-guessing/source tooling"}, "the break-in, and what it is part of, in one mail"},
		{"root's password", "root", []func(*client){rightPassword}, []string{"login/root-password high"}, "without any failure before it"},
		{"a password mistyped twice", "bob", []func(*client){mistype}, nil, "people do"},
		{"passwords guessed in vain", "root", []func(*client){times(6, wrong)},
			[]string{"password-guessing/begins medium", "password-guessing/source tooling"}, "for ban tools, and one mail in 30 days"},
		{"unknown users guessed", "ghost", []func(*client){times(4, wrong)}, nil, "four are not five"},
	}
}

func lockedOut() []mailCase {
	oldKex := propose(sshdtest.Offer{Kex: "diffie-hellman-group1-sha1"})
	return []mailCase{
		{"an old signature", "alice", rounds(in(userKey), 2, in(sha1Key)), []string{"locked-out/algorithm medium"}, "her key works, her program is too old"},
		{"an old signature from elsewhere", "alice", rounds(in(sha1Key), 2, in(sha1Key)), nil, "nobody is known by that name yet"},
		{"an old key exchange", "alice", rounds(in(userKey), 1, times(2, oldKex)), []string{"locked-out/negotiation medium"}, "users come from there"},
		{"an old key exchange from elsewhere", "", rounds(oldKex, 3, oldKex), nil, "scanners have ancient libraries"},
		{"an unknown key", "bob", rounds(in(userKey), 3, in(stranger)), []string{"locked-out/silent medium"}, "three endings over ten minutes, and no login"},
		{"an unknown key, then the right one", "bob", append(rounds(in(userKey), 3, in(stranger)), in(userKey)), []string{"locked-out/silent medium"},
			"it was told at the third, before she got in"},
		{"an unknown key with the right one behind it", "bob", rounds(in(userKey), 4, in(bothKeys)), nil, "an agent offers all of its keys"},
		{"an unknown key from elsewhere", "bob", rounds(in(stranger), 4, in(stranger)), nil, "whoever knows the name can do that"},
	}
}

// strangersCases are all that live_test.go's strangers do, each thrice.
func strangersCases() []mailCase {
	cases := []mailCase{}
	for _, d := range slices.Concat(offers(), banners(), packets(), endings(), reasons()) {
		cases = append(cases, mailCase{d.name, d.user, rounds(d.do, 2, d.do), nil, "preauth noise alone never notifies"})
	}
	for _, d := range oddNames() {
		cases = append(cases, mailCase{d.name, d.user, rounds(d.do, 1, d.do), nil, "two guesses, whatever the name imitates"})
	}
	return cases
}

func policyCases() []mailCase {
	return []mailCase{
		{"home writable for all", "alice", rounds(in(userKey), 0, nil), []string{"locked-out/key-file medium"},
			"the host's own fault: nobody need be known"},
		{"home writable for all, password behind it", "alice", rounds(in(userKey, password(sshdtest.Password)), 0, nil), nil, "she got in"},
		{"key from another address", "bob", rounds(rightPassword, 1, in(userKey)), []string{"credential-refused/refused medium"},
			"the right key: its owner is elsewhere, or somebody has it"},
		{"root's right key", "root", rounds(in(userKey), 0, nil), []string{"credential-refused/refused medium"}, "sshd says this of a key that root lists"},
		{"not in AllowUsers", "nologin", rounds(in(userKey), 3, in(userKey)), nil, "never logged in from there"},
		{"a key that is nobody's", "root", rounds(in(stranger), 2, in(stranger)), nil, "a wrong key of root"},
	}
}
