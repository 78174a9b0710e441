data "galley_orders" "paused" {
  kitchen = "production"
  status  = "PAUSED_ORDER"
}

import {
  to = galley_order.nightly
  identity = {
    kitchen = "production"
    id      = data.galley_orders.paused.results[0].id
  }
}
