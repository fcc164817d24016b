# The release asks the vault to open one reference. The vault answers only after two people, the data-protection officer
# and the head of the PMO, have approved that very request with their own logins. What is opened goes out in tickets.
# A token of this role serves twice, once to ask and once to open: an approved request cannot be opened again.

path "transit/decrypt/ref-seal" {
  capabilities = ["update"]
  # One ciphertext a request, and nothing that could change what is opened.
  allowed_parameters = {
    "ciphertext" = []
  }
  denied_parameters = {
    "batch_input" = []
  }
  control_group = {
    ttl = "72h"
    factor "dpo" {
      controlled_capabilities = ["update"]
      identity {
        group_names = ["dpo"]
        approvals = 1
      }
    }
    factor "head" {
      controlled_capabilities = ["update"]
      identity {
        group_names = ["pmo-head"]
        approvals = 1
      }
    }
    # One person in both groups would satisfy both factors above.
    factor "two people" {
      controlled_capabilities = ["update"]
      identity {
        group_names = ["approvers"]
        approvals = 2
      }
    }
  }
}

# Give the token back.
path "auth/token/revoke-self" {
  capabilities = ["update"]
}

# See who has approved a request. It may not approve one.
path "sys/control-group/request" {
  capabilities = ["update"]
}

# Keep the tokens of waiting requests sealed at rest: whoever has one opens an approved request.
path "transit/encrypt/waiting" {
  capabilities = ["update"]
}

path "transit/decrypt/waiting" {
  capabilities = ["update"]
}

path "transit/keys/waiting" {
  capabilities = ["read"]
}

# Sign the tickets of a released case.
path "transit/sign/ticket" {
  capabilities = ["update"]
}

# The public half, which agencies verify with.
path "transit/keys/ticket" {
  capabilities = ["read"]
}
