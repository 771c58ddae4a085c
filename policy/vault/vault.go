package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"filippo.io/age"

	"chiron/policy"
)

// MaxFile is the size in bytes beyond which a vault is refused.
const MaxFile = 1 << 20

// Place says where a vault and its key lie. The key belongs somewhere else than backups of the vault go.
type Place struct {
	Vault string // file
	Key   string // file; default Vault + ".key"
}

func (p Place) key() string {
	if p.Key != "" {
		return p.Key
	}
	return p.Vault + ".key"
}

// contents is what is encrypted.
type contents struct {
	Version int              `json:"version"`
	Secrets map[string]entry `json:"secrets"`
}

type entry struct {
	Value   string   `json:"value"`
	Origins []string `json:"origins"`
	Field   string   `json:"field,omitempty"`
	Kind    string   `json:"kind,omitempty"`
}

// Listed is what may be known of a secret.
type Listed struct {
	Name    string   `json:"name"`
	Origins []string `json:"origins"`
	Field   string   `json:"field,omitempty"`
	Kind    string   `json:"kind,omitempty"`
}

// Open reads a vault for a running product. A vault that is not there is empty. Errors never hold a value.
func Open(p Place) (*policy.MemoryVault, error) {
	c, _, err := p.read()
	if err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	return c.vault()
}

// Join makes one vault of several; a name that stands in two is an error.
func Join(vaults ...policy.Vault) (*policy.MemoryVault, error) {
	all := map[string]policy.Secret{}
	for _, v := range vaults {
		for _, name := range v.Names() {
			if _, twice := all[name]; twice {
				return nil, fmt.Errorf("the secret %s is given twice: in the configuration and in the vault; remove one", name)
			}
			s, err := v.Secret(name)
			if err != nil {
				return nil, err
			}
			all[name] = s
		}
	}
	return policy.NewMemoryVault(all)
}

// vault checks every secret.
func (c contents) vault() (*policy.MemoryVault, error) {
	all := map[string]policy.Secret{}
	for name, e := range c.Secrets {
		all[name] = policy.Secret{Value: e.Value, Origins: e.Origins, Field: e.Field, Kind: e.Kind}
	}
	return policy.NewMemoryVault(all)
}

// List returns what may be known of every secret, sorted by name.
func List(p Place) ([]Listed, error) {
	v, err := Open(p)
	if err != nil {
		return nil, err
	}
	out := []Listed{}
	for _, name := range v.Names() {
		s, err := v.Secret(name)
		if err != nil {
			return nil, err
		}
		out = append(out, Listed{Name: name, Origins: s.Origins, Field: s.Field, Kind: s.Kind})
	}
	return out, nil
}

// Set adds or replaces a secret. The vault and its key are made when they are missing.
func Set(p Place, name string, s policy.Secret) error {
	return p.change("set a secret", func(c *contents) error {
		c.Secrets[name] = entry{Value: s.Value, Origins: s.Origins, Field: s.Field, Kind: s.Kind}
		return nil
	})
}

// Remove takes a secret out. The error wraps policy.ErrNoSecret when there is none of that name.
func Remove(p Place, name string) error {
	return p.change("remove a secret", func(c *contents) error {
		if _, there := c.Secrets[name]; !there {
			return fmt.Errorf("%w: %s", policy.ErrNoSecret, name)
		}
		delete(c.Secrets, name)
		return nil
	})
}

// change reads, changes and writes the vault under its lock.
func (p Place) change(what string, how func(*contents) error) error {
	err := p.locked(func() error {
		c, ids, err := p.read()
		if err != nil {
			return err
		}
		if err := how(&c); err != nil {
			return err
		}
		if _, err := c.vault(); err != nil {
			return err
		}
		if len(ids) == 0 {
			id, err := age.GenerateX25519Identity()
			if err != nil {
				return err
			}
			if err := writeKeys(p.key(), id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return p.write(c, ids[0])
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Rotate makes a new key, encrypts the vault for it, and forgets the old one. At every moment one of the keys in the key
// file opens the vault.
func Rotate(p Place) error {
	err := p.locked(func() error {
		c, old, err := p.read()
		if err != nil {
			return err
		}
		if len(old) == 0 {
			return errors.New("there is no vault yet")
		}
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		if err := writeKeys(p.key(), append([]*age.X25519Identity{id}, old...)...); err != nil {
			return err
		}
		if err := p.write(c, id); err != nil {
			return err
		}
		return writeKeys(p.key(), id)
	})
	if err != nil {
		return fmt.Errorf("rotate the vault's key: %w", err)
	}
	return nil
}

// read returns what the vault holds and the keys that may open it, the newest first. Without both files it is empty; with
// one alone that is an error, for then something was lost.
func (p Place) read() (contents, []*age.X25519Identity, error) {
	c := contents{Version: 1, Secrets: map[string]entry{}}
	sealed, err := os.ReadFile(p.Vault)
	none := errors.Is(err, fs.ErrNotExist)
	if err != nil && !none {
		return c, nil, err
	}
	keys, err := os.ReadFile(p.key())
	switch {
	case errors.Is(err, fs.ErrNotExist) && none:
		return c, nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return c, nil, fmt.Errorf("the vault %s is there and its key %s is not; put the key back", p.Vault, p.key())
	case err != nil:
		return c, nil, err
	}
	ids, err := parseKeys(keys)
	if err != nil {
		return c, nil, fmt.Errorf("the key file %s: %w", p.key(), err)
	}
	if none {
		return c, ids, nil
	}
	if c, err = unseal(sealed, ids); err != nil {
		return c, nil, fmt.Errorf("the vault %s: %w", p.Vault, err)
	}
	return c, ids, nil
}

// unseal decrypts and parses the bytes of a vault.
func unseal(sealed []byte, ids []*age.X25519Identity) (contents, error) {
	var c contents
	if len(sealed) > MaxFile {
		return c, fmt.Errorf("larger than %d bytes", MaxFile)
	}
	all := make([]age.Identity, len(ids))
	for i, id := range ids {
		all[i] = id
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), all...)
	if err != nil {
		return c, fmt.Errorf("it cannot be opened with this key: %w", err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return c, fmt.Errorf("it is damaged: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(plain))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return contents{}, errors.New("its contents are not those of a vault") // the cause could quote a value
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) || c.Version != 1 {
		return contents{}, fmt.Errorf("its contents are not those of a vault of version 1")
	}
	if c.Secrets == nil {
		c.Secrets = map[string]entry{}
	}
	return c, nil
}

// write seals the contents for a key.
func (p Place) write(c contents, id *age.X25519Identity) error {
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, id.Recipient())
	if err != nil {
		return err
	}
	if _, err := w.Write(plain); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if sealed.Len() > MaxFile {
		return fmt.Errorf("it would become larger than %d bytes", MaxFile)
	}
	return replace(p.Vault, sealed.Bytes())
}

// parseKeys reads identities, one on a line; empty lines and those that begin with # are passed over.
func parseKeys(data []byte) ([]*age.X25519Identity, error) {
	var ids []*age.X25519Identity
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, err := age.ParseX25519Identity(line)
		if err != nil {
			return nil, errors.New("a line is not an age key (AGE-SECRET-KEY-1…)")
		}
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil, errors.New("it holds no key")
	}
	return ids, nil
}

func writeKeys(path string, ids ...*age.X25519Identity) error {
	text := "# Opens Chiron's vault. Keep it apart from backups of the vault.\n"
	for _, id := range ids {
		text += id.String() + "\n"
	}
	return replace(path, []byte(text))
}

// replace writes a file that only its owner may read, durably: the old or the new one is there, whatever happens.
func replace(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".vault-*") // made with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// locked runs fn while no other process changes the vault.
func (p Place) locked(fn func() error) error {
	if err := os.MkdirAll(filepath.Dir(p.Vault), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(p.Vault+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { //nolint:gosec // a descriptor is a small number
		return errors.Join(fmt.Errorf("lock the vault: %w", err), f.Close())
	}
	return errors.Join(fn(), f.Close())
}
