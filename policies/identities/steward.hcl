# The steward says who is who: officers, their groups, agencies, and how the vault vouches for them to the service.
# She uses no key, reads no data, approves nothing, and changes neither her own policy nor her own role.
# She can make an officer, and rewrite the operator's policy: her credentials weigh as much as two approvers together,
# and lie with the seal key. `+` stands for one name only; every parameter that could loosen something is fixed.

# Which mounts the identities come from; the vault wants sudo even to read.
path "sys/auth/officers" {
  capabilities = ["read", "sudo"]
}

path "sys/auth/agencies" {
  capabilities = ["read", "sudo"]
}

# New keys and roles reach a vault that runs through the operator's policy.
path "sys/policies/acl/operator" {
  capabilities = ["read", "update"]
}

path "sys/policies/acl/agency" {
  capabilities = ["read", "update"]
}

path "sys/policies/acl/agency-staff" {
  capabilities = ["read", "update"]
}

path "sys/policies/acl/analyst" {
  capabilities = ["read", "update"]
}

path "sys/policies/acl/dpo" {
  capabilities = ["read", "update"]
}

path "sys/policies/acl/pmo-head" {
  capabilities = ["read", "update"]
}

path "sys/policies/acl/pmo-officer" {
  capabilities = ["read", "update"]
}

path "sys/policies/acl/reconciler" {
  capabilities = ["read", "update"]
}

path "auth/officers/users" {
  capabilities = ["list"]
}

# An officer has one policy, and only one of these.
path "auth/officers/users/+" {
  capabilities = ["create", "read", "update", "delete"]
  allowed_parameters = {
    "password" = []
    "token_policies" = ["agency-staff", "analyst", "dpo", "pmo-head", "pmo-officer", "reconciler"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
  }
}

path "auth/officers/users/+/password" {
  capabilities = ["update"]
  allowed_parameters = {
    "password" = []
  }
}

path "auth/agencies/role" {
  capabilities = ["list"]
}

path "auth/agencies/role/+" {
  capabilities = ["create", "read", "update", "delete"]
  allowed_parameters = {
    "token_policies" = ["agency"]
    "token_type" = ["service"]
    "token_no_default_policy" = [true]
    "token_ttl" = []
    "token_max_ttl" = []
    "bind_secret_id" = [true]
    "secret_id_ttl" = []
  }
}

path "auth/agencies/role/+/role-id" {
  capabilities = ["read"]
}

path "auth/agencies/role/+/secret-id" {
  capabilities = ["update"]
}

# Neither an entity nor a group ever carries a policy: policies would merge, and a gate be lost.
path "identity/entity/name/+" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "metadata" = []
    "disabled" = []
  }
}

path "identity/entity-alias" {
  capabilities = ["create", "update"]
  allowed_parameters = {
    "name" = []
    "canonical_id" = []
    "mount_accessor" = []
  }
}

path "identity/group/name/agency-staff" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "member_entity_ids" = []
  }
}

path "identity/group/name/analyst" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "member_entity_ids" = []
  }
}

path "identity/group/name/dpo" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "member_entity_ids" = []
  }
}

path "identity/group/name/pmo-head" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "member_entity_ids" = []
  }
}

path "identity/group/name/pmo-officer" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "member_entity_ids" = []
  }
}

path "identity/group/name/reconciler" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "member_entity_ids" = []
  }
}

# Who may approve is who is in one of its groups; it has no members of its own.
path "identity/group/name/approvers" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "member_group_ids" = []
  }
}

# One-time codes at the officers' logins. A secret is given out once, when it is made; a lost device gets another.
path "identity/mfa/method/totp" {
  capabilities = ["create", "update", "list"]
  allowed_parameters = {
    "method_name" = ["officers"]
    "issuer" = ["Lapis"]
    "algorithm" = ["SHA1"]
    "digits" = ["6"]
    "period" = ["30"]
    "skew" = ["1"]
    "key_size" = ["20"]
    "qr_size" = ["240"]
    "max_validation_attempts" = ["5"]
  }
}

path "identity/mfa/method/totp/+" {
  capabilities = ["read", "update"]
  allowed_parameters = {
    "method_name" = ["officers"]
    "issuer" = ["Lapis"]
    "algorithm" = ["SHA1"]
    "digits" = ["6"]
    "period" = ["30"]
    "skew" = ["1"]
    "key_size" = ["20"]
    "qr_size" = ["240"]
    "max_validation_attempts" = ["5"]
  }
}

path "identity/mfa/method/totp/admin-generate" {
  capabilities = ["update"]
  allowed_parameters = {
    "method_id" = []
    "entity_id" = []
  }
}

path "identity/mfa/method/totp/admin-destroy" {
  capabilities = ["update"]
  allowed_parameters = {
    "method_id" = []
    "entity_id" = []
  }
}

path "identity/mfa/login-enforcement/officers" {
  capabilities = ["create", "read", "update", "delete"]
  allowed_parameters = {
    "mfa_method_ids" = []
    "auth_method_accessors" = []
  }
}

path "identity/oidc/key/lapis" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "algorithm" = ["ES256"]
    "rotation_period" = []
    "verification_ttl" = []
    "allowed_client_ids" = []
  }
}

path "identity/oidc/role/person" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "key" = ["lapis"]
    "client_id" = ["lapis"]
    "template" = []
    "ttl" = []
  }
}

path "identity/oidc/role/agency" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "key" = ["lapis"]
    "client_id" = ["lapis"]
    "template" = []
    "ttl" = []
  }
}

path "identity/oidc/scope/roles" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "template" = []
    "description" = []
  }
}

path "identity/oidc/assignment/officers" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "group_ids" = []
  }
}

# A public client: the vault then insists on PKCE, and there is no secret to lose.
path "identity/oidc/client/lapis" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "key" = ["lapis"]
    "client_type" = ["public"]
    "redirect_uris" = []
    "assignments" = []
    "id_token_ttl" = []
    "access_token_ttl" = []
  }
}

path "identity/oidc/provider/lapis" {
  capabilities = ["create", "read", "update"]
  allowed_parameters = {
    "allowed_client_ids" = []
    "scopes_supported" = []
  }
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}
