# By the kitchen and the order's id.
terraform import galley_order.nightly production/0f8fad5b-d9cb-11ee-a165-70867728950e
