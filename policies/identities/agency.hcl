# An agency asks for a signed token that says to the service which agency it is, and for nothing else.

path "identity/oidc/token/agency" {
  capabilities = ["read"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
