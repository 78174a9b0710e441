package seal

import (
	"context"
	"errors"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// Why a rotation cannot begin.
var (
	ErrSameKey      = errors.New("the database is encrypted with this key already")
	ErrOtherPending = errors.New("the key of this database is being changed to another one")
)

// settleTime is how long after the beginning of a rotation a server may still begin to seal
// with the old key; a part of it is for clocks that do not go alike.
const settleTime = ringLife + ringLife/5

// A Rotation changes the key of a database while its servers run. From its beginning to its
// end both keys are good, and the database has each of them encrypted with the other one:
// servers learn the new one from there, and whoever has one of them can go on with a
// rotation that was interrupted at any point.
type Rotation struct {
	store *store.Store
	is    rotation
	keys  []key // the new one and the old one
}

// A Note is written together with a step of a rotation, or not at all.
type Note func(ctx context.Context, tx *store.Tx) error

// Rotate begins a change to the key next, or goes on with the one to it.
func (s *Sealer) Rotate(ctx context.Context, next []byte, note Note) (*Rotation, error) {
	to, err := newKey(next)
	if err != nil {
		return nil, err
	}
	r, err := s.Pending(ctx)
	if err != nil {
		return nil, err
	}
	if r == nil {
		if r, err = s.begin(ctx, to, note); err != nil {
			return nil, err
		}
	}
	if r.is.To != to.check {
		return nil, ErrOtherPending
	}
	return r, nil
}

func (s *Sealer) begin(ctx context.Context, to key, note Note) (*Rotation, error) {
	from := s.ring()[0]
	if to.check == from.check {
		return nil, ErrSameKey
	}
	is := rotation{From: from.check, To: to.check, Next: from.seal(to.raw, keyPurpose), Last: to.seal(from.raw, keyPurpose)}
	text, err := usecase.Encode(is)
	if err != nil {
		return nil, err
	}
	err = s.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		// This also locks out whoever begins or ends one.
		still, err := tx.ReplaceSetting(ctx, checkSetting, from.check, from.check)
		if err != nil {
			return err
		}
		if !still {
			return ErrOtherKey
		}
		kept, err := tx.InitSetting(ctx, rotationSetting, string(text))
		if err != nil || kept != string(text) {
			return err
		}
		return note(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	r, err := s.Pending(ctx)
	if r == nil && err == nil { // somebody else has ended it
		err = ErrSameKey
	}
	return r, err
}

// Pending is the rotation that is under way; nil if there is none.
func (s *Sealer) Pending(ctx context.Context) (*Rotation, error) {
	found, err := s.store.Settings(ctx, rotationSetting)
	if err != nil {
		return nil, err
	}
	is, err := readRotation(found[rotationSetting])
	if is == nil {
		return nil, err
	}
	if _, err = s.look(ctx); err != nil {
		return nil, err
	}
	r := &Rotation{store: s.store, is: *is}
	for _, check := range []string{is.To, is.From} {
		for _, k := range s.ring() {
			if k.check == check {
				r.keys = append(r.keys, k)
			}
		}
	}
	if len(r.keys) != 2 { // another rotation has begun since
		return nil, ErrOtherPending
	}
	return r, nil
}

// Key is the new key.
func (r *Rotation) Key() []byte { return r.keys[0].raw }

// Settle waits until every server seals with the new key, and what was sealed with the old
// one is in the database.
func (r *Rotation) Settle(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settleTime):
	}
	return r.store.Quiesce(ctx)
}

// End retires the old key. Once more changes nothing.
func (r *Rotation) End(ctx context.Context, note Note) error {
	return r.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		found, err := tx.Settings(ctx, checkSetting)
		if err != nil || found[checkSetting] == r.is.To {
			return err
		}
		ours, err := tx.ReplaceSetting(ctx, checkSetting, r.is.From, r.is.To)
		if err != nil {
			return err
		}
		if !ours {
			return ErrOtherKey
		}
		if err := tx.DeleteSetting(ctx, rotationSetting); err != nil {
			return err
		}
		return note(ctx, tx)
	})
}
