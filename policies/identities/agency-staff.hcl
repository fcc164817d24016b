# Somebody of an agency logs in to the service in a browser, to see what became of her agency's lists. She uses no key.

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
