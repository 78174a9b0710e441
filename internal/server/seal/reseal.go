package seal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

const resealBatch = 200 // values that are read at a time

// Resealed is what a rotation has found.
type Resealed struct {
	Values     int // that are encrypted with the new key now
	Unreadable int // that neither key opens, as before; they are left alone
}

// Reseal encrypts everything anew that the old key has encrypted, until nothing is left.
// It takes one value after the other, so that it waits for nobody who holds several, and
// looks once more when all who may have read an old value, and will write it again, are done.
func (r *Rotation) Reseal(ctx context.Context) (Resealed, error) {
	total := Resealed{}
	for {
		pass, err := r.pass(ctx)
		total.Values, total.Unreadable = total.Values+pass.Values, pass.Unreadable
		if err != nil || pass.Values == 0 {
			return total, err
		}
		if err := r.store.Quiesce(ctx); err != nil {
			return total, err
		}
	}
}

func (r *Rotation) pass(ctx context.Context) (Resealed, error) {
	total := Resealed{}
	st, keys := r.store, r.keys
	// count takes note of one value, which replace puts in the place of the old one.
	count := func(changed bool, err error, replace func() (bool, error)) error {
		switch {
		case errors.Is(err, errUnreadable):
			total.Unreadable++
			return nil
		case err != nil || !changed:
			return err
		}
		_, err = replace() // who was faster has sealed it anew, or the next pass will
		total.Values++
		return err
	}
	settings, err := st.SettingsLike(ctx, sealedPrefix)
	if err != nil {
		return total, err
	}
	for _, name := range usecase.SortedKeys(settings) {
		old := settings[name]
		text, changed, err := reseal(keys, strings.TrimPrefix(old, sealedPrefix), settingPurpose+name)
		if err := count(changed, err, func() (bool, error) { return st.ReplaceSetting(ctx, name, old, sealedPrefix+text) }); err != nil {
			return total, fmt.Errorf("setting %q: %w", name, err)
		}
	}
	for _, column := range store.SealedColumns() {
		for after := int64(0); ; {
			batch, err := st.SealedValues(ctx, column, after, resealBatch)
			if err != nil {
				return total, err
			}
			for _, v := range batch {
				value, changed, err := resealDocument(keys, v.Value)
				if err := count(changed, err, func() (bool, error) { return st.ReplaceSealed(ctx, column, v, value) }); err != nil {
					return total, fmt.Errorf("%s of %s %d: %w", column.Column, column.Table, v.ID, err)
				}
				after = v.ID
			}
			if len(batch) < resealBatch {
				break
			}
		}
	}
	return total, nil
}

// reseal is a text sealed with the first of the keys, if it was with another one.
func reseal(keys []key, sealed, purpose string) (text string, changed bool, err error) {
	plain, by, err := open(keys, sealed, purpose)
	if err != nil || by.check == keys[0].check {
		return sealed, false, err
	}
	return keys[0].seal(plain, purpose), true, nil
}

// resealDocument is reseal for what SealConfiguration or SealParameters has made.
func resealDocument(keys []key, stored store.JSON) (store.JSON, bool, error) {
	purpose := settingsPurpose
	sealed := json.RawMessage(bytes.TrimSpace(stored))
	members := map[string]json.RawMessage{}
	switch {
	case len(sealed) > 0 && sealed[0] == '"':
		purpose = parametersPurpose
	case len(sealed) > 0 && sealed[0] == '{':
		if err := json.Unmarshal(stored, &members); err != nil {
			return nil, false, err
		}
		if sealed = members[sealedSettings]; sealed == nil {
			return nil, false, nil
		}
	default:
		return nil, false, nil
	}
	var text string
	if err := json.Unmarshal(sealed, &text); err != nil {
		return nil, false, errUnreadable
	}
	text, changed, err := reseal(keys, text, purpose)
	if err != nil || !changed {
		return nil, false, err
	}
	value, err := usecase.Encode(text)
	if err != nil || purpose == parametersPurpose {
		return value, true, err
	}
	members[sealedSettings] = value
	value, err = usecase.Encode(members)
	return value, true, err
}
