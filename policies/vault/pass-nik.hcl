# The pass over the anchor NIK opens the filters of that anchor, and of no other.

path "transit/decrypt/parquet-nik" {
  capabilities = ["update"]
}

# It rewrites them too, as one file that does not tell which rows came together.
path "transit/encrypt/parquet-nik" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
