# Ingest opens submissions, turns tokens into peppered ones, keys the layer, and seals what it stores.
# It decrypts content keys of submissions and nothing else: what it has sealed stays shut to it.

path "transit/decrypt/ingest" {
  capabilities = ["update"]
}

path "transit/hmac/pepper" {
  capabilities = ["update"]
}

path "transit/hmac/layer" {
  capabilities = ["update"]
}

path "transit/hmac/ref" {
  capabilities = ["update"]
}

# Only update: with create, a misspelt name would make a new key.
path "transit/encrypt/ref-seal" {
  capabilities = ["update"]
}

path "transit/encrypt/handles" {
  capabilities = ["update"]
}

path "transit/encrypt/parquet-date" {
  capabilities = ["update"]
}

path "transit/encrypt/parquet-year" {
  capabilities = ["update"]
}

path "transit/encrypt/parquet-village" {
  capabilities = ["update"]
}

path "transit/encrypt/parquet-nik" {
  capabilities = ["update"]
}

# Current versions, and the public half of the ingest key.
path "transit/keys/pepper" {
  capabilities = ["read"]
}

path "transit/keys/layer" {
  capabilities = ["read"]
}

path "transit/keys/ref" {
  capabilities = ["read"]
}

path "transit/keys/ref-seal" {
  capabilities = ["read"]
}

path "transit/keys/ingest" {
  capabilities = ["read"]
}

path "transit/keys/handles" {
  capabilities = ["read"]
}

path "transit/keys/parquet-date" {
  capabilities = ["read"]
}

path "transit/keys/parquet-year" {
  capabilities = ["read"]
}

path "transit/keys/parquet-village" {
  capabilities = ["read"]
}

path "transit/keys/parquet-nik" {
  capabilities = ["read"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
