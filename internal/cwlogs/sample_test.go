package cwlogs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
)

// linesPerSecond: syslogd's times are whole seconds, and in a busy hour several
// lines share one. It matters here since ids begin with the time, so it decides
// how well a document compresses.
const linesPerSecond = 4

// sampleMessage makes an sshd line as syslogd writes it, a new one for each i.
// A multiplication by a large odd number stands in for chance, so that what is
// made never changes.
func sampleMessage(i int) string {
	n := uint32(i) * 2654435761
	user := []string{"root", "admin", "ubuntu", "test", "oracle", "git", "postgres", "deploy"}[n>>8%8]
	addr := fmt.Sprintf("203.0.113.%d port %d", n>>24, 1024+n>>11%60000)
	var said string
	switch n >> 16 % 6 {
	case 0, 1:
		said = fmt.Sprintf("Failed password for %s from %s ssh2", user, addr)
	case 2:
		said = fmt.Sprintf("Failed password for invalid user %s from %s ssh2", user, addr)
	case 3:
		said = fmt.Sprintf("Connection closed by authenticating user %s %s [preauth]", user, addr)
	case 4:
		said = fmt.Sprintf("Received disconnect from %s:11: Bye Bye [preauth]", addr)
	case 5:
		said = fmt.Sprintf("Unable to negotiate with %s: no matching key exchange method found. Their offer: diffie-hellman-group14-sha1 [preauth]", addr)
	}
	return fmt.Sprintf("Nov 14 22:%02d:%02d web-1 sshd[%d]: %s", i/linesPerSecond/60%60, i/linesPerSecond%60, 1000+n>>5%60000, said)
}

// sampleBatch makes a batch of n lines.
func sampleBatch(n int, message func(int) string) *Batch {
	b := simpleBatch([]Line{}...)
	for i := range n {
		b.Lines = append(b.Lines, Line{Timestamp: 1699999200000 + int64(i/linesPerSecond)*1000, Message: message(i)})
	}
	return b
}

// document10MB makes a document of at least 10 MB.
func document10MB(t *testing.T) []byte {
	t.Helper()
	one, err := json.Marshal(newDocument(sampleBatch(1000, sampleMessage)))
	if err != nil {
		t.Fatal(err)
	}
	var doc bytes.Buffer
	if err := json.NewEncoder(&doc).Encode(newDocument(sampleBatch(10e6/len(one)*1000+2000, sampleMessage))); err != nil {
		t.Fatal(err)
	}
	return doc.Bytes()
}
