package report

import (
	"strings"

	"sshsieve/internal/sshd"
)

// Most messages end in a few words that are not sshd's own: an error of the
// system or of a library, a number of a protocol, PAM's reason. A wording says
// what such words mean, to somebody who meets them for the first time.
type wording struct{ text, means string }

// Glossary says what the parts of a message mean that are the same in many
// messages: the system's errors, codes, signals. The Name is that of the field,
// and the Value what is explained.
func glossary(e *sshd.Event) []wording {
	var found []wording
	for _, f := range e.Fields() {
		if list := wordingsOf(f.Name); list != nil {
			if w, ok := lookUp(list, f.Value); ok {
				found = append(found, w)
			}
		}
	}
	return found
}

// wordingsOf are the words that a field may end in.
func wordingsOf(field string) []wording {
	switch field {
	case "words", "text", "gone":
		return errorWords
	case "code":
		return disconnectCodes
	case "signal":
		return signals
	case "type":
		return packetTypes
	}
	return nil
}

// lookUp finds the wording that a value is, or ends in behind a colon.
func lookUp(list []wording, value string) (wording, bool) {
	for _, w := range list {
		if value == w.text || strings.HasSuffix(value, ": "+w.text) || strings.HasSuffix(value, "("+w.text+")") {
			return w, true
		}
	}
	return wording{}, false
}

// errorWords are texts of strerror(3), of OpenSSH's ssherr.c ssh_err, of
// pam_strerror(3) (Linux-PAM libpam/pam_strerror.c), and of srclimit.c
// srclimit_penalise.
var errorWords = []wording{
	// strerror(3)
	{"Broken pipe", "the other end of a connection was gone when something was to be written to it."},
	{"Connection reset by peer", "the other end, or a firewall between, cut the connection off."},
	{"Connection refused", "nothing listens at that address and port."},
	{"Connection timed out", "no answer came for a long time: a network that is gone, or a firewall that drops silently."},
	{"Operation timed out", "no answer came for a long time: a network that is gone, or a firewall that drops silently."},
	{"No route to host", "this host knows no way to that address, or a firewall said so."},
	{"Network is unreachable", "this host knows no way to that network."},
	{"Host is unreachable", "a router on the way knows no way to that address."},
	{"Address already in use", "another program, or an old process of the same, holds that port."},
	{"Cannot assign requested address", "this host does not have that address (yet): an interface that is not up."},
	{"Permission denied", "a file's rights, SELinux or AppArmor forbid it; from PAM: a rule of a module refuses."},
	{"Operation not permitted", "the kernel forbids it: not root, or a capability is missing, mostly in a container."},
	{"No such file or directory", "a file or a folder on the way to it is not there."},
	{"Not a directory", "a part of the path is a file where a folder is needed."},
	{"Is a directory", "it is a folder where a file is needed."},
	{"File exists", "something of that name is there already."},
	{"Read-only file system", "the disk may not be written to: mounted so, or after a fault of the disk."},
	{"No space left on device", "the disk is full, or has no inodes left: `df -h`, `df -i`."},
	{"Disk quota exceeded", "the user may not use more of the disk: `quota -u USER`."},
	{"Input/output error", "the disk or the device failed: `journalctl -k`."},
	{"Too many open files", "this process may not open more: its limit (LimitNOFILE) is reached."},
	{"Too many open files in system", "the whole host may not open more: /proc/sys/fs/file-max."},
	{"Cannot allocate memory", "the kernel gave no memory, or no process: `free -m`, TasksMax, pid_max."},
	{"Resource temporarily unavailable", "a limit was reached for the moment, mostly that of processes: `ulimit -u`, TasksMax."},
	{"Bad file descriptor", "a file or connection was used that is closed already: a race, or a fault of this build."},
	{"Invalid argument", "the kernel does not take what it was given."},
	{"Interrupted system call", "a signal came in the middle of it."},
	{"Function not implemented", "this kernel, or a sandbox around it, does not have that call."},
	{"Socket is not connected", "the other end was gone already."},
	{"Transport endpoint is not connected", "the other end was gone already."},
	{"Software caused connection abort", "the connection was given up by this host's own network code."},
	{"Exec format error", "the program is no program, or its first line (#!) is wrong."},
	{"No child processes", "the process that was waited for is not there (any more)."},

	// ssherr.c
	{"Connection closed by remote host", "the other end closed the connection."},
	{"Connection closed", "the other end closed the connection."},
	{"Connection corrupted", "what came has a length that cannot be: no SSH, or the two sides have other keys."},
	{"message authentication code incorrect", "a packet's seal does not fit: it was damaged or changed on the way, or is no packet."},
	{"incomplete message", "a packet ended before all its parts: a program with a fault, or a probe."},
	{"invalid format", "what came is not what must come there: another protocol, or a program with a fault."},
	{"string is too large", "a text in a packet is longer than allowed: a program with a fault, or a probe."},
	{"unexpected bytes remain after decoding", "a packet had more in it than belongs there."},
	{"bignum is negative", "a number in a packet is below zero, where none may be."},
	{"bignum is too large", "a number in a packet is larger than allowed."},
	{"invalid elliptic curve value", "a point in a packet does not lie on its curve: a program with a fault, or an attack."},
	{"error in libcrypto", "the crypto library refused or failed. With a policy that forbids SHA-1 (RHEL 9, AL2023) that is how old clients are turned away."},
	{"memory allocation failed", "there was no memory left."},
	{"unexpected internal error", "something came to pass that sshd holds to be impossible."},
	{"incorrect signature", "a signature does not fit: another key, or damaged data."},
	{"incorrect passphrase supplied to decrypt private key", "the key has a passphrase, and a server cannot be asked for one."},
	{"key type does not match", "two keys that belong together are of different kinds."},
	{"unknown or unsupported key type", "this release does not know that kind of key, or was built without it."},
	{"invalid certificate signing key", "what signed the certificate is no key that may sign."},
	{"signature algorithm not supported", "the way it was signed is one that the options do not allow, mostly SHA-1."},
	{"Invalid key length", "the key is shorter than RequiredRSASize, or longer than allowed."},
	{"number is too large", "a number in a packet is larger than allowed."},
	{"elliptic curve point is too large", "a point in a packet is longer than its curve allows: a program with a fault, or an attack."},
	{"insufficient buffer space", "a packet or text is larger than what sshd has room for."},
	{"key bits do not match", "a key has another length than was told."},
	{"elliptic curve does not match", "a key is of another curve than was told."},
	{"invalid elliptic curve", "the key names a curve that this release does not know."},
	{"plain key provided where certificate required", "a bare key was shown where only a certificate is taken."},
	{"unknown/unsupported certificate type", "this release does not know that kind of certificate."},
	{"key lacks certificate data", "what should be a certificate is a bare key."},
	{"invalid certificate", "the certificate is damaged, or its signature does not fit."},
	{"certificate does not match key", "the certificate is of another key."},
	{"Key is revoked", "the key stands in the list of revoked keys."},
	{"KRL file has invalid magic number", "the file is no list of revoked keys, or is a plain list of keys."},
	{"bad permissions", "others can read or write the file, so it is not used."},
	{"could not load host key", "the host key is not there or cannot be read."},
	{"key not found", "the key is not there."},
	{"key encrypted using unsupported cipher", "the key's passphrase was put on with a cipher that this release does not have."},
	{"file changed while reading", "the file was being written at that moment."},
	{"disconnected", "the other end said goodbye."},
	{"protocol error", "what came breaks the protocol's rules."},
	{"protocol version mismatch", "the other end speaks another version of the protocol."},
	{"could not read protocol version", "no greeting came that could be read."},
	{"agent refused operation", "the agent holds the key and did not want to sign: a card that is out, or a question that nobody answered."},
	{"agent not present", "no agent runs."},
	{"agent contains no identities", "the agent holds no key."},
	{"communication with agent failed", "the agent did not answer."},
	{"DH GEX group out of range", "the sizes that the client asks for and those that this server gives have nothing in common: a scanner, mostly ssh-audit."},
	{"rekeying not supported by peer", "the client is one of those that cannot change keys in a running connection."},
	{"passphrase is too short (minimum five characters)", "the passphrase of a key is too short."},
	{"device not found", "the security key is not there."},
	{"requested feature not supported", "the security key cannot do that."},

	// auth2-pubkey.c, sshkey.c sshkey_cert_check_authority
	{"expired", "its time is over: let the authority sign a new one."},
	{"not yet valid", "its time has not begun, or this host's clock is slow."},
	{"name is not a listed principal", "it is for other names than this account's."},
	{"not a host certificate", "it is a user's certificate, shown as a host's."},
	{"not a user certificate", "it is a host's certificate, shown as a user's."},

	// pam_strerror(3)
	{"Authentication failure", "PAM: the password, or the code, was wrong."},
	{"User not known to the underlying authentication module", "PAM: no module knows the account."},
	{"Have exhausted maximum number of retries for service", "PAM: too many wrong answers in one connection."},
	{"Authentication token is no longer valid; new one required", "PAM: the password has expired and must be changed first."},
	{"User account has expired", "PAM: the account has expired, or a rule keeps it out."},
	{"Cannot make/remove an entry for the specified session", "PAM: a required module of the session failed; its own line tells why."},
	{"Authentication service cannot retrieve user credentials", "PAM: the user's tickets or keys could not be fetched."},
	{"User credentials expired", "PAM: the user's tickets are too old."},
	{"Failure setting user credentials", "PAM: the user's groups, tickets or keys could not be set."},
	{"Insufficient credentials to access authentication data", "PAM: the module may not read what it needs; it runs without root's rights."},
	{"Authentication service cannot retrieve authentication info", "PAM: the directory (LDAP, Kerberos, SSSD) does not answer."},
	{"Critical error - immediate abort", "PAM: a module gave up."},
	{"Module is unknown", "PAM: a module could not be loaded: see the line with dlopen before."},
	{"Failed to load module", "PAM: a module could not be loaded: see the line with dlopen before."},
	{"Symbol not found", "PAM: the module has no such part: it cannot be used for this."},
	{"System error", "PAM: a module failed for a reason of its own; its own line tells it."},
	{"Error in service module", "PAM: a module failed for a reason of its own; its own line tells it."},
	{"Conversation error", "PAM: the client left while it was being asked, or did not answer."},
	{"Authentication token expired", "PAM: the password has expired."},
	{"No module specific data is present", "PAM: a module was called before it was ready; its own line tells more."},
	{"Bad item passed to pam_*_item()", "PAM: a module or sshd asked for something that PAM does not have."},
	{"Application needs to call libpam again", "PAM: a module is not done yet."},
	{"Success", "PAM or the system says that nothing is wrong: the reason stands elsewhere."},
	{"Conversation is waiting for event", "PAM: the module waits for something outside."},
	{"Authentication token manipulation error", "PAM: the password could not be changed."},
	{"Authentication information cannot be recovered", "PAM: the password could not be changed: the old one was wrong."},
	{"Authentication token lock busy", "PAM: the password file is locked by somebody else."},
	{"Authentication token aging disabled", "PAM: passwords do not age here."},
	{"Failed preliminary check by password service", "PAM: the new password was not even tried: the directory does not answer."},
	{"Memory buffer error", "PAM: there was no memory."},
	{"The return value should be ignored by PAM dispatch", "PAM: the module has no opinion."},
	{"password aged", "the password is older than /etc/shadow allows and must be changed."},
	{"root forced", "root has asked for a new password at the next login."},
	{"root enforced", "root has asked for a new password at the next login."},
	{"account expired", "the account's end in /etc/shadow has passed."},

	// srclimit.c
	{"failed authentication", "a login failed. 5 s by default, for each."},
	{"connections without attempting authentication", "it connected and tried nothing. 1 s by default, for each."},
	{"exceeded LoginGraceTime", "it did not log in in time. 10 s by default, for each."},
	{"caused crash", "the process that served it crashed. 90 s by default."},
	{"connection prohibited by RefuseConnection", "a Match block with RefuseConnection is for it. 10 s by default."},
	{"attempted authentication by invalid user", "it named an account that does not exist. Since 10.3."},
}

// disconnectCodes are those of RFC 4253 section 11.1. The words behind the code
// are the peer's; the code is as well, and says what its program meant.
var disconnectCodes = []wording{
	{"1", "SSH_DISCONNECT_HOST_NOT_ALLOWED_TO_CONNECT: the client says that it may not connect."},
	{"2", "SSH_DISCONNECT_PROTOCOL_ERROR: the client did not understand the server, or broke off."},
	{"3", "SSH_DISCONNECT_KEY_EXCHANGE_FAILED: no common algorithm, or the client did not trust the host key."},
	{"4", "SSH_DISCONNECT_RESERVED: no client should say that."},
	{"5", "SSH_DISCONNECT_MAC_ERROR: the server's packets came damaged to the client."},
	{"6", "SSH_DISCONNECT_COMPRESSION_ERROR: the server's compressed data came damaged to the client."},
	{"7", "SSH_DISCONNECT_SERVICE_NOT_AVAILABLE: the client did not get what it had asked for."},
	{"8", "SSH_DISCONNECT_PROTOCOL_VERSION_NOT_SUPPORTED: the client does not speak this version."},
	{"9", "SSH_DISCONNECT_HOST_KEY_NOT_VERIFIABLE: the client does not trust the host key: a new host, a changed key, or somebody between."},
	{"10", "SSH_DISCONNECT_CONNECTION_LOST: the client lost the connection."},
	{"11", "SSH_DISCONNECT_BY_APPLICATION: the program ended it. This is the usual farewell."},
	{"12", "SSH_DISCONNECT_TOO_MANY_CONNECTIONS: the client has too many connections."},
	{"13", "SSH_DISCONNECT_AUTH_CANCELLED_BY_USER: somebody pressed Cancel at the password."},
	{"14", "SSH_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE: the client has nothing left to try: a person or job without the right key, or a guesser at its end."},
	{"15", "SSH_DISCONNECT_ILLEGAL_USER_NAME: the client says that the name is none."},
}

// signals are those that end sshd's processes (signal(7), Linux).
var signals = []wording{
	{"1", "SIGHUP: it was told to read its configuration anew."},
	{"2", "SIGINT: somebody pressed Ctrl-C where it ran."},
	{"6", "SIGABRT: it ended itself, since its memory was in disorder (a double free, an overrun buffer)."},
	{"7", "SIGBUS: it read memory that is not there: a bug, or a disk or memory that fails."},
	{"9", "SIGKILL: somebody or the kernel (out of memory) ended it: `journalctl -k | grep -i oom`."},
	{"11", "SIGSEGV: it read or wrote memory that is not its own: a bug, or an exploit that missed."},
	{"13", "SIGPIPE: it wrote to a connection that was gone."},
	{"14", "SIGALRM: its time was over."},
	{"15", "SIGTERM: it was told to end. Every shutdown and restart does that."},
	{"31", "SIGSYS: it called the kernel in a way that its sandbox forbids: a new C library, or an exploit that got that far."},
}

// packetTypes are the numbers of RFC 4250 section 4.1.2 that come where they may
// not.
var packetTypes = []wording{
	{"2", "SSH_MSG_IGNORE: harmless in itself; in a strict key exchange (9.6) it is the sign of Terrapin (CVE-2023-48795)."},
	{"4", "SSH_MSG_DEBUG: harmless in itself; in a strict key exchange (9.6) it is the sign of Terrapin (CVE-2023-48795)."},
	{"5", "SSH_MSG_SERVICE_REQUEST: asked for at the wrong moment."},
	{"20", "SSH_MSG_KEXINIT: a key exchange begun at the wrong moment."},
	{"21", "SSH_MSG_NEWKEYS: new keys at the wrong moment."},
	{"50", "SSH_MSG_USERAUTH_REQUEST: a login asked for at the wrong moment."},
	{"52", "SSH_MSG_USERAUTH_SUCCESS: the client tells the server that it is logged in: the probe for libssh CVE-2018-10933. OpenSSH does not fall for it."},
	{"80", "SSH_MSG_GLOBAL_REQUEST: before a login it is a probe, or a client in a hurry."},
	{"90", "SSH_MSG_CHANNEL_OPEN: a session asked for before a login: the probe for Erlang CVE-2025-32433. OpenSSH does not fall for it."},
	{"98", "SSH_MSG_CHANNEL_REQUEST: a command before a login: the probe for Erlang CVE-2025-32433. OpenSSH does not fall for it."},
}
