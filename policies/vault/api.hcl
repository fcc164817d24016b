# The service on the network asks whether its login still lives: an audited request. It uses no key and opens nothing.

path "auth/token/lookup-self" {
  capabilities = ["read"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
