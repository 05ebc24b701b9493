package attention

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"
)

// rotation plays n users with new keys, a minute apart, and returns what is
// found and what the Fleet knows then.
func rotation(n int) (found []Finding, fleet History) {
	p := newPlayer(learned())
	var before, after []string
	for i := range n {
		const line = "%s web-1 sshd[%d]: Accepted publickey for user%d from 192.0.2.%d port 4001 ssh2: ED25519 SHA256:%s%d"
		before = append(before, fmt.Sprintf(line, began.Add(-5*day).Format(time.RFC3339), 100+i, i, i, "old", i))
		after = append(after, fmt.Sprintf(line, began.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), 500+i, i, i, "new", i))
	}
	p.playAll([][]string{before})
	for _, line := range after {
		found = append(found, p.playAll([][]string{{line}})...)
	}
	return found, p.histories[Key{Kind: Fleet}]
}

func TestRipen(t *testing.T) {
	four, fleet := rotation(rotatedMany - 1)
	for _, f := range four {
		if ripe, ok := Ripen(f, fleet); !ok || ripe.User != f.User || f.Wait != waitForOthers {
			t.Errorf("of four, %s is to be told: %+v, %t", f.User, ripe, ok)
		}
	}
	if len(four) != rotatedMany-1 {
		t.Fatalf("%d users with new keys: found %d", rotatedMany-1, len(four))
	}

	many, fleet := rotation(12)
	for _, f := range many {
		ripe, ok := Ripen(f, fleet)
		if ok != (f.Reason == "new-keys") {
			t.Errorf("of twelve, %s of %q is told: %t", f.Reason, f.User, ok)
		}
		if ok && (len(ripe.Users) != 12 || len(ripe.Credentials) != 12 || ripe.Count != 12 || ripe.ID() != f.ID()) {
			t.Errorf("the one of all: %+v", ripe)
		}
		if ok && ripe.Credentials[7] != "ED25519 SHA256:new"+ripe.Users[7][len("user"):] {
			t.Errorf("%s has %s", ripe.Users[7], ripe.Credentials[7])
		}
	}
	if i := slices.IndexFunc(many, func(f Finding) bool { return f.Reason == "new-keys" }); i < 0 || len(many[i].Users) != rotatedMany {
		t.Errorf("found at the fifth user, with five: %+v", many)
	}
}

// What does not wait stays as it is, whatever the Fleet knows.
func TestRipenLeavesOthersAlone(t *testing.T) {
	_, fleet := rotation(12)
	f := Finding{Rule: "login", Reason: "after-failures", User: "user3", At: began, Users: []string{"x"}}
	if ripe, ok := Ripen(f, fleet); !ok || fmt.Sprint(ripe) != fmt.Sprint(f) {
		t.Errorf("%+v, %t", ripe, ok)
	}
}

// What the Fleet is told of a Finding is the same when a store has kept it:
// whoever takes it over from a dead worker tells the Fleet again.
func TestFollowupsOfAKeptFinding(t *testing.T) {
	told := 0
	eachLog(t, 3, func(t *testing.T, config Config, batches [][]string) {
		for _, f := range newPlayer(config).playAll(batches) {
			var kept Finding
			if err := json.Unmarshal(must(json.Marshal(f)), &kept); err != nil {
				t.Fatal(err)
			}
			want := Followups([]Finding{f})
			told += len(want)
			if got := Followups([]Finding{kept}); !slices.Equal(got, want) {
				t.Errorf("%s/%s: %+v, want %+v", f.Rule, f.Reason, got, want)
			}
		}
	})
	if told == 0 {
		t.Error("no Finding has any")
	}
}
