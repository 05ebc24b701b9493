package notice

import (
	"encoding/json"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"sshsieve/internal/attention"
)

func guess(source string, count int, host string) attention.Finding {
	return attention.Finding{Rule: "password-guessing", Reason: "source", Severity: attention.Ban, At: at, First: at.Add(-time.Minute),
		Count: count, Host: host, Source: netip.MustParseAddr(source), Detail: map[string]string{"names": "12"}, Quiet: at.Add(time.Hour)}
}

func TestBans(t *testing.T) {
	first, until := at.Add(-time.Minute), at.Add(time.Hour)
	endless := guess("192.0.2.7", 5, "web-1")
	endless.Quiet = time.Time{}
	site, four := guess("2001:db8:7::", 5, "web-1"), guess("192.0.2.7", 5, "web-1")
	site.Detail = map[string]string{"names": "12", "prefix": "48"}
	four.Detail = site.Detail
	for _, test := range []struct {
		why      string
		findings []attention.Finding
		want     []Ban
	}{
		{"an IPv4 source is one address", []attention.Finding{guess("192.0.2.7", 5, "web-1")},
			[]Ban{{netip.MustParseAddr("192.0.2.7"), 32, first, at, 5, 12, []string{"web-1"}, until}}},
		{"an IPv6 source is its /64", []attention.Finding{guess("2001:db8::1:2:3:4", 5, "web-1")},
			[]Ban{{netip.MustParseAddr("2001:db8::"), 64, first, at, 5, 12, []string{"web-1"}, until}}},
		{"many /64s of one site are its /48", []attention.Finding{site},
			[]Ban{{netip.MustParseAddr("2001:db8:7::"), 48, first, at, 5, 12, []string{"web-1"}, until}}},
		{"a /64 is another ban than the /48 that it begins", []attention.Finding{site, guess("2001:db8:7::", 7, "web-1")},
			[]Ban{{netip.MustParseAddr("2001:db8:7::"), 48, first, at, 5, 12, []string{"web-1"}, until},
				{netip.MustParseAddr("2001:db8:7::"), 64, first, at, 7, 12, []string{"web-1"}, until}}},
		{"IPv4 has no /48", []attention.Finding{four},
			[]Ban{{netip.MustParseAddr("192.0.2.7"), 32, first, at, 5, 12, []string{"web-1"}, until}}},
		{"one source on two hosts is one ban; names may be the same, so they are not added up",
			[]attention.Finding{guess("192.0.2.7", 5, "web-1"), guess("192.0.2.7", 7, "web-2")},
			[]Ban{{netip.MustParseAddr("192.0.2.7"), 32, first, at, 12, 12, []string{"web-1", "web-2"}, until}}},
		{"without a quiet period a ban lasts an hour", []attention.Finding{endless},
			[]Ban{{netip.MustParseAddr("192.0.2.7"), 32, first, at, 5, 12, []string{"web-1"}, until}}},
		{"nobody can be banned without an address", []attention.Finding{{Rule: "password-guessing", Severity: attention.Ban, At: at}}, nil},
	} {
		if got := Write(test.findings, About{}).Bans; !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\ngot  %v\nwant %v", test.why, got, test.want)
		}
	}
}

// TestOnlyToolingBans: what people are told is no reason to ban anybody.
func TestOnlyToolingBans(t *testing.T) {
	f := guess("192.0.2.7", 5, "web-1")
	f.Severity = attention.High
	if n := Write([]attention.Finding{f}, About{}); n.Bans != nil || n.Attributes()["verdict"] != "human" {
		t.Errorf("bans %v, attributes %v", n.Bans, n.Attributes())
	}
}

// TestJSON compares the documents with golden files: they are a contract.
func TestJSON(t *testing.T) {
	for _, name := range []string{"password-guessing-source", "locked-out-algorithm", "password-as-username"} {
		_, n := readSample(t, "testdata/mails/"+name+".json")
		got, err := json.MarshalIndent(n, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		compareGolden(t, "testdata/documents/"+name+".json", string(got)+"\n")
	}
}

func TestMessageHasAPartForPeopleAndOneForPrograms(t *testing.T) {
	n := Write([]attention.Finding{guess("192.0.2.7", 5, "web-1")}, About{})
	message, err := n.Message()
	if err != nil {
		t.Fatal(err)
	}
	var parts map[string]string
	if err := json.Unmarshal([]byte(message), &parts); err != nil {
		t.Fatal(err)
	}
	if parts["email"] != n.Text {
		t.Error("the mail is not the Text")
	}
	var doc struct {
		Schema  int
		Verdict string
		Bans    []Ban
	}
	if err := json.Unmarshal([]byte(parts["default"]), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != Schema || doc.Verdict != "tooling" || !reflect.DeepEqual(doc.Bans, n.Bans) {
		t.Errorf("document %+v", doc)
	}
}

// TestAttributes: filter policies match these words.
func TestAttributes(t *testing.T) {
	f := guess("192.0.2.7", 5, "")
	got := Write([]attention.Finding{f}, About{}).Attributes()
	want := map[string]string{"verdict": "tooling", "severity": "tooling", "rule": "password-guessing", "reason": "source"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Attributes = %v, want %v: without a host, since SNS takes no empty value", got, want)
	}
}
