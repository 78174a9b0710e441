package seal

import (
	"context"
	"encoding/base64"
	"errors"
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
	kept, err := st.InitSetting(ctx, name, s.sealSetting(name, value))
	if err != nil {
		return "", err
	}
	text, isSealed := strings.CutPrefix(kept, sealedPrefix)
	if !isSealed {
		return kept, st.PutSetting(ctx, name, s.sealSetting(name, kept))
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return "", fmt.Errorf("setting %q: what is encrypted is no base64: %w", name, err)
	}
	plain, err := s.aead.Open(nil, nil, raw, []byte(settingPurpose+name))
	if err != nil {
		return "", fmt.Errorf("setting %q: %w", name, errors.New("it is damaged, or was encrypted with another key"))
	}
	return string(plain), nil
}

func (s *Sealer) sealSetting(name, value string) string {
	return sealedPrefix + base64.StdEncoding.EncodeToString(s.aead.Seal(nil, nil, []byte(value), []byte(settingPurpose+name)))
}
