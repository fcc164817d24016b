# The pass over the anchor birth date + sex opens the filters of that anchor, and of no other.

path "transit/decrypt/parquet-date" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
