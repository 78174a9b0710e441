package arrival

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/kit"
)

// NewStrikeListResource returns the list resource galley_strike.
func NewStrikeListResource() list.ListResource {
	return &kit.ListResource[client.ArrivalQuery, api.Strike, strikeModel]{
		Name: "strike", Things: "strikes", Doc: "Strikes, whether they watch or not.",
		Source: NewStrikesDataSource,
		Query:  arrivalQuery,
		Each:   (*client.Client).EachStrike,
		Label: func(s api.Strike) string {
			if !isWatching(s.Job) {
				return kit.Titled(s.Title, s.Name) + " (stopped)"
			}
			return kit.Titled(s.Title, s.Name)
		},
		Identity: kit.ByID(func(s api.Strike) int64 { return s.ID }),
		Fill: func(ctx context.Context, c *client.Client, s api.Strike, m *strikeModel) (diag.Diagnostics, error) {
			d, err := c.Strike(ctx, s.ID)
			*m = m.fromAPI(d)
			return nil, err
		},
	}
}

// NewScanListResource returns the list resource galley_scan.
func NewScanListResource() list.ListResource {
	return &kit.ListResource[client.ArrivalQuery, api.Scan, scanModel]{
		Name: "scan", Things: "scans", Doc: "Scans, whether they have run or not.",
		Source:   NewScansDataSource,
		Query:    arrivalQuery,
		Each:     (*client.Client).EachScan,
		Label:    func(s api.Scan) string { return kit.Titled(s.Title, s.Name) },
		Identity: kit.ByID(func(s api.Scan) int64 { return s.ID }),
		Fill: func(ctx context.Context, c *client.Client, s api.Scan, m *scanModel) (diag.Diagnostics, error) {
			d, err := c.Scan(ctx, s.ID)
			*m = m.fromAPI(d)
			return nil, err
		},
	}
}
