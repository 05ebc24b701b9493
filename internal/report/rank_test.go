package report

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"sshsieve/internal/sshd"
)

// rankings are all of a page.
func rankings(p *Page) map[string]Ranking {
	return map[string]Ranking{
		"attempts_by_name": p.Attempts, "negotiation": p.Negotiation, "clients": p.Clients, "reasons": p.Reasons,
		"banners": p.Banners, "protocol": p.Protocol, "disconnect": p.Disconnect, "throttle": p.Throttle, "denied": p.Denied,
	}
}

// Whatever was seen: a Ranking is bounded, its items are in order, and with the
// rest they are the total.
func TestRankingsAddUp(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 0))
		var counts []Count
		total := random.IntN(100) // forgotten
		for i := range random.IntN(60) {
			counts = append(counts, Count{fmt.Sprint("n", i), 1 + random.IntN(9)})
			total += counts[i].Count
		}
		checkRanking(t, fmt.Sprint("seed ", seed), ranked(counts, total, len(counts)))
	}
	page := gather(samples...).Page(false)
	for name, r := range rankings(page) {
		checkRanking(t, name, r)
		if r.Total == 0 {
			t.Errorf("%s is empty: the samples have none", name)
		}
	}
}

func checkRanking(t *testing.T, name string, r Ranking) {
	t.Helper()
	left := r.Total
	for i, item := range r.Items {
		left -= item.Count
		if i > 0 && item.Count > r.Items[i-1].Count {
			t.Errorf("%s: %v stands behind %v", name, item, r.Items[i-1])
		}
	}
	if r.Rest != left || r.Rest < 0 || len(r.Items) > rankShown || r.Of < len(r.Items) {
		t.Errorf("%s: rest %d, want %d; %d items of %d", name, r.Rest, left, len(r.Items), r.Of)
	}
}

// The totals of what is told in several ways agree.
func TestGraphsAgree(t *testing.T) {
	p := gather(samples...).Page(false)
	of := map[string]int{}
	timed := 0
	for _, c := range p.Categories {
		of[c.Category] = c.Count
		timed += sum(c.Timeline)
		if len(c.Timeline) != p.Timeline.Steps || c.Colour == "" || c.Means == "" {
			t.Errorf("%s: %d of %d steps, colour %q, means %q", c.Category, len(c.Timeline), p.Timeline.Steps, c.Colour, c.Means)
		}
	}
	byVerdict, byHour, failed, accepted := 0, 0, 0, 0
	for _, line := range p.VerdictsOverTime {
		byVerdict += sum(line)
	}
	for day := range p.Heat.Events {
		byHour += sum(p.Heat.Events[day][:])
		failed += sum(p.Heat.Failed[day][:])
		accepted += sum(p.Heat.Accepted[day][:])
	}
	for _, test := range []struct {
		what      string
		got, want int
	}{
		{"events by verdict over time", byVerdict, timed},
		{"events by hour", byHour, timed},
		{"failed attempts by hour", failed, p.Failed},
		{"logins by hour", accepted, p.Accepted},
		{"negotiation by class", p.Negotiation.Total, of[sshd.Negotiation.String()]},
		{"protocol by kind", p.Protocol.Total, of[sshd.Protocol.String()]},
		{"throttling by kind", p.Throttle.Total, of[sshd.Throttle.String()]},
		{"disconnects by kind", p.Disconnect.Total, of[sshd.Disconnect.String()]},
		{"attempts by name", p.Attempts.Total, p.Failed},
	} {
		if test.got != test.want || test.got == 0 {
			t.Errorf("%s: %d, want %d", test.what, test.got, test.want)
		}
	}
}

// What the Log forgets is in the rest, and in no item.
func TestRankingsTellWhatWasForgotten(t *testing.T) {
	log := NewLog()
	log.reasons.limit = 8
	for i := range 100 {
		log.reasons.count(fmt.Sprint("reason ", i), 1, 0)
		log.reasons.count("Bye Bye", 10, 0)
	}
	r := log.Page(false).Reasons
	checkRanking(t, "reasons", r)
	if r.Total != 1100 || r.Items[0] != (Count{"Bye Bye", 1000}) || r.Of < 101 {
		t.Errorf("%+v", r)
	}
}

func TestOffersAndRefusedAlgorithms(t *testing.T) {
	p := gather(
		at(1, "Unable to negotiate with 203.0.113.9 port 99: no matching cipher found. Their offer: aes128-cbc,3des-cbc,aes128-cbc [preauth]"),
		at(2, "Unable to negotiate with 203.0.113.9 port 99: no matching cipher found. Their offer: aes128-cbc [preauth]"),
		at(3, "userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms [preauth]"),
		at(4, "no matching cipher found: client 3des-cbc server aes128-ctr"),
		at(5, "no hostkey alg"),
	).Page(false)
	// What tells of extensions is no algorithm.
	kex := gather(at(1, "Unable to negotiate with 203.0.113.9 port 99: no matching key exchange method found. Their offer: diffie-hellman-group1-sha1,ext-info-c,kex-strict-c-v00@openssh.com [preauth]")).Page(false)
	if len(kex.Algorithms) != 1 || kex.Algorithms[0].Name != "diffie-hellman-group1-sha1" {
		t.Errorf("algorithms %v", kex.Algorithms)
	}
	want := []Algorithm{{"cipher", "3des-cbc", 2}, {"cipher", "aes128-cbc", 2}, {signatureAlgorithm, "ssh-rsa", 1}}
	if fmt.Sprint(p.Algorithms) != fmt.Sprint(want) {
		t.Errorf("algorithms %v, want %v", p.Algorithms, want)
	}
	classes := []Count{{"cipher", 3}, {"no-hostkey-old", 1}, {signatureAlgorithm, 1}}
	if fmt.Sprint(p.Negotiation.Items) != fmt.Sprint(classes) {
		t.Errorf("classes %v, want %v", p.Negotiation.Items, classes)
	}
	if len(p.Offers) != 3 || p.Clients.Total != 3 {
		t.Errorf("offers %v, clients %v", p.Offers, p.Clients)
	}
}

// Hidden names are one item, and as many as they are.
func TestHiddenNamesAreCounted(t *testing.T) {
	p := gather(
		at(1, "Failed password for invalid user hunter2-secret from 203.0.113.9 port 1 ssh2"),
		at(2, "Failed password for invalid user correct-horse9 from 203.0.113.9 port 1 ssh2"),
		at(3, "Failed password for invalid user correct-horse9 from 203.0.113.9 port 2 ssh2"),
		at(4, "Failed password for root from 203.0.113.9 port 1 ssh2"),
	).Page(false)
	if r := p.Attempts; r.Hidden != 2 || r.Items[0] != (Count{HiddenNames, 3}) {
		t.Errorf("%+v", r)
	}
}
