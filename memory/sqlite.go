package memory

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqlite keeps items in one file: a plain table, an FTS5 index over the words, vectors as blobs that are scanned.
type sqlite struct {
	db       *sql.DB
	embedder string
}

const schema = `
CREATE TABLE IF NOT EXISTS items (
	row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, site TEXT NOT NULL, kind TEXT NOT NULL,
	status TEXT NOT NULL, task TEXT NOT NULL, created INTEGER NOT NULL,
	used INTEGER NOT NULL DEFAULT 0, succeeded INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
	data TEXT NOT NULL, embedder TEXT NOT NULL DEFAULT '', vector BLOB);
CREATE INDEX IF NOT EXISTS items_by_site ON items (tenant, site, status, kind);
CREATE INDEX IF NOT EXISTS items_by_task ON items (tenant, task);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
`

func openSQLite(ctx context.Context, o Options) (backend, func() error, error) {
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return nil, nil, err
	}
	own, err := os.OpenFile(o.Path, os.O_CREATE|os.O_RDWR, 0o600) // its directory may be open to Chromium's user
	if err != nil {
		return nil, nil, err
	}
	if err := own.Close(); err != nil {
		return nil, nil, err
	}
	pragmas := "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)&_txlock=immediate"
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: o.Path}).EscapedPath()+"?"+pragmas)
	if err != nil {
		return nil, nil, err
	}
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", o.Path, err), db.Close())
	}
	return &sqlite{db: db, embedder: o.Embedder}, db.Close, nil
}

// tx runs f in one transaction.
func (s *sqlite) tx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func (s *sqlite) insert(ctx context.Context, i Item, vector []float32) error {
	data, err := json.Marshal(i)
	if err != nil {
		return err
	}
	return s.tx(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO items (id, tenant, site, kind, status, task, created, data, embedder, vector)
			VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO NOTHING`,
			i.ID, i.Tenant, i.Site, i.Kind, i.Status, i.Provenance.Task, i.Created.UnixMilli(), string(data), s.embedder, packed(vector))
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		row, err := done.LastInsertId()
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO words (rowid, text) VALUES (?, ?)`, row, i.searched())
		return err
	})
}

const columns = `items.data, items.status, items.used, items.succeeded, items.failed`

// read makes an item of a row that begins with columns.
func read(rows *sql.Rows, more ...any) (Item, error) {
	var i Item
	var data string
	var status Status
	var used, succeeded, failed int
	if err := rows.Scan(append([]any{&data, &status, &used, &succeeded, &failed}, more...)...); err != nil {
		return i, err
	}
	if err := json.Unmarshal([]byte(data), &i); err != nil {
		return i, fmt.Errorf("a stored item is damaged: %w", err)
	}
	i.Status, i.Used, i.Succeeded, i.Failed = status, used, succeeded, failed
	return i, nil
}

func (s *sqlite) list(ctx context.Context, sc scope) (items []Item, err error) {
	where, args := sc.sql()
	rows, err := s.db.QueryContext(ctx, `SELECT `+columns+` FROM items WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		i, err := read(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

func (s *sqlite) search(ctx context.Context, sc scope, words []string, vector []float32, limit int) (byWords, byMeaning []Item, err error) {
	if byWords, err = s.byWords(ctx, sc, words, limit); err != nil || vector == nil {
		return byWords, nil, err
	}
	byMeaning, err = s.byMeaning(ctx, sc, vector, limit)
	return byWords, byMeaning, err
}

func (s *sqlite) byWords(ctx context.Context, sc scope, words []string, limit int) (items []Item, err error) {
	if len(words) == 0 {
		return nil, nil
	}
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = `"` + w + `"` // terms holds letters and digits alone
	}
	where, args := sc.sql()
	args = append(append([]any{strings.Join(quoted, " OR ")}, args...), limit)
	rows, err := s.db.QueryContext(ctx, `SELECT `+columns+` FROM words JOIN items ON items.row = words.rowid
		WHERE words MATCH ? AND `+where+` ORDER BY bm25(words), items.id LIMIT ?`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		i, err := read(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

// byMeaning compares the vector with all of the scope: exact, and fast enough for tens of thousands of items.
func (s *sqlite) byMeaning(ctx context.Context, sc scope, vector []float32, limit int) (items []Item, err error) {
	where, args := sc.sql()
	rows, err := s.db.QueryContext(ctx, `SELECT `+columns+`, items.vector FROM items
		WHERE items.vector IS NOT NULL AND items.embedder = ? AND `+where, append([]any{s.embedder}, args...)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	type near struct {
		item Item
		cos  float64
	}
	var found []near
	for rows.Next() {
		var blob []byte
		i, err := read(rows, &blob)
		if err != nil {
			return nil, err
		}
		if cos := cosine(vector, blob); cos >= minCosine {
			found = append(found, near{i, cos})
		}
	}
	slices.SortFunc(found, func(a, b near) int { return cmp.Or(cmp.Compare(b.cos, a.cos), cmp.Compare(a.item.ID, b.item.ID)) })
	for _, n := range found[:min(limit, len(found))] {
		items = append(items, n.item)
	}
	return items, rows.Err()
}

func (s *sqlite) change(ctx context.Context, sc scope, c change) (n int, err error) {
	where, args := sc.sql()
	err = s.tx(ctx, func(tx *sql.Tx) error {
		var stmt string
		switch {
		case c.forget:
			if _, err := tx.ExecContext(ctx, `DELETE FROM words WHERE rowid IN (SELECT row FROM items WHERE `+where+`)`, args...); err != nil {
				return err
			}
			stmt = `DELETE FROM items WHERE ` + where
		case c.outcome != nil && *c.outcome:
			stmt = `UPDATE items SET used = used + 1, succeeded = succeeded + 1 WHERE ` + where
		case c.outcome != nil:
			stmt = `UPDATE items SET used = used + 1, failed = failed + 1 WHERE ` + where
		default:
			stmt, args = `UPDATE items SET status = ? WHERE `+where, append([]any{string(c.status)}, args...)
		}
		done, err := tx.ExecContext(ctx, stmt, args...)
		if err != nil {
			return err
		}
		changed, err := done.RowsAffected()
		n = int(changed)
		return err
	})
	return n, err
}

// minCosine is the floor below which a text has nothing to do with the goal.
const minCosine = 0.3

// packed writes a vector as little-endian float32, nil for none.
func packed(v []float32) []byte {
	if v == nil {
		return nil
	}
	out := make([]byte, 0, 4*len(v))
	for _, x := range v {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// cosine compares a vector with a packed one; lengths that differ have nothing in common.
func cosine(a []float32, packed []byte) float64 {
	if len(packed) != 4*len(a) {
		return 0
	}
	var dot, aa, bb float64
	for i, x := range a {
		y := float64(math.Float32frombits(binary.LittleEndian.Uint32(packed[4*i:])))
		dot += float64(x) * y
		aa += float64(x) * float64(x)
		bb += y * y
	}
	if aa == 0 || bb == 0 {
		return 0
	}
	return dot / math.Sqrt(aa*bb)
}
