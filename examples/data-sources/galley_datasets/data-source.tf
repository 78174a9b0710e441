data "galley_datasets" "letters" {
  keyword = ["letters"]
}

output "newest" {
  value = try(reverse(data.galley_datasets.letters.results)[0].id, null)
}
