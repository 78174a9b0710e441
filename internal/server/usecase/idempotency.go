package usecase

import (
	"context"
	"errors"
	"hash/fnv"
	"strings"
	"unicode/utf8"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/refusal"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	keyDays = 7   // that a key is remembered, at least
	maxKey  = 255 // characters
)

// IdempotencyKey makes a create or an edit safe to repeat: its first request with a key
// is carried out, and the key is stored in the same transaction as what it made or
// changed. Every later one gets that object, as it is by then, whatever happened in
// between. A request that was refused leaves no key behind.
type IdempotencyKey struct {
	Key         string // 1 to 255 characters, chosen by the user
	User        string // whose key it is: users cannot meet each other's keys
	Fingerprint string // of the request; the same key with another one is a refusal.Mismatch
	Replayed    bool   // set by the create: the object was made by an earlier request
	TakenOver   bool   // set by the create: the object is that of a create whose answer was lost
}

// Kinds of objects that keys remember.
const (
	MadeWorkspace     = "workspace"
	MadeFile          = "file"
	MadeJobType       = "job-type"
	MadeRecipeType    = "recipe-type"
	MadeRecipe        = "recipe"
	MadeReprocess     = "reprocess"
	MadeJob           = "job"
	MadeKitchen       = "kitchen"
	MadeKitchenRecipe = "kitchen-recipe"
	MadeOrder         = "order"
	MadeOrderRun      = "order-run"
	MadeUser          = "user"
	MadeToken         = "token"
	MadeStrike        = "strike"
	MadeScan          = "scan"
	MadeScanProcess   = "scan-process"
	MadeDataset       = "dataset"
	MadeMembers       = "dataset-members"
	MadeBatch         = "batch"

	EditedWorkspace  = MadeWorkspace + editSuffix
	EditedJobType    = MadeJobType + editSuffix
	EditedRecipeType = MadeRecipeType + editSuffix
	EditedStrike     = MadeStrike + editSuffix
	EditedScan       = MadeScan + editSuffix
	EditedBatch      = MadeBatch + editSuffix

	EditedKitchenRecipe = MadeKitchenRecipe + editSuffix
)

// Made is what a create has made: the id of the object, and what else has to be
// known to answer again.
type Made struct {
	ID          int64
	Name        string // how users name it; "": nobody asks where it comes from
	Again       bool   // an edit that has taken an inactive one into use is like a create
	Fingerprint string // of a run: see Fingerprint
	Result      any    // nil: nothing
}

// Once runs create in a transaction, together with its key if it has one. If the key
// is known, replay gets what was made then, and create is not run.
func (b *Base) Once(ctx context.Context, key *IdempotencyKey, kind string,
	create func(context.Context, *store.Tx) (Made, error), replay func(context.Context, *store.Tx, store.IdempotencyKey) error) error {
	if key == nil {
		return b.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			m, err := create(ctx, tx)
			if err != nil {
				return err
			}
			return stamp(ctx, tx, kind, m, b.Now())
		})
	}
	if n := utf8.RuneCountInString(key.Key); n == 0 || n > maxKey || !utf8.ValidString(key.Key) {
		return refusal.Errorf(refusal.Invalid, "The idempotency key has %d characters; expected 1 to %d", n, maxKey)
	}
	return b.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		key.Replayed, key.TakenOver = false, false
		// Requests with the same key wait for each other, before they take any other lock.
		if err := Serialize(ctx, tx, key.lock()); err != nil {
			return err
		}
		row, err := tx.IdempotencyKey(ctx, key.User, key.Key)
		switch {
		case err == nil && (row.Kind != kind || row.Fingerprint != key.Fingerprint):
			return refusal.Errorf(refusal.Mismatch, "The idempotency key %q was used for another request at %s; use a new key for each new request",
				key.Key, row.Created.Format("2006-01-02T15:04:05Z07:00"))
		case err == nil:
			key.Replayed, key.TakenOver = true, row.TakenOver
			return replay(ctx, tx, row)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		m, err := create(ctx, tx)
		if err != nil {
			return err
		}
		row = store.IdempotencyKey{Username: key.User, Key: key.Key, Kind: kind, Fingerprint: key.Fingerprint, ObjectID: m.ID,
			TakenOver: key.TakenOver, Created: b.Now()}
		if m.Result != nil {
			if row.Result, err = Encode(m.Result); err != nil {
				return err
			}
		}
		if err := tx.Insert(ctx, &row); err != nil {
			return err
		}
		return stamp(ctx, tx, kind, m, row.Created)
	})
}

// lock is the number that serialize knows the key by. Two keys with the same one
// only wait for each other.
func (k *IdempotencyKey) lock() int64 { return lockOf("idempotency", k.User, k.Key) }

func lockOf(parts ...string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(parts, "\x00")))
	return int64(h.Sum64()) //nolint:gosec // any 64 bits will do
}

// ForgetKeys removes the keys that nobody will come back with.
func (b *Base) ForgetKeys(ctx context.Context) error {
	_, err := b.Store.ForgetIdempotencyKeys(ctx, store.At(b.Clock().AddDate(0, 0, -keyDays)))
	return err
}
