# The release asks the vault to open one reference. The vault answers only after two people, the data-protection officer
# and the head of the PMO, have approved that very request with their own logins.
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
