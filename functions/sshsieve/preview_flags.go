package main

import (
	"fmt"
	"net/netip"
	"time"

	"sshsieve/internal/attention"
	"sshsieve/internal/config"
)

// An ownerFlags holds what the owner says of the hosts behind a log: the flags
// of every command that decides.
type ownerFlags struct {
	config  attention.Config
	learned bool
}

// ownerHelp is what help says of them.
const ownerHelp = `  --known CIDR         where logins of any user come from as a matter of course
  --shared CIDR        where many people come from at once: NAT, proxy
  --automation USER    an account of programs: new places and keys are its habit
  --keys-only HOST     a password accepted there is an alarm; '*' is every host
                       (these four may be given several times)
  --trust-stderr       believe lines without syslog's envelope, which whoever
                       connects can write
  --learned            no learning period: without it, the 7 days after the first
                       login only teach who comes from where with which key
`

func (f *ownerFlags) register(c *call) {
	c.flags.Func("known", "", prefixInto(&f.config.Known))
	c.flags.Func("shared", "", prefixInto(&f.config.Shared))
	c.flags.Func("automation", "", nameInto(&f.config.AutomationUsers))
	c.flags.Func("keys-only", "", nameInto(&f.config.KeysOnly))
	c.flags.BoolVar(&f.config.TrustStderr, "trust-stderr", false, "")
	c.flags.BoolVar(&f.learned, "learned", false, "")
}

// attention is the configuration that the flags make.
func (f *ownerFlags) attention() attention.Config {
	config := f.config
	if f.learned {
		config.Learned = time.Unix(1, 0) // before any line
	}
	return config
}

// prefixInto reads a network, or a single address.
func prefixInto(list *[]netip.Prefix) func(string) error {
	return func(text string) error {
		p, err := config.Prefix(text)
		if err == nil {
			*list = append(*list, p)
		}
		return err
	}
}

func nameInto(list *[]string) func(string) error {
	return func(name string) error {
		if name == "" {
			return fmt.Errorf("want a name")
		}
		*list = append(*list, name)
		return nil
	}
}
