package notice

import (
	"slices"
	"strings"
	"testing"
)

// className is what sshd prints for a list of the table.
func className(list string) string {
	for class, l := range lists {
		if l == list && class != "mac" {
			return class
		}
	}
	return ""
}

func names(clients []Client) []string {
	var n []string
	for _, c := range clients {
		n = append(n, c.Family)
	}
	return n
}

func TestClients(t *testing.T) {
	const (
		kex  = "key exchange method"
		host = "host key type"
	)
	for _, c := range []struct {
		why  string
		in   Evidence
		want []string
		vers string // of the first
	}{
		{"only PuTTY's code has RSA key exchanges behind SHA-1 groups", Evidence{Class: kex, Offer: "diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1,rsa2048-sha256,rsa1024-sha1"},
			[]string{"PuTTY family"}, "0.61..0.67 (WinSCP to 5.7)"},
		{"two libraries and the bots made of one share this list", Evidence{Class: kex, Offer: "diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1 [preauth]"},
			[]string{"guessing bots", "libssh2", "paramiko"}, "built with libssh2 1.4.3"},
		{"many families had RSA and DSA host keys only", Evidence{Class: host, Offer: "ssh-rsa,ssh-dss"},
			[]string{"guessing bots", "Dropbear dbclient", "Ganymed SSH-2", "JSch 0.1 (jcraft)", "libssh", "libssh2", "OpenSSH client", "paramiko", "phpseclib", "PuTTY family", "SSH.NET (Renci)", "Trilead SSH2"}, ""},
		{"JSch moves a stored host key type to the front", Evidence{Class: host, Offer: "ecdsa-sha2-nistp256,ssh-rsa,ssh-dss,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521"},
			[]string{"JSch 0.1 (jcraft)", "JSch (com.github.mwiede)"}, "0.1.52..0.1.55"},
		{"the order is Go's; paramiko never reorders", Evidence{Class: "cipher", Offer: "aes128-ctr,aes192-ctr,aes256-ctr,arcfour256,arcfour128"}, []string{"Go x/crypto/ssh"}, "2012-03-04..2013-11-01"},
		{"the form of sshd 6.7", Evidence{Class: "mac", Offer: "hmac-sha1,hmac-md5,hmac-sha1-96,hmac-md5-96"}, []string{"paramiko"}, "1.7.7.1..1.15.5"},
		{"a distribution added strict key exchange to an old release", Evidence{Class: kex, Offer: "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp521,ecdh-sha2-nistp384,ecdh-sha2-nistp256,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1,kexguess2@matt.ucc.asn.au,ext-info-c,kex-strict-c-v00@openssh.com"},
			[]string{"Dropbear dbclient"}, "2022.82..2022.83; 2024.84..2024.86"},
		{"nobody added ext-info-c to an old release: this is a newer one, told to offer little", Evidence{Class: kex, Offer: "diffie-hellman-group1-sha1,ext-info-c"}, nil, ""},
		{"one type of host key only: a scanner, or set by hand", Evidence{Class: host, Offer: "rsa-sha2-512,rsa-sha2-256,ssh-rsa"}, []string{"OpenSSH client", "ssh-keyscan"}, "with HostKeyAlgorithms set"},
		{"OpenSSH's list without ext-info-c", Evidence{Class: kex, Offer: "sntrup761x25519-sha512@openssh.com,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256"},
			[]string{"ssh-keyscan"}, "9.0..9.5; 9.6..9.8"},
		{"nmap's script, and devices, and bots", Evidence{Class: kex, Offer: "diffie-hellman-group1-sha1"}, []string{"guessing bots", "Dropbear dbclient", "libssh", "nmap"}, "built with Granados"},
		{"a changed list with a name that only PuTTY has", Evidence{Class: host, Offer: "ssh-ed448,ssh-rsa"}, []string{"PuTTY family"}, ""},
		{"a list that somebody made", Evidence{Class: kex, Offer: "diffie-hellman-group18-sha512,diffie-hellman-group1-sha1"}, nil, ""},
		{"three names are too few to know a list that was cut", Evidence{Class: "cipher", Offer: "aes128-ctr,aes192-ctr,aes256-ctr,a", Cut: true}, nil, ""},
		{"no class, no claim", Evidence{Offer: "diffie-hellman-group1-sha1"}, nil, ""},
		{"compression tells nothing", Evidence{Class: compression, Offer: "zlib"}, nil, ""},
		{"Java prints its exception", Evidence{Goodbye: "com.jcraft.jsch.JSchException: Auth fail"}, []string{"JSch 0.1 (jcraft)", "JSch (com.github.mwiede)"}, ""},
		{"text that only begins alike", Evidence{Goodbye: "Bye Bye, world"}, nil, ""},
		{"a banner with its version", Evidence{Banner: "SSH-2.0-PuTTY_Release_0.70"}, []string{"PuTTY family"}, ""},
		{"a banner with its version", Evidence{Banner: "SSH-2.0-JSCH-0.1.54"}, []string{"JSch 0.1 (jcraft)"}, "0.1.54"},
		{"Go is a whole banner", Evidence{Banner: "SSH-2.0-Gopher"}, nil, ""},
		{"offer and banner agree: the banner's version is the finer", Evidence{Class: host, Offer: "ssh-rsa,ssh-dss", Banner: "paramiko_1.10.1"}, []string{"paramiko"}, "1.10.1"},
		{"they disagree: lists are harder to imitate", Evidence{Class: kex, Offer: "diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1", Banner: "OpenSSH_9.2"}, []string{"node ssh2"}, "0.5"},
	} {
		got := Clients(c.in)
		if !slices.Equal(names(got), c.want) {
			t.Errorf("%s: %+v is %q, want %q", c.why, c.in, names(got), c.want)
		} else if c.vers != "" && got[0].Versions != c.vers {
			t.Errorf("%s: %+v has the versions %q, want %q", c.why, c.in, got[0].Versions, c.vers)
		}
	}
}

// TestOfferRows: each row finds its family again, whole, cut as syslog cuts it,
// and with the pseudo names that distributions add.
func TestOfferRows(t *testing.T) {
	if len(offerRows()) < 300 {
		t.Fatalf("%d rows in clients.tsv, want all of them", len(offerRows()))
	}
	for _, r := range offerRows() {
		f, ok := families()[r.family]
		if !ok || r.source == "" || className(r.list) == "" {
			t.Errorf("row %+v: want a known family, a known list and a source", r)
			continue
		}
		offer := strings.Join(r.names, ",")
		e := Evidence{Class: className(r.list), Offer: offer}
		if !slices.Contains(names(Clients(e)), f.Family) {
			t.Errorf("%s does not find %s", offer, f.Family)
		}
		if cut := 395; len(offer) > cut {
			e = Evidence{Class: e.Class, Offer: offer[:cut], Cut: true}
			if !slices.Contains(names(Clients(e)), f.Family) {
				t.Errorf("%s does not find %s", e.Offer, f.Family)
			}
		}
	}
}

// TestFamilies: every family can be found, by an offer or a text, and every
// text names families that exist.
func TestFamilies(t *testing.T) {
	found := map[string]bool{}
	for _, r := range offerRows() {
		found[r.family] = true
	}
	for _, x := range texts {
		if x.source == "" || (x.goodbye == "") == (x.banner == "") {
			t.Errorf("text %+v: want a source, and either a goodbye or a banner", x)
		}
		got := names(Clients(Evidence{Goodbye: x.goodbye, Banner: x.banner}))
		for _, family := range x.families {
			found[family] = true
			if !slices.Contains(got, families()[family].Family) {
				t.Errorf("%q%q finds %q, want %s", x.goodbye, x.banner, got, family)
			}
		}
	}
	for key, f := range families() {
		if !found[key] {
			t.Errorf("nothing finds the family %s", key)
		}
		if f.Family == "" || len(f.Family)+len(f.Programs) > 76 {
			t.Errorf("family %s: name %q and programs %q, want a name, and both on one line", key, f.Family, f.Programs)
		}
	}
}

// TestOneNameOneFamily: a token is what no other family offers, unless it has a
// token row of its own.
func TestOneNameOneFamily(t *testing.T) {
	tokens := map[string][]string{}
	for _, r := range offerRows() {
		if r.token {
			tokens[r.list+" "+r.names[0]] = append(tokens[r.list+" "+r.names[0]], r.family)
		}
	}
	for _, r := range offerRows() {
		for _, n := range r.names {
			if owners := tokens[r.list+" "+n]; owners != nil && !slices.Contains(owners, r.family) {
				t.Errorf("%s offers %s, which is said to be a sign of %q", r.family, n, owners)
			}
		}
	}
}

func TestTableSize(t *testing.T) {
	if n := len(clientRows); n > 40<<10 {
		t.Errorf("clients.tsv has %d bytes, want at most 40 KiB: it is in every binary", n)
	}
}

func FuzzSplitOffer(f *testing.F) {
	f.Add("diffie-hellman-group1-sha1,ext-info-c [preauth]", false)
	f.Add("x [preauth] Accepted password for root from 203.0.113.7 port 22 ssh2 [preauth]", false)
	f.Add("aes128-ctr,aes256-c", true)
	f.Add(",,\x00\n,"+strings.Repeat("a", 200), false)
	f.Add(strings.Repeat("a,", 400), true)
	f.Fuzz(func(t *testing.T, offer string, cut bool) {
		got := splitOffer(offer, cut)
		if len(got) > maxNames {
			t.Errorf("%d names", len(got))
		}
		for _, n := range got {
			if len(n) > maxName || strings.ContainsFunc(n, func(c rune) bool { return c <= ' ' || c > '~' || c == ',' }) {
				t.Errorf("%q gave the name %q", offer, n)
			}
		}
		for class := range lists {
			for _, c := range Clients(Evidence{Class: class, Offer: offer, Cut: cut, Goodbye: offer, Banner: offer}) {
				if c.Family == "" || len(c.Versions) > 120 {
					t.Errorf("%q gave the client %+v", offer, c)
				}
			}
		}
	})
}

func BenchmarkClients(b *testing.B) {
	e := Evidence{Class: "host key type", Offer: "ssh-rsa,ssh-dss"}
	for b.Loop() {
		Clients(e)
	}
}

func BenchmarkOfferRows(b *testing.B) {
	for b.Loop() {
		readOfferRows()
	}
}
