"""Everything that needs a secret of the centre: the vault client, the embedded server, pepper, seals. Never an identity."""
