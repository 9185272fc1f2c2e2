import { graphql } from "../api/generated";

export const APPLICATIONS = graphql(/* GraphQL */ `
  query ExplorerApplications($after: String) {
    viewer {
      scopes
      clients(first: 50, after: $after) {
        nodes { ...Application }
        pageInfo { hasNextPage endCursor }
      }
    }
    scopes { name atOnce zh: label(lang: ZH) en: label(lang: EN) }
  }

  fragment Application on ClientApplication {
    id
    name
    kind
    state
    redirectUris
    scopes
    awaiting
    createdAt
    previousSecretUntil
    revokedAt
  }
`);

export const REGISTER = graphql(/* GraphQL */ `
  mutation ExplorerRegister($input: RegisterClientInput!) {
    done: registerClient(input: $input) { client { id } secret userErrors { ...Refused } }
  }

  fragment Refused on ClientUserError {
    code
    field
    zh: message(lang: ZH)
    en: message(lang: EN)
  }
`);

export const UPDATE = graphql(/* GraphQL */ `
  mutation ExplorerUpdate($input: UpdateClientInput!) {
    done: updateClient(input: $input) { client { id } secret userErrors { ...Refused } }
  }
`);

export const ROTATE = graphql(/* GraphQL */ `
  mutation ExplorerRotate($id: ID!, $endPrevious: Boolean!) {
    done: rotateClientSecret(id: $id, endPrevious: $endPrevious) { client { id } secret userErrors { ...Refused } }
  }
`);

export const REVOKE = graphql(/* GraphQL */ `
  mutation ExplorerRevoke($id: ID!) {
    done: revokeClient(id: $id) { client { id } secret userErrors { ...Refused } }
  }
`);
