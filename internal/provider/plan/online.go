package plan

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
	"github.com/recipe-galley/terraform-provider-galley/internal/client"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/fault"
)

// onlineTimeout is how long one question to the server may take while planning,
// with all its repetitions.
const onlineTimeout = 5 * time.Second

// errUnavailable says that a question got no answer: the server is down, slow, older,
// or forbids. The plan then goes on without it.
var errUnavailable = errors.New("the backend could not be asked")

// Online asks the server while planning. It asks for each thing once, however many
// resources need it, and gives up asking when the server as a whole cannot be asked. One
// answer that is late costs that answer.
// A nil online answers everything with errUnavailable.
type Online struct {
	Client  *client.Client
	warn    bool // plan_validation: findings are warnings
	limit   time.Duration
	trouble *Trouble

	mu             sync.Mutex
	answers        map[string]*answer
	missed         map[string]bool // the keys of questions that got no answer, asked or not
	failure        error           // why there was no answer; nil: no such thing yet
	told, roleTold bool            // the failure was reported; NeedRole has warned
	simulationTold bool            // WillRun has warned
	late           []string        // what the server took too long to tell, that was not reported yet
}

type answer struct {
	once  sync.Once
	value any
	err   error
}

// NewOnline asks through c. planValidation is one of ValidationError, ValidationWarn and
// ValidationOff; trouble hears of what could not be asked.
func NewOnline(c *client.Client, planValidation string, trouble *Trouble) *Online {
	return &Online{
		Client: c, warn: planValidation == ValidationWarn, limit: onlineTimeout, trouble: trouble,
		answers: map[string]*answer{}, missed: map[string]bool{},
	}
}

// ask makes the call for key unless it was made before. Any error is errUnavailable.
func ask[T any](ctx context.Context, o *Online, key string, call func(context.Context) (T, error)) (T, error) {
	var missing error
	v, exists, err := AskFor(ctx, o, key, func(ctx context.Context) (T, error) {
		v, err := call(ctx)
		missing = err
		return v, err
	})
	if err == nil && !exists {
		if missing != nil {
			o.fail(missing)
		}
		return v, errUnavailable
	}
	return v, err
}

// AskFor is ask for a thing that may not exist: then the server answers 404. If it
// does so to ask, it does not know the service.
func AskFor[T any](
	ctx context.Context, o *Online, key string, call func(context.Context) (T, error),
) (v T, exists bool, err error) {
	if o == nil {
		return v, false, errUnavailable
	}
	o.mu.Lock()
	if o.failure != nil {
		if o.answers[key] == nil {
			o.missed[key] = true
		}
		o.mu.Unlock()
		return v, false, errUnavailable
	}
	a := o.answers[key]
	if a == nil {
		a = &answer{}
		o.answers[key] = a
	}
	o.mu.Unlock()
	a.once.Do(func() {
		a.value, a.err = call(client.Asking(ctx, o.limit))
		switch {
		case a.err == nil, api.IsNotFound(a.err):
		case client.IsLate(a.err):
			o.miss(key, true)
		default:
			o.miss(key, false)
			o.fail(a.err)
		}
	})
	switch {
	case api.IsNotFound(a.err):
		return v, false, nil
	case a.err != nil:
		return v, false, errUnavailable
	}
	v, _ = a.value.(T)
	return v, true, nil
}

func (o *Online) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failure == nil {
		o.failure = err
	}
}

func (o *Online) miss(key string, isLate bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.missed[key] = true
	if isLate {
		o.late = append(o.late, key)
	}
}

// count says how much of what a plan has asked so far was answered. The caller has the lock.
func (o *Online) count() string {
	all := len(o.answers)
	for key := range o.missed {
		if o.answers[key] == nil {
			all++
		}
	}
	return fmt.Sprintf("%d of %d", all-len(o.missed), all)
}

// Report tells, once for the whole plan, that and why the server could not be asked, and
// names what it took too long to tell.
func (o *Online) Report(diags *diag.Diagnostics) {
	if o == nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.late) > 0 {
		diags.AddWarning("Plan was not wholly checked against the backend", fmt.Sprintf("The backend took longer than %s to tell about: %s. "+
			"The plan goes on without that: %s questions so far were answered.", o.limit, strings.Join(o.late, "; "), o.count()))
		o.late = nil
	}
	if o.failure == nil || o.told {
		return
	}
	o.told = true
	switch unavailable := client.IsUnavailable(o.failure); {
	case unavailable && o.trouble.keeps():
		o.trouble.warn(diags, o.failure)
		return
	case unavailable && !o.trouble.tell():
		return // an error says it
	}
	reason := fault.Detail(o.failure)
	if e, isAnswer := errors.AsType[*api.Error](o.failure); isAnswer && (e.Status == http.StatusNotFound || e.Status == http.StatusMethodNotAllowed) {
		reason = "It does not know the service, as it is older than this version of the provider. " + reason
	}
	diags.AddWarning("Plan was not checked against the backend", "What the plan refers to could not be checked: "+reason+
		"\n\nThe plan goes on without this check: "+o.count()+" questions so far were answered. To do without it always, set plan_validation = \"off\".")
}

// WillRun tells, once for the whole plan, that what is to run will only be simulated. It asks
// nothing: the answers so far say it.
func (o *Online) WillRun(diags *diag.Diagnostics) {
	if o == nil || !o.Client.Simulates() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.simulationTold {
		return
	}
	o.simulationTold = true
	diags.AddWarning("Jobs are only simulated", "The backend runs no command of any job: it was started with --executor=simulate. Outputs are made up, exit codes are "+
		"those of GALLEY_SIMULATE_EXIT_CODE, and a job whose program would fail completes. Start galleyd without that flag to run jobs.")
}

// Finding reports what the server knows to be wrong, as plan_validation says.
func (o *Online) Finding(diags *diag.Diagnostics, at path.Path, summary, detail string) {
	if o.warn {
		diags.AddAttributeWarning(at, summary, detail)
		return
	}
	diags.AddAttributeError(at, summary, detail+
		"\n\nThis is what the backend says now. plan_validation = \"warn\" makes it a warning.")
}
