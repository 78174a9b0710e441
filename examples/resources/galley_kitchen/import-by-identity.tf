import {
  to = galley_kitchen.production
  identity = {
    name = "production"
  }
}
