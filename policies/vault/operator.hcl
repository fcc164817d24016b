# The operator sets the vault up: she makes keys, writes the other roles' policies, hands out their credentials.
# She uses no key, reads no data, and changes neither her own policy nor her own role.
# Every path is written out and every parameter that could loosen something is fixed to one value.

path "sys/mounts/transit" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["transit"]
  }
}

path "transit/keys/pepper" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["hmac"]
    "key_size" = ["32"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/layer" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["hmac"]
    "key_size" = ["32"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/ref" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["hmac"]
    "key_size" = ["32"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/ref-seal" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/ingest" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["rsa-4096"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/handles" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/parquet-date" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/parquet-year" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/parquet-village" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/parquet-nik" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/log" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["ed25519"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/waiting" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["aes256-gcm96"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "transit/keys/ticket" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "type" = ["ed25519"]
    "exportable" = [false]
    "allow_plaintext_backup" = [false]
  }
}

path "sys/policies/acl/api" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/api" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["api"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/api/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/api/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/evaluator" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/evaluator" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["evaluator"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/evaluator/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/evaluator/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/ingest" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/ingest" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["ingest"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/ingest/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/ingest/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/log" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/log" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["log"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/log/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/log/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/merge" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/merge" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["merge"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/merge/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/merge/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/pass-date" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/pass-date" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["pass-date"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/pass-date/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/pass-date/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/pass-nik" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/pass-nik" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["pass-nik"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/pass-nik/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/pass-nik/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/pass-village" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/pass-village" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["pass-village"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/pass-village/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/pass-village/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/pass-year" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/pass-year" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "token_policies" = ["pass-year"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/pass-year/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/pass-year/secret-id" {
  capabilities = ["update"]
}

path "sys/policies/acl/release" {
  capabilities = ["read", "update"]
}

path "auth/approle/role/release" {
  capabilities = ["create", "read", "update"]
  # A token that served more often could open an approved request again. Left out, the two that set-up wrote stay.
  allowed_parameters = {
    "token_policies" = ["release"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_num_uses" = ["2"]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/approle/role/release/role-id" {
  capabilities = ["read"]
}

path "auth/approle/role/release/secret-id" {
  capabilities = ["update"]
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
