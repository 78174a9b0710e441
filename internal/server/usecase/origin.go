package usecase

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// Origin is who asks for something (contract of a plan, 2). It is a name, and no right: what
// somebody may do depends on their role alone.
type Origin struct {
	User    string // empty: nobody is known, and nothing is remembered
	Name    string // such as a workspace of Terraform; empty: none, which is one of the user's own
	Session string // of the client, different for each run of it; empty: the client loses nothing
	Run     string // such as that of Terraform Cloud
	Changes bool   // the user may change things: who may not claims only what is their own
}

// What an origin has done last.
const (
	ActionMade    = "made"
	ActionChanged = "changed"
)

const editSuffix = "-edit" // of the kinds of keys of edits

type originKey struct{}

// WithOrigin says who asks for what is done under ctx.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, o)
}

// OriginOf is who asks for what is done under ctx; the zero Origin if nobody has said so.
func OriginOf(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Owns tells whether a thing is of that origin: of the same name, whoever the user is, or
// without one of the same user.
func (o Origin) Owns(row store.Origin) bool {
	return row.Origin == o.Name && (o.Name != "" || row.Username == o.User)
}

// HasLost tells whether a thing comes from a create of the same user and origin in another session
// that no state knows of.
func (o Origin) HasLost(row store.Origin) bool {
	return o.Owns(row) && row.Username == o.User && row.Action == ActionMade && row.Claimed == nil && row.Session != "" && o.Session != "" && row.Session != o.Session
}

// TakesOver tells whether a create with that key may have the thing that is there already,
// because an earlier one of the same user and origin has made and lost it.
func (k *IdempotencyKey) TakesOver(ctx context.Context, tx *store.Tx, kind string, id int64) (bool, error) {
	if k == nil {
		return false, nil
	}
	row, err := tx.Origin(ctx, kind, id)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	o := OriginOf(ctx)
	k.TakenOver = err == nil && o.HasLost(row)
	return k.TakenOver, err
}

// FindLost finds a run that an earlier create with the same fingerprint has made and lost,
// and takes it over; get reads it, and refuses one that is gone, or not to be had, with ErrNotFound.
func (k *IdempotencyKey) FindLost(ctx context.Context, tx *store.Tx, kind, fingerprint string, get func(id int64) error) (bool, error) {
	o := OriginOf(ctx)
	if k == nil || o.User == "" || o.Session == "" {
		return false, nil
	}
	if err := Serialize(ctx, tx, lockOf("origin", o.User, o.Name, fingerprint)); err != nil {
		return false, err
	}
	rows, err := tx.LostRuns(ctx, store.Origin{Kind: kind, Fingerprint: fingerprint, Username: o.User, Origin: o.Name, Session: o.Session})
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		err := get(row.ObjectID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		k.TakenOver = err == nil
		return k.TakenOver, err
	}
	return false, nil
}

// Fingerprint tells apart what runs are made from. Documents count by what they mean, not by
// how they are written.
func Fingerprint(parts ...any) (string, error) {
	for i, part := range parts {
		raw, isDocument := part.(json.RawMessage)
		if !isDocument {
			continue
		}
		parts[i] = nil
		if Given(raw) {
			d := json.NewDecoder(bytes.NewReader(raw))
			d.UseNumber()
			if err := d.Decode(&parts[i]); err != nil {
				return "", fmt.Errorf("reading what a run is made from: %w", err)
			}
		}
	}
	text, err := json.Marshal(parts) // maps in the order of their keys
	if err != nil {
		return "", fmt.Errorf("writing what a run is made from: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// stamp remembers who has made or changed m.
func stamp(ctx context.Context, tx *store.Tx, kind string, m Made, now store.Time) error {
	o := OriginOf(ctx)
	if o.User == "" || m.Name == "" {
		return nil
	}
	kind, isEdit := strings.CutSuffix(kind, editSuffix)
	row := store.Origin{Kind: kind, ObjectID: m.ID, Name: m.Name, Username: o.User, Origin: o.Name, Session: o.Session, Run: o.Run,
		Action: ActionMade, Fingerprint: m.Fingerprint, At: now}
	if isEdit && !m.Again {
		before, err := tx.Origin(ctx, kind, m.ID)
		switch {
		case errors.Is(err, store.ErrNotFound):
			row.Action, row.Claimed = ActionChanged, now.Ptr()
		case err != nil:
			return err
		case before.Session != o.Session || o.Session == "": // what one session does after its create belongs to that
			row.Action, row.Claimed, row.Fingerprint = ActionChanged, before.Claimed, before.Fingerprint
		default:
			row.Action, row.Claimed, row.Fingerprint = before.Action, before.Claimed, before.Fingerprint
		}
	}
	return tx.PutOrigin(ctx, row)
}

// Claim notes that a state of the origin has what has these names; release that it has it no
// more, and leaves it to who creates the same in another session. Only what is the origin's
// own can be claimed: by its user, or by who may change things, as a claim takes it from its
// user's next create. Only its user can release it.
func (b *Base) Claim(ctx context.Context, kind string, names []string, release bool) error {
	o := OriginOf(ctx)
	f := store.OriginFilter{Kinds: []string{kind}, Names: names, Paging: store.Paging{PageSize: len(names)}}
	isDone := func(row store.Origin) bool {
		isAnothers := row.Username != o.User
		return !o.Owns(row) || isAnothers && (release || !o.Changes) || release == (row.Claimed == nil)
	}
	rows, _, err := b.Store.Origins(ctx, f)
	if err != nil || !slices.ContainsFunc(rows, func(row store.Origin) bool { return !isDone(row) }) {
		return err // as nearly always: a refresh claims again and again
	}
	return b.Store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		rows, _, err := tx.Origins(ctx, f)
		if err != nil {
			return err
		}
		for _, row := range rows {
			switch {
			case isDone(row):
				continue
			case release:
				row.Claimed, row.Session, row.Action = nil, o.Session, ActionMade
			default:
				row.Claimed = b.Now().Ptr()
			}
			if err := tx.PutOrigin(ctx, row); err != nil {
				return err
			}
		}
		return nil
	})
}
