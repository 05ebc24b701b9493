package sshd

import (
	"net/netip"
	"strings"
)

// A field is a part of a message that changes from line to line. Closed
// fields have a grammar that ends by itself; open fields hold free text, and
// only what stands around them says where they end.
type field uint8

const (
	literal field = iota

	// Closed: each is read from the left or from the right.
	fieldAddr   // the peer's IP, with or without zone, or UNKNOWN
	fieldPort   // the peer's port
	fieldHost   // the peer's IP or host name (UseDNS); may be empty in PAM's rhost=
	fieldLocal  // another address than the peer's: the server's, a forwarding target's
	fieldLport  // another port than the peer's
	fieldMethod // authentication method: "password", "keyboard-interactive/pam"
	fieldFunc   // a C function's name
	fieldNumber // decimal, with sign or point
	fieldHex    // hexadecimal
	fieldSerial // a certificate's serial number (PROTOCOL.certkeys)
	fieldSignal // number of a signal
	fieldPID    // number of another process than the one that logs
	fieldStatus // exit status of a program
	fieldCount  // how often, how many
	fieldSecs   // seconds, with fraction
	fieldType   // number of a packet's type (RFC 4250 section 4.1)
	fieldRead   // bytes that were read
	fieldWrote  // bytes that were written
	fieldCode   // reason code of RFC 4253 section 11.1
	fieldWord   // one word without blanks
	fieldName   // one word or nothing
	fieldPath   // a file's absolute path without blanks
	fieldPrint  // a key's fingerprint, without its type: "SHA256:…", "1a:2b:…"
	fieldClass  // what could not be negotiated (kex.c, sshkey.c via ssherr.c)
	fieldGone   // ssh_err and errno texts that say no more than: the peer went away
	fieldPAM    // a PAM module with service and phase: "pam_unix(sshd:auth)"

	// Open, and the peer may write it.
	fieldUser   // user name as the peer sent it, vis(3)-escaped
	fieldOffer  // list of algorithms that the peer proposed
	fieldReason // text of a disconnect message (RFC 4253 section 11.1)
	fieldBanner // the peer's identification string
	fieldCertID // key id of a certificate
	fieldFile   // path that a logged-in user names (sftp)
	fieldOrigin // where a forwarded connection comes from, as the client claims
	fieldTarget // where a client wants to be connected to, or listened for
	fieldText   // any other text

	// Open, but sshd's, the library's or the administrator's own words.
	fieldAccount // user name of an account that exists
	fieldKey     // type and fingerprint: "ED25519 SHA256:…", "RSA 1a:2b:…"
	fieldCA      // the same of a certificate's authority
	fieldAlg     // an algorithm's name
	fieldWords   // any other words
	fields
)

var fieldNames = [fields]string{
	fieldAddr: "addr", fieldPort: "port", fieldHost: "host", fieldLocal: "local", fieldLport: "lport",
	fieldMethod: "method", fieldKey: "key", fieldCA: "ca", fieldFunc: "func", fieldNumber: "n",
	fieldHex: "x", fieldCode: "code", fieldWord: "word", fieldName: "name", fieldPath: "path", fieldPrint: "fingerprint",
	fieldSerial: "serial", fieldSignal: "signal", fieldPID: "pid", fieldStatus: "status", fieldCount: "count",
	fieldSecs: "seconds", fieldType: "type", fieldRead: "read", fieldWrote: "written",
	fieldAlg: "alg", fieldClass: "class", fieldGone: "gone", fieldPAM: "pam",
	fieldUser: "user", fieldOffer: "offer", fieldReason: "reason", fieldBanner: "banner",
	fieldCertID: "certid", fieldFile: "file", fieldOrigin: "origin", fieldTarget: "target", fieldText: "text", fieldAccount: "account", fieldWords: "words",
}

func (f field) open() bool { return f >= fieldUser }

// peers says whether the peer may write into the field.
func (f field) peers() bool { return f >= fieldUser && f <= fieldText }

// words is how many literal bytes a field is worth that knows its words by
// heart: those of the shortest.
func (f field) words() int {
	switch f {
	case fieldClass:
		return len("MAC")
	case fieldGone:
		return len("Broken pipe")
	}
	return 0
}

// permits says whether text can be in the open field: auth2.c cuts a user name
// at its first colon, and no key or algorithm has a quote.
func (f field) permits(text string) bool {
	switch f {
	case fieldUser, fieldAccount:
		return strings.IndexByte(text, ':') < 0
	case fieldKey, fieldCA, fieldAlg:
		return strings.IndexByte(text, '"') < 0
	}
	return true
}

func fieldByName(name string) (field, bool) {
	for f := literal + 1; f < fields; f++ {
		if fieldNames[f] == name {
			return f, true
		}
	}
	return literal, false
}

// classes are what "no matching … found" can lack (ssherr.c ssh_err).
var classes = [...]string{"key exchange method", "host key type", "cipher", "MAC", "compression method"}

// gone are the texts of a connection that just ended (ssherr.c, strerror(3)).
var gone = [...]string{
	"Connection reset by peer", "Connection closed by remote host", "Connection closed", "Connection timed out",
	"Connection refused", "Broken pipe", "Operation timed out", "Operation not permitted", "No route to host",
	"Network is unreachable", "Host is down", "Host is unreachable", "Software caused connection abort",
	"Socket is not connected", "Transport endpoint is not connected",
}

// scan finds where a closed field of s that begins at i ends; after is the byte
// that follows it in the pattern, 0 at the end. It returns -1 if there is none.
func (f field) scan(s string, i int, after byte) int {
	switch f {
	case fieldClass:
		return scanEnum(classes[:], s, i)
	case fieldGone:
		return scanEnum(gone[:], s, i)
	}
	end := i
	for end < len(s) && s[end] != ' ' && s[end] != after {
		end++
	}
	if after == ':' && f.colons() { // the last colon of the word ends the field
		for end < len(s) && s[end] != ' ' {
			end++
		}
		return max(i, i+strings.LastIndexByte(s[i:end], ':'))
	}
	return end
}

// scanBack finds where a closed field of s that ends at end begins, at from or
// after it; before is the byte in front of it in the pattern. It returns -1 if
// there is none.
func (f field) scanBack(s string, from, end int, before byte) int {
	switch f {
	case fieldClass:
		return scanEnumBack(classes[:], s, from, end)
	case fieldGone:
		return scanEnumBack(gone[:], s, from, end)
	}
	i := end
	for i > from && s[i-1] != ' ' && s[i-1] != before {
		i--
	}
	return i
}

// addresses says whether the field may give the peer's address.
func (f field) addresses() bool { return f == fieldAddr || f == fieldHost }

// colons says whether the field's own text may hold a colon.
func (f field) colons() bool {
	return f == fieldAddr || f == fieldLocal || f == fieldHost || f == fieldPAM || f == fieldPath || f == fieldPrint
}

// valid says whether s, which scan found, can be the field.
func (f field) valid(s string) bool {
	switch f {
	case fieldLocal:
		return s == unknownAddr || parseAddr(s).IsValid()
	case fieldPort, fieldLport:
		return len(s) <= 5 && all(s, digit)
	case fieldNumber, fieldSerial, fieldSignal, fieldPID, fieldStatus, fieldCount, fieldSecs, fieldType, fieldRead, fieldWrote:
		return all(s, number)
	case fieldCode:
		return all(s, digit)
	case fieldHex:
		return all(s, hexDigit)
	case fieldFunc:
		return all(s, ident) && !isDigit(s[0])
	case fieldMethod:
		return all(s, methodByte)
	case fieldPAM:
		return strings.HasPrefix(s, "pam_") && s[len(s)-1] == ')' && strings.IndexByte(s, '(') > 0
	case fieldPath:
		return s != "" && s[0] == '/'
	case fieldHost, fieldName:
		return true
	}
	return s != ""
}

// classOf holds the classes that each byte belongs to.
var classOf = func() (table [256]uint8) {
	for b := range table {
		c := byte(b)
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if isDigit(c) {
			table[b] |= digit | number | hexDigit | ident | methodByte
		}
		if letter || c == '_' {
			table[b] |= ident | methodByte
		}
		if letter && c|0x20 <= 'f' {
			table[b] |= hexDigit
		}
		if c == '-' || c == '.' {
			table[b] |= number
		}
		if c == '-' || c == '/' {
			table[b] |= methodByte
		}
	}
	return table
}()

const (
	digit uint8 = 1 << iota
	number
	hexDigit
	ident
	methodByte
)

// all says whether s is not empty and holds only bytes of the class.
func all(s string, class uint8) bool {
	for i := 0; i < len(s); i++ {
		if classOf[s[i]]&class == 0 {
			return false
		}
	}
	return s != ""
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

// unknownAddr is the address of a peer that was gone (packet.c
// ssh_remote_ipaddr).
const unknownAddr = "UNKNOWN"

// parseAddr reads an IP address without its zone, IPv4-mapped as IPv4. It
// returns the zero Addr for everything else.
func parseAddr(s string) netip.Addr {
	if a, ok := parseIPv4(s); ok {
		return a
	}
	if len(s) > 64 || strings.Count(s, ":") < 2 {
		return netip.Addr{} // netip.ParseAddr would make an error of it, which costs
	}
	if zone := strings.IndexByte(s, '%'); zone >= 0 {
		s = s[:zone]
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

// parseIPv4 reads what netip.ParseAddr reads as dotted decimal.
func parseIPv4(s string) (netip.Addr, bool) {
	if len(s) < len("1.2.3.4") || len(s) > len("255.255.255.255") {
		return netip.Addr{}, false
	}
	var octets [4]byte
	n, value, digits := 0, uint(0), 0
	for i := 0; i < len(s); i++ {
		d := uint(s[i]) - '0'
		switch {
		case d <= 9 && (digits == 0 || value != 0): // no leading zero
			value, digits = value*10+d, digits+1
			if value > 255 {
				return netip.Addr{}, false
			}
		case s[i] == '.' && digits > 0 && n < 3:
			octets[n] = byte(value)
			n, value, digits = n+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	octets[3] = byte(value)
	return netip.AddrFrom4(octets), n == 3 && digits > 0
}

// parsePort reads a port that valid has seen; what is above 65535 is 0.
func parsePort(s string) uint16 {
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	if n > 65535 {
		return 0
	}
	return uint16(n)
}

func scanEnum(words []string, s string, i int) int {
	for _, w := range words {
		if strings.HasPrefix(s[i:], w) {
			return i + len(w)
		}
	}
	return -1
}

func scanEnumBack(words []string, s string, from, end int) int {
	for _, w := range words {
		if strings.HasSuffix(s[from:end], w) {
			return end - len(w)
		}
	}
	return -1
}
