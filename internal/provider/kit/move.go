package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// MoveTarget is a resource that generic ones can be moved to: what they have made with
// curl or a REST provider goes on as a resource of its own. The move takes the identity
// from the state of the generic resource; the refresh after it reads the rest.
type MoveTarget struct {
	Thing      string     // what it is, in messages
	Service    string     // of the API: an element of the path of a restapi_object
	Attributes []string   // of the identity
	isNumber   bool       // they are ids
	Keys       [][]string // where their values are found, the best first; one key for several is split at "/"
}

// The types that can be moved from.
const (
	terraformData = "terraform_data"
	nullResource  = "null_resource"
	restObject    = "restapi_object"
)

// IDTarget is a thing that its id tells from others.
func IDTarget(thing, service, key string) MoveTarget {
	return MoveTarget{
		Thing: thing, Service: service, Attributes: []string{"id"}, isNumber: true, Keys: [][]string{{key}, {"id"}, {""}},
	}
}

// Doc says on the page of the resource what can be moved to it.
func (m MoveTarget) Doc() string {
	var names []string
	for _, keys := range m.Keys {
		if keys[0] != "" {
			names = append(names, "`"+strings.Join(keys, "` with `")+"`")
		}
	}
	return fmt.Sprintf("\n\nA `moved` block takes over what a `terraform_data`, a `null_resource` or a `restapi_object` has made. Which %s "+
		"it is has to be in its input or triggers, or in the answer of the API: as %s.", m.Thing, value.JoinWords(names, "or"))
}

// Mover moves the state. after runs with the target's private state.
func (m MoveTarget) Mover(after func(context.Context, *resource.MoveStateResponse)) []resource.StateMover {
	return []resource.StateMover{{
		StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			if !slices.Contains([]string{terraformData, nullResource, restObject}, req.SourceTypeName) {
				return
			}
			values, err := m.valuesOf(req)
			var identity []string
			if err == nil {
				identity, err = m.identity(values)
			}
			if err != nil {
				resp.Diagnostics.AddError(fmt.Sprintf("Cannot move %s to a %s", req.SourceTypeName, m.Thing), value.Sentence(err.Error())+
					" Or remove the moved block, and import the "+m.Thing+".")
				return
			}
			for i, name := range m.Attributes {
				var v any = identity[i]
				if m.isNumber {
					v, _ = strconv.ParseInt(identity[i], 10, 64) // identity has checked it
				}
				resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root(name), v)...)
			}
			Identify(ctx, resp.TargetIdentity, &resp.Diagnostics, &resp.TargetState)
			if after != nil {
				after(ctx, resp)
			}
		},
	}}
}

// genericState is what is of use in the states of the three types.
type genericState struct {
	ID              string            `json:"id"`
	Input           *genericValue     `json:"input"`
	Output          *genericValue     `json:"output"`
	TriggersReplace *genericValue     `json:"triggers_replace"`
	Triggers        map[string]string `json:"triggers"`
	Path            string            `json:"path"`
	APIData         map[string]string `json:"api_data"`
	APIResponse     string            `json:"api_response"`
}

// genericValue is a dynamic value in a state.
type genericValue struct {
	Value any `json:"value"`
}

// valuesOf are the texts and numbers in a state, by key; "" is the value that has none.
func (m MoveTarget) valuesOf(req resource.MoveStateRequest) (map[string]string, error) {
	var state genericState
	if req.SourceRawState == nil {
		return nil, fmt.Errorf("it has no state")
	}
	if err := decodeNumbers(req.SourceRawState.JSON, &state); err != nil {
		return nil, fmt.Errorf("reading its state: %w", err)
	}
	values := map[string]string{}
	switch req.SourceTypeName {
	case nullResource:
		maps.Copy(values, state.Triggers)
	case terraformData:
		for _, v := range []*genericValue{state.Output, state.Input, state.TriggersReplace} {
			if v != nil {
				addScalars(values, v.Value)
			}
		}
	default:
		if p := strings.Split(strings.Trim(state.Path, "/"), "/"); state.Path != "" && !slices.Contains(p, m.Service) {
			return nil, fmt.Errorf("its path is %q, which is not the service %s of the API", state.Path, m.Service)
		}
		values[""] = state.ID
		var answer any
		if decodeNumbers([]byte(state.APIResponse), &answer) == nil {
			addScalars(values, answer)
		}
		maps.Copy(values, state.APIData)
	}
	return values, nil
}

// decodeNumbers decodes JSON and leaves numbers as they are written.
func decodeNumbers(raw []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}

// addScalars adds the texts and numbers of a JSON value: its members, or itself.
func addScalars(values map[string]string, v any) {
	members, isObject := v.(map[string]any)
	if !isObject {
		members = map[string]any{"": v}
	}
	for name, m := range members {
		switch m := m.(type) {
		case string:
			values[name] = m
		case json.Number:
			values[name] = m.String()
		}
	}
}

// identity finds the values of the attributes.
func (m MoveTarget) identity(values map[string]string) ([]string, error) {
	for _, keys := range m.Keys {
		var found []string
		for _, key := range keys {
			found = append(found, values[key])
		}
		if len(keys) < len(m.Attributes) {
			found = strings.Split(found[0], "/")
		}
		if len(found) == len(m.Attributes) && !slices.ContainsFunc(found, m.isWrong) {
			return found, nil
		}
	}
	var wanted []string
	for _, keys := range m.Keys {
		if keys[0] != "" {
			wanted = append(wanted, strings.Join(keys, " with "))
		}
	}
	have := slices.DeleteFunc(slices.Sorted(maps.Keys(values)), func(name string) bool { return name == "" })
	text := "nothing"
	if len(have) > 0 {
		text = value.JoinWords(have, "and")
	}
	return nil, fmt.Errorf("its state does not say which %s it is: found %s, expected %s among its values. "+
		"Apply it once with that value (input or triggers), and move it then", m.Thing, text, value.JoinWords(wanted, "or"))
}

func (m MoveTarget) isWrong(value string) bool {
	if !m.isNumber {
		_, err := strconv.ParseInt(value, 10, 64)
		return value == "" || err == nil // a bare number is an id
	}
	id, err := strconv.ParseInt(value, 10, 64)
	return err != nil || id < 1
}
