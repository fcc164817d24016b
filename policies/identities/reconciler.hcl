# The reconciler holds the audit trail against the service's log. She uses no key and approves nothing.

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

# How the audit trail names a value that she holds; for anyone else a way to try guesses.
path "sys/audit-hash/file" {
  capabilities = ["update"]
}

# She watches for a working day on one login: with a second factor she is not there to log in again.
path "auth/token/renew-self" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
