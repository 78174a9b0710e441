package seal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/recipe"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Members of a stored configuration instead of its settings. Which of them are secret is
// up to manifests, which change, so all are encrypted. The names of those that were
// secret when they came are kept: they are not given out either when a manifest has them
// as open ones, or not at all any more.
const (
	sealedSettings = "sealed_settings"
	secretNames    = "secret_settings"
)

// StoredConfiguration is a configuration of the database, with its settings in clear.
type StoredConfiguration struct {
	recipe.Configuration
	Secret []string // settings that are never given out, sorted
}

// settingsPurpose is authenticated with settings, so that nothing else that the key may
// encrypt one day passes for them.
const settingsPurpose = "galleyd settings"

// parametersPurpose is that of the parameters of orders, which can become secret settings.
const parametersPurpose = "galleyd order parameters"

// SealConfiguration writes a configuration for the database. The names in secret are
// those of settings that are secret, if there are such.
func (s *Sealer) SealConfiguration(c recipe.Configuration, secret []string) (store.JSON, error) {
	settings := c.Settings
	c.Settings = nil
	raw, err := usecase.Encode(c)
	if err != nil || len(settings) == 0 {
		return raw, err
	}
	plain, err := usecase.Encode(settings)
	if err != nil {
		return nil, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	if members[sealedSettings], err = s.sealJSON(plain, settingsPurpose); err != nil {
		return nil, err
	}
	var kept []string
	for _, name := range usecase.SortedKeys(settings) {
		if slices.Contains(secret, name) {
			kept = append(kept, name)
		}
	}
	if kept != nil {
		if members[secretNames], err = usecase.Encode(kept); err != nil {
			return nil, err
		}
	}
	return usecase.Encode(members)
}

// SealParameters writes the parameters of an order for the database: as a string, if
// there are any.
func (s *Sealer) SealParameters(parameters store.JSON) (store.JSON, error) {
	if !usecase.Given(parameters) || usecase.IsEmptyObject(parameters) {
		return store.JSON("{}"), nil
	}
	return s.sealJSON(parameters, parametersPurpose)
}

// OpenParameters reads parameters that were stored, or takes those in clear.
func (s *Sealer) OpenParameters(stored store.JSON) (store.JSON, error) {
	if text := bytes.TrimSpace(stored); len(text) == 0 || text[0] != '"' {
		return stored, nil
	}
	plain, err := s.openJSON(stored, parametersPurpose)
	if err != nil {
		return nil, fmt.Errorf("reading the parameters of an order: %w", err)
	}
	return plain, nil
}

// OpenConfiguration reads a configuration that was stored; nil for none. Rows that are
// older than the encryption have their settings in clear.
func (s *Sealer) OpenConfiguration(raw store.JSON) (*StoredConfiguration, error) {
	if !usecase.Given(raw) {
		return nil, nil //nolint:nilnil // no configuration is an ordinary answer
	}
	c, err := s.openConfiguration(raw)
	if err != nil {
		return nil, fmt.Errorf("reading stored configuration: %w", err)
	}
	return &c, nil
}

func (s *Sealer) openConfiguration(raw store.JSON) (StoredConfiguration, error) {
	var c StoredConfiguration
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return c, err
	}
	if names, ok := members[secretNames]; ok {
		if err := json.Unmarshal(names, &c.Secret); err != nil {
			return c, fmt.Errorf("%s: %w", secretNames, err)
		}
		delete(members, secretNames)
	}
	if sealed, ok := members[sealedSettings]; ok {
		var err error
		if members["settings"], err = s.openJSON(sealed, settingsPurpose); err != nil {
			return c, fmt.Errorf("%s: %w", sealedSettings, err)
		}
		delete(members, sealedSettings)
	}
	raw, err := usecase.Encode(members)
	if err != nil {
		return c, err
	}
	var ps recipe.Problems
	c.Configuration, ps = recipe.ParseConfiguration(raw)
	return c, ps.Err()
}

// Fingerprint is usecase.Fingerprint for parts that may be secrets: who has the database and
// not the key cannot try values against it. With another key it is another one.
func (s *Sealer) Fingerprint(parts ...any) (string, error) {
	text, err := usecase.Fingerprint(parts...)
	if err != nil {
		return "", err
	}
	k, err := s.newest()
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, k.raw)
	mac.Write([]byte("fingerprint " + text))
	return hex.EncodeToString(mac.Sum(nil)), nil
}
