package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/usecase"
)

// KeySize is the length of the secret key in bytes (AES-256).
const KeySize = 32

// errUnreadable is that none of our keys opens a value.
var errUnreadable = errors.New("it is damaged, or was encrypted with another key")

// key is one secret key.
type key struct {
	raw   []byte
	aead  cipher.AEAD // with random nonces
	check string      // by which the database knows it
}

// newKey makes the cipher. The key has KeySize bytes.
func newKey(raw []byte) (key, error) {
	if len(raw) != KeySize {
		return key{}, fmt.Errorf("the secret key has %d bytes, expected %d", len(raw), KeySize)
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return key{}, err
	}
	mac := hmac.New(sha256.New, raw)
	mac.Write([]byte(checkSetting))
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return key{raw, aead, hex.EncodeToString(mac.Sum(nil))}, err
}

func (k key) seal(plain []byte, purpose string) string {
	return base64.StdEncoding.EncodeToString(k.aead.Seal(nil, nil, plain, []byte(purpose)))
}

// open is the text that one of the keys has sealed, and which of them.
func open(keys []key, sealed, purpose string) ([]byte, key, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, key{}, fmt.Errorf("%w: what is encrypted is no base64", errUnreadable)
	}
	for _, k := range keys {
		if plain, err := k.aead.Open(nil, nil, raw, []byte(purpose)); err == nil {
			return plain, k, nil
		}
	}
	return nil, key{}, errUnreadable
}

// seal encrypts a text with the newest key.
func (s *Sealer) seal(plain []byte, purpose string) (string, error) {
	k, err := s.newest()
	if err != nil {
		return "", err
	}
	return k.seal(plain, purpose), nil
}

// open is the text that seal has encrypted, also before the key was another one.
func (s *Sealer) open(sealed, purpose string) ([]byte, error) {
	plain, _, err := open(s.ring(), sealed, purpose)
	if err == nil || s.store == nil {
		return plain, err
	}
	// Another server may know of a newer key already.
	if err := s.lookNow(); err != nil {
		return nil, err
	}
	plain, _, err = open(s.ring(), sealed, purpose)
	return plain, err
}

// sealJSON is seal as a JSON string.
func (s *Sealer) sealJSON(plain []byte, purpose string) (store.JSON, error) {
	text, err := s.seal(plain, purpose)
	if err != nil {
		return nil, err
	}
	return usecase.Encode(text)
}

// openJSON is the text of a string that sealJSON has made.
func (s *Sealer) openJSON(sealed json.RawMessage, purpose string) ([]byte, error) {
	var text string
	if err := json.Unmarshal(sealed, &text); err != nil {
		return nil, fmt.Errorf("what is encrypted is no string: %w", err)
	}
	return s.open(text, purpose)
}
