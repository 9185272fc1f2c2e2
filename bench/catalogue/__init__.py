"""The catalogue at its real size: drawn from a seed, harvested, indexed, searched, judged."""
