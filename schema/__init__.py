"""GraphQL types and fields: the promised schema, one entity per file."""
