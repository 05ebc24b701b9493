package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"sshsieve/internal/attention"
	"sshsieve/internal/notice"
	"sshsieve/internal/sshd"
	"sshsieve/internal/watch"
	"sshsieve/internal/watchtest"
)

const arn = "arn:aws:sns:eu-central-1:123456789012:notices"

// A fake is a Client that answers with an error, or takes what is published.
type fake struct {
	answer error
	inputs []*sns.PublishInput
}

func (f *fake) Publish(ctx context.Context, in *sns.PublishInput, _ ...func(*sns.Options)) (*sns.PublishOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f.inputs = append(f.inputs, in)
	return &sns.PublishOutput{}, f.answer
}

func coded(code string) error {
	return fmt.Errorf("operation error SNS: Publish, %w", &smithy.GenericAPIError{Code: code, Message: "no"})
}

func TestNotifierContract(t *testing.T) {
	answers := map[watchtest.Answer]error{watchtest.Refuses: coded("InvalidParameter"), watchtest.Fails: coded("Throttling")}
	watchtest.TestNotifier(t, func(_ *testing.T, a watchtest.Answer) watch.Notifier {
		return New(&fake{answer: answers[a]}, arn)
	})
}

// TestAnswers: every answer of the table, and what has no code.
func TestAnswers(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range answers {
		if a.why == "" || seen[a.code] {
			t.Errorf("%s: twice, or no reason", a.code)
		}
		seen[a.code] = true
		if got := forEver(coded(a.code)); got != a.forEver {
			t.Errorf("%s: for ever %v, want %v: %s", a.code, got, a.forEver, a.why)
		}
	}
	for why, err := range map[string]error{
		"a new code loses nothing":    coded("SomethingNew"),
		"no connection":               &net.OpError{Op: "dial", Err: errors.New("refused")},
		"the deadline":                context.DeadlineExceeded,
		"an answer that is not XML":   &smithy.DeserializationError{Err: errors.New("EOF")},
		"the SDK gave up a retry":     fmt.Errorf("exceeded maximum number of attempts, 3, %w", context.Canceled),
		"the fault is in our own way": errors.New("resolve endpoint"),
	} {
		if forEver(err) {
			t.Errorf("%s: %v is taken as for ever", why, err)
		}
	}
}

// TestAnswersOfTheSDK: the SDK's own error types carry the codes of the table.
// All that Publish can return are here.
func TestAnswersOfTheSDK(t *testing.T) {
	for _, err := range []smithy.APIError{
		&types.AuthorizationErrorException{}, &types.EndpointDisabledException{}, &types.InternalErrorException{},
		&types.InvalidParameterException{}, &types.InvalidParameterValueException{}, &types.InvalidSecurityException{},
		&types.KMSAccessDeniedException{}, &types.KMSDisabledException{}, &types.KMSInvalidStateException{},
		&types.KMSNotFoundException{}, &types.KMSOptInRequired{}, &types.KMSThrottlingException{},
		&types.NotFoundException{}, &types.PlatformApplicationDisabledException{}, &types.ValidationException{},
	} {
		if !slices.ContainsFunc(answers, func(a answer) bool { return a.code == err.ErrorCode() }) {
			t.Errorf("%T says %q, which the table has not", err, err.ErrorCode())
		}
	}
}

func TestErrorNamesWhatAndWhere(t *testing.T) {
	cause := coded("InvalidParameter")
	err := New(&fake{answer: cause}, arn).Notify(t.Context(), sample())
	if !errors.Is(err, cause) || !errors.Is(err, watch.ErrRefused) || strings.Contains(err.Error(), "bob") {
		t.Errorf("got %v", err)
	}
	for _, part := range []string{"login/after-failures", arn, "InvalidParameter", watch.ErrRefused.Error()} {
		if strings.Count(err.Error(), part) != 1 {
			t.Errorf("%q is not once in %v", part, err)
		}
	}
}

// sample is a Notice for people.
func sample() notice.Notice { return notice.Write([]attention.Finding{finding()}, notice.About{}) }

func finding() attention.Finding {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return attention.Finding{
		Rule: "login", Reason: "after-failures", Severity: attention.High, At: at, First: at.Add(-time.Hour), Count: 7,
		Host: "web-1", User: "bob", Source: netip.MustParseAddr("192.0.2.7"), Quiet: at.Add(6 * time.Hour),
		Lines: []attention.Line{{At: at, Host: "web-1", Program: "sshd", PID: 47, Text: "Accepted password for bob from 192.0.2.7 port 4242 ssh2"}},
	}
}

// tooling is a Notice for ban tools.
func tooling() notice.Notice {
	f := finding()
	f.Rule, f.Reason, f.Severity, f.User, f.Lines = "password-guessing", "source", attention.Ban, "", nil
	return notice.Write([]attention.Finding{f}, notice.About{})
}

// published is what one Notice becomes.
func published(t testing.TB, n notice.Notice) *sns.PublishInput {
	t.Helper()
	var f fake
	if err := New(&f, arn).Notify(t.Context(), n); err != nil || len(f.inputs) != 1 {
		t.Fatalf("%d published, %v", len(f.inputs), err)
	}
	if err := check(f.inputs[0]); err != nil {
		t.Fatal(err)
	}
	return f.inputs[0]
}

// check says what SNS would refuse (SNS API Reference, Publish).
func check(in *sns.PublishInput) error {
	size := len(*in.Message) + len(*in.Subject)
	for name, value := range in.MessageAttributes {
		if *value.DataType != "String" || *value.StringValue == "" || !printable(*value.StringValue) {
			return fmt.Errorf("attribute %s is %s %q", name, *value.DataType, *value.StringValue)
		}
		size += len(name) + len(*value.DataType) + len(*value.StringValue)
	}
	if size > 262_144 {
		return fmt.Errorf("%d bytes", size)
	}
	if s := *in.Subject; s == "" || len(s) >= 100 || s[0] == ' ' || !printable(s) {
		return fmt.Errorf("subject %q", s)
	}
	var parts map[string]string
	if err := json.Unmarshal([]byte(*in.Message), &parts); err != nil {
		return err
	}
	if *in.MessageStructure != "json" || parts["email"] == "" || !utf8.ValidString(*in.Message) {
		return fmt.Errorf("structure %s, mail of %d bytes", *in.MessageStructure, len(parts["email"]))
	}
	var document map[string]any
	return json.Unmarshal([]byte(parts["default"]), &document)
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

func TestNotify(t *testing.T) {
	for _, c := range []struct {
		why        string
		n          notice.Notice
		attributes map[string]string
	}{
		{"for people", sample(), map[string]string{"verdict": "human", "severity": "high", "rule": "login", "reason": "after-failures", "host": "web-1"}},
		{"for ban tools", tooling(), map[string]string{"verdict": "tooling", "severity": "tooling", "rule": "password-guessing", "reason": "source", "host": "web-1"}},
		{"SNS takes no empty attribute", notice.Write([]attention.Finding{{Rule: "held-back"}}, notice.About{}), map[string]string{"verdict": "human", "severity": "low", "rule": "held-back"}},
	} {
		in := published(t, c.n)
		want, err := c.n.Message()
		if err != nil || *in.Message != want || *in.Subject != c.n.Subject || *in.TopicArn != arn {
			t.Errorf("%s: %v, published %s %q", c.why, err, *in.Message, *in.Subject)
		}
		got := map[string]string{}
		for name, value := range in.MessageAttributes {
			got[name] = *value.StringValue
		}
		if fmt.Sprint(got) != fmt.Sprint(c.attributes) {
			t.Errorf("%s: attributes %v, want %v", c.why, got, c.attributes)
		}
	}
}

// TestSubject: notice keeps these rules; were it to break one, the Notice still
// has to go out.
func TestSubject(t *testing.T) {
	for _, c := range []struct{ why, subject, want string }{
		{"as notice writes it", "[sshsieve web-1] high: x", "[sshsieve web-1] high: x"},
		{"no control characters", "a\r\nBcc: x\x00", "a??Bcc: x?"},
		{"ASCII", "bob é", "bob ??"},
		{"under 100", strings.Repeat("x", 100), strings.Repeat("x", 99)},
		{"begins with a letter, number or mark", "  x", "x"},
		{"not empty", " ", "[sshsieve]"},
	} {
		if got := subject(c.subject); got != c.want {
			t.Errorf("%s: got %q, want %q", c.why, got, c.want)
		}
	}
}

// A document is what subscribers read of a Notice.
type document struct {
	Text, Host, User, Addr, Severity string
	Lines, Hosts                     []string
	Count                            int
}

func documentOf(t *testing.T, in *sns.PublishInput) (d document) {
	var parts map[string]string
	if err := errors.Join(json.Unmarshal([]byte(*in.Message), &parts), json.Unmarshal([]byte(parts["default"]), &d)); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFit: what makes a message too long is cut, and no more than that.
func TestFit(t *testing.T) {
	long := strings.Repeat(`a line of <"\&`+"\n", 20_000)
	many := slices.Repeat([]string{strings.Repeat("<", 1000)}, 300)
	for _, c := range []struct {
		why  string
		make func(*notice.Notice)
		keep func(document) bool
	}{
		{"what fits stays as it is", func(n *notice.Notice) { n.Text = long[:15_000] },
			func(d document) bool { return d.Text == long[:15_000] && len(d.Lines) == 1 }},
		{"lines that the mail has too", func(n *notice.Notice) { n.Lines = many },
			func(d document) bool { return d.Text == sample().Text && len(d.Lines) == 0 && d.User == "bob" }},
		{"of a long mail the beginning stays", func(n *notice.Notice) { n.Text = long },
			func(d document) bool {
				return strings.HasPrefix(d.Text, long[:15_000]) && strings.HasSuffix(d.Text, cutMark) && d.User == "bob"
			}},
		{"a mail without line feeds", func(n *notice.Notice) { n.Text = strings.Repeat("<", 300_000) },
			func(d document) bool { return len(d.Text) > 15_000 && strings.HasSuffix(d.Text, cutMark) }},
		{"lists", func(n *notice.Notice) { n.Hosts, n.Users = many, many },
			func(d document) bool { return len(d.Hosts) == fewest && d.User == "bob" && d.Host == "web-1" }},
		{"everything", func(n *notice.Notice) {
			n.Text, n.Subject, n.Rule, n.Reason, n.Host, n.User = long, long, long, long, long, long
			n.Rules = slices.Repeat([]notice.RuleReason{{Rule: many[0], Reason: many[0]}}, 300)
			n.Lines, n.Hosts, n.Users = many, many, many
		}, func(d document) bool { return d.Count == 7 && d.Addr == "192.0.2.7" && d.Severity == "high" }},
	} {
		n := sample()
		c.make(&n)
		if got := documentOf(t, published(t, n)); !c.keep(got) {
			t.Errorf("%s: kept %d bytes of text: %.300q…", c.why, len(got.Text), got.Text)
		}
	}
}

// FuzzNotify: SNS takes whatever a Notice holds.
func FuzzNotify(f *testing.F) {
	f.Add("[sshsieve] x", "text\n", "web-1", "bob", 1)
	f.Add("", "", "\x00", "\xff\u202e", 150_000)
	f.Add("\n\n", "<\"\\&", " ", "é", 70_000)
	f.Fuzz(func(t *testing.T, subject, text, host, user string, times int) {
		n := sample()
		n.Subject, n.Host, n.User, n.Rule, n.Reason = subject, host, user, host, user
		n.Hosts, n.Users, n.Lines = []string{host}, []string{user}, []string{text}
		if text != "" {
			n.Text = strings.Repeat(text, max(1, min(times, 150_000)/len(text)))
		}
		n.Verdict = sshd.Verdict(uint(times) % 3)
		published(t, n)
	})
}
