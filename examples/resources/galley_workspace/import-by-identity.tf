import {
  to = galley_workspace.scenes
  identity = {
    id = 2
  }
}
