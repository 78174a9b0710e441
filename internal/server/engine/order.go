package engine

import (
	"context"

	"github.com/recipe-galley/terraform-provider-galley/internal/server/store"
)

// CreateKitchen makes a kitchen.
func (e *Engine) CreateKitchen(ctx context.Context, spec KitchenSpec) (store.Kitchen, error) {
	panic("unwritten")
}

// EditKitchen changes a kitchen.
func (e *Engine) EditKitchen(ctx context.Context, name string, edit KitchenEdit) (store.Kitchen, error) {
	panic("unwritten")
}

// DeleteKitchen deletes a kitchen, its recipes and the records of its orders. One with
// children, or with orders that are not ended, is a Conflict.
func (e *Engine) DeleteKitchen(ctx context.Context, name string) error {
	panic("unwritten")
}

// EditKitchenRecipe creates a kitchen's recipe or writes files of one.
func (e *Engine) EditKitchenRecipe(ctx context.Context, edit KitchenRecipeEdit) (store.KitchenRecipe, error) {
	panic("unwritten")
}

// DeleteKitchenRecipe deletes a recipe that the kitchen has itself.
func (e *Engine) DeleteKitchenRecipe(ctx context.Context, kitchen, name string) error {
	panic("unwritten")
}

// CreateOrder submits an order; one that runs at once has its run when this returns.
func (e *Engine) CreateOrder(ctx context.Context, spec OrderSpec) (store.RecipeOrder, error) {
	panic("unwritten")
}

// StopOrder ends an order for good and stops its running runs; the records stay.
func (e *Engine) StopOrder(ctx context.Context, hid string) (store.RecipeOrder, error) {
	panic("unwritten")
}

// PauseOrder keeps an order from starting runs; one in progress finishes.
func (e *Engine) PauseOrder(ctx context.Context, hid string) (store.RecipeOrder, error) {
	panic("unwritten")
}

// UnpauseOrder lets a paused order go on with the next tick from now.
func (e *Engine) UnpauseOrder(ctx context.Context, hid string) (store.RecipeOrder, error) {
	panic("unwritten")
}

// DeleteOrder stops an order and removes it with its runs.
func (e *Engine) DeleteOrder(ctx context.Context, hid string) error {
	panic("unwritten")
}

// DeleteOrders deletes all orders of a kitchen.
func (e *Engine) DeleteOrders(ctx context.Context, kitchen string) error {
	panic("unwritten")
}

// ResumeRun runs what did not complete of a failed or stopped run again: a new run of
// the same order, whose recipe supersedes the old one's.
func (e *Engine) ResumeRun(ctx context.Context, runHID, user string) (store.OrderRun, error) {
	panic("unwritten")
}

// RunOrder starts a run of an active or completed order beside its schedule.
func (e *Engine) RunOrder(ctx context.Context, orderHID, user string) (store.OrderRun, error) {
	panic("unwritten")
}

// StopRun stops a run; a run-once order is stopped with it.
func (e *Engine) StopRun(ctx context.Context, runHID string) (store.OrderRun, error) {
	panic("unwritten")
}

// DeleteRun removes a run that has ended.
func (e *Engine) DeleteRun(ctx context.Context, runHID string) error {
	panic("unwritten")
}
