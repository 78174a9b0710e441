# By id, which the data source galley_tokens and `galleyd token list` show.
terraform import galley_token.ci 17
