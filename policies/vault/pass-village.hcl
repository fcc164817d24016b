# The pass over the anchor village + sex opens the filters of that anchor, and of no other.

path "transit/decrypt/parquet-village" {
  capabilities = ["update"]
}

# It rewrites them too, as one file that does not tell which rows came together.
path "transit/encrypt/parquet-village" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
