import { graphql } from "../api/generated";

export const VIEWER = graphql(/* GraphQL */ `
  query ExplorerViewer {
    viewer {
      name
      scopes
      roles { value zh: label(lang: ZH) en: label(lang: EN) }
      institution { name }
      province { name }
    }
    scopes { name zh: label(lang: ZH) en: label(lang: EN) }
  }
`);
