import {
  to = galley_strike.scenes
  id = "scenes"
}
