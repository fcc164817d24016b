# The pass over the anchor birth year + sex + regency opens the filters of that anchor, and of no other.

path "transit/decrypt/parquet-year" {
  capabilities = ["update"]
}

# It rewrites them too, as one file that does not tell which rows came together.
path "transit/encrypt/parquet-year" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
