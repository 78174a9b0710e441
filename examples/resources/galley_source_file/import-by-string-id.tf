import {
  to = galley_source_file.readings
  id = "1"
}
