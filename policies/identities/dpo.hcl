# The data-protection officer approves the opening of references. She uses no key and opens nothing herself.

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

# Look at a request for a sealed reference as the vault holds it, and approve it.
path "sys/control-group/request" {
  capabilities = ["update"]
}

path "sys/control-group/authorize" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
