import {
  to = galley_batch.greetings
  id = "1"
}
