package syslog

import (
	"strings"

	"github.com/go-faster/jx"
)

// A writer is what journald knows of the process that wrote a line: its fields
// that begin with "_", which no client can set (systemd.journal-fields(7),
// "Trusted Journal Fields").
type writer struct {
	comm, exe   string
	foreign     bool // a second comm or exe disagrees with the first
	uid         bool // there is a uid
	notRoot     bool // one of the uids is not 0
	stdout      bool // systemd read it from the unit's standard output or error
	inContainer bool // a container's log driver passed it on
}

// read reads the value of key into w.
func (w *writer) read(d *jx.Decoder, key string) error {
	switch key {
	case "uid":
		return w.readUID(d)
	case "comm":
		return w.agree(&w.comm, d)
	case "exe":
		return w.agree(&w.exe, d)
	case "transport":
		stdout, err := equals(d, "stdout")
		w.stdout = w.stdout || stdout
		return err
	case "container_id", "container_id_full", "container_name":
		w.inContainer = true
	}
	return d.Skip()
}

// readUID reads a uid. One that is given more than once is root's only if each
// of them is.
func (w *writer) readUID(d *jx.Decoder) error {
	repeated := d.Next() == jx.Array
	s, err := text(d)
	w.uid = true
	w.notRoot = w.notRoot || repeated || s != "0"
	return err
}

// agree reads a text into dst, which it must equal if that is set.
func (w *writer) agree(dst *string, d *jx.Decoder) error {
	repeated := d.Next() == jx.Array
	s, err := text(d)
	w.foreign = w.foreign || repeated || *dst != "" && *dst != s
	*dst = s
	return err
}

// trust judges r, which came with journald's fields w, or with none of them.
//
// Root needs uid 0 and no sign of another program. A process that was gone
// before journald looked has a uid (the kernel passes it along) but no _COMM
// or _EXE: that is no sign, and sshd's children are often gone.
//
// A uid other than 0 is not forged by itself: after the login sshd's child
// runs as the user and says "Disconnected from user …" (_COMM and _EXE are
// sshd's, one line in twenty of a real journal), and so do internal-sftp and
// sftp-server. As Host such lines are believed like syslog's. Forged is what
// another program wrote as sshd, and a decision about a login, which sshd's
// monitor writes as root.
//
// What systemd read from a standard output, or a container's driver passed on,
// is sshd's standard error: Peer.
func (p Programs) trust(w *writer, r *Record) Trust {
	switch {
	case w.inContainer:
		return Peer
	case !p.Has(r.Program):
		return Host
	case w.uid && w.notRoot && (p.isForeign(w) || isDecision(r)):
		return Forged
	case w.stdout:
		return Peer
	case w.uid && !w.notRoot && !p.isForeign(w):
		return Root
	}
	return Host
}

// isForeign reports whether w names a program that is not sshd's. The path of
// a binary that was replaced while it ran ends in " (deleted)" (proc(5)).
func (p Programs) isForeign(w *writer) bool {
	exe := base(strings.TrimSuffix(w.exe, " (deleted)"))
	return w.foreign || w.comm != "" && !p.hasComm(w.comm) || exe != "" && !p.Has(exe)
}

// isDecision reports whether r is a line of sshd's about who may log in. The
// monitor writes these (OpenSSH auth.c auth_log and getpwnamallow), as root
// unless the whole daemon runs as somebody else.
func isDecision(r *Record) bool {
	if r.Program == "internal-sftp" || r.Program == "sftp-server" {
		return false
	}
	for _, prefix := range [...]string{"Accepted ", "Failed ", "Partial ", "Postponed ", "Invalid user "} {
		if strings.HasPrefix(r.Message, prefix) {
			return true
		}
	}
	return false
}
