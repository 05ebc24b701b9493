package sshdtest

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// Dial connects to sshd from the given loopback address (any of 127.0.0.0/8, or
// ::1) and a port of the kernel's choice: LocalAddr is what sshd must log. The
// connection is closed when the test ends.
func (s *Server) Dial(t testing.TB, from string) *net.TCPConn {
	t.Helper()
	source := netip.MustParseAddr(from)
	to := s.Addr
	if source.Is6() {
		to = netip.AddrPortFrom(source, to.Port())
	}
	conn, err := net.DialTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0)), net.TCPAddrFromAddrPort(to))
	check(t, err)
	check(t, conn.SetDeadline(time.Now().Add(Patience)))
	t.Cleanup(func() { conn.Close() })
	return conn
}

// Relay dials sshd for a program that cannot be told where to come from: it
// returns the address that the program is to connect to, and the connection
// that sshd sees. It serves one connection.
func (s *Server) Relay(t testing.TB, from string) (netip.AddrPort, *net.TCPConn) {
	t.Helper()
	out := s.Dial(t, from)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		in, err := l.Accept()
		if err != nil {
			return // the test ended first
		}
		go pipe(in.(*net.TCPConn), out)
		pipe(out, in.(*net.TCPConn))
	}()
	return l.Addr().(*net.TCPAddr).AddrPort(), out
}

// pipe copies until from ends, and passes the end on.
func pipe(to, from *net.TCPConn) {
	io.Copy(to, from)
	to.CloseWrite()
}

// Login performs the key exchange and the authentication over conn.
func (s *Server) Login(conn net.Conn, c ssh.ClientConfig) (*ssh.Client, error) {
	if c.HostKeyCallback == nil {
		c.HostKeyCallback = ssh.FixedHostKey(s.Keys.Host.PublicKey())
	}
	sc, channels, requests, err := ssh.NewClientConn(conn, s.Addr.String(), &c)
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(sc, channels, requests), nil
}

// Packet is an SSH packet before encryption begins (RFC 4253 section 6): its
// length, padding of at least 4 bytes to a multiple of 8, no MAC.
func Packet(payload []byte) []byte {
	padding := 8 - (5+len(payload))%8
	if padding < 4 {
		padding += 8
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(payload)+padding))
	b = append(b, byte(padding))
	b = append(b, payload...)
	return append(b, make([]byte, padding)...)
}

// An Offer is what a client proposes in its SSH_MSG_KEXINIT, each a list of
// names with commas (RFC 4253 section 7.1). An empty member offers what every
// sshd since 6.5 accepts.
type Offer struct {
	Kex, HostKey, Cipher, MAC, Compression string
}

// Payload is the SSH_MSG_KEXINIT packet's payload.
func (o Offer) Payload() []byte {
	b := append([]byte{20}, make([]byte, 16)...) // SSH_MSG_KEXINIT and a cookie
	for _, list := range []string{
		or(o.Kex, "curve25519-sha256"), or(o.HostKey, "ssh-ed25519"),
		or(o.Cipher, "aes128-ctr"), or(o.Cipher, "aes128-ctr"),
		or(o.MAC, "hmac-sha2-256"), or(o.MAC, "hmac-sha2-256"),
		or(o.Compression, "none"), or(o.Compression, "none"),
		"", "", // languages
	} {
		b = appendString(b, list)
	}
	return append(b, 0, 0, 0, 0, 0) // no guess follows; reserved
}

// Disconnect is the payload of SSH_MSG_DISCONNECT (RFC 4253 section 11.1).
func Disconnect(code uint32, reason string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{1}, code)
	return appendString(appendString(b, reason), "")
}

func appendString(b []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
