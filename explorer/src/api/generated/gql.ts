/* eslint-disable */
import * as types from './graphql';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  query ExplorerApplications($after: String) {\n    viewer {\n      scopes\n      clients(first: 50, after: $after) {\n        nodes { ...Application }\n        pageInfo { hasNextPage endCursor }\n      }\n    }\n    scopes { name atOnce zh: label(lang: ZH) en: label(lang: EN) }\n  }\n\n  fragment Application on ClientApplication {\n    id\n    name\n    kind\n    state\n    redirectUris\n    scopes\n    awaiting\n    createdAt\n    previousSecretUntil\n    revokedAt\n  }\n": typeof types.ExplorerApplicationsDocument,
    "\n  mutation ExplorerRegister($input: RegisterClientInput!) {\n    done: registerClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n\n  fragment Refused on ClientUserError {\n    code\n    field\n    zh: message(lang: ZH)\n    en: message(lang: EN)\n  }\n": typeof types.ExplorerRegisterDocument,
    "\n  mutation ExplorerUpdate($input: UpdateClientInput!) {\n    done: updateClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n": typeof types.ExplorerUpdateDocument,
    "\n  mutation ExplorerRotate($id: ID!, $endPrevious: Boolean!) {\n    done: rotateClientSecret(id: $id, endPrevious: $endPrevious) { client { id } secret userErrors { ...Refused } }\n  }\n": typeof types.ExplorerRotateDocument,
    "\n  mutation ExplorerRevoke($id: ID!) {\n    done: revokeClient(id: $id) { client { id } secret userErrors { ...Refused } }\n  }\n": typeof types.ExplorerRevokeDocument,
    "\n  query ExplorerViewer {\n    viewer {\n      name\n      scopes\n      roles { value zh: label(lang: ZH) en: label(lang: EN) }\n      institution { name }\n      province { name }\n    }\n    scopes { name zh: label(lang: ZH) en: label(lang: EN) }\n  }\n": typeof types.ExplorerViewerDocument,
    "\n  query ExplorerSources($after: String) {\n    sources(first: 100, after: $after) {\n      nodes {\n        id\n        name\n        title\n        tier\n        connector\n        mode\n        stale\n        recordCount\n        province { name }\n        health { state breaker latencyP50 errorRate lastFailure { code at } }\n        lastHarvest { startedAt finishedAt seen changed gone quarantined error }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": typeof types.ExplorerSourcesDocument,
    "\n  query ExplorerHistory($name: String!) {\n    source(name: $name) {\n      mode\n      health { calls(last: 60) { at latencyMs code } }\n      harvests(first: 10) { startedAt finishedAt seen changed gone quarantined error }\n    }\n  }\n": typeof types.ExplorerHistoryDocument,
};
const documents: Documents = {
    "\n  query ExplorerApplications($after: String) {\n    viewer {\n      scopes\n      clients(first: 50, after: $after) {\n        nodes { ...Application }\n        pageInfo { hasNextPage endCursor }\n      }\n    }\n    scopes { name atOnce zh: label(lang: ZH) en: label(lang: EN) }\n  }\n\n  fragment Application on ClientApplication {\n    id\n    name\n    kind\n    state\n    redirectUris\n    scopes\n    awaiting\n    createdAt\n    previousSecretUntil\n    revokedAt\n  }\n": types.ExplorerApplicationsDocument,
    "\n  mutation ExplorerRegister($input: RegisterClientInput!) {\n    done: registerClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n\n  fragment Refused on ClientUserError {\n    code\n    field\n    zh: message(lang: ZH)\n    en: message(lang: EN)\n  }\n": types.ExplorerRegisterDocument,
    "\n  mutation ExplorerUpdate($input: UpdateClientInput!) {\n    done: updateClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n": types.ExplorerUpdateDocument,
    "\n  mutation ExplorerRotate($id: ID!, $endPrevious: Boolean!) {\n    done: rotateClientSecret(id: $id, endPrevious: $endPrevious) { client { id } secret userErrors { ...Refused } }\n  }\n": types.ExplorerRotateDocument,
    "\n  mutation ExplorerRevoke($id: ID!) {\n    done: revokeClient(id: $id) { client { id } secret userErrors { ...Refused } }\n  }\n": types.ExplorerRevokeDocument,
    "\n  query ExplorerViewer {\n    viewer {\n      name\n      scopes\n      roles { value zh: label(lang: ZH) en: label(lang: EN) }\n      institution { name }\n      province { name }\n    }\n    scopes { name zh: label(lang: ZH) en: label(lang: EN) }\n  }\n": types.ExplorerViewerDocument,
    "\n  query ExplorerSources($after: String) {\n    sources(first: 100, after: $after) {\n      nodes {\n        id\n        name\n        title\n        tier\n        connector\n        mode\n        stale\n        recordCount\n        province { name }\n        health { state breaker latencyP50 errorRate lastFailure { code at } }\n        lastHarvest { startedAt finishedAt seen changed gone quarantined error }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n": types.ExplorerSourcesDocument,
    "\n  query ExplorerHistory($name: String!) {\n    source(name: $name) {\n      mode\n      health { calls(last: 60) { at latencyMs code } }\n      harvests(first: 10) { startedAt finishedAt seen changed gone quarantined error }\n    }\n  }\n": types.ExplorerHistoryDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ExplorerApplications($after: String) {\n    viewer {\n      scopes\n      clients(first: 50, after: $after) {\n        nodes { ...Application }\n        pageInfo { hasNextPage endCursor }\n      }\n    }\n    scopes { name atOnce zh: label(lang: ZH) en: label(lang: EN) }\n  }\n\n  fragment Application on ClientApplication {\n    id\n    name\n    kind\n    state\n    redirectUris\n    scopes\n    awaiting\n    createdAt\n    previousSecretUntil\n    revokedAt\n  }\n"): (typeof documents)["\n  query ExplorerApplications($after: String) {\n    viewer {\n      scopes\n      clients(first: 50, after: $after) {\n        nodes { ...Application }\n        pageInfo { hasNextPage endCursor }\n      }\n    }\n    scopes { name atOnce zh: label(lang: ZH) en: label(lang: EN) }\n  }\n\n  fragment Application on ClientApplication {\n    id\n    name\n    kind\n    state\n    redirectUris\n    scopes\n    awaiting\n    createdAt\n    previousSecretUntil\n    revokedAt\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ExplorerRegister($input: RegisterClientInput!) {\n    done: registerClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n\n  fragment Refused on ClientUserError {\n    code\n    field\n    zh: message(lang: ZH)\n    en: message(lang: EN)\n  }\n"): (typeof documents)["\n  mutation ExplorerRegister($input: RegisterClientInput!) {\n    done: registerClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n\n  fragment Refused on ClientUserError {\n    code\n    field\n    zh: message(lang: ZH)\n    en: message(lang: EN)\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ExplorerUpdate($input: UpdateClientInput!) {\n    done: updateClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n"): (typeof documents)["\n  mutation ExplorerUpdate($input: UpdateClientInput!) {\n    done: updateClient(input: $input) { client { id } secret userErrors { ...Refused } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ExplorerRotate($id: ID!, $endPrevious: Boolean!) {\n    done: rotateClientSecret(id: $id, endPrevious: $endPrevious) { client { id } secret userErrors { ...Refused } }\n  }\n"): (typeof documents)["\n  mutation ExplorerRotate($id: ID!, $endPrevious: Boolean!) {\n    done: rotateClientSecret(id: $id, endPrevious: $endPrevious) { client { id } secret userErrors { ...Refused } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation ExplorerRevoke($id: ID!) {\n    done: revokeClient(id: $id) { client { id } secret userErrors { ...Refused } }\n  }\n"): (typeof documents)["\n  mutation ExplorerRevoke($id: ID!) {\n    done: revokeClient(id: $id) { client { id } secret userErrors { ...Refused } }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ExplorerViewer {\n    viewer {\n      name\n      scopes\n      roles { value zh: label(lang: ZH) en: label(lang: EN) }\n      institution { name }\n      province { name }\n    }\n    scopes { name zh: label(lang: ZH) en: label(lang: EN) }\n  }\n"): (typeof documents)["\n  query ExplorerViewer {\n    viewer {\n      name\n      scopes\n      roles { value zh: label(lang: ZH) en: label(lang: EN) }\n      institution { name }\n      province { name }\n    }\n    scopes { name zh: label(lang: ZH) en: label(lang: EN) }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ExplorerSources($after: String) {\n    sources(first: 100, after: $after) {\n      nodes {\n        id\n        name\n        title\n        tier\n        connector\n        mode\n        stale\n        recordCount\n        province { name }\n        health { state breaker latencyP50 errorRate lastFailure { code at } }\n        lastHarvest { startedAt finishedAt seen changed gone quarantined error }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"): (typeof documents)["\n  query ExplorerSources($after: String) {\n    sources(first: 100, after: $after) {\n      nodes {\n        id\n        name\n        title\n        tier\n        connector\n        mode\n        stale\n        recordCount\n        province { name }\n        health { state breaker latencyP50 errorRate lastFailure { code at } }\n        lastHarvest { startedAt finishedAt seen changed gone quarantined error }\n      }\n      pageInfo { hasNextPage endCursor }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query ExplorerHistory($name: String!) {\n    source(name: $name) {\n      mode\n      health { calls(last: 60) { at latencyMs code } }\n      harvests(first: 10) { startedAt finishedAt seen changed gone quarantined error }\n    }\n  }\n"): (typeof documents)["\n  query ExplorerHistory($name: String!) {\n    source(name: $name) {\n      mode\n      health { calls(last: 60) { at latencyMs code } }\n      harvests(first: 10) { startedAt finishedAt seen changed gone quarantined error }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;