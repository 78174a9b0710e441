package api

// User is somebody who may log in (ours).
type User struct {
	ID          int64  `json:"id"`
	Username    string `json:"username"`
	Role        string `json:"role"` // viewer, operator, editor or admin
	IsActive    bool   `json:"is_active"`
	HasPassword bool   `json:"has_password"` // otherwise tokens only
	Created     Time   `json:"created"`
	LastLogin   *Time  `json:"last_login"` // with a password
	Disabled    *Time  `json:"disabled"`
}

// UserCreate is the request of POST /v6/users/.
type UserCreate struct {
	Username string `json:"username"`
	Role     string `json:"role"`
	Password string `json:"password,omitempty"` // empty: tokens only
}

// UserEdit is the request of PATCH /v6/users/{id}/; nil leaves a member as it is.
type UserEdit struct {
	Role     *string `json:"role,omitempty"`
	IsActive *bool   `json:"is_active,omitempty"`
	Password *string `json:"password,omitempty"`
}

// APIToken is a token that somebody acts with, without its secret (ours).
type APIToken struct {
	ID       int64  `json:"id"`
	Kind     string `json:"kind"` // api or login
	Name     string `json:"name"`
	Username string `json:"username"`
	Role     string `json:"role"` // what its bearer may: never more than the user
	IsActive bool   `json:"is_active"`
	Created  Time   `json:"created"`
	Expires  *Time  `json:"expires"`   // null: never
	LastUsed *Time  `json:"last_used"` // of API tokens, to five minutes
	Revoked  *Time  `json:"revoked"`
}

// APITokenCreated is the answer of POST /v6/tokens/: the only one with the secret.
type APITokenCreated struct {
	APIToken
	Token string `json:"token"`
}

// APITokenCreate is the request of POST /v6/tokens/.
type APITokenCreate struct {
	Name     string `json:"name"`
	Username string `json:"username,omitempty"` // empty: the sender's
	Role     string `json:"role,omitempty"`     // empty: what the user may
	Expires  *Time  `json:"expires,omitempty"`  // nil: in 90 days
	Token    string `json:"token,omitempty"`    // the secret; empty: galleyd makes one
}

// APITokenEdit is the request of PATCH /v6/tokens/{id}/; nil leaves a member as it is.
type APITokenEdit struct {
	Name    *string `json:"name,omitempty"`
	Role    *string `json:"role,omitempty"`
	Expires *Time   `json:"expires,omitempty"`
	Token   *string `json:"token,omitempty"` // the old secret is good no more
}

// AuditEntry is one line of the audit: a change or a login (ours).
type AuditEntry struct {
	ID        int64          `json:"id"`
	At        Time           `json:"at"`
	Username  string         `json:"username"`
	TokenID   *int64         `json:"token_id"` // null: no token was used
	Address   string         `json:"address"`
	Action    string         `json:"action"` // a method, or such as login
	Object    string         `json:"object"`
	Changes   map[string]any `json:"changes"` // what was asked for, without secrets
	RequestID string         `json:"request_id"`
}

// WorkloadLoginRequest is the request of POST /v6/login/workload/ (ours).
type WorkloadLoginRequest struct {
	Token string `json:"token"` // of another issuer
}

// WorkloadLogin is the login that a token of another issuer was exchanged for.
type WorkloadLogin struct {
	Token    string `json:"token"`
	Username string `json:"username"`
	Role     string `json:"role"`
	Expires  Time   `json:"expires"`
}
