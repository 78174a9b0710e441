package orders

import (
	"testing"
)

// TestAnOrderWithAnOpenRunStays: somebody has resumed a run between the end of the order and its removal, whose recipe
// would go on for no order.
func TestAnOrderWithAnOpenRunStays(t *testing.T) {
	t.Parallel()
	eachRestaurant(t, func(t *testing.T, r *restaurant) {
		o := r.order(t, OrderSpec{Recipe: "stew"})
		if gone, err := r.removeOrder(t.Context(), o.ID); gone || err != nil {
			t.Errorf("an order with an open run was removed: %v, %v", gone, err)
		}
		if _, err := r.StopOrder(t.Context(), o.HID, chef); err != nil {
			t.Fatal(err)
		}
		if gone, err := r.removeOrder(t.Context(), o.ID); !gone || err != nil {
			t.Errorf("an order without was not: %v, %v", gone, err)
		}
	})
}
