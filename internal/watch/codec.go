package watch

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"sshsieve/internal/attention"
)

// A Document is a History as a store keeps it. It is JSON of attention.History
// ({"v":1,"since":…,"marks":[…]}) with what later versions may add: members that
// this version does not know stay, and a History that it may not read is left
// alone.
type Document struct {
	attention.History
	// Newer says that "v" is above attention.HistoryVersion: History is then
	// the zero one, and the document may not be written.
	Newer bool

	extra map[string]json.RawMessage
}

// UnmarshalJSON reads a History of any version.
func (d *Document) UnmarshalJSON(raw []byte) error {
	*d = Document{}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	version := 0
	if v, ok := members["v"]; ok {
		if err := json.Unmarshal(v, &version); err != nil {
			return fmt.Errorf("history: version: %w", err)
		}
	}
	if d.Newer = version > attention.HistoryVersion; d.Newer {
		d.extra = members
		return nil
	}
	if err := json.Unmarshal(raw, &d.History); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	for name := range members {
		if historyMembers[name] {
			delete(members, name)
		}
	}
	d.extra = members
	return nil
}

// MarshalJSON writes the History and what else was in its document.
func (d Document) MarshalJSON() ([]byte, error) {
	members := d.extra
	if !d.Newer {
		raw, err := json.Marshal(d.History)
		if err != nil || len(d.extra) == 0 {
			return raw, err
		}
		members = map[string]json.RawMessage{}
		if err := json.Unmarshal(raw, &members); err != nil {
			return nil, err
		}
		for name, value := range d.extra {
			members[name] = value
		}
	}
	return json.Marshal(members)
}

// With is the document with another History; what this version does not know
// stays.
func (d Document) With(h attention.History) Document {
	d.History = h
	return d
}

// historyMembers are the names that attention.History has in JSON.
var historyMembers = func() map[string]bool {
	names := map[string]bool{}
	for f := range reflect.TypeFor[attention.History]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names[name] = true
	}
	return names
}()
