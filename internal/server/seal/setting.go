package seal

import (
	"context"
	"fmt"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

const (
	sealedPrefix   = "sealed:"          // of a setting that is encrypted
	settingPurpose = "galleyd setting " // with its name: no setting passes for another
)

// InitSetting is the store's InitSetting for a value that must not be readable in the
// database. One that is older than that is encrypted now.
func (s *Sealer) InitSetting(ctx context.Context, st *store.Store, name, value string) (string, error) {
	sealed, err := s.sealSetting(name, value)
	if err != nil {
		return "", err
	}
	kept, err := st.InitSetting(ctx, name, sealed)
	if err != nil {
		return "", err
	}
	text, isSealed := strings.CutPrefix(kept, sealedPrefix)
	if !isSealed {
		if sealed, err = s.sealSetting(name, kept); err != nil {
			return "", err
		}
		return kept, st.PutSetting(ctx, name, sealed)
	}
	plain, err := s.open(text, settingPurpose+name)
	if err != nil {
		return "", fmt.Errorf("setting %q: %w", name, err)
	}
	return string(plain), nil
}

func (s *Sealer) sealSetting(name, value string) (string, error) {
	text, err := s.seal([]byte(value), settingPurpose+name)
	return sealedPrefix + text, err
}
