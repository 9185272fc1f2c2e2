import { graphql } from "../api/generated";

export const SOURCES = graphql(/* GraphQL */ `
  query ExplorerSources($after: String) {
    sources(first: 100, after: $after) {
      nodes {
        id
        name
        title
        tier
        connector
        mode
        stale
        recordCount
        province { name }
        lastHarvest { startedAt finishedAt seen changed gone quarantined error }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
