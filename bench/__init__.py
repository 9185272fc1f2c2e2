"""What the product costs, measured against the same work written by hand."""
