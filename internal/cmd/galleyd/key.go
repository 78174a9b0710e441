package main

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
)

type keyCmd struct {
	Rotate keyRotateCmd `cmd:"" help:"Encrypt everything with a new secret key. After an interruption, run it again."`
}

type keyRotateCmd struct {
	store
	secretKey
	NewSecretKey string `help:"The new key, 32 bytes in base64; better given in GALLEYD_NEW_SECRET_KEY. Default: a random one, in the file secret.key in the data folder, if the key of now is there." env:"GALLEYD_NEW_SECRET_KEY" placeholder:"KEY"`
}

// Run is `galleyd key rotate`.
func (k keyRotateCmd) Run() error {
	c := k.config()
	c.SecretKey = k.SecretKey
	return server.RotateKey(context.Background(), c, k.NewSecretKey)
}
