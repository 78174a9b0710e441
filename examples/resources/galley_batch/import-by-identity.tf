import {
  to = galley_batch.greetings
  identity = {
    id = 1
  }
}
