package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// basicLife is how long a password that came as Basic needs no new hashing.
const basicLife = time.Minute

// basicCache knows which passwords were right lately, under a key of this process. A
// changed password is another entry, because the stored hash is part of it.
type basicCache struct {
	key  []byte
	mu   sync.Mutex
	good map[[sha256.Size]byte]time.Time // until when
}

const maxBasicCache = 1000

func newBasicCache() *basicCache {
	c := &basicCache{key: make([]byte, 32), good: map[[sha256.Size]byte]time.Time{}}
	_, _ = rand.Read(c.key) // never fails
	return c
}

func (c *basicCache) entry(u store.User, password string) (e [sha256.Size]byte) {
	mac := hmac.New(sha256.New, c.key)
	for _, part := range []string{u.PasswordHash, password} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	copy(e[:], mac.Sum(nil))
	return e
}

func (c *basicCache) has(u store.User, password string, now time.Time) bool {
	if u.ID == 0 {
		return false
	}
	e := c.entry(u, password)
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.good[e]
	return ok && now.Before(until)
}

func (c *basicCache) add(u store.User, password string, now time.Time) {
	e := c.entry(u, password)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.good) >= maxBasicCache {
		clear(c.good)
	}
	c.good[e] = now.Add(basicLife)
}
