# The pass over the anchor village + sex opens the filters of that anchor, and of no other.

path "transit/decrypt/parquet-village" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
