package logfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
)

// write makes a file called name in a new directory.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// gz is text as one member of gzip.
func gz(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestOpenFile(t *testing.T) {
	gzipped := gz(t, "a\nb\n")
	tests := []struct {
		why     string
		name    string
		content []byte
		want    []string
	}{
		{"plain text", "auth.log", []byte("a\nb\n"), []string{"a", "b"}},
		{"gzip by its content, whatever its name", "auth.log", gzipped, []string{"a", "b"}},
		{"plain text that is called .gz", "auth.log.gz", []byte("a\n"), []string{"a"}},
		{"members one after another, as `cat *.gz` makes them", "all.gz", append(gz(t, "a\nb"), gz(t, "c\n")...), []string{"a", "bc"}},
		{"gzip of nothing", "empty.gz", gz(t, ""), nil},
		{"a byte order mark in gzip", "bom.gz", gz(t, "\xef\xbb\xbfa\n"), []string{"a"}},
		{"an export in gzip", "export.gz", gz(t, "__CURSOR=s\nMESSAGE=a\n\n"), []string{`{"MESSAGE":"a"}`}},
		{"gzip in gzip is data", "twice.gz", gz(t, "\x1f\x8b\x08\n"), []string{"\x1f\x8b\x08"}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			r, err := Open(write(t, tt.name, tt.content), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			got, err := drain(r, 10)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if size := int64(len(tt.content)); r.Size() != size || r.Consumed() != size {
				t.Errorf("consumed %d of %d; want %d", r.Consumed(), r.Size(), size)
			}
		})
	}
}

func TestModTime(t *testing.T) {
	path := write(t, "auth.log", []byte("a\n"))
	written := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, time.Time{}, written); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()

	tests := []struct {
		why   string
		name  string
		stdin io.Reader
		want  time.Time
	}{
		{"a file knows", path, nil, written},
		{"standard input that is a file knows as well", Stdin, file, written},
		{"a pipe does not", Stdin, pipeHolding(t, "a\n"), time.Time{}},
		{"any other reader does not", Stdin, strings.NewReader("a\n"), time.Time{}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			r, err := Open(tt.name, tt.stdin)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if !r.ModTime().Equal(tt.want) {
				t.Errorf("ModTime = %v; want %v", r.ModTime(), tt.want)
			}
			if tt.want.IsZero() && r.Size() != 0 {
				t.Errorf("Size = %d of a pipe", r.Size())
			}
		})
	}
}

// pipeHolding is the reading end of a pipe of the system, as standard input
// often is.
func pipeHolding(t *testing.T, text string) *os.File {
	t.Helper()
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	if _, err := out.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return in
}

func TestCloseLeavesStdinOpen(t *testing.T) {
	in := pipeHolding(t, "a\n")
	r, err := Open(Stdin, in)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if err := in.Close(); err != nil {
		t.Errorf("standard input was closed: %v", err)
	}
}

func TestOpenMissing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "no\nsuch.log")
	_, err := Open(name, nil)
	wantError(t, err, fs.ErrNotExist, `no\nsuch.log": no such file or directory`)
	if strings.ContainsRune(err.Error(), '\n') {
		t.Errorf("a file's name is printed raw: %v", err)
	}
}

func TestOpenDirectory(t *testing.T) {
	_, err := Open(t.TempDir(), nil)
	wantError(t, err, syscall.EISDIR, "is a directory")
}

func TestOpenUnreadable(t *testing.T) {
	// Permission bits do not bind root; a link to itself can be opened by nobody.
	name := filepath.Join(t.TempDir(), "loop.log")
	if err := os.Symlink(name, name); err != nil {
		t.Fatal(err)
	}
	_, err := Open(name, nil)
	wantError(t, err, syscall.ELOOP, `loop.log": too many levels of symbolic links`)
}

func TestOpenForbidden(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("permission bits do not bind root")
	}
	name := write(t, "auth.log", []byte("a\n"))
	if err := os.Chmod(name, 0); err != nil {
		t.Fatal(err)
	}
	_, err := Open(name, nil)
	wantError(t, err, fs.ErrPermission, "permission denied")
}

func TestOpenClosedStdin(t *testing.T) {
	in := pipeHolding(t, "")
	in.Close()
	_, err := Open(Stdin, in)
	wantError(t, err, nil, "open standard input: ")
}

func TestOpenRefusesOtherFormats(t *testing.T) {
	tests := []struct{ why, content, want string }{
		{"SUSE rotates with xz", "\xfd7zXZ\x00\x00\x04\xe6\xd6\xb4\x46", "xz -dc FILE | sshsieve … -"},
		{"zstd", "\x28\xb5\x2f\xfd\x24\x02\x11\x00\x00a\n", "zstd -dc FILE"},
		{"bzip2", "BZh91AY&SY\x17\x11\x1f\x1c\x00\x00\x00\x41", "bzip2 -dc FILE"},
		{"Windows' editors write UTF-16", "\xff\xfeN\x00o\x00v\x00", "iconv -f UTF-16 -t UTF-8 FILE"},
		{"and in the other byte order", "\xfe\xff\x00N\x00o\x00v", "iconv -f UTF-16 -t UTF-8 FILE"},
		{"an attachment", "PK\x03\x04\x14\x00\x00\x00\x08\x00", "unzip -p FILE"},
		{"a journal as it lies on disk", "LPKSHHRH\x00\x00\x00\x00\x1c\x00\x00\x00", "journalctl -o export --file FILE"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			_, err := Open(write(t, "x.log", []byte(tt.content)), nil)
			wantError(t, err, nil, tt.want)
		})
	}
}

// wantError checks what err wraps (where target is given) and says.
func wantError(t *testing.T, err, target error, text string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want %q", text)
	}
	if target != nil && !errors.Is(err, target) {
		t.Errorf("error %v does not wrap %v", err, target)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q does not say %q", err, text)
	}
}

// manyLines is a text that gzip cannot make tiny.
func manyLines() string {
	var b strings.Builder
	for i := range uint32(20000) {
		b.WriteString(strings.Repeat(string(rune('a'+i*2654435761>>28)), int(i*40503>>8&31)))
		b.WriteByte('\n')
	}
	return b.String()
}

func TestTruncatedGzip(t *testing.T) {
	text := manyLines()
	whole := gz(t, text)
	half := write(t, "half.gz", whole[:len(whole)/2])
	r, err := Open(half, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	lines, err := drain(r, 1000)
	wantError(t, err, io.ErrUnexpectedEOF, `half.gz" after line `)
	wantError(t, err, nil, "gzip data cut short at byte ")
	if len(lines) < 1000 || !strings.HasPrefix(text, strings.Join(lines, "\n")+"\n") {
		t.Errorf("%d lines before the damage; want whole lines of the text, thousands", len(lines))
	}
	if _, again := r.ReadBatch(1); again == nil || again.Error() != err.Error() {
		t.Errorf("the next call returns %v", again)
	}
}

func TestTruncatedGzipHeader(t *testing.T) {
	_, err := readAll(bytes.NewReader(gz(t, "a\n")[:5]), 1)
	wantError(t, err, io.ErrUnexpectedEOF, `open "test.log": gzip data cut short at byte 5`)
}

func TestDamagedGzip(t *testing.T) {
	text := manyLines()
	damaged := gz(t, text)
	damaged[len(damaged)-6] ^= 1 // of the checksum: all lines come first
	lines, err := readAll(bytes.NewReader(damaged), 1000)
	wantError(t, err, gzip.ErrChecksum, "gzip data damaged near byte ")
	if got := unsplit(lines, []byte(text)); got != text {
		t.Errorf("%d bytes before the damage; want %d", len(got), len(text))
	}
}

func TestGarbageAfterGzip(t *testing.T) {
	lines, err := readAll(bytes.NewReader(append(gz(t, "a\n"), "garbage that is longer than a header"...)), 10)
	wantError(t, err, gzip.ErrHeader, "gzip data damaged near byte ")
	if !slices.Equal(lines, []string{"a"}) {
		t.Errorf("lines = %q", lines)
	}
}

func TestReadErrorDropsTheHalfLine(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("whole\nAccepted password for ro"), iotest.ErrReader(syscall.EIO))
	lines, err := readAll(broken, 10)
	wantError(t, err, syscall.EIO, `read "test.log" after line 1: input/output error`)
	if !slices.Equal(lines, []string{"whole"}) {
		t.Errorf("lines = %q", lines)
	}
}

func TestReadErrorUnderGzipIsNotTheGzips(t *testing.T) {
	whole := gz(t, manyLines())
	broken := io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), iotest.ErrReader(syscall.EIO))
	_, err := readAll(broken, 1000)
	wantError(t, err, syscall.EIO, ": input/output error")
	if strings.Contains(err.Error(), "gzip") {
		t.Errorf("error %q blames gzip", err)
	}
}

func TestEOFIsAskedForOnce(t *testing.T) {
	// On a terminal every EOF is a key that somebody must press.
	eofs := 0
	in := readerFunc(func([]byte) (int, error) { eofs++; return 0, io.EOF })
	if lines, err := readAll(in, 1); err != nil || lines != nil || eofs != 1 {
		t.Errorf("%d EOFs were asked for; got %q, %v", eofs, lines, err)
	}
}
