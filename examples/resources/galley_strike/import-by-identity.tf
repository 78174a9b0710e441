import {
  to = galley_strike.scenes
  identity = {
    id = 2
  }
}
