# The evaluation finds the rows of a known truth by their references. It opens nothing.

path "transit/hmac/ref" {
  capabilities = ["update"]
}

# The current version of the key.
path "transit/keys/ref" {
  capabilities = ["read"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
