"""Who asks: scopes and grants."""
