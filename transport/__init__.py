"""How bytes reach the schema: GraphQL over HTTP, guards, limits, health."""
