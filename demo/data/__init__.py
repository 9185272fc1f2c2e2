"""Example records made from a seed: real trades and catalogue codes, invented institutions and people, all marked 示例."""
