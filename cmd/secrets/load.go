package secrets

import (
	"fmt"
	"os"
	"strings"

	"chiron/cmd/settings"
	"chiron/policy"
	"chiron/policy/vault"
)

// Load reads the secrets of the configuration, whose values stand in files, and those of the vault.
func Load(cfg settings.Config) (policy.Vault, error) {
	held := map[string]policy.Secret{}
	for _, s := range cfg.Secrets {
		data, err := os.ReadFile(s.File)
		if err != nil {
			return nil, fmt.Errorf("the secret %s cannot be read: %w; write its value into that file, or take it out of secrets", s.Name, err)
		}
		held[s.Name] = policy.Secret{Value: strings.TrimRight(string(data), "\r\n"), Origins: s.Origins, Field: s.Field, Kind: s.Kind}
	}
	named, err := policy.NewMemoryVault(held)
	if err != nil {
		return nil, err
	}
	kept, err := vault.Open(cfg.Place())
	if err != nil {
		return nil, err
	}
	return vault.Join(named, kept)
}
