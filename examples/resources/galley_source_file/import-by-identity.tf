import {
  to = galley_source_file.readings
  identity = {
    id = 1
  }
}
