package audit_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"chiron/policy/audit"
)

func TestProofs(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, newStream(story("t1", 6)...), 4)
	vkey := key(t, dir)
	for i := 1; i <= 6; i++ {
		proofs, err := audit.Prove(dir, fmt.Sprintf("t1-%d", i))
		if err != nil || len(proofs) != 2 {
			t.Fatalf("got %d proofs, %v", len(proofs), err)
		}
		for _, p := range proofs {
			data, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			var again audit.Proof
			if err := json.Unmarshal(data, &again); err != nil {
				t.Fatal(err)
			}
			r, err := again.Verify(vkey)
			if err != nil || r.Verdict != fmt.Sprintf("t1-%d", i) {
				t.Fatalf("got %+v, %v", r, err)
			}
			again.Record = strings.Replace(again.Record, "t1", "t9", 1)
			if _, err := again.Verify(vkey); !errors.Is(err, audit.ErrTampered) {
				t.Errorf("a forged record was proved: %v", err)
			}
			p.Index++
			if _, err := p.Verify(vkey); err == nil {
				t.Error("a record was proved at another place")
			}
		}
	}
	if _, err := audit.Prove(dir, "none"); !errors.Is(err, audit.ErrNoVerdict) {
		t.Errorf("got %v", err)
	}
}

func TestAnotherKeyProvesNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, newStream(story("t1", 2)...), 4)
	_, vkey, err := note.GenerateKey(rand.Reader, "chiron-audit")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Verify(dir, vkey); !errors.Is(err, audit.ErrTampered) {
		t.Errorf("got %v", err)
	}
	proofs, err := audit.Prove(dir, "t1-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proofs[0].Verify(vkey); err == nil {
		t.Error("proved with another key")
	}
}
