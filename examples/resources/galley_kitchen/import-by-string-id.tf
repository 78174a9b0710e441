import {
  to = galley_kitchen.production
  id = "production"
}
