package config

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/syslog"
)

// A Config is what the owner of a stack says of it.
type Config struct {
	// Table is the name of the DynamoDB table, NoticesTopic the ARN of the SNS
	// topic.
	Table        string
	NoticesTopic string
	// Fleet is a name for all log groups together, so that a user known in one
	// is known in all; empty: each log group is its own.
	Fleet string
	// Phrase stands in each mail; a forged one lacks it.
	Phrase string
	// Programs are the names under which sshd writes, OpenSSH's own included.
	Programs syslog.Programs
	// LogGroups are those that the stack reads, for what no line reminds of.
	LogGroups []string
	// OwnLogGroup is where this function logs; its lines are never read.
	OwnLogGroup string
	// Attention is what decides over Findings.
	Attention attention.Config
}

// A variable is a row of the table of what is read. It reads the value, which is
// not empty, into the Config, or says what would be right.
type variable struct {
	name   string
	read   func(*Config, string) error
	needed string // what it is, where nothing works without it
	secret bool   // its value stands in no error
}

// variables are all that is read, in the order of its faults.
var variables = []variable{
	{name: "SSHSIEVE_TABLE", needed: "the name of the DynamoDB table",
		read: func(c *Config, s string) error { return tableName(&c.Table, s) }},
	{name: "SSHSIEVE_NOTICES_TOPIC", needed: "the ARN of the SNS topic for notices",
		read: func(c *Config, s string) error { return topic(&c.NoticesTopic, s) }},
	{name: "SSHSIEVE_FLEET",
		read: func(c *Config, s string) error { return matching(&c.Fleet, s, printable, 64, textRule) }},
	{name: "SSHSIEVE_PHRASE", secret: true,
		read: func(c *Config, s string) error { return matching(&c.Phrase, s, printable, 64, textRule) }},
	{name: "SSHSIEVE_PROGRAMS",
		read: func(c *Config, s string) error { return programs(&c.Programs, s) }},
	{name: "SSHSIEVE_LOG_GROUPS",
		read: func(c *Config, s string) error { return names(&c.LogGroups, s, groupByte, 512, groupRule) }},
	{name: "SSHSIEVE_HEARTBEAT",
		read: func(c *Config, s string) error { return heartbeat(&c.Attention.Heartbeat, s) }},
	{name: "SSHSIEVE_KNOWN_SOURCES",
		read: func(c *Config, s string) error { return prefixes(&c.Attention.Known, s) }},
	{name: "SSHSIEVE_SHARED_SOURCES",
		read: func(c *Config, s string) error { return prefixes(&c.Attention.Shared, s) }},
	{name: "SSHSIEVE_AUTOMATION_USERS",
		read: func(c *Config, s string) error { return names(&c.Attention.AutomationUsers, s, word, 256, userRule) }},
	{name: "SSHSIEVE_AUTOMATION_SOURCES",
		read: func(c *Config, s string) error { return prefixes(&c.Attention.AutomationSources, s) }},
	{name: "SSHSIEVE_SERVICE_USERS",
		read: func(c *Config, s string) error { return names(&c.Attention.ServiceUsers, s, word, 256, userRule) }},
	{name: "SSHSIEVE_SCANNERS",
		read: func(c *Config, s string) error { return prefixes(&c.Attention.Scanners, s) }},
	{name: "SSHSIEVE_KEYS_ONLY",
		read: func(c *Config, s string) error { return names(&c.Attention.KeysOnly, s, word, 255, hostRule) }},
	{name: "SSHSIEVE_TRUST_STDERR",
		read: func(c *Config, s string) error { return boolean(&c.Attention.TrustStderr, s) }},
	{name: "SSHSIEVE_GUESSING_MAIL",
		read: func(c *Config, s string) error { return guessing(&c.Attention.GuessingMail, s) }},
	{name: "SSHSIEVE_LEARNING_DAYS",
		read: func(c *Config, s string) error { return days(&c.Attention.Learning, s, 1, 90) }},
	{name: ownLogGroup, // set by Lambda
		read: func(c *Config, s string) error { c.OwnLogGroup = s; return nil }},
}

const (
	ownLogGroup = "AWS_LAMBDA_LOG_GROUP_NAME"
	region      = "AWS_REGION"
)

// Names are the variables that are read.
func Names() []string {
	list := make([]string, 0, len(variables)+1)
	for _, v := range variables {
		list = append(list, v.name)
	}
	return append(list, region)
}

// FromEnv reads the environment; getenv is os.Getenv. All faults are joined in
// one error, and then the Config is not to be used.
func FromEnv(getenv func(string) string) (Config, error) {
	var c Config
	var faults []error
	for _, v := range variables {
		faults = append(faults, v.fill(&c, getenv(v.name)))
	}
	faults = append(faults, c.checkRegion(getenv(region)))
	return c, errors.Join(faults...)
}

func (v *variable) fill(c *Config, value string) error {
	if trim(value) == "" {
		if v.needed != "" {
			return fmt.Errorf("%s is empty: want %s", v.name, v.needed)
		}
		return nil
	}
	if err := v.read(c, value); err != nil {
		return fmt.Errorf("%s %w", v.name, v.hide(err, value))
	}
	return nil
}

// hide takes the value out of an error about a secret.
func (v *variable) hide(err error, value string) error {
	var fault *fault
	if v.secret && errors.As(err, &fault) {
		return fmt.Errorf("has %d bytes: want %s", len(value), fault.want)
	}
	return err
}

// checkRegion: SNS publishes to topics of the client's region only (SNS API
// Reference, Publish), and says of another one no more than that the ARN is
// invalid.
func (c *Config) checkRegion(region string) error {
	parts := arnParts(c.NoticesTopic)
	if parts == nil || region == "" || parts[3] == region {
		return nil
	}
	return fmt.Errorf("SSHSIEVE_NOTICES_TOPIC %w", wrong(c.NoticesTopic, "a topic of this function's region, "+quote(region)))
}

// learningDay is a day of the learning period.
const learningDay = 24 * time.Hour

// tableName: DynamoDB API Reference, CreateTable.
func tableName(into *string, s string) error {
	if len(trim(s)) < 3 {
		return wrong(s, tableRule)
	}
	return matching(into, s, tableByte, 255, tableRule)
}

func days(into *time.Duration, s string, least, most int) error {
	n, err := number(s, least, most)
	*into = time.Duration(n) * learningDay
	return err
}

// guessingWords are the values of SSHSIEVE_GUESSING_MAIL, by attention's number.
var guessingWords = []string{
	attention.GuessingMonthly: "monthly", attention.GuessingDaily: "daily",
	attention.GuessingHourly: "hourly", attention.GuessingOff: "off",
}

func guessing(into *attention.GuessingMail, s string) error {
	at := slices.Index(guessingWords, trim(s))
	if at < 0 {
		return wrong(s, "monthly, daily, hourly or off")
	}
	*into = attention.GuessingMail(at)
	return nil
}

func programs(into *syslog.Programs, s string) error {
	var list []string
	if err := names(&list, s, word, 64, programRule); err != nil {
		return err
	}
	*into = syslog.NewPrograms(list...)
	return nil
}

// heartbeat: a shorter text would be in lines that are no heartbeat.
func heartbeat(into *string, s string) error {
	if len(trim(s)) < 6 {
		return wrong(s, "at least 6 characters that no other line has, such as sshsieve-heartbeat")
	}
	return matching(into, s, printable, 128, "at most 128 characters of printable ASCII")
}
