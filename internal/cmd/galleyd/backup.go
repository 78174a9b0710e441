package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/recipe-galley/terraform-provider-galley/internal/server"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/backup"
)

// roots is the flag of those who open workspaces.
type roots struct {
	WorkspaceRoot []string `help:"Folder that workspaces may lie in, as of the server; may be given again." type:"path" env:"GALLEYD_WORKSPACE_ROOT" placeholder:"DIR"`
}

type backupCmd struct {
	store
	roots
	To            string `help:"Folder to make; it must not be there yet." required:"" type:"path" placeholder:"DIR"`
	WithSecretKey bool   `help:"Copy the secret key of the data folder, too. Whoever has both can read what is encrypted: keep them apart, unless the backup is encrypted itself."`
}

type restoreCmd struct {
	store
	roots
	From string   `help:"Folder of a backup." required:"" type:"existingdir" placeholder:"DIR"`
	Move []string `help:"Where a folder of workspaces was, and where it is to be; may be given again. What was in the data folder is in the new one by itself." placeholder:"OLD=NEW"`
}

// Run is `galleyd backup`.
func (b backupCmd) Run() error {
	c := b.config()
	c.WorkspaceRoots = b.WorkspaceRoot
	index, err := server.Backup(context.Background(), c, b.To, b.WithSecretKey)
	if err == nil || index.HasBeenMade(b.To) {
		fmt.Printf("The backup is in %s: %s.\n", b.To, describe(index))
	}
	return err
}

// Run is `galleyd restore`.
func (r restoreCmd) Run() error {
	c := r.config()
	c.WorkspaceRoots = r.WorkspaceRoot
	var moved [][2]string
	for _, text := range r.Move {
		from, to, ok := strings.Cut(text, "=")
		if !ok || !filepath.IsAbs(from) || !filepath.IsAbs(to) {
			return fmt.Errorf("--move: found %q, expected two absolute paths, such as /srv/old=/srv/new", text)
		}
		moved = append(moved, [2]string{filepath.Clean(from), filepath.Clean(to)})
	}
	index, err := server.Restore(context.Background(), c, r.From, moved)
	if err != nil {
		return err
	}
	fmt.Printf("The backup of %s is in %s: %s.\n", index.Created.Format("2006-01-02 15:04:05 MST"), r.DataDir, describe(index))
	if !index.HasKey {
		fmt.Println("It has no secret key: before the first start put the file secret.key into the data folder, or its value into GALLEYD_SECRET_KEY.")
	}
	return nil
}

func describe(x backup.Index) string {
	text := fmt.Sprintf("the database and %d files with %d bytes", x.Files, x.Bytes)
	if x.Gone > 0 {
		text += fmt.Sprintf("; %d more were deleted while it was made", x.Gone)
	}
	return text
}
