"""The one HTTP client: address vetting, bounds, decoding."""
