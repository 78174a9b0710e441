package engine_test

import (
	"testing"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/engine/enginetest"
)

// TestJobsCannotPrintSecretSettings runs a job that prints one in parts, with a pause so
// that each part is a write of its own.
func TestJobsCannotPrintSecretSettings(t *testing.T) {
	t.Parallel()
	enginetest.Each(t, func(t *testing.T, k *enginetest.Kitchen) {
		k.JobType(t, enginetest.JobSpec{
			Name: "leak", Offers: []string{"!KEY", "LEVEL"}, Settings: map[string]string{"KEY": "hunter2/x", "LEVEL": "verbose"},
			Command: `echo "$LEVEL $KEY"; printf 'hunt'; sleep 0.5; echo 'er2/x'; printf '%s' "$KEY" | base64; echo hunter2%2Fx hunt >&2`,
		})
		rt := k.RecipeType(t, "Leak", enginetest.Definition(`{}`, map[string]string{"leak": enginetest.JobNode("leak", nil, nil)}))
		cfg := k.Config(1)
		var err error
		if cfg.Executor, err = newProcess(); err != nil {
			t.Fatal(err)
		}
		k.Run(t, cfg)
		r := k.Recipe(t, rt, `{}`)
		k.AwaitCompleted(t, r.ID)
		exe, err := k.Store.JobExecution(t.Context(), k.Node(t, r.ID, "leak").Job.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		chunks, err := k.Store.Log(t.Context(), exe.ID, -1, nil)
		if err != nil {
			t.Fatal(err)
		}
		printed := map[string]string{}
		for _, c := range chunks {
			printed[c.Stream] += string(c.Text)
		}
		if got, want := printed["stdout"], "verbose *****\n*****\n*****\n"; got != want {
			t.Errorf("stdout is %q, want %q", got, want)
		}
		if got, want := printed["stderr"], "***** hunt\n"; got != want {
			t.Errorf("stderr is %q, want %q", got, want)
		}
	})
}
