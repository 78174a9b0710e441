import {
  to = galley_user.ci
  id = "ci"
}
