import {
  to = galley_dataset.letters
  id = "1"
}
