package page

import (
	"context"
	"fmt"
	"net/http"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/server/auth"
)

// askJobType, editJobType: pausing and resuming.
func (p *Page) askJobType(pause bool) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		if err := v.need(auth.Editor); err != nil {
			return nil, err
		}
		name, version := v.PathValue("name"), v.PathValue("version")
		var t api.JobTypeDetail
		if err := v.call.get(ctx, "/v6/job-types"+pathOf(name, version)+"/", nil, &t); err != nil {
			return nil, err
		}
		owner, err := v.ownerNamed(ctx, api.OriginJobType, name+"/"+version)
		if err != nil {
			return nil, err
		}
		q := question{Heading: fmt.Sprintf("Resume job type %s %s?", name, version), Button: "Resume " + name + " " + version,
			Will: []string{"Jobs of it that wait are started as soon as there is a worker."}, Back: Prefix + "job-types" + pathOf(name, version),
			Warning: warn(owner, fmt.Sprintf("set is_paused = %t there to agree", pause))}
		if pause {
			q.Heading, q.Button = fmt.Sprintf("Pause job type %s %s?", name, version), "Pause "+name+" "+version
			q.Will = []string{"No more jobs of it are started; recipes wait for them. What runs goes on."}
		}
		return v.ask(q), nil
	}
}

func (p *Page) pauseJobType(pause bool) screen {
	return func(ctx context.Context, v *visit) (*sheet, error) {
		path := pathOf(v.PathValue("name"), v.PathValue("version"))
		body := map[string]any{"is_paused": pause}
		if err := v.call.send(ctx, http.MethodPatch, "/v6/job-types"+path+"/", "", body, nil); err != nil {
			return nil, err
		}
		return &sheet{location: Prefix + "job-types" + path}, nil
	}
}
