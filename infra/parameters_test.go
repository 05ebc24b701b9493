package infra

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func parameters(t *testing.T) map[string]document {
	t.Helper()
	found := map[string]document{}
	for name, p := range source(t)["Parameters"].(document) {
		found[name] = p.(document)
	}
	return found
}

// TestParametersAreExplained: each has a description, a bound, and a place on the
// console's page; only two have no default.
func TestParametersAreExplained(t *testing.T) {
	groups := texts(at(source(t), "Metadata", "AWS::CloudFormation::Interface", "ParameterGroups"))
	all := parameters(t)
	for name, p := range all {
		if _, ok := p["Default"]; ok == (needed[name] != "") {
			t.Errorf("%s: has a default: %v", name, ok)
		}
		if d, _ := p["Description"].(string); len(d) < 20 || len(d) > 4000 {
			t.Errorf("%s is not explained: %q", name, d)
		}
		if p["AllowedPattern"] == nil && p["AllowedValues"] == nil && (p["MinValue"] == nil || p["MaxValue"] == nil) {
			t.Errorf("%s takes anything", name)
		}
		if n := len(slices.DeleteFunc(slices.Clone(groups), func(g string) bool { return g != name })); n != 1 {
			t.Errorf("%s stands in %d groups", name, n)
		}
	}
	for _, name := range groups {
		if !strings.Contains(name, " ") && all[name] == nil {
			t.Errorf("the group's %s is no parameter", name)
		}
	}
}

// TestParametersTakeWhatIsRight: and refuse what would fail much later, or not at
// all.
func TestParametersTakeWhatIsRight(t *testing.T) {
	tests := []struct {
		parameter, value string
		want             bool
		why              string
	}{
		{"Email", "ops@example.com", true, "the plain case"},
		{"Email", "o'hara+ssh@mail.example.co", true, "odd, but an address"},
		{"Email", "", false, "nobody would be told"},
		{"Email", "ops@localhost", false, "SNS cannot deliver there"},
		{"Email", "a@example.com,b@example.com", false, "SNS takes one address a subscription"},
		{"Email", "Ops <ops@example.com>", false, "SNS takes no names"},
		{"AlarmEmail", "", true, "means: the other address"},
		{"AlarmEmail", "ops", false, "a typing error"},
		{"LogGroup", "/var/log/secure", true, "the plain case"},
		{"LogGroup", "/aws/ec2/web-1.auth_log#2", true, "all that CreateLogGroup takes"},
		{"LogGroup", "", false, "nothing would be read"},
		{"LogGroup", "arn:aws:logs:eu-central-1:123456789012:log-group:x", false, "the name is wanted"},
		{"LogGroup", "/var/log/*", false, "a filter is for one log group"},
		{"LogGroup2", "", true, "there is none"},
		{"Fleet", "production web", true, "a name"},
		{"Fleet", "a|b", false, "a bar ends a scope in keys"},
		{"Phrase", "blue heron", true, "words"},
		{"Phrase", "blue\nheron", false, "it stands in one line of a mail"},
		{"KnownSources", "198.51.100.0/24, 2001:db8::/48,192.0.2.7", true, "a list"},
		{"KnownSources", "office", false, "names are not resolved"},
		{"AutomationSources", "ec2-instance-connect", false, "its ranges change: configuration refuses the word"},
		{"KeysOnly", "*", true, "all hosts"},
		{"KeysOnly", "web-1, db-1.example.com", true, "a list"},
		{"ReservedConcurrency", "", true, "no limit"},
		{"ReservedConcurrency", "0", false, "the function would never run"},
		{"OwnKmsKey", "arn:aws-cn:kms:cn-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", true, "another partition"},
		{"OwnKmsKey", "alias/aws/sns", false, "an alias works nowhere in a policy"},
		{"FilterPattern", "", true, "every line"},
		{"FilterPattern", "%sshd%", true, "a regular expression"},
		{"SenderAccounts", "123456789012", true, "each value of the list is matched"},
		{"SenderAccounts", "1234-5678-9012", false, "as the console shows it"},
	}
	all := parameters(t)
	for _, tt := range tests {
		pattern := all[tt.parameter]["AllowedPattern"].(string)
		// CloudFormation matches the whole value (Java's matches).
		if got := regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString(tt.value); got != tt.want {
			t.Errorf("%s takes %q: %v, but: %s", tt.parameter, tt.value, got, tt.why)
		}
	}
}

// TestDefaultsAreAllowed: CloudFormation checks defaults, too.
func TestDefaultsAreAllowed(t *testing.T) {
	for name, p := range parameters(t) {
		value, ok := p["Default"].(string)
		if pattern, has := p["AllowedPattern"].(string); ok && has && !regexp.MustCompile(`^(?:`+pattern+`)$`).MatchString(value) {
			t.Errorf("%s: the default %q does not match", name, value)
		}
		if values, has := p["AllowedValues"].([]any); has && !slices.Contains(values, p["Default"]) {
			t.Errorf("%s: the default %v is not allowed", name, p["Default"])
		}
	}
}

// TestSendersNeedStream: what the template's Rules say.
func TestSendersNeedStream(t *testing.T) {
	rules := source(t)["Rules"].(document)
	if names := slices.Collect(maps.Keys(rules)); len(names) != 1 {
		t.Fatalf("rules %v", names)
	}
	rule := rules["SendersNeedStream"].(document)
	for _, tt := range []struct {
		parameters map[string]string
		refused    bool
		why        string
	}{
		{nil, false, "neither is wanted"},
		{map[string]string{"KinesisShards": "1"}, false, "for this account alone"},
		{map[string]string{"SenderAccounts": account}, true, "they could send nowhere"},
		{map[string]string{"SenderAccounts": account, "KinesisShards": "1"}, false, "both"},
	} {
		s := stackOf(t, "one", toggle{parameters: tt.parameters})
		refused := s.truth(rule["RuleCondition"]) && !s.truth(at(rule, "Assertions", 0, "Assert"))
		if refused != tt.refused {
			t.Errorf("%v: refused %v, but: %s", tt.parameters, refused, tt.why)
		}
	}
}
