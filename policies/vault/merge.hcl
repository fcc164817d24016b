# The merge opens the maps from handles to rows. It never opens a filter, a cell or a reference.

path "transit/decrypt/handles" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
