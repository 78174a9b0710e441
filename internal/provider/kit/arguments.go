package kit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// The values of on_failure, on_destroy and on_missing.
const (
	OnFailureError  = "error"
	OnFailureWarn   = "warn"
	OnDestroyKeep   = "keep"
	OnDestroyCancel = "cancel"
	OnMissingKeep   = "keep"
	OnMissingRerun  = "rerun"
)

// DescribedTimeouts is timeouts.Attributes with a description of the whole.
func DescribedTimeouts(ctx context.Context, opts timeouts.Opts) schema.Attribute {
	a := timeouts.Attributes(ctx, opts)
	if nested, ok := a.(schema.SingleNestedAttribute); ok {
		nested.MarkdownDescription = "How long to wait."
		return nested
	}
	return a
}
