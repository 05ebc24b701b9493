package sshd

import (
	"slices"
	"strings"
)

func commonRows() []*Row { return join(authentication, connections, sessions, daemon, pam) }
func rareRows() []*Row   { return join(loose, tail, familyRows()) }
func rows() []*Row       { return append(commonRows(), rareRows()...) }

func join(parts ...[]Row) []*Row {
	var all []*Row
	for _, part := range parts {
		for i := range part {
			all = append(all, &part[i])
		}
	}
	return all
}

// Rows lists the table: by Category, then as written.
func Rows() []*Row {
	sorted := rows()
	slices.SortStableFunc(sorted, func(a, b *Row) int { return int(a.Category) - int(b.Category) })
	return sorted
}

// samples are what Sample writes for a field: addresses from the ranges for
// documentation (RFC 5737), everything else as sshd might print it.
var samples = [fields]string{
	fieldAddr: "192.0.2.7", fieldPort: "4242", fieldHost: "192.0.2.7", fieldLocal: "198.51.100.1", fieldLport: "22",
	fieldMethod: "password", fieldKey: "ED25519 SHA256:T4yOhvf3l0C2sEeMXWxVJWrZ9wEb6jvqJ0xVq3y1mWc",
	fieldCA:   "ED25519 SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8",
	fieldFunc: "some_function", fieldNumber: "7", fieldHex: "2f", fieldCode: "11", fieldWord: "word", fieldName: "",
	fieldSerial: "7", fieldSignal: "7", fieldPID: "7", fieldStatus: "7", fieldCount: "7", fieldSecs: "7", fieldType: "7", fieldRead: "7", fieldWrote: "7",
	fieldFile: "/upload/a.txt", fieldOrigin: "127.0.0.1", fieldTarget: "host 10.0.0.5 port 3306",
	fieldPath: "/etc/ssh/sshd_config", fieldPrint: "SHA256:0cB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC8", fieldAlg: "ssh-rsa", fieldClass: "cipher", fieldGone: "Broken pipe",
	fieldPAM: "pam_unix(sshd:auth)", fieldUser: "alice", fieldOffer: "aes128-cbc,3des-cbc", fieldReason: "Bye Bye",
	fieldBanner: "SSH-2.0-probe", fieldCertID: "alice@example", fieldText: "No such file or directory",
	fieldAccount: "alice", fieldWords: "No such file or directory",
}

// Sample is a message of the row: its Example, or its pattern with each field
// filled in.
func (r *Row) Sample() string {
	if r.Example != "" {
		return r.Example
	}
	texts, err := expand(r.Pattern)
	if err != nil {
		return ""
	}
	toks, err := tokens(texts[0])
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, t := range toks {
		b.WriteString(t.lit)
		b.WriteString(samples[t.field])
	}
	return b.String()
}

// A Field is one part of a message that its row's pattern names.
type Field struct {
	Name  string // as in the pattern: "addr", "user", "offer"
	Value string // as printed
	Peer  bool   // free text: the peer may have written it
}

// Fields lists the parts of the Event's message in the order they stand in it;
// none for an Event without Row. It matches again, so it is for the few lines
// that somebody looks at.
func (e *Event) Fields() []Field {
	if e.Row == nil {
		return nil
	}
	r := Reader{events: []Event{{Record: e.Record}}}
	text, found := r.find(0, e.Message())
	if !found && !r.cut(text) { // its end stands in lines that are not here
		return nil
	}
	slices.SortFunc(r.m.spans, func(a, b span) int { return int(a.start - b.start) })
	list := make([]Field, len(r.m.spans))
	for i, s := range r.m.spans {
		list[i] = Field{fieldNames[s.field], text[s.start:s.end], s.field.peers()}
	}
	return list
}

// Field is the first part of that name, "" where the row has none.
func (e *Event) Field(name string) string {
	for _, f := range e.Fields() {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}
