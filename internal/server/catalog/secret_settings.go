package catalog

import (
	"context"
	"slices"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// secretSettings are the names of all secret settings that were read of so many revisions.
type secretSettings struct {
	read  store.Extent
	names []string
}

// SecretSettings are the names of the secret settings of all job types in all revisions: what
// a variable that has no other sign of a secret is held against. Revisions never change, so
// they are read once.
func (c *Catalog) SecretSettings(ctx context.Context) ([]string, error) {
	there, err := c.Store.JobTypeRevisionExtent(ctx)
	if err != nil {
		return nil, err
	}
	c.revisions.mu.Lock()
	known := c.revisions.secrets
	c.revisions.mu.Unlock()
	if known.read == there {
		return known.names, nil
	}
	known = secretSettings{read: there}
	err = c.Store.EachJobTypeRevision(ctx, func(row store.JobTypeRevision) error {
		r, err := c.JobRevision(row)
		if err == nil {
			known.names = append(known.names, r.Manifest.Configurable().SecretSettings...)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(known.names)
	known.names = slices.Compact(known.names)
	c.revisions.mu.Lock()
	defer c.revisions.mu.Unlock()
	c.revisions.secrets = known
	return known.names, nil
}
