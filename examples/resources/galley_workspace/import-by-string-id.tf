import {
  to = galley_workspace.scenes
  id = "scenes"
}
