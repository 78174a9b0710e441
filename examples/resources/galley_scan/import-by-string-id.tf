import {
  to = galley_scan.archive
  id = "archive"
}
