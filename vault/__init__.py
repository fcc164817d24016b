"""Everything that needs a secret of the centre: vault client, embedded server, pepper, seals. Never an identity."""
