package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A fault is a value that cannot be used.
type fault struct{ value, want string }

func (f *fault) Error() string { return "is " + quote(f.value) + ": want " + f.want }

func wrong(value, want string) error { return &fault{value, want} }

// quote makes any text printable ASCII, and short.
func quote(s string) string {
	const most = 64
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "…"
	}
	return strconv.QuoteToASCII(s)
}

func trim(s string) string { return strings.TrimSpace(s) }

// A form says which bytes a text may hold.
type form func(byte) bool

func printable(b byte) bool { return b >= ' ' && b <= '~' }

// word takes any name that has no blank, in any encoding.
func word(b byte) bool { return b > ' ' && b != 0x7f && b != ',' }

func alphanumeric(b byte) bool {
	return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}

func tableByte(b byte) bool { return alphanumeric(b) || strings.IndexByte("_.-", b) >= 0 }

// groupByte: CloudWatch Logs API Reference, CreateLogGroup.
func groupByte(b byte) bool { return alphanumeric(b) || strings.IndexByte("._/#-", b) >= 0 }

// topicByte: SNS API Reference, CreateTopic.
func topicByte(b byte) bool { return alphanumeric(b) || strings.IndexByte("_-", b) >= 0 }

func digit(b byte) bool { return b >= '0' && b <= '9' }

// fits says whether a text has a form, and 1 to most bytes.
func (f form) fits(s string, most int) bool {
	for i := range len(s) {
		if !f(s[i]) {
			return false
		}
	}
	return len(s) > 0 && len(s) <= most
}

const (
	tableRule   = "3 to 255 letters, digits, dots, dashes or underscores"
	textRule    = "at most 64 characters of printable ASCII"
	groupRule   = "names of log groups: at most 512 letters, digits or ._/#-"
	userRule    = "user names of at most 256 bytes without blanks, separated by commas"
	hostRule    = "host names of at most 255 bytes, as the log has them, separated by commas, or * for all"
	programRule = "program names of at most 64 bytes, as the log has them, separated by commas"
)

// matching reads a text that has a form, at most so many bytes of it.
func matching(into *string, s string, f form, most int, rule string) error {
	s = trim(s)
	if !f.fits(s, most) {
		return wrong(s, rule)
	}
	*into = s
	return nil
}

// maxItems bounds a list.
const maxItems = 200

// items cuts a list.
func items(s string) ([]string, error) {
	var list []string
	for item := range strings.SplitSeq(s, ",") {
		if item = trim(item); item != "" {
			list = append(list, item)
		}
	}
	if len(list) > maxItems {
		return nil, fmt.Errorf("has %d items: want at most %d", len(list), maxItems)
	}
	return list, nil
}

// each reads each item of a list, and joins the faults.
func each(s string, read func(string) error) error {
	list, err := items(s)
	faults := []error{err}
	for _, item := range list {
		faults = append(faults, read(item))
	}
	return oneLine(errors.Join(faults...))
}

// oneLine keeps what is said of one variable together.
func oneLine(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return err
	}
	var texts []string
	for _, e := range joined.Unwrap() {
		texts = append(texts, e.Error())
	}
	return errors.New(strings.Join(texts, "; it "))
}

// names reads a list of names of a form.
func names(into *[]string, s string, f form, most int, rule string) error {
	return each(s, func(item string) error {
		var name string
		if err := matching(&name, item, f, most, rule); err != nil {
			return err
		}
		*into = append(*into, name)
		return nil
	})
}

func boolean(into *bool, s string) error {
	switch trim(s) {
	case "true":
		*into = true
	case "false":
		*into = false
	default:
		return wrong(s, "true or false")
	}
	return nil
}

func number(s string, least, most int) (int, error) {
	n, err := strconv.Atoi(trim(s))
	if err != nil || n < least || n > most {
		return 0, wrong(s, fmt.Sprintf("a whole number from %d to %d", least, most))
	}
	return n, nil
}

// topic reads "arn:PARTITION:sns:REGION:ACCOUNT:NAME".
func topic(into *string, s string) error {
	s = trim(s)
	name, fifo := strings.CutSuffix(s, ".fifo")
	switch parts := arnParts(name); {
	case parts == nil, !isTopic(parts):
		return wrong(s, "the ARN of an SNS topic, such as arn:aws:sns:eu-central-1:123456789012:notices")
	case fifo:
		return wrong(s, "a standard topic: a FIFO topic sends no mail")
	}
	*into = s
	return nil
}

func isTopic(parts []string) bool {
	return parts[0] == "arn" && strings.HasPrefix(parts[1], "aws") && parts[2] == "sns" && form(topicByte).fits(parts[3], 64) &&
		len(parts[4]) == 12 && form(digit).fits(parts[4], 12) && form(topicByte).fits(parts[5], 256)
}

// arnParts are the six parts of an ARN, nil where it has not so many.
func arnParts(arn string) []string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts
	}
	return nil
}
