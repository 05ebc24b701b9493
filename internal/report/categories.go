package report

import "sshsieve/internal/sshd"

// An Explanation tells a category in plain words, to somebody who has not
// read sshd's source.
type Explanation struct {
	What string // what happened
	Why  string // why it is noise, or is not
	Do   string // what a person could do
}

// Explain is the explanation of a category; every category has one.
func Explain(c sshd.Category) Explanation { return explanations[c] }

// meansForged explains the one kind for a person that has no row.
const meansForged = "The record says that it is sshd's, but journald noted another user as its writer: somebody with a shell on that host writes false lines."

// The facts are those of OpenSSH's sources (auth.c, auth2.c, packet.c,
// sshd.c, monitor.c) and of sshd_config(5).
var explanations = map[sshd.Category]Explanation{
	sshd.NotSSHD: {
		"Another program wrote this line, or it is empty.",
		"sshsieve reads sshd and its helpers (sshd-session, sshd-auth, sftp-server, internal-sftp) and leaves all else alone.",
		"Nothing. If sshd runs under another name on your host, tell sshsieve that name.",
	},
	sshd.Accepted: {
		"Somebody logged in, or a credential was found good enough to.",
		"A login is the normal case. It is worth a message where it is new (user, source or key never seen together) or comes right after many failures: that hangs on history, not on the line.",
		"Ask whether you know user, source and fingerprint. `ssh-keygen -lf ~/.ssh/authorized_keys` lists the fingerprints that an account accepts.",
	},
	sshd.FailedPassword: {
		"A password, or an answer to a one-time-code prompt, was tried and refused.",
		"On a host that faces the internet this goes on day and night: it is work for ban tools, not for you. It matters when a password is accepted from the same source afterwards.",
		"Turn PasswordAuthentication and KbdInteractiveAuthentication off where keys are enough. A single failure by a colleague is a typing error.",
	},
	sshd.FailedPublickey: {
		"A key was offered that the account does not list, or its signature was wrong.",
		"A client offers every key of its agent, one after the other, so refused keys come before most honest logins. At LogLevel INFO sshd shows none of it until half of MaxAuthTries is used up.",
		"If the user cannot get in at all: compare the fingerprint with the account's authorized_keys, then check who owns that file and who may write to it.",
	},
	sshd.FailedOther: {
		"A method other than password or key was refused: none, host-based, GSSAPI.",
		"`none` is how clients politely ask which methods there are. Scanners send it in the hope of an empty password.",
		"Nothing. Keep PermitEmptyPasswords at its default, no.",
	},
	sshd.InvalidUser: {
		"A login was tried with a name that has no account here.",
		"Scanners try names by the thousand, and none of them can get in. Careful with the names: now and then a person types the password where the name belongs.",
		"Nothing for the names machines try. If a name looks like a secret, find who logged in from there a moment later and have that password changed.",
	},
	sshd.Partial: {
		"A login is under way: the key would do, or the first of several factors was right.",
		"Neither a success nor a failure. One that is never followed by an accepted login may be a stolen first factor, which only LogLevel VERBOSE shows.",
		"Look at the same connection's next lines.",
	},
	sshd.Denied: {
		"Policy said no: AllowUsers or DenyGroups, a locked or expired account, a shell that does not exist, a certificate or key that is expired, revoked or used from the wrong place.",
		"Bots that name root or games run into the same rules, so the line alone says little. If the user has logged in from that address before, a real person is locked out.",
		"Read the reason in the line; it names the rule. After each change run `sshd -t` before you reload.",
	},
	sshd.Limit: {
		"A connection used up its attempts (MaxAuthTries, 6 by default), or an account was locked for a while by PAM.",
		"Guessers end this way. So does a user whose agent holds more keys than attempts are allowed.",
		"For such a user: `IdentitiesOnly yes` with one IdentityFile in ~/.ssh/config. Do not raise MaxAuthTries for it.",
	},
	sshd.Connect: {
		"A connection came in. Nothing was tried yet.",
		"Written at LogLevel VERBOSE only. It tells nothing about intent.",
		"Nothing; it gives the address for the connection's later lines, many of which have none.",
	},
	sshd.Negotiation: {
		"Client and server have no algorithm in common, or the key's algorithm is not accepted.",
		"From unknown addresses these are scanners and forgotten devices. From an address that your users come from it is a user with an old client, locked out since an upgrade, whose screen does not say why.",
		"Update the client first. What the server accepts: `sshd -T | grep -i -e kex -e ciphers -e algorithms`. Enable an old algorithm only for that one user or address, in a Match block, and for a limited time.",
	},
	sshd.Protocol: {
		"What arrived was not SSH, or broke its rules: an HTTP request, a TLS hello, a damaged packet.",
		"Port scanners, browsers and load balancers' health checks do this. sshd drops the connection; nothing is at risk.",
		"Nothing. If it is your own health check, let it probe with a plain TCP connect, or less often.",
	},
	sshd.Disconnect: {
		"A connection ended before anybody had logged in.",
		"The commonest line of all: scanners that looked and left, guessers that gave up. But since 9.6 it is also all that a user with a refused key leaves in the log.",
		"Nothing, unless it names one of your users from an address that this user comes from, again and again with no login between.",
	},
	sshd.Throttle: {
		"sshd turned connections away by itself: too many unauthenticated at a time (MaxStartups), or a penalty on that address (since 9.8).",
		"Under attack this is what it is for. When your own users, a backup job or a monitor come from that address, they are turned away too, without a word on their screen.",
		"Find the job with the dead key behind it; list addresses that must get in under PerSourcePenaltyExemptList.",
	},
	sshd.Session: {
		"Somebody who is logged in opened or closed a session, or disconnected.",
		"Bookkeeping: the other half of each login.",
		"Nothing. Together with the login it tells how long somebody was there.",
	},
	sshd.Forwarding: {
		"A logged-in user forwards a port, an agent or a display, or sshd refused that.",
		"A normal use of SSH. Refusals mean that the other end is down, or that policy forbids it.",
		"If nobody should forward through this host: `DisableForwarding yes`, in a Match block for those concerned.",
	},
	sshd.SFTP: {
		"The file transfer server tells what a logged-in user does with files.",
		"An audit trail that somebody switched on (`-l INFO`); nothing is wrong.",
		"Nothing. The user is named in the line that opens the session, under the same pid.",
	},
	sshd.Lifecycle: {
		"sshd started, stopped, was told to read its configuration again, or listens on an address.",
		"Every reboot and every scale-in prints this. A restart with no `Server listening` after it is another matter: sshd writes the reason to standard error, not to this log.",
		"After a change, see that `Server listening on …` follows. `sshd -t` finds the fault before the restart does.",
	},
	sshd.Config: {
		"sshd cannot use something it was given: an option, a key, a file, a helper command.",
		"Some of it is cosmetic (a deprecated option), some locks everybody out (no host keys, a helper with the wrong owner). The verdict of the line's kind tells which.",
		"`sshd -t` prints all complaints about the configuration; `namei -l FILE` shows the owners and modes on the way to a file.",
	},
	sshd.Resource: {
		"The host ran short of something: processes, descriptors, memory, terminals.",
		"Logins fail for everybody while it lasts, and the log may miss lines, since writing one needs a descriptor, too.",
		"Look at `systemctl status ssh` (TasksMax), `ulimit -n`, and free memory and disk.",
	},
	sshd.Integrity: {
		"sshd's own processes broke the rules between them, one of them crashed, or a line is not by whom it says.",
		"This must not happen. The cause may be a half-done upgrade, a fault in a library, or somebody working at an exploit.",
		"Bring OpenSSH up to date and restart it; look for a core dump and for `audit: type=1326` in the kernel's log; keep the lines.",
	},
	sshd.Other: {
		"Remarks that fit nowhere else: reverse DNS that does not match, debugging output, and what no row of the table knows.",
		"`POSSIBLE BREAK-IN ATTEMPT` belongs here: in spite of its words it says only that somebody's reverse DNS is wrong.",
		"Nothing for what is known. What is not recognised is worth a row in the message table.",
	},
}
