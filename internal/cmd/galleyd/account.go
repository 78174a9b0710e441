package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
	rows "github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Add a user."`
	List    userListCmd    `cmd:"" help:"List the users."`
	Disable userDisableCmd `cmd:"" help:"Take nothing of a user's any more, until it is enabled again."`
	Enable  userEnableCmd  `cmd:"" help:"Enable a user who was disabled."`
	Passwd  userPasswdCmd  `cmd:"" help:"Change the password of a user, whose logins end."`
	Role    userRoleCmd    `cmd:"" help:"Change the role of a user."`
	Delete  userDeleteCmd  `cmd:"" help:"Delete a user and its tokens."`
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create an API token, which is printed once."`
	List   tokenListCmd   `cmd:"" help:"List API tokens."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke an API token."`
}

// tokenLife is the flag of those who make API tokens.
type tokenLife struct {
	MaxTokenLife time.Duration `help:"How long a new API token can be good at most; 0: no bound." default:"0s" env:"GALLEYD_MAX_TOKEN_LIFE"`
}

// userName is a user who exists.
type userName struct {
	store
	Name string `arg:"" help:"Name of the user."`
}

// newPassword is a password that is read, or made up and printed.
type newPassword struct {
	PasswordStdin bool `help:"Read the password from stdin. Otherwise a random one is made and printed."`
}

type userAddCmd struct {
	userName
	newPassword
	Role string `help:"viewer reads; operator also runs recipes; editor also changes types and workspaces; admin may do everything." enum:"viewer,operator,editor,admin" default:"operator"`
}

type userListCmd struct{ store }

type userDisableCmd struct{ userName }

type userEnableCmd struct{ userName }

type userPasswdCmd struct {
	userName
	newPassword
}

type userRoleCmd struct {
	userName
	Role string `arg:"" help:"viewer, operator, editor or admin." enum:"viewer,operator,editor,admin"`
}

type userDeleteCmd struct{ userName }

type tokenCreateCmd struct {
	store
	tokenLife
	Name    string        `arg:"" help:"What the token is for."`
	User    string        `help:"User whom the token stands for." required:""`
	Role    string        `help:"The most that the token may: viewer, operator, editor or admin. Default: what the user may." enum:",viewer,operator,editor,admin" default:""`
	Expires time.Duration `help:"How long the token is good; 0: for ever." default:"2160h"`
}

type tokenListCmd struct {
	store
	User string `help:"Only the tokens of this user."`
	All  bool   `help:"Also those that are revoked or expired."`
}

type tokenRevokeCmd struct {
	store
	ID int64 `arg:"" help:"Id of the token, as token list shows it."`
}

// read is the password, and whether it was made up.
func (p newPassword) read() (password string, madeUp bool, err error) {
	if !p.PasswordStdin {
		return auth.RandomPassword(), true, nil
	}
	raw, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<16))
	if err != nil {
		return "", false, fmt.Errorf("reading password: %w", err)
	}
	if password = strings.TrimRight(string(raw), "\r\n"); password == "" {
		return "", false, errors.New("reading password: stdin is empty")
	}
	return password, false, nil
}

// Run is `galleyd user add`.
func (u userAddCmd) Run() error {
	password, madeUp, err := u.read()
	if err != nil {
		return err
	}
	_, err = server.AddUser(context.Background(), u.config(), auth.NewUser{Username: u.Name, Role: u.Role, Password: password})
	if err != nil {
		return err
	}
	fmt.Printf("Added the user %s with the role %s.\n", u.Name, u.Role)
	if madeUp {
		fmt.Printf("Password (it is not shown again): %s\n", password)
	}
	return nil
}

// Run is `galleyd user list`.
func (u userListCmd) Run() error {
	ctx := context.Background()
	return server.WithAccounts(ctx, u.config(), func(a server.Console) error {
		users, err := a.Users(ctx)
		if err != nil {
			return err
		}
		return table("NAME\tROLE\tSTATE\tLAST LOGIN", users, func(u rows.User) string {
			state := "active"
			if u.Disabled != nil {
				state = "disabled"
			}
			return strings.Join([]string{u.Username, u.Role, state, moment(u.LastLogin)}, "\t")
		})
	})
}

// edit changes the user with the command of that name.
func (u userName) edit(command string, edit auth.UserEdit, changes map[string]any, done string) error {
	ctx := context.Background()
	err := server.WithAccounts(ctx, u.config(), func(a server.Console) error {
		row, err := a.UserNamed(ctx, u.Name)
		if err != nil {
			return err
		}
		return a.Change(ctx, "user "+command, "user "+u.Name, changes, func(ctx context.Context) (string, error) {
			_, err := a.EditUser(ctx, row.ID, edit)
			return "", err
		})
	})
	if err == nil {
		fmt.Printf("%s %s.\n", done, u.Name)
	}
	return err
}

// Run is `galleyd user disable`.
func (u userDisableCmd) Run() error {
	return u.edit("disable", auth.UserEdit{IsActive: new(false)}, nil, "Disabled the user")
}

// Run is `galleyd user enable`.
func (u userEnableCmd) Run() error {
	return u.edit("enable", auth.UserEdit{IsActive: new(true)}, nil, "Enabled the user")
}

// Run is `galleyd user passwd`.
func (u userPasswdCmd) Run() error {
	password, madeUp, err := u.read()
	if err != nil {
		return err
	}
	if err := u.edit("passwd", auth.UserEdit{Password: &password}, nil, "Changed the password of"); err != nil {
		return err
	}
	if madeUp {
		fmt.Printf("Password (it is not shown again): %s\n", password)
	}
	return nil
}

// Run is `galleyd user role`.
func (u userRoleCmd) Run() error {
	return u.edit("role", auth.UserEdit{Role: &u.Role}, map[string]any{"role": u.Role}, "Gave the role "+u.Role+" to")
}

// Run is `galleyd user delete`.
func (u userDeleteCmd) Run() error {
	ctx := context.Background()
	err := server.WithAccounts(ctx, u.config(), func(a server.Console) error {
		row, err := a.UserNamed(ctx, u.Name)
		if err != nil {
			return err
		}
		return a.Change(ctx, "user delete", "user "+u.Name, nil, func(ctx context.Context) (string, error) {
			return "", a.DeleteUser(ctx, row.ID)
		})
	})
	if err == nil {
		fmt.Printf("Deleted the user %s.\n", u.Name)
	}
	return err
}

// Run is `galleyd token create`. It prints nothing but the token.
func (t tokenCreateCmd) Run() error {
	ctx := context.Background()
	c := t.config()
	c.MaxTokenLife = t.MaxTokenLife
	return server.WithAccounts(ctx, c, func(a server.Console) error {
		secret, err := a.NewToken(ctx, t.User, auth.NewToken{Name: t.Name, Role: t.Role}, t.Expires)
		if err != nil {
			return err
		}
		fmt.Println(secret)
		return nil
	})
}

// Run is `galleyd token list`.
func (t tokenListCmd) Run() error {
	ctx := context.Background()
	return server.WithAccounts(ctx, t.config(), func(a server.Console) error {
		users, err := a.Users(ctx)
		if err != nil {
			return err
		}
		f := rows.TokenFilter{Kinds: []string{auth.KindAPI}}
		byID := map[int64]rows.User{}
		for _, u := range users {
			byID[u.ID] = u
		}
		if t.User != "" {
			u, err := a.UserNamed(ctx, t.User)
			if err != nil {
				return err
			}
			f.UserIDs = []int64{u.ID}
		}
		if !t.All {
			f.IsActive = new(true)
		}
		tokens, _, err := a.Tokens(ctx, auth.Local(), f)
		if err != nil {
			return err
		}
		return table("ID\tNAME\tUSER\tROLE\tEXPIRES\tLAST USED\tREVOKED", tokens, func(t rows.Token) string {
			u := byID[t.UserID]
			return strings.Join([]string{fmt.Sprint(t.ID), t.Name, u.Username, auth.Identity{User: u, Login: t}.Role().String(),
				moment(t.Expires), moment(t.LastUsed), moment(t.Revoked)}, "\t")
		})
	})
}

// Run is `galleyd token revoke`.
func (t tokenRevokeCmd) Run() error {
	ctx := context.Background()
	return server.WithAccounts(ctx, t.config(), func(a server.Console) error {
		row, err := a.Token(ctx, auth.Local(), t.ID)
		if err != nil {
			return err
		}
		object := fmt.Sprintf("token %d", t.ID)
		err = a.Change(ctx, "token revoke", object, map[string]any{"name": row.Name}, func(ctx context.Context) (string, error) {
			_, err := a.RevokeToken(ctx, auth.Local(), t.ID)
			return "", err
		})
		if err != nil {
			return err
		}
		fmt.Printf("Revoked the token %d (%s).\n", row.ID, row.Name)
		return nil
	})
}

// table prints one line for each item below a head.
func table[T any](head string, items []T, line func(T) string) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for _, item := range items {
		fmt.Fprintln(w, line(item))
	}
	return w.Flush()
}

// moment is a time for people; "-" for none.
func moment(t *rows.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}
