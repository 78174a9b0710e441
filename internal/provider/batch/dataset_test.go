package batch_test

import (
	"encoding/json"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/api"
)

// apiDataset is a data set with a member for each of the files.
func apiDataset(files ...int64) api.DatasetCreate {
	title := "Scenes"
	out := api.DatasetCreate{Title: &title, Definition: json.RawMessage(`{"parameters": {"files": [{"name": "scene"}]}}`)}
	for _, id := range files {
		out.Data = append(out.Data, json.RawMessage(fmt.Sprintf(`{"files": {"scene": [%d]}}`, id)))
	}
	return out
}
