package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The reasons for which a log is not believed.
var (
	ErrTampered  = errors.New("the audit log was altered")
	ErrRolled    = errors.New("the audit log was rolled back, or is another one")
	ErrNoVerdict = errors.New("no such verdict in the audit log")
	ErrUnsigned  = errors.New("recorded, but not yet covered by a signed checkpoint")
)

// Report is what Verify found in a log that is whole.
type Report struct {
	Records     int64          `json:"records"`
	Unsigned    int64          `json:"unsigned"` // after the last checkpoint; an orderly shutdown leaves none
	Checkpoints int            `json:"checkpoints"`
	Saved       int            `json:"saved"` // checkpoints kept elsewhere that the log was held against
	Decisions   map[string]int `json:"decisions"`
	Checkpoint  string         `json:"checkpoint"` // the newest one
}

// tree checks a file of hashes against the records, one by one.
type tree struct {
	file     hashes
	size     int64
	position uint64
}

// add takes the next record and compares its hashes with those of the file.
func (t *tree) add(line []byte) (Record, error) {
	r, err := parse(line)
	if err != nil {
		return r, fmt.Errorf("record %d: %w: %w", t.size, ErrTampered, err)
	}
	if r.Position <= t.position {
		return r, fmt.Errorf("record %d: %w: it is out of order", t.size, ErrTampered)
	}
	// The hashes before this record's were compared already, so those it is built from are true.
	want, err := tlog.StoredHashes(t.size, line, t.file)
	if err != nil {
		return r, fmt.Errorf("record %d: %w: %w", t.size, ErrTampered, err)
	}
	at := tlog.StoredHashCount(t.size)
	for i, h := range want {
		got, err := t.file.ReadHashes([]int64{at + int64(i)})
		if err != nil || got[0] != h {
			return r, fmt.Errorf("record %d: %w: its hash is another one", t.size, ErrTampered)
		}
	}
	t.size, t.position = t.size+1, r.Position
	return r, nil
}

// check compares the tree with checkpoints.
func (t *tree) check(heads []head) error {
	for i, h := range heads {
		if h.size > t.size {
			return fmt.Errorf("checkpoint %d: %w: it covers %d records, and there are %d", i+1, ErrTampered, h.size, t.size)
		}
		root, err := tlog.TreeHash(h.size, t.file)
		if err != nil {
			return fmt.Errorf("checkpoint %d: %w", i+1, err)
		}
		if root != h.root {
			return fmt.Errorf("checkpoint %d: %w: the first %d records are not those that were signed", i+1, ErrTampered, h.size)
		}
	}
	return nil
}

// Verify checks a whole log offline: every record, hash and checkpoint, and that the log continues each of the saved
// checkpoints that were kept elsewhere. Errors wrap ErrTampered or ErrRolled when the log is at fault.
func Verify(dir, verifierKey string, saved ...string) (Report, error) {
	fail := func(err error) (Report, error) { return Report{}, fmt.Errorf("verify the audit log: %w", err) }
	v, err := note.NewVerifier(strings.TrimSpace(verifierKey))
	if err != nil {
		return fail(err)
	}
	heads, last, err := checkpoints(dir, v)
	if err != nil {
		return fail(fmt.Errorf("%w: %w", ErrTampered, err))
	}
	f, err := os.Open(filepath.Join(dir, "hashes"))
	if err != nil {
		return fail(err)
	}
	defer f.Close() //nolint:errcheck // only read
	t := &tree{file: hashes{f}}
	r := Report{Checkpoints: len(heads), Saved: len(saved), Decisions: map[string]int{}, Checkpoint: last}
	err = eachLine(filepath.Join(dir, "records"), func(line []byte) error {
		record, err := t.add(line)
		if record.Decision != "" {
			r.Decisions[string(record.Decision)]++
		}
		return err
	})
	if err != nil {
		return fail(err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != tlog.StoredHashCount(t.size)*tlog.HashSize {
		return fail(errors.Join(err, fmt.Errorf("%w: there are hashes without records", ErrTampered)))
	}
	if err := t.check(heads); err != nil {
		return fail(err)
	}
	r.Records, r.Unsigned = t.size, t.size
	if len(heads) > 0 {
		r.Unsigned -= heads[len(heads)-1].size
	}
	for i, text := range saved {
		h, err := open(text, v)
		if err != nil {
			return fail(fmt.Errorf("saved checkpoint %d: %w", i+1, err))
		}
		if err := t.check([]head{h}); err != nil {
			return fail(fmt.Errorf("saved checkpoint %d: %w: %w", i+1, ErrRolled, err))
		}
	}
	return r, nil
}

// Proof shows that a record stands in the log that a checkpoint was signed for. It needs neither log nor journal.
type Proof struct {
	Index      int64       `json:"index"`
	Record     string      `json:"record"` // the line as it stands in the log
	Path       []tlog.Hash `json:"path"`
	Checkpoint string      `json:"checkpoint"`
}

// Verify checks the proof with the verifier key alone and returns the record it proves.
func (p Proof) Verify(verifierKey string) (Record, error) {
	v, err := note.NewVerifier(strings.TrimSpace(verifierKey))
	if err != nil {
		return Record{}, fmt.Errorf("verify a proof: %w", err)
	}
	h, err := open(p.Checkpoint, v)
	if err != nil {
		return Record{}, fmt.Errorf("verify a proof: checkpoint: %w", err)
	}
	if err := tlog.CheckRecord(p.Path, h.size, h.root, p.Index, tlog.RecordHash([]byte(p.Record))); err != nil {
		return Record{}, fmt.Errorf("verify a proof: %w: %w", ErrTampered, err)
	}
	r, err := parse([]byte(p.Record))
	if err != nil {
		return Record{}, fmt.Errorf("verify a proof: %w", err)
	}
	return r, nil
}

// Prove returns a proof for every record about a verdict: the verdict itself and, if it was acted on, the outcome. Errors
// wrap ErrNoVerdict or ErrUnsigned. It does not verify the log.
func Prove(dir, verdictID string) ([]Proof, error) {
	fail := func(err error) ([]Proof, error) { return nil, fmt.Errorf("prove verdict %.80q: %w", verdictID, err) }
	vkey, err := os.ReadFile(filepath.Join(dir, "key.pub"))
	if err != nil {
		return fail(err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return fail(err)
	}
	heads, last, err := checkpoints(dir, v)
	if err != nil {
		return fail(err)
	}
	var out []Proof
	index := int64(0)
	err = eachLine(filepath.Join(dir, "records"), func(line []byte) error {
		if r, err := parse(line); err == nil && r.Verdict == verdictID && verdictID != "" {
			out = append(out, Proof{Index: index, Record: string(line), Checkpoint: last})
		}
		index++
		return nil
	})
	switch {
	case err != nil:
		return fail(err)
	case len(out) == 0:
		return fail(ErrNoVerdict)
	case len(heads) == 0 || out[0].Index >= heads[len(heads)-1].size:
		return fail(ErrUnsigned)
	}
	size := heads[len(heads)-1].size
	f, err := os.Open(filepath.Join(dir, "hashes"))
	if err != nil {
		return fail(err)
	}
	defer f.Close() //nolint:errcheck // only read
	for i := range out {
		if out[i].Index >= size { // the outcome, not yet signed
			return out[:i], nil
		}
		if out[i].Path, err = tlog.ProveRecord(size, out[i].Index, hashes{f}); err != nil {
			return fail(err)
		}
	}
	return out, nil
}
