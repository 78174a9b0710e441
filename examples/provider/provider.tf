terraform {
  required_providers {
    galley = {
      source = "recipe-galley/galley"
    }
  }
}

# Every argument can come from the environment instead: GALLEY_ENDPOINT, GALLEY_USERNAME, GALLEY_PASSWORD, GALLEY_TOKEN …
provider "galley" {
  max_retries     = 4
  request_timeout = "30s"
}
