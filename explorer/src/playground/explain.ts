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

export type Reason = { kind: "scope"; scope: string } | { kind: "error"; message: string; docs: string | null } | { kind: "source"; source: string; message: string } | { kind: "anonymous" } | { kind: "silent" };

export interface Null {
  path: string;
  count: number;
  reason: Reason;
}

const MOST_NULLS = 50;

/** The nulls of the data, those of list items taken together (`search.nodes[].summary`), each with the reason that is known. */
export function nullsOf(answer: Answer): Null[] {
  const errors = new Map((answer.errors ?? []).filter((each) => each.path).map((each) => [generic(each.path ?? []), each]));
  const missing = new Map(outcomesOf(answer).told.filter((each) => each.message && MISSING.has(each.status)).map((each) => [each.source, each.message ?? ""]));
  const found = new Map<string, Null>();
  for (const [path, value, source] of walk(answer.data)) {
    if (value !== null || path.some((step) => OWN.has(step))) continue;
    const name = generic(path);
    const known = found.get(name);
    if (known) known.count += 1;
    else if (found.size < MOST_NULLS) found.set(name, { path: name, count: 1, reason: reasonOf(path, errors.get(name), source, missing) });
  }
  return [...found.values()];
}

/** What is no data of a source: it has nulls where nothing is to be said. */
const OWN: ReadonlySet<string | number> = new Set(["outcomes", "outcome", "pageInfo", "didYouMean", "pageCursors", "health", "lastHarvest"]);
const MISSING: ReadonlySet<string> = new Set(["PARTIAL", "TIMEOUT", "UNAVAILABLE", "SKIPPED"]);

function reasonOf(
  path: readonly (string | number)[],
  error: AnswerError | undefined,
  source: string | null,
  missing: ReadonlyMap<string, string>,
): Reason {
  if (!error) {
    if (path.length === 1 && path[0] === "viewer") return { kind: "anonymous" };
    const message = source === null ? undefined : missing.get(source);
    return source !== null && message !== undefined ? { kind: "source", source, message } : { kind: "silent" };
  }
  const scope = error.extensions?.scope;
  if (typeof scope === "string") return { kind: "scope", scope };
  return { kind: "error", message: error.message, docs: error.extensions?.docs ?? null };
}

function generic(path: readonly (string | number)[]): string {
  return path.map((step) => (typeof step === "number" ? "[]" : step)).join(".").replaceAll(".[]", "[]");
}

type Step = [path: (string | number)[], value: unknown, source: string | null];

/** Every value with its path, and the name of the source that the nearest object around it tells. */
function* walk(value: unknown, path: (string | number)[] = [], source: string | null = null): Generator<Step> {
  yield [path, value, source];
  if (Array.isArray(value)) for (const [at, each] of value.entries()) yield* walk(each, [...path, at], source);
  else if (typeof value === "object" && value !== null) {
    const own = sourceOf(value as Record<string, unknown>) ?? source;
    for (const [name, each] of Object.entries(value)) yield* walk(each, [...path, name], own);
  }
}

function sourceOf({ source }: Record<string, unknown>): string | null {
  const name = typeof source === "object" && source !== null ? (source as Record<string, unknown>).name : source;
  return typeof name === "string" ? name : null;
}

function toldOf(value: unknown): Told | null {
  if (typeof value !== "object" || value === null) return null;
  const fields = value as Record<string, unknown>;
  const source = sourceOf(fields);
  if (source === null || typeof fields.status !== "string") return null;
  return {
    source,
    status: fields.status,
    message: typeof fields.message === "string" ? fields.message : null,
    asOf: typeof fields.asOf === "string" ? fields.asOf : null,
    count: typeof fields.count === "number" ? fields.count : null,
    milliseconds: typeof fields.latencyMs === "number" ? fields.latencyMs : null,
  };
}
