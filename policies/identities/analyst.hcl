# An analyst says to the service who she is. She uses no key and approves nothing.

# A signed token that says to the service who she is and in which groups.
path "identity/oidc/token/person" {
  capabilities = ["read"]
}

# Log in to the service in a browser.
path "identity/oidc/provider/lapis/authorize" {
  capabilities = ["read", "update"]
}

# Her own password, and nobody else's.
path "auth/officers/users/{{identity.entity.name}}/password" {
  capabilities = ["update"]
  allowed_parameters = {
    "password" = []
  }
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
