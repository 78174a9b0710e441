package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
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

// SecretKeyFile is the file of the key in the data folder.
const SecretKeyFile = "secret.key"

const secretKeyVariable = "GALLEYD_SECRET_KEY"

// KeySource is where the secret key of a database is.
type KeySource struct {
	DataDir string // which has the file secret.key
	Given   string // in base64; empty: it is in that file
}

// Open is the Sealer of a database with the key. The first start makes the file, and a
// database that was encrypted with another key is refused.
func (k KeySource) Open(ctx context.Context, st *store.Store) (*seal.Sealer, error) {
	if k.Given == "" {
		if err := k.ensureFile(ctx, st); err != nil {
			return nil, err
		}
	}
	return k.open(ctx, st)
}

// OpenKnown is Open for a database that servers have used: it makes nothing.
func (k KeySource) OpenKnown(ctx context.Context, st *store.Store) (*seal.Sealer, error) {
	switch known, err := seal.IsKeyed(ctx, st); {
	case err != nil:
		return nil, err
	case !known:
		return nil, errors.New("no server has used this database yet, so there is no secret key")
	}
	return k.open(ctx, st)
}

// open reads the key and holds it against the database.
func (k KeySource) open(ctx context.Context, st *store.Store) (*seal.Sealer, error) {
	from, text := secretKeyVariable, k.Given
	if text == "" {
		var err error
		from = k.path()
		if text, err = readSecretKey(from); err != nil {
			return nil, err
		}
	}
	key, err := ParseSecretKey(from, text)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.Open(ctx, st, key)
	if errors.Is(err, seal.ErrOtherKey) {
		return nil, fmt.Errorf("the key of %s is %w: all servers of a database need the same %s, or the same "+
			"file %s in their data folders; after `galleyd key rotate` that is the new one", from, err, secretKeyVariable, SecretKeyFile)
	}
	return sealer, err
}

// ParseSecretKey reads a key in base64. From says where it is from; it is never shown.
func ParseSecretKey(from, text string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != seal.KeySize {
		return nil, fmt.Errorf("%s holds no key: expected %d bytes in base64, as `openssl rand -base64 %[2]d` makes them",
			from, seal.KeySize)
	}
	return key, nil
}

// RandomSecretKey makes a key.
func RandomSecretKey() []byte {
	key := make([]byte, seal.KeySize)
	_, _ = rand.Read(key) // never fails
	return key
}

func (k KeySource) path() string { return filepath.Join(k.DataDir, SecretKeyFile) }

// ensureFile makes the file, with a random key, unless the database has known a key
// before. If another process is faster, its file stays.
func (k KeySource) ensureFile(ctx context.Context, st *store.Store) error {
	path := k.path()
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil // reading it says what is wrong with it
	}
	switch known, err := seal.IsKeyed(ctx, st); {
	case err != nil:
		return err
	case known:
		return fmt.Errorf("the settings in this database are encrypted, and there is no key for them: set %s, or put "+
			"the file %s of another server of the database at %s", secretKeyVariable, SecretKeyFile, path)
	}
	made, err := writeKeyBeside(path, RandomSecretKey())
	if err == nil {
		err = os.Link(made, path)
	}
	if made != "" {
		_ = os.Remove(made)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the secret key: %w", err)
	}
	return nil
}

func readSecretKey(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no secret key at %s: name the data folder of a server with --data-dir, or set %s", path, secretKeyVariable)
	}
	if err != nil {
		return "", fmt.Errorf("reading the secret key: %w", err)
	}
	if info, err := os.Stat(path); runtime.GOOS != "windows" && err == nil && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("others can read the secret key %s: its mode is %#o, expected 0600", path, info.Mode().Perm())
	}
	return string(raw), nil
}

// Replace puts a key into the file, whole or not at all. The file stays its owner's, whoever
// does this, and a link to one stays a link.
func (k KeySource) Replace(key []byte) error {
	path, err := filepath.EvalSymlinks(k.path())
	if err != nil {
		return fmt.Errorf("replacing the secret key: %w", err)
	}
	made, err := writeKeyBeside(path, key)
	if made != "" {
		defer func() { _ = os.Remove(made) }() // it is gone if all went well
	}
	if err == nil {
		err = keepOwner(path, made)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		return fmt.Errorf("replacing the secret key: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// writeKeyBeside writes a key into a new file in the folder of path, which only its owner
// can read.
func writeKeyBeside(path string, key []byte) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+SecretKeyFile+"-*") // with the mode 0600
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(base64.StdEncoding.EncodeToString(key) + "\n")
	return f.Name(), errors.Join(err, f.Sync(), f.Close())
}
