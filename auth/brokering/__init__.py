"""Signing in elsewhere: upstream identity providers that vouch for their people."""
