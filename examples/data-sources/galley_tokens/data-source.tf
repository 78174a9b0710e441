# The tokens that are taken: one's own, or for administrators those of all.
data "galley_tokens" "good" {
  is_active = true
}

# Those that nobody has used yet.
output "unused_tokens" {
  value = [for t in data.galley_tokens.good.results : t.name if t.last_used == null]
}
