package syslog

import "strings"

// Programs is the set of program names that are sshd's. The zero value holds
// OpenSSH's own; NewPrograms adds to them. It is safe for concurrent use.
type Programs struct{ more map[string]bool }

// NewPrograms returns the set of OpenSSH's own programs and more, the names of
// daemons that were renamed ("sshd-internal") or of containers whose runtime
// writes its own name as the tag. A path counts as its last element; empty
// names are ignored.
func NewPrograms(more ...string) Programs {
	p := Programs{more: make(map[string]bool, len(more))}
	for _, name := range more {
		if name = base(strings.TrimSpace(name)); name != "" {
			p.more[name] = true
		}
	}
	return p
}

// IsSSHD reports whether program is one of OpenSSH's own server programs.
func IsSSHD(program string) bool { return Programs{}.Has(program) }

// Has reports whether program, a bare name as in Record.Program, is sshd's:
// sshd itself, the programs that it was split into (sshd-session since 9.8,
// sshd-auth since 10.0), its SFTP servers, or one that configuration added.
func (p Programs) Has(program string) bool {
	switch program {
	case "sshd", "sshd-session", "sshd-auth", "internal-sftp", "sftp-server":
		return true
	}
	return p.more[program]
}

// Wrote reports whether r is a line of sshd's: its tag says so, or it has no
// tag and came from a standard error, where sshd writes none. A syslog line
// without a tag ("last message repeated 2 times") is no line of sshd's.
func (p Programs) Wrote(r *Record) bool {
	return p.Has(r.Program) || r.Program == "" && r.Trust == Peer
}

// hasComm is Has for a kernel's command name, which Linux cuts to 15 bytes
// (TASK_COMM_LEN in include/linux/sched.h).
func (p Programs) hasComm(comm string) bool {
	const taskCommLen = 15
	if p.Has(comm) {
		return true
	}
	if len(comm) != taskCommLen {
		return false
	}
	for name := range p.more {
		if strings.HasPrefix(name, comm) {
			return true
		}
	}
	return false
}

// base returns the last element of a path: syslog tags may hold argv[0].
func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
