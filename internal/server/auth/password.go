package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/crypto/argon2"
)

// Cost of a new password's hash: 19 MiB and two passes, about a tenth of a second.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16
	argonKey     = 32
)

// Bounds of a stored hash's own cost, so that a damaged row can't take all memory.
const (
	maxArgonMemory = 1 << 20 // KiB
	maxArgonTime   = 100
)

// passwords hashes and checks passwords, a few at a time: each takes 19 MiB.
type passwords struct {
	slots chan struct{}
	dummy func() string // the hash of nobody's password
}

func newPasswords() *passwords {
	return &passwords{
		slots: make(chan struct{}, max(runtime.NumCPU(), 2)),
		dummy: sync.OnceValue(func() string { return argonHash(rand.Text()) }),
	}
}

// hash is the password's argon2id hash in PHC form.
func (p *passwords) hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	return argonHash(password), nil
}

// check says whether the password is the one of the hash. An empty hash (of a user who
// does not exist) takes as long as any other and is never right.
func (p *passwords) check(ctx context.Context, hash, password string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	if hash == "" {
		_, err := argonCheck(p.dummy(), password)
		return false, err
	}
	return argonCheck(hash, password)
}

func (p *passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *passwords) leave() { <-p.slots }

func argonHash(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

var errBadHash = errors.New("the stored password hash is damaged: expected $argon2id$v=19$m=…,t=…,p=…$salt$key")

func argonCheck(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false, errBadHash
	}
	var memory, time uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &time, &threads); err != nil {
		return false, errBadHash
	}
	if memory > maxArgonMemory || time < 1 || time > maxArgonTime || threads < 1 {
		return false, errBadHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errBadHash
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) < 16 {
		return false, errBadHash
	}
	got := argon2.IDKey([]byte(password), salt, time, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
