package server

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/audit"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/seal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const newSecretKeyVariable = "GALLEYD_NEW_SECRET_KEY"

// RotateKey changes the secret key of the database that cfg names, whose servers may run
// meanwhile, and tells Stdout how far it is. Given is the new key in base64; empty: a random
// one, if the key is that of the data folder's file. Interrupted at any point, another call
// goes on.
func RotateKey(ctx context.Context, cfg Config, given string) error {
	return withExisting(ctx, cfg, func(cfg Config, st *store.Store) error {
		r := keyRotation{source: cfg.keySource(), store: st, cfg: cfg,
			audit: audit.New(audit.Config{Store: st, Logger: cfg.Logger, Now: cfg.Now})}
		if given != "" {
			var err error
			if r.next, err = auth.ParseSecretKey(newSecretKeyVariable, given); err != nil {
				return err
			}
		}
		return r.run(ctx)
	})
}

// keyRotation is one call of RotateKey.
type keyRotation struct {
	cfg    Config
	source auth.KeySource
	store  *store.Store
	audit  *audit.Recorder
	next   []byte // nil: none was given
}

func (r *keyRotation) say(format string, args ...any) error {
	_, err := fmt.Fprintf(r.cfg.Stdout, format+"\n", args...)
	return err
}

// note is a line of the audit.
func (r *keyRotation) note(changes map[string]any) seal.Note {
	return func(ctx context.Context, tx *store.Tx) error {
		return r.audit.KeepIn(ctx, tx.Q, consoleEntry("key rotate", "secret key", changes))
	}
}

func (r *keyRotation) run(ctx context.Context) error {
	sealer, err := r.source.OpenKnown(ctx, r.store)
	if errors.Is(err, seal.ErrOtherKey) && r.next != nil {
		if _, nextErr := seal.Open(ctx, r.store, r.next); nextErr == nil {
			return r.finish("The database is encrypted with the new key already.")
		}
	}
	if err != nil {
		return err
	}
	rotation, err := r.begin(ctx, sealer)
	if errors.Is(err, seal.ErrSameKey) {
		return r.finish("The database is encrypted with the new key already.")
	}
	if err != nil {
		return err
	}
	if r.source.Given == "" {
		if err := r.source.Replace(rotation.Key()); err != nil {
			return fmt.Errorf("%w; both keys are good until `galleyd key rotate` has ended, so run it again", err)
		}
	}
	if err := r.say("Both keys are good now. Waiting until all servers encrypt with the new one."); err != nil {
		return err
	}
	if err := rotation.Settle(ctx); err != nil {
		return err
	}
	done, err := rotation.Reseal(ctx)
	if err != nil {
		return err
	}
	if err := r.say("Encrypted %d values with the new key.", done.Values); err != nil {
		return err
	}
	if done.Unreadable > 0 {
		if err := r.say("%d values can be read with neither key, as before; they were left alone.", done.Unreadable); err != nil {
			return err
		}
	}
	changes := map[string]any{"state": "done", "values": done.Values, "unreadable": done.Unreadable}
	if err := rotation.End(ctx, r.note(changes)); err != nil {
		return err
	}
	return r.finish("Done. Only backups from before need the old key.")
}

// begin begins the rotation, or goes on with one.
func (r *keyRotation) begin(ctx context.Context, sealer *seal.Sealer) (*seal.Rotation, error) {
	next := r.next
	if next == nil {
		if pending, err := sealer.Pending(ctx); pending != nil || err != nil {
			return pending, err
		}
		if r.source.Given != "" {
			return nil, fmt.Errorf("the secret key is not in a file of the data folder but given: give the new one, too, in %s "+
				"(`openssl rand -base64 %d` makes one)", newSecretKeyVariable, seal.KeySize)
		}
		next = auth.RandomSecretKey()
	}
	rotation, err := sealer.Rotate(ctx, next, r.note(map[string]any{"state": "begun"}))
	if errors.Is(err, seal.ErrOtherPending) {
		return nil, fmt.Errorf("%w: give that one in %s, or none", err, newSecretKeyVariable)
	}
	return rotation, err
}

// finish says what is left to do for people.
func (r *keyRotation) finish(how string) error {
	if err := r.say("%s", how); err != nil {
		return err
	}
	if r.source.Given != "" {
		return r.say("Set GALLEYD_SECRET_KEY to the new key wherever servers of this database start: with the old one they do not.")
	}
	return r.say("The new key is in %s. Servers with another data folder need a copy before they start again.",
		filepath.Join(r.cfg.DataDir, auth.SecretKeyFile))
}
