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
        health { state breaker latencyP50 errorRate lastFailure { code at } }
        lastHarvest { startedAt finishedAt seen changed gone quarantined error }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const HISTORY = graphql(/* GraphQL */ `
  query ExplorerHistory($name: String!) {
    source(name: $name) {
      mode
      health { calls(last: 60) { at latencyMs code } }
      harvests(first: 10) { startedAt finishedAt seen changed gone quarantined error }
    }
  }
`);
