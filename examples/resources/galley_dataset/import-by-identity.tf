import {
  to = galley_dataset.letters
  identity = {
    id = 1
  }
}
