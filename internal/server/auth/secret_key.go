package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	secretKeyFile     = "secret.key" // in the data folder
	secretKeyVariable = "GALLEYD_SECRET_KEY"
	secretKeyCheck    = "secret-key-check" // the setting that a key is known by
)

// SecretKey is the key that settings are encrypted with: the given one (base64), or else
// that of the file secret.key in the data folder, which the first start makes. A key that
// the database was not written with is refused.
func SecretKey(ctx context.Context, st *store.Store, dataDir, given string) ([]byte, error) {
	path := filepath.Join(dataDir, secretKeyFile)
	text, from := given, secretKeyVariable
	if text == "" {
		var err error
		from = path
		if text, err = readSecretKey(ctx, st, path); err != nil {
			return nil, err
		}
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != seal.KeySize {
		return nil, fmt.Errorf("%s holds no key: expected %d bytes in base64, as `openssl rand -base64 %[2]d` makes them",
			from, seal.KeySize)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(secretKeyCheck))
	own := hex.EncodeToString(mac.Sum(nil))
	known, err := st.InitSetting(ctx, secretKeyCheck, own)
	if err != nil {
		return nil, err
	}
	if known != own {
		return nil, fmt.Errorf("the key of %s is not the one that the settings in this database are encrypted with: all "+
			"servers of a database need the same %s, or the same file %s in their data folders", from, secretKeyVariable, secretKeyFile)
	}
	return key, nil
}

// readSecretKey reads the file at path, which it makes unless the database has known a
// key before.
func readSecretKey(ctx context.Context, st *store.Store, path string) (string, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		switch _, err := st.Setting(ctx, secretKeyCheck); {
		case err == nil:
			return "", fmt.Errorf("the settings in this database are encrypted, and there is no key for them: set %s, or put "+
				"the file %s of another server of the database at %s", secretKeyVariable, secretKeyFile, path)
		case !errors.Is(err, store.ErrNotFound):
			return "", err
		}
		if err := makeSecretKey(path); err != nil {
			return "", fmt.Errorf("making the secret key: %w", err)
		}
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fmt.Errorf("reading the secret key: %w", err)
	}
	if info, err := os.Stat(path); runtime.GOOS != "windows" && err == nil && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("others can read the secret key %s: its mode is %#o, expected 0600", path, info.Mode().Perm())
	}
	return string(raw), nil
}

// makeSecretKey makes the file, whole or not at all. If another process is faster, its
// file stays.
func makeSecretKey(path string) error {
	key := make([]byte, seal.KeySize)
	_, _ = rand.Read(key)                                               // never fails
	f, err := os.CreateTemp(filepath.Dir(path), "."+secretKeyFile+"-*") // with the mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
