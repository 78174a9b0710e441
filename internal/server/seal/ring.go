package seal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// The settings that all servers of a database learn its key from.
const (
	checkSetting    = "secret-key-check"    // what the key is known by
	rotationSetting = "secret-key-rotation" // a change to another key that is under way
)

const (
	// ringLife is how long a server seals with a key without asking whether there is a newer
	// one. Nobody does so with the old key once a rotation is older than that.
	ringLife    = 5 * time.Second
	followEvery = 2 * time.Second
	lookTimeout = 5 * time.Second
	keyPurpose  = "galleyd secret key" // of a key that is encrypted with another one
)

// ErrOtherKey is what a key is that the values of a database are not encrypted with.
var ErrOtherKey = errors.New("not the one that the settings in this database are encrypted with")

// rotation is a change of the key that is under way. Who has one of the keys has both.
type rotation struct {
	From string `json:"from"` // what the old key is known by
	To   string `json:"to"`
	Next string `json:"next"` // the new key, encrypted with the old one
	Last string `json:"last"` // the old key, encrypted with the new one
}

// A Sealer encrypts what must not be readable in the database, with the newest of its
// keys, and reads it again, with any.
type Sealer struct {
	store *store.Store // which new keys are learnt from; nil: there are none
	mu    sync.Mutex
	keys  []key     // newest first
	asked time.Time // when the database was asked last
}

// New makes a Sealer of one key that never changes. It has KeySize bytes.
func New(raw []byte) (*Sealer, error) {
	k, err := newKey(raw)
	return &Sealer{keys: []key{k}}, err
}

// Open makes the Sealer of a database. With a key that its values are not encrypted with
// that is an ErrOtherKey; a database that knows no key yet takes this one.
func Open(ctx context.Context, st *store.Store, raw []byte) (*Sealer, error) {
	s, err := New(raw)
	if err != nil {
		return nil, err
	}
	s.store = st
	if _, err := st.InitSetting(ctx, checkSetting, s.keys[0].check); err != nil {
		return nil, err
	}
	_, err = s.look(ctx)
	return s, err
}

// IsKeyed reports whether a database has known a key.
func IsKeyed(ctx context.Context, st *store.Store) (bool, error) {
	_, err := st.Setting(ctx, checkSetting)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Follow learns new keys until ctx ends.
func (s *Sealer) Follow(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		switch isNew, err := s.look(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && err.Error() != last:
			last = err.Error()
			log.ErrorContext(ctx, "settings cannot be encrypted", "error", told(err))
		case err == nil:
			last = ""
			if isNew {
				log.InfoContext(ctx, "secret key: another one encrypts from now on")
			}
		}
	}
}

func (s *Sealer) ring() []key {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keys
}

// newest is the key to seal with. A server that did not ask for long asks first: it may
// have slept through the beginning of a rotation.
func (s *Sealer) newest() (key, error) {
	s.mu.Lock()
	k, fresh := s.keys[0], s.store == nil || time.Since(s.asked) < ringLife
	s.mu.Unlock()
	if fresh {
		return k, nil
	}
	if err := s.lookNow(); err != nil {
		return key{}, err
	}
	return s.ring()[0], nil
}

// lookNow is look for who seals or opens, whatever that is for.
func (s *Sealer) lookNow() error {
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	_, err := s.look(ctx)
	return told(err)
}

// told is what went wrong for those who do not know that this was about the key.
func told(err error) error {
	switch {
	case errors.Is(err, ErrOtherKey):
		return fmt.Errorf("the secret key of this server is %w; start it again with the new one", err)
	case err != nil:
		return fmt.Errorf("asking for the newest secret key: %w", err)
	}
	return nil
}

// look asks the database which key is the newest, and reports whether it was not before.
// A key that was one stays good for reading what a slow transaction has sealed with it.
func (s *Sealer) look(ctx context.Context) (isNew bool, err error) {
	asked := time.Now()
	found, err := s.store.Settings(ctx, checkSetting, rotationSetting)
	if err != nil {
		return false, err
	}
	r, err := readRotation(found[rotationSetting])
	if err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, err := s.know(found[checkSetting], r)
	if err != nil {
		return false, err
	}
	if asked.Before(s.asked) { // somebody has asked later, and was answered sooner
		return false, nil
	}
	isNew = keys[0].check != s.keys[0].check
	s.keys, s.asked = keys, asked
	return isNew, nil
}

// know is the ring when the database knows that key and that rotation, nil for none.
func (s *Sealer) know(check string, r *rotation) ([]key, error) {
	keys := slices.Clone(s.keys)
	find := func(check string) int { return slices.IndexFunc(keys, func(k key) bool { return k.check == check }) }
	learn := func(check, other, sealed string) error {
		from := find(other)
		if find(check) >= 0 || from < 0 {
			return nil
		}
		raw, _, err := open(keys[from:from+1], sealed, keyPurpose)
		if err != nil {
			return fmt.Errorf("reading the key of a rotation: %w", err)
		}
		k, err := newKey(raw)
		keys = append(keys, k)
		return err
	}
	if r != nil {
		if err := errors.Join(learn(r.To, r.From, r.Next), learn(r.From, r.To, r.Last)); err != nil {
			return nil, err
		}
		check = r.To
	}
	at := find(check)
	if at < 0 {
		return nil, ErrOtherKey
	}
	first := keys[at]
	return append([]key{first}, slices.Delete(keys, at, at+1)...), nil
}

func readRotation(text string) (*rotation, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // mostly there is none
	}
	var r rotation
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("setting %q: %w", rotationSetting, err)
	}
	return &r, nil
}
