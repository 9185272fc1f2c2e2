// What a person does with an application, and how it came out.
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";

import { query } from "../api/client";
import type { RefusedFragment } from "../api/generated/graphql";
import type { Lang, Texts } from "../texts";

interface Done {
  done?: { client?: { id: string } | null; secret?: string | null; userErrors: RefusedFragment[] } | null;
}

/** `secret` is there once; `refused` by the field of the form, under "" what is about none of them. */
export type Came = { client: string; secret: string | null } | { refused: Record<string, string> };

export async function doIt<Data extends Done, Variables extends Record<string, unknown>>(
  operation: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  lang: Lang,
  t: Texts,
): Promise<Came> {
  try {
    return cameOf(await query(operation, variables, lang, t), lang, t);
  } catch (error) {
    return { refused: { "": error instanceof Error ? error.message : t.offline } };
  }
}

export function cameOf(data: Done, lang: Lang, t: Texts): Came {
  const { client, secret, userErrors = [] } = data.done ?? {};
  if (client) return { client: client.id, secret: secret ?? null };
  const refused: Record<string, string> = {};
  for (const each of userErrors) refused[FIELDS.includes(each.field ?? "") ? (each.field ?? "") : ""] ??= each[lang];
  return { refused: userErrors.length > 0 ? refused : { "": t.offline } };
}

const FIELDS = ["name", "kind", "redirectUris", "scopes"];

/** The lines of a text that say something, each once. */
export function linesOf(text: string): string[] {
  return [...new Set(text.split("\n").map((line) => line.trim()))].filter(Boolean);
}
