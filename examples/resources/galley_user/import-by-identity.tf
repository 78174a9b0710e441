import {
  to = galley_user.ci
  identity = {
    name = "ci"
  }
}
