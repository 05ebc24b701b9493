package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// fileVersion is the version of a Mem's file that this package writes, and the
// highest that it reads.
const fileVersion = 1

// maxFile bounds what Load reads: several times what a full Mem writes.
const maxFile = 512 << 20

// A memFile is a Mem as a file:
//
//	{"version":1,"histories":{"SCOPE|source/192.0.2.7":{…}},"entries":[…],
//	 "quotas":{"SCOPE":{…}},"receipts":[…],"rows":[…],"mutes":{"SCOPE":[…]}}
//
// Members that are not known are skipped, but those of Histories are kept.
type memFile struct {
	Version   int                 `json:"version"`
	Histories map[string]Document `json:"histories"`
	Entries   []Entry             `json:"entries"`
	Quotas    map[Scope]Quota     `json:"quotas"`
	Receipts  []Receipt           `json:"receipts"`
	Rows      []Row               `json:"rows"`
	Mutes     map[Scope][]Mute    `json:"mutes"`
}

// ErrFile says that a file is not one that Save wrote, or of a later version.
var ErrFile = errors.New("not a memory file of this version")

// LoadMem reads what Save wrote. A file that is not there is an empty Mem; one
// that is no such file is ErrFile, and is not to be saved over.
func LoadMem(path string) (*Mem, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &Mem{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only: nothing can be lost
	m := &Mem{}
	if err := m.read(f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

func (m *Mem) read(from io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(from, maxFile+1))
	if err != nil {
		return err
	}
	if len(raw) > maxFile {
		return fmt.Errorf("%w: over %d MiB", ErrFile, maxFile>>20)
	}
	var file memFile
	if err := json.Unmarshal(raw, &file); err != nil {
		return fmt.Errorf("%w: %w", ErrFile, err)
	}
	if file.Version < 1 || file.Version > fileVersion {
		return fmt.Errorf("%w: version %d", ErrFile, file.Version)
	}
	m.fill(&file)
	return nil
}

func (m *Mem) fill(file *memFile) {
	m.init()
	for name, doc := range file.Histories {
		m.clock++
		m.marks += len(doc.Marks)
		doc.Signs = doc.Signs.Unheard() // the end of a file is no silence
		m.histories[name] = &remembered{Document: doc, version: 1, used: m.clock, guessed: isGuessed(name, doc.History)}
	}
	m.post(file.Entries)
	for scope, q := range file.Quotas {
		m.quotas[scope] = q
	}
	for scope, mutes := range file.Mutes {
		m.mutes[scope] = mutes
	}
	for _, r := range file.Receipts {
		m.receive(r)
	}
	for _, row := range file.Rows {
		m.putRow(row)
	}
	// What was received behind the last strike of the clock is folded now, since
	// the next run's clock begins with its own first line.
	for at := range m.receipts {
		m.foldBucket(at)
	}
	m.ops = Operations{}
	m.bound()
}

// Save writes the Mem to a file, without what has expired by now: all of it or,
// after an error, what stood there before.
func (m *Mem) Save(path string, now time.Time) error {
	raw, err := json.Marshal(m.file(now))
	if err != nil {
		return err
	}
	return replaceFile(path, raw)
}

func (m *Mem) file(now time.Time) memFile {
	m.mu.Lock()
	defer m.mu.Unlock()
	file := memFile{Version: fileVersion, Histories: map[string]Document{}, Quotas: m.quotas, Mutes: map[Scope][]Mute{}}
	for name, h := range m.histories {
		file.Histories[name] = h.Document
	}
	for _, e := range m.entries {
		if !e.State.Settled() || now.Sub(e.Found) < EntryLife {
			file.Entries = append(file.Entries, *e)
		}
	}
	for _, b := range m.receipts {
		for _, r := range b {
			if now.Sub(r.Arrived) < ReceiptLife {
				file.Receipts = append(file.Receipts, r)
			}
		}
	}
	for _, scopes := range m.rows {
		for _, row := range scopes {
			file.Rows = append(file.Rows, row)
		}
	}
	for scope, mutes := range m.mutes {
		for _, mute := range mutes {
			if now.Before(mute.Until) {
				file.Mutes[scope] = append(file.Mutes[scope], mute)
			}
		}
	}
	return file
}

// replaceFile writes beside the file and renames, so that a reader, or a power
// cut, finds the old or the new one whole. The text may name users: only the
// owner reads it.
func replaceFile(path string, raw []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error says more
		}
	}()
	_, err = f.Write(raw)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
