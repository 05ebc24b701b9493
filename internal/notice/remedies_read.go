package notice

import (
	"slices"
	"strings"
)

// ReadRefusal says what a message refuses. kind is the name of the message's row
// in sshd's table (sshd.Event.Kind), message its text, with or without
// "error: ", "fatal: " and " [preauth]", and cut says that its end is missing.
// It returns false for messages that refuse nothing, and for offers of which no
// name is known: then nothing can be advised.
func ReadRefusal(kind, message string, cut bool) (Refusal, bool) {
	read, ok := readers[kind]
	if !ok {
		c, ok := causes[kind]
		return Refusal{Cause: c}, ok
	}
	r := read(strings.TrimSuffix(message, " [preauth]"))
	r.Cut = cut && r.Offer != ""
	if r.Cause == "" && r.Class != "" {
		r.negotiate()
	}
	return r, r.Cause != ""
}

// readers read the messages that say more than one thing, by the name of their
// row.
var readers = map[string]func(string) Refusal{
	"no-matching":         readNegotiation,
	"no-matching-user":    readNegotiation,
	"no-matching-old":     readOldNegotiation,
	"no-kex-old":          func(string) Refusal { return Refusal{Cause: "kex/old", Until: "6.9"} },
	"no-hostkey-old":      func(string) Refusal { return Refusal{Cause: "hostkey/old", Until: "6.9"} },
	"signature-refused":   readKeyAlgorithm,
	"key-type-refused":    readKeyAlgorithm,
	"certificate-invalid": readCertificate,
	"certificate-refused": readCertificate,
}

// causes are those of the messages that always say the same, by the name of
// their row.
var causes = map[string]Cause{
	"key-unsupported":               "key/unsupported",
	"key-too-short":                 "key/too-short",
	"certificate-signature-refused": "certificate/signature",
	"unsafe-client":                 "client/unsafe",
	"unsafe-client-key":             "client/unsafe",
	"client-too-old":                "client/unsafe",
	"mm-answer-sign-sign":           "hostkey/signing",
	"mm-answer-sign-key-sign":       "hostkey/signing",
	"mm-answer-sign-sshkey-sign":    "hostkey/signing",

	"certificate-does-not-contain-authorized":     "certificate/principal",
	"certificate-lacks-principal-list":            "certificate/principal",
	"refused-by-certificate-principals-options":   "certificate/principal",
	"refused-by-certificate-options":              "certificate/options",
	"invalid-certificate-options":                 "certificate/options",
	"certificate-critical-option-not-supported":   "certificate/options",
	"certificate-not-from-here":                   "certificate/source-address",
	"certificate-source-address-contents-invalid": "certificate/options",

	"key-revoked":         "key/revoked",
	"key-revoked-old":     "key/revoked",
	"krl-unreadable":      "key/revocation-list",
	"key-not-from-here":   "key/from",
	"touch-missing":       "key/touch",
	"bad-modes":           "files/modes",
	"keys-unreadable":     "files/unreadable",
	"keys-no-file":        "files/unreadable",
	"keys-no-file-quoted": "files/unreadable",
	"key-helper-failed":   "files/helper",

	"not-allowed":          "policy/allow-users",
	"not-allowed-groups":   "policy/allow-groups",
	"not-allowed-no-group": "policy/allow-groups",
	"denied-user":          "policy/deny-users",
	"denied-group":         "policy/deny-groups",
	"root-refused":         "policy/root",
	"tcp-wrappers":         "policy/tcp-wrappers",

	"account-locked":   "account/locked",
	"account-expired":  "account/expired",
	"password-expired": "account/password-expired",
	"shell-missing":    "account/shell",
	"nologin":          "account/nologin",
	"pam-nologin":      "account/nologin",
	"pam-account":      "account/pam",
	"pam-access":       "account/pam-access",
	"pam-sss-denied":   "account/pam",
	"pam-faillock":     "account/faillock",
	"pam-tally":        "account/tally",

	"maxstartups":              "throttle/maxstartups",
	"throttling-begins":        "throttle/maxstartups",
	"penalty-drop":             "throttle/penalty",
	"max-attempts":             "limit/attempts",
	"too-many-failures":        "limit/attempts",
	"too-many-failures-for":    "limit/attempts",
	"too-many-failures-nobody": "limit/attempts",
}

// readNegotiation reads "Unable to negotiate with A port N: no matching CLASS
// found. Their offer: LIST" (ssherr.c, packet.c sshpkt_vfatal). It reads from
// the left: the list is the peer's, and no user name before it holds a colon
// (auth2.c cuts there). 7.0 to 7.2 print no port.
func readNegotiation(message string) Refusal {
	head, rest, _ := strings.Cut(message, ": no matching ")
	class, offer, ok := strings.Cut(rest, " found. Their offer: ")
	if !ok || lists[class] == "" && class != compression {
		return Refusal{}
	}
	r := Refusal{Class: class, Offer: offer, Since: "7.3"}
	if !strings.Contains(head, " port ") {
		r.Since, r.Until = "7.0", "7.2"
	}
	return r
}

const compression = "compression method"

// readOldNegotiation reads "no matching cipher found: client LIST server LIST"
// (kex.c choose_enc and others, to 6.9).
func readOldNegotiation(message string) Refusal {
	_, rest, _ := strings.Cut(message, "no matching ")
	class, rest, ok := strings.Cut(rest, " found: client ")
	if !ok || lists[class] == "" && class != "comp" {
		return Refusal{}
	}
	if class == "comp" {
		class = compression
	}
	offer, _, _ := strings.Cut(rest, " server ")
	return Refusal{Class: class, Offer: offer, Until: "6.9"}
}

// A rank is a group of algorithms that are refused for one reason.
type rank struct {
	cause Cause
	names []string
}

// ranks lists, for each class, the reasons from the newest algorithms to the
// oldest. The newest that a client offers is what it is refused for: if a server
// of today does not take even that, its own configuration is the reason.
var ranks = map[string][]rank{
	"kex": {
		{"kex/own-list", []string{"curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"}},
		{"kex/finite-field", []string{"diffie-hellman-group14-sha256", "diffie-hellman-group-exchange-sha256", "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512"}},
		{"kex/group14-sha1", []string{"diffie-hellman-group14-sha1"}},
		{"kex/group-exchange-sha1", []string{"diffie-hellman-group-exchange-sha1"}},
		{"kex/group1", []string{"diffie-hellman-group1-sha1"}},
		{"kex/quantum", []string{"mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com"}},
	},
	"hostkey": {
		{"hostkey/no-key", []string{"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"}},
		{"hostkey/ssh-rsa", []string{"ssh-rsa"}},
		{"hostkey/ssh-dss", []string{"ssh-dss"}},
	},
	"cipher": {
		{"cipher/own-list", []string{"aes256-ctr", "aes128-ctr", "aes192-ctr", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"}},
		{"cipher/aes-cbc", []string{"aes256-cbc", "aes128-cbc", "aes192-cbc"}},
		{"cipher/3des", []string{"3des-cbc"}},
		{"cipher/removed", []string{"rijndael-cbc@lysator.liu.se", "blowfish-cbc", "cast128-cbc", "arcfour256", "arcfour128", "arcfour"}},
	},
	"mac": {
		{"mac/own-list", []string{"hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "umac-128-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512", "umac-128@openssh.com", "hmac-sha1-etm@openssh.com", "hmac-sha1", "umac-64-etm@openssh.com", "umac-64@openssh.com"}},
		{"mac/sha1-96", []string{"hmac-sha1-96", "hmac-sha1-96-etm@openssh.com"}},
		{"mac/md5", []string{"hmac-md5", "hmac-md5-96", "hmac-md5-etm@openssh.com", "hmac-md5-96-etm@openssh.com"}},
		{"mac/removed", []string{"hmac-ripemd160", "hmac-ripemd160@openssh.com", "hmac-ripemd160-etm@openssh.com"}},
	},
}

// negotiate finds the cause from the offer.
func (r *Refusal) negotiate() {
	list := lists[r.Class]
	if list == "" { // compression has no list: it is zlib or nobody's
		if slices.Contains(splitOffer(r.Offer, r.Cut), "zlib") {
			r.Cause = "compression/zlib"
		}
		return
	}
	if r.rank(list); r.Cause != "" && r.Until == "6.9" {
		r.Cause = Cause(list + "/old")
	}
}

func (r *Refusal) rank(list string) {
	offered := splitOffer(r.Offer, r.Cut)
	for _, k := range ranks[list] {
		for _, name := range k.names {
			if slices.Contains(offered, name) {
				r.Cause, r.Algorithm = k.cause, name
				return
			}
		}
	}
}

// readKeyAlgorithm reads "userauth_pubkey: signature algorithm ALG not in
// PubkeyAcceptedAlgorithms", since 9.0, "key type ALG not in …Algorithms", 8.5
// to 8.9, and "… not in …KeyTypes", 6.8 to 8.4 (auth2-pubkey.c).
func readKeyAlgorithm(message string) Refusal {
	r := Refusal{Since: "8.5", Until: "8.9"}
	rest, ok := afterFirst(message, "userauth_pubkey: key type ")
	if !ok {
		if rest, ok = afterFirst(message, "userauth_pubkey: signature algorithm "); !ok {
			return Refusal{} // host based: nobody uses it, no advice was tried
		}
		r.Since, r.Until = "9.0", ""
	}
	name, option, _ := strings.Cut(rest, " not in ")
	if strings.HasSuffix(option, "KeyTypes") {
		r.Since, r.Until = "6.8", "8.4"
	}
	r.Cause, r.Algorithm = keyCause(name)
	return r
}

func afterFirst(s, sep string) (string, bool) {
	_, rest, ok := strings.Cut(s, sep)
	return rest, ok
}

// keyCause says why a user's key type is refused. Only names that OpenSSH knows
// are passed on.
func keyCause(name string) (Cause, string) {
	switch name {
	case "ssh-rsa", "ssh-dss":
		return Cause("key/" + name), name
	case "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-256", "rsa-sha2-512",
		"sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com":
		return "key/own-list", name
	}
	return "", ""
}

// readCertificate reads "Certificate invalid: REASON", to 10.0, and "Refusing
// certificate ID "…" …: Certificate invalid: REASON" (auth2-pubkey.c,
// sshkey.c sshkey_cert_check_authority). The key id comes from whoever signed
// it, so the reason is looked for at the end.
func readCertificate(message string) Refusal {
	for _, end := range []struct {
		words string
		cause Cause
	}{
		{"expired", "certificate/expired"},
		{"not yet valid", "certificate/expired"},
		{"name is not a listed principal", "certificate/principal"},
		{"lacks principal list", "certificate/principal"},
		{"does not contain an authorized principal", "certificate/principal"},
	} {
		if strings.HasSuffix(message, end.words) {
			return Refusal{Cause: end.cause}
		}
	}
	return Refusal{Cause: "certificate/options"}
}
