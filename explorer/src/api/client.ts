import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";

import type { Texts } from "../texts";
import { fill } from "../texts";

export interface AnswerError {
  message: string;
  path?: (string | number)[];
  extensions?: { code?: string; docs?: string; source?: string; scope?: string; [name: string]: unknown };
}

export interface Answer {
  data?: unknown;
  errors?: AnswerError[];
  extensions?: { outcomes?: SourceOutcome[]; trace?: Trace; cost?: Cost; [name: string]: unknown };
}

/** What an operation is estimated at, and what it came to (docs/reliability.md); cost is rows and ten for each call. */
export interface Cost {
  limit: number;
  estimated: Figures;
  actual?: Figures;
}

interface Figures {
  cost: number;
  rows: number;
  calls: number;
}

/** The waterfall of one answer (docs/reliability.md); the catalog is the step without a source. */
export interface Trace {
  durationMs: number;
  steps: {
    source: string | null;
    collection: string;
    by: string;
    startMs: number;
    durationMs: number;
    status: string | null;
    cache: string;
    shared: boolean;
    attempts: number;
    bytes: number;
    rows: number;
  }[];
}

export interface SourceOutcome {
  source: string;
  status: string;
  code: string | null;
  message: string;
  asOf: string | null;
  retryable: boolean;
}

export interface Exchange {
  answer: Answer;
  milliseconds: number;
  bytes: number;
}

export interface Question {
  query: string;
  variables?: Record<string, unknown> | undefined;
  operationName?: string | undefined;
}

/** The header that a request with the session's cookie must carry: no other site can set it. */
const OWN = { "huiju-csrf": "1" };

/** The event that tells that the session has ended. */
export const SIGNED_OUT = "huiju:signed-out";

/** Ask the public endpoint. What is not a GraphQL answer becomes one, with an error in words. */
export async function ask(question: Question, lang: string, t: Texts, headers: Record<string, string> = {}): Promise<Exchange> {
  const start = performance.now();
  let text = "";
  let answer: Answer;
  try {
    const reply = await fetch("/graphql", {
      method: "POST",
      credentials: "same-origin",
      headers: { ...OWN, "content-type": "application/json", accept: "application/graphql-response+json", "accept-language": lang, ...headers },
      body: JSON.stringify(question),
    });
    text = await reply.text();
    answer = read(text) ?? { errors: [{ message: fill(t.brokenAnswer, { status: reply.status }) }] };
  } catch {
    answer = { errors: [{ message: t.offline }] };
  }
  if (answer.errors?.some((each) => each.extensions?.code === "UNAUTHENTICATED")) window.dispatchEvent(new Event(SIGNED_OUT));
  return { answer, milliseconds: Math.round(performance.now() - start), bytes: new TextEncoder().encode(text).length };
}

/** Ask a typed operation of this application's own. Throws an Error in words where the answer holds errors. */
export async function query<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  lang: string,
  t: Texts,
): Promise<Data> {
  const { answer } = await ask({ query: print(document), variables }, lang, t);
  if (answer.errors?.length || !answer.data) throw new Error(answer.errors?.map((each) => each.message).join("\n") ?? t.offline);
  return answer.data as Data;
}

function read(text: string): Answer | null {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null && ("data" in found || "errors" in found) ? (found as Answer) : null;
  } catch {
    return null;
  }
}
