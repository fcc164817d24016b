# The sequencer signs how far the access log goes. It opens nothing.

path "transit/sign/log" {
  capabilities = ["update"]
}

# The public half, which outsiders verify with.
path "transit/keys/log" {
  capabilities = ["read"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
