package order

import (
	"encoding/json"
	"fmt"

	"github.com/recipe-galley/terraform-provider-galley/internal/order"
	"github.com/recipe-galley/terraform-provider-galley/internal/provider/value"
)

// files are the files that the order gives itself, over those of its variation.
func (m orderModel) files() order.InputFiles {
	files, _ := order.ReadInputFiles(value.Tree(m.InputFiles))
	return files
}

// filesJSON are the files as a request has them; nil for none.
func (m orderModel) filesJSON() (json.RawMessage, error) {
	lists := m.files().Lists(true)
	if len(lists) == 0 {
		return nil, nil
	}
	raw, err := json.Marshal(lists)
	if err != nil {
		return nil, fmt.Errorf("writing input files: %w", err)
	}
	return raw, nil
}

// sameFiles tells whether the order has the same files of its own as before.
func (m orderModel) sameFiles(prior orderModel) bool {
	return order.InputFilesShape().Same(orNone(value.Tree(m.InputFiles)), orNone(value.Tree(prior.InputFiles)))
}

func orNone(tree any) any {
	if tree == nil {
		return map[string]any{}
	}
	return tree
}

// takeFiles takes the files that the order has, unless they are those of m.
func (m *orderModel) takeFiles(raw json.RawMessage) error {
	files, problems := order.ParseInputFiles(raw)
	if err := problems.Err(); err != nil {
		return err
	}
	lists := files.Lists(false)
	if order.InputFilesShape().Same(lists, orNone(value.Tree(m.InputFiles))) {
		return nil
	}
	m.InputFiles = value.DynamicOf(lists)
	return nil
}
