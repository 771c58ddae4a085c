package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// origin is the first line of every checkpoint and the name of the key that signs it.
const origin = "chiron-audit"

// head is what a checkpoint says: the tree of the first Size records, and the hash of the checkpoint before it.
type head struct {
	size     int64
	root     tlog.Hash
	previous string
}

// first stands in the first checkpoint where others name the one before them.
const first = "none"

func (h head) text() string {
	return fmt.Sprintf("%s\n%d\n%s\nprevious %s\n", origin, h.size, h.root, h.previous)
}

// sign returns the checkpoint in the format of package note.
func (h head) sign(s note.Signer) (string, error) {
	data, err := note.Sign(&note.Note{Text: h.text()}, s)
	return string(data), err
}

// open checks the signature of a checkpoint and returns what it says. Every byte counts: another spelling of the same
// signature is refused.
func open(text string, v note.Verifier) (head, error) {
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if err != nil {
		return head{}, fmt.Errorf("the signature: %w", err)
	}
	if len(n.Sigs) != 1 || len(n.UnverifiedSigs) != 0 {
		return head{}, errors.New("it needs exactly one signature")
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(n.Sigs[0].Base64); err != nil {
		return head{}, fmt.Errorf("the signature: %w", err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 5 || lines[0] != origin || lines[4] != "" {
		return head{}, errors.New("it is not a checkpoint of this kind of log")
	}
	var h head
	if h.size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.size <= 0 {
		return head{}, fmt.Errorf("its size %q is not a number above 0", lines[1])
	}
	if h.root, err = tlog.ParseHash(lines[2]); err != nil {
		return head{}, err
	}
	h.previous = strings.TrimPrefix(lines[3], "previous ")
	if h.text() != n.Text {
		return head{}, errors.New("it is not written as checkpoints are")
	}
	return h, nil
}

// nameOf is how a later checkpoint names one.
func nameOf(checkpoint string) string {
	sum := sha256.Sum256([]byte(checkpoint))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// LoadKey reads the signing key of a directory and makes one, with its public half, when there is none. The verifier key
// should also be kept where nobody who can write to this machine can change it.
func LoadKey(dir string) (note.Signer, string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, "", fmt.Errorf("audit key: %w", err)
	}
	private, public := filepath.Join(dir, "key"), filepath.Join(dir, "key.pub")
	data, err := os.ReadFile(private)
	if errors.Is(err, fs.ErrNotExist) {
		skey, vkey, err := note.GenerateKey(rand.Reader, origin)
		if err != nil {
			return nil, "", fmt.Errorf("make the audit key: %w", err)
		}
		if err := errors.Join(os.WriteFile(public, []byte(vkey+"\n"), 0o600), os.WriteFile(private, []byte(skey+"\n"), 0o600)); err != nil {
			return nil, "", fmt.Errorf("make the audit key: %w", err)
		}
		data = []byte(skey)
	} else if err != nil {
		return nil, "", fmt.Errorf("audit key: %w", err)
	}
	s, err := note.NewSigner(strings.TrimSpace(string(data)))
	if err != nil {
		return nil, "", fmt.Errorf("audit key %s: %w", private, err)
	}
	vkey, err := os.ReadFile(public)
	if err != nil {
		return nil, "", fmt.Errorf("audit key: %w", err)
	}
	v, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return nil, "", fmt.Errorf("audit key %s: %w", public, err)
	}
	if v.KeyHash() != s.KeyHash() {
		return nil, "", fmt.Errorf("audit key: %s and %s do not belong together", private, public)
	}
	return s, strings.TrimSpace(string(vkey)), nil
}
