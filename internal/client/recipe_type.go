package client

import (
	"context"
	"iter"
	"net/url"

	"golang.org/x/sync/errgroup"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// RecipeTypeQuery filters recipe types (contract 1.1); zero members don't.
type RecipeTypeQuery struct {
	Keywords           []string // substrings of name, title or description, ORed
	IsActive, IsSystem *bool
	Limit              int // 0: all
}

// RecipeTypes lists recipe types, sorted by name.
func (c *Client) RecipeTypes(ctx context.Context, q RecipeTypeQuery) ([]api.RecipeTypeListed, error) {
	return collect(c.EachRecipeType(ctx, q))
}

// EachRecipeType is RecipeTypes, page by page as they are used up.
func (c *Client) EachRecipeType(ctx context.Context, q RecipeTypeQuery) iter.Seq2[api.RecipeTypeListed, error] {
	p := params{}
	p.strs("keyword", q.Keywords)
	p.flag("is_active", q.IsActive)
	p.flag("is_system", q.IsSystem)
	return each[api.RecipeTypeListed](ctx, c, v6("recipe-types"), url.Values(p), q.Limit)
}

// RecipeType returns one recipe type with its definition.
func (c *Client) RecipeType(ctx context.Context, name string) (api.RecipeTypeDetail, error) {
	v, h, err := sendFor[api.RecipeTypeDetail](ctx, c, call{path: v6("recipe-types", name)})
	v.ETag = h.etag
	return v, err
}

// CreateRecipeType creates a recipe type; the server makes its name of the title.
func (c *Client) CreateRecipeType(ctx context.Context, r api.RecipeTypeCreate) (api.RecipeTypeDetail, error) {
	v, h, err := sendFor[api.RecipeTypeDetail](ctx, c, create(v6("recipe-types"), r))
	v.ETag, v.TakenOver = h.etag, h.taken
	return v, err
}

// EditRecipeType changes what is not nil; a definition makes a new revision.
func (c *Client) EditRecipeType(ctx context.Context, name string, e api.RecipeTypeEdit) (api.RecipeTypeEdited, error) {
	v, _, err := send[api.RecipeTypeEdited](ctx, c, edit(v6("recipe-types", name), e, e.IfMatch).sparing(e.Spare))
	return v, err
}

// RecipeTypeRevisions lists the revisions of a recipe type, newest first, up to limit;
// 0: all. Of an unknown recipe type: none.
func (c *Client) RecipeTypeRevisions(ctx context.Context, name string, limit int) ([]api.RecipeTypeRevision, error) {
	return list[api.RecipeTypeRevision](ctx, c, v6("recipe-types", name, "revisions"), nil, limit)
}

// RecipeTypeRevisionDetails is RecipeTypeRevisions with the definitions, which the list
// lacks: a request more for each.
func (c *Client) RecipeTypeRevisionDetails(
	ctx context.Context, name string, limit int,
) ([]api.RecipeTypeRevisionDetail, error) {
	revisions, err := c.RecipeTypeRevisions(ctx, name, limit)
	if err != nil {
		return nil, err
	}
	details := make([]api.RecipeTypeRevisionDetail, len(revisions))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cap(c.slots))
	for i, r := range revisions {
		group.Go(func() (err error) {
			details[i], err = c.RecipeTypeRevision(ctx, name, r.RevisionNum)
			return err
		})
	}
	return details, group.Wait()
}

// RecipeTypeRevision returns one revision with its definition.
func (c *Client) RecipeTypeRevision(ctx context.Context, name string, num int) (api.RecipeTypeRevisionDetail, error) {
	return get[api.RecipeTypeRevisionDetail](ctx, c, v6("recipe-types", name, "revisions", num), nil)
}

// ValidateRecipeType says what is wrong or doubtful with a definition, and, with the
// name of a recipe type, what it would change.
func (c *Client) ValidateRecipeType(ctx context.Context, r api.RecipeTypeValidate) (api.RecipeTypeValidation, error) {
	v, _, err := send[api.RecipeTypeValidation](ctx, c, check(v6("recipe-types", "validation"), r))
	return v, err
}

// DiffRecipeType says what changes from one revision of a recipe type to another.
func (c *Client) DiffRecipeType(ctx context.Context, name string, from, to int) (api.Diff, error) {
	return get[api.Diff](ctx, c, v6("recipe-types", name, "revisions", from, "diff", to), nil)
}
