// Package account has the objects that are about who may use the backend: galley_user and
// galley_token as resources, galley_users, galley_tokens, and the ephemeral
// galley_token_secret. It may import kit, plan, fault, value, client, api and the rules of
// internal/account, and no other subject. Read user_resource.go first.
package account
