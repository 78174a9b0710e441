import {
  to = galley_scan.archive
  identity = {
    id = 2
  }
}
