"""The embedded authorization server: OAuth 2.0 (RFC 6749, 9700) and OpenID Connect for applications."""
