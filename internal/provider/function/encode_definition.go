package function

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ function.Function = encodeDefinitionFunction{}

type encodeDefinitionFunction struct{}

// NewEncodeDefinition makes the function encode_definition.
func NewEncodeDefinition() function.Function { return encodeDefinitionFunction{} }

// Metadata implements function.Function.
func (encodeDefinitionFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "encode_definition"
}

// Definition implements function.Function.
func (encodeDefinitionFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Turns a recipe definition into JSON text",
		MarkdownDescription: "Returns the JSON format of a recipe definition, as the backend stores it: every default filled in, " +
			"members and parameters sorted by name. Definitions that mean the same give the same text, so it can be compared or hashed.\n\n" +
			"A definition that breaks a rule is an error with everything that is wrong.",
		Parameters: []function.Parameter{definitionParameter()},
		Return:     function.StringReturn{},
	}
}

// Run implements function.Function.
func (encodeDefinitionFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument types.Dynamic
	if resp.Error = req.Arguments.Get(ctx, &argument); resp.Error != nil {
		return
	}
	d, problems := readDefinitionArgument(argument)
	if resp.Error = argumentError(0, problems); resp.Error != nil {
		return
	}
	text, err := json.Marshal(d)
	if err != nil {
		resp.Error = function.NewFuncError("writing the definition: " + err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, string(text))
}
