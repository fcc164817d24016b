# The evaluation finds the rows of a known truth by their references. It opens nothing.

path "transit/hmac/ref" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
