package logfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// bin is a field in the binary form.
func bin(name, value string) string {
	return name + "\n" + string(binary.LittleEndian.AppendUint64(nil, uint64(len(value)))) + value + "\n"
}

const entryStart = "__CURSOR=s=1;i=1\n"

func TestExport(t *testing.T) {
	tests := []struct {
		why  string
		in   string
		want []string
	}{
		{
			"the fields that say when, where, who and what, in one order",
			"__CURSOR=s=1;i=1\n__REALTIME_TIMESTAMP=1763812800123456\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=b\nPRIORITY=6\n" +
				"MESSAGE=Connection closed by 192.0.2.7 port 50112 [preauth]\n_SYSTEMD_UNIT=ssh.service\nSYSLOG_PID=77\n" +
				"SYSLOG_IDENTIFIER=sshd\n_TRANSPORT=syslog\n_PID=77\n_UID=0\n_COMM=sshd\n_HOSTNAME=web-3\n" +
				"_SOURCE_REALTIME_TIMESTAMP=1763812800123450\n\n",
			[]string{`{"__REALTIME_TIMESTAMP":"1763812800123456","_SOURCE_REALTIME_TIMESTAMP":"1763812800123450",` +
				`"_HOSTNAME":"web-3","_TRANSPORT":"syslog","SYSLOG_IDENTIFIER":"sshd","SYSLOG_PID":"77","_PID":"77","_UID":"0",` +
				`"_COMM":"sshd","MESSAGE":"Connection closed by 192.0.2.7 port 50112 [preauth]"}`},
		},
		{"an empty line ends an entry", entryStart + "MESSAGE=a\n\n" + entryStart + "MESSAGE=b\n\n", []string{`{"MESSAGE":"a"}`, `{"MESSAGE":"b"}`}},
		{"several do no harm", entryStart + "MESSAGE=a\n\n\n\n" + entryStart + "MESSAGE=b\n\n", []string{`{"MESSAGE":"a"}`, `{"MESSAGE":"b"}`}},
		{"the last entry needs none", entryStart + "MESSAGE=a\n", []string{`{"MESSAGE":"a"}`}},
		{"an entry of other fields is a line as well", entryStart + "\n", []string{`{}`}},
		{"a field's value may hold =", entryStart + "MESSAGE=a=b\n", []string{`{"MESSAGE":"a=b"}`}},
		{"an empty value is a value", entryStart + "MESSAGE=\n", []string{`{"MESSAGE":""}`}},
		{"no value of the entry before is left", entryStart + "_UID=0\nMESSAGE=a\n\n" + entryStart + "MESSAGE=\n\n", []string{`{"_UID":"0","MESSAGE":"a"}`, `{"MESSAGE":""}`}},
		{"LF in a message stays in its line", entryStart + bin("MESSAGE", "a\n_UID=0\n\nb"), []string{`{"MESSAGE":"a\n_UID=0\n\nb"}`}},
		{"an empty binary field", entryStart + bin("MESSAGE", ""), []string{`{"MESSAGE":""}`}},
		{"a binary field that nobody needs", entryStart + bin("COREDUMP", "\x00\n\n\x00") + "MESSAGE=a\n", []string{`{"MESSAGE":"a"}`}},
		{"what is not UTF-8 is an array of bytes", entryStart + bin("MESSAGE", "a\xff\x00"), []string{`{"MESSAGE":[97,255,0]}`}},
		{"what JSON must escape is escaped", entryStart + "MESSAGE=\"\\\t\x1b\x00é\n", []string{`{"MESSAGE":"\"\\\t\u001b\u0000é"}`}},
		{"a field given twice shows that it was", entryStart + "_UID=0\n_UID=1000\nMESSAGE=a\n" + bin("MESSAGE", "b"), []string{`{"_UID":["0"],"MESSAGE":["a"]}`}},
		{"bytes given twice are an array in an array", entryStart + bin("MESSAGE", "\xff") + bin("MESSAGE", "b"), []string{`{"MESSAGE":[[255]]}`}},
		{"what a client calls UID is not journald's _UID", entryStart + "UID=0\nMESSAGE=a\n", []string{`{"MESSAGE":"a"}`}},
		{"what lowers trust is kept", entryStart + "_EXE=/usr/bin/logger\nCONTAINER_NAME=c\nCONTAINER_ID_FULL=f\nCONTAINER_ID=i\n", []string{`{"_EXE":"/usr/bin/logger","CONTAINER_ID":"i","CONTAINER_ID_FULL":"f","CONTAINER_NAME":"c"}`}},
		{"a value beyond its bound is cut", entryStart + "_COMM=" + strings.Repeat("x", maxField+9) + "\nMESSAGE=a\n", []string{`{"_COMM":"` + strings.Repeat("x", maxField) + `","MESSAGE":"a"}`}},
		{"a text longer than the buffer", entryStart + "MESSAGE=" + strings.Repeat("x", 5*chunk) + "\n_UID=0\n", []string{`{"_UID":"0","MESSAGE":"` + strings.Repeat("x", maxMessage) + `"}`}},
		{"a binary field longer than the buffer", entryStart + bin("MESSAGE", strings.Repeat("x", 5*chunk)) + "_UID=0\n", []string{`{"_UID":"0","MESSAGE":"` + strings.Repeat("x", maxMessage) + `"}`}},
		{"any field of journald's own may come first", "_PID=1\nMESSAGE=a\n", []string{`{"_PID":"1","MESSAGE":"a"}`}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			for name, r := range slicings([]byte(tt.in)) {
				got, err := readAll(r, 10)
				if err != nil || !slices.Equal(got, tt.want) {
					t.Errorf("%s: got %.300q, %v; want %.300q", name, got, err, tt.want)
				}
			}
		})
	}
}

func TestDamagedExport(t *testing.T) {
	whole := entryStart + "MESSAGE=a\n\n"
	huge := "MESSAGE\n\x00\x00\x00\x00\x00\x00\x00\x80"
	tests := []struct {
		why, rest string
		is        error
	}{
		{"the end within a name", "MESS", errEntryEnds},
		{"the end within a text", "MESSAGE=b", errEntryEnds},
		{"the end within a length", "MESSAGE\n\x01\x00", errEntryEnds},
		{"the end within a value", "MESSAGE\n\x09\x00\x00\x00\x00\x00\x00\x00b", errEntryEnds},
		{"the end before a value's LF", strings.TrimSuffix(bin("MESSAGE", "b"), "\n"), errEntryEnds},
		{"a length that no journal has is not waited for", huge + strings.Repeat("x", 100), errNotExport},
		{"a value that does not end where it says", strings.TrimSuffix(bin("MESSAGE", "b"), "\n") + "c", errNotExport},
		{"a name that no field has", "Nov 22 12:00:00 web-3 sshd[7]: b\n", errNotExport},
		{"a name without end", strings.Repeat("A", 65) + "=\n", errNotExport},
		{"no name at all", "=b\n", errNotExport},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			lines, err := readAll(strings.NewReader(whole+tt.rest), 10)
			wantError(t, err, tt.is, `read "test.log" after line 1: `)
			if !slices.Equal(lines, []string{`{"MESSAGE":"a"}`}) {
				t.Errorf("lines before the damage: %q", lines)
			}
		})
	}
}

func TestHugeExportFieldTakesBoundedMemory(t *testing.T) {
	const size = 100 << 20
	length := binary.LittleEndian.AppendUint64([]byte("__CURSOR=s\nMESSAGE\n"), size)
	x := &exportReader{}
	x.in = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(length), repeated('x', size), strings.NewReader("\n\n")), chunk)
	s := &splitter{in: x}
	if lines := s.batch(1); len(lines) != 1 {
		t.Fatalf("%d lines, %v", len(lines), s.err)
	}
	if n := cap(x.values[len(x.values)-1].text); n > 2*maxMessage {
		t.Errorf("%d bytes are kept of a message of %d", n, size)
	}
}

func TestExportLinesStayBelowMaxLine(t *testing.T) {
	entry := entryStart
	for _, f := range exportFields {
		entry += bin(f.name, strings.Repeat("\x01", f.max+1))
	}
	lines, err := readAll(strings.NewReader(entry), 10)
	if err != nil || len(lines) != 1 || len(lines[0]) >= MaxLine || !json.Valid([]byte(lines[0])) {
		t.Errorf("the longest line has %d bytes, %v", len(lines[0]), err)
	}
}

// exported is a message in the export format.
func exported(message string) string {
	if strings.ContainsRune(message, '\n') || !utf8.ValidString(message) {
		return entryStart + bin("MESSAGE", message) + "\n"
	}
	return entryStart + "MESSAGE=" + message + "\n\n"
}

// decoded is the message of a line of JSON.
func decoded(t *testing.T, line string) string {
	t.Helper()
	var text struct{ MESSAGE string }
	if json.Unmarshal([]byte(line), &text) == nil {
		return text.MESSAGE
	}
	var numbers struct{ MESSAGE []int }
	if err := json.Unmarshal([]byte(line), &numbers); err != nil {
		t.Fatalf("line %q: %v", line, err)
	}
	message := make([]byte, len(numbers.MESSAGE))
	for i, c := range numbers.MESSAGE {
		message[i] = byte(c)
	}
	return string(message)
}

func FuzzExport(f *testing.F) {
	for _, seed := range []string{"", "Failed password for root from 192.0.2.7 port 1 ssh2", "a\nb", "\xff\n", "\"\\\x00", "\n\n_UID=0\n"} {
		f.Add(seed, []byte(seed))
	}
	f.Add("a", []byte(bin("MESSAGE", "b")+"_UID=0\n\n"))
	f.Add("a", []byte("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, message string, rest []byte) {
		lines, err := readAll(strings.NewReader(exported(message)+string(rest)), 10)
		if len(lines) == 0 {
			t.Fatalf("no line of %q: %v", message, err)
		}
		if got := decoded(t, lines[0]); got != message[:min(len(message), maxMessage)] {
			t.Errorf("message %q came as %q", message, got)
		}
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %q", line)
			}
		}
	})
}
