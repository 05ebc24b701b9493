package infra

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// created is what testdata/create.py found in moto.
type created struct {
	Stacks []struct{ StackStatus string }
	// Functions are their environments, by name.
	Functions   map[string]map[string]any
	Permissions []struct {
		Statement []struct {
			Condition map[string]map[string]string
		}
	}
	Tables     []document
	Topics     []string
	Queues     []string
	Buckets    []string
	Roles      []string
	Groups     map[string]int
	Dashboards []string
	Streams    []string
}

// createInMoto creates stacks of these names, with all that is optional but what
// moto cannot make: a destination for other accounts, whose output fails there.
func createInMoto(t *testing.T, names ...string) created {
	t.Helper()
	parameters := combination(slices.DeleteFunc(slices.Clone(toggles), func(t toggle) bool { return t.condition == "HasSenders" })...)
	parameters["CreateLogGroup"] = "false" // by name, so only one stack can
	given, err := json.Marshal(document{"template": expanded(t), "parameters": parameters, "names": names})
	if err != nil {
		t.Fatal(err)
	}
	out, err := run("", "testdata/create.py", given)
	if err != nil {
		t.Fatal(err)
	}
	var c created
	if err := json.Unmarshal(out, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTwoStacksAreCreated: as far as moto makes their resources. It says
// CREATE_COMPLETE of those it skips, too, so these are counted by its services'
// own answers. It skips filters, alarms, subscriptions, the schedule and the
// configuration of asynchronous calls, on which the other tests look.
func TestTwoStacksAreCreated(t *testing.T) {
	t.Parallel()
	c := createInMoto(t, "one", "two")
	for _, s := range c.Stacks {
		if s.StackStatus != "CREATE_COMPLETE" {
			t.Errorf("%v", s)
		}
	}
	for what, got := range map[string]struct{ n, want int }{
		"functions": {len(c.Functions), 4}, "tables": {len(c.Tables), 2}, "topics": {len(c.Topics), 4},
		"queues": {len(c.Queues), 2}, "buckets": {len(c.Buckets), 2 + 1}, // one holds the code
		"roles": {len(c.Roles), 6}, "log groups": {len(c.Groups), 4}, "dashboards": {len(c.Dashboards), 2}, "streams": {len(c.Streams), 2},
	} {
		if got.n != got.want {
			t.Errorf("%d %s, want %d", got.n, what, got.want)
		}
	}
	c.checkEnvironments(t)
	c.checkPermissions(t)
}

// checkEnvironments: each stack's functions have its own table and topic.
func (c *created) checkEnvironments(t *testing.T) {
	t.Helper()
	for name, env := range c.Functions {
		stack, _, _ := strings.Cut(name, "-")
		table, _ := env["SSHSIEVE_TABLE"].(string)
		topic, _ := env["SSHSIEVE_NOTICES_TOPIC"].(string)
		if !strings.HasPrefix(table, stack+"-Table-") || !slices.Contains(c.Topics, topic) || !strings.Contains(topic, ":"+stack+"-NoticesTopic-") {
			t.Errorf("%s has %s and %s", name, table, topic)
		}
		if env["SSHSIEVE_LOG_GROUPS"] != "/var/log/secure,/two,/three,/four,/five" {
			t.Errorf("%s reads %v", name, env["SSHSIEVE_LOG_GROUPS"])
		}
	}
	for group, days := range c.Groups {
		if days != 30 {
			t.Errorf("%s is kept for %d days", group, days)
		}
	}
}

func (c *created) checkPermissions(t *testing.T) {
	t.Helper()
	groups := map[string]int{}
	for _, p := range c.Permissions {
		for _, s := range p.Statement {
			groups[s.Condition["ArnLike"]["AWS:SourceArn"]]++
			if s.Condition["StringEquals"]["AWS:SourceAccount"] != account {
				t.Errorf("others may invoke: %v", s.Condition)
			}
		}
	}
	for _, name := range []string{"/var/log/secure", "/two", "/three", "/four", "/five"} {
		arn := "arn:aws:logs:" + region + ":" + account + ":log-group:" + name + ":*"
		if groups[arn] != 2 {
			t.Errorf("%d functions may be invoked by %s, want 2", groups[arn], arn)
		}
		delete(groups, arn)
	}
	if len(groups) > 0 {
		t.Errorf("invoked by others: %v", slices.Collect(maps.Keys(groups)))
	}
}
