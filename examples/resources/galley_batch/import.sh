# By its id.
terraform import galley_batch.greetings 1
