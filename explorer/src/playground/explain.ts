// An answer in words: who answered, what is missing, and why a value is null.
import type { Answer, AnswerError } from "../api/client";

export interface Told {
  source: string;
  status: string;
  message: string | null;
  asOf: string | null;
  count: number | null;
  milliseconds: number | null;
}

/** What became of each source: from `outcomes` in the data where the query asked, else from `extensions.outcomes`. */
export function outcomesOf(answer: Answer): { told: Told[]; asked: boolean } {
  const asked = [...walk(answer.data)].flatMap(([path, value]) => (path.at(-1) === "outcomes" && Array.isArray(value) ? [value as unknown[]] : []));
  const told = new Map<string, Told>();
  for (const each of [...asked.flat(), ...(answer.extensions?.outcomes ?? [])]) {
    const outcome = toldOf(each);
    if (outcome && !told.has(outcome.source)) told.set(outcome.source, outcome);
  }
  return { told: [...told.values()], asked: asked.length > 0 };
}

export type Reason = { kind: "scope"; scope: string } | { kind: "error"; message: string; docs: string | null } | { kind: "silent" };

export interface Null {
  path: string;
  count: number;
  reason: Reason;
}

const MOST_NULLS = 50;

/** The nulls of the data, those of list items taken together (`search.nodes[].summary`), each with the reason that is known. */
export function nullsOf(answer: Answer): Null[] {
  const errors = new Map((answer.errors ?? []).filter((each) => each.path).map((each) => [generic(each.path ?? []), each]));
  const found = new Map<string, Null>();
  for (const [path, value] of walk(answer.data)) {
    // What became of a source is not data of one: it has nulls where nothing is to be said.
    if (value !== null || path.includes("outcomes")) continue;
    const name = generic(path);
    const known = found.get(name);
    if (known) known.count += 1;
    else if (found.size < MOST_NULLS) found.set(name, { path: name, count: 1, reason: reasonOf(errors.get(name)) });
  }
  return [...found.values()];
}

function reasonOf(error: AnswerError | undefined): Reason {
  if (!error) return { kind: "silent" };
  const scope = error.extensions?.scope;
  if (typeof scope === "string") return { kind: "scope", scope };
  return { kind: "error", message: error.message, docs: error.extensions?.docs ?? null };
}

function generic(path: readonly (string | number)[]): string {
  return path.map((step) => (typeof step === "number" ? "[]" : step)).join(".").replaceAll(".[]", "[]");
}

function* walk(value: unknown, path: (string | number)[] = []): Generator<[(string | number)[], unknown]> {
  yield [path, value];
  if (Array.isArray(value)) for (const [at, each] of value.entries()) yield* walk(each, [...path, at]);
  else if (typeof value === "object" && value !== null) for (const [name, each] of Object.entries(value)) yield* walk(each, [...path, name]);
}

function toldOf(value: unknown): Told | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<string, unknown>;
  const source = typeof fields.source === "object" && fields.source !== null ? (fields.source as Record<string, unknown>).name : fields.source;
  if (typeof source !== "string" || typeof fields.status !== "string") return null;
  return {
    source,
    status: fields.status,
    message: typeof fields.message === "string" ? fields.message : null,
    asOf: typeof fields.asOf === "string" ? fields.asOf : null,
    count: typeof fields.count === "number" ? fields.count : null,
    milliseconds: typeof fields.latencyMs === "number" ? fields.latencyMs : null,
  };
}
