// The table of sources as values: what stands in a row, in which order, under which conditions.
import type { ExplorerHistoryQuery, ExplorerSourcesQuery } from "../api/generated/graphql";

export type Source = ExplorerSourcesQuery["sources"]["nodes"][number];
export type State = "live" | "fresh" | "stale" | "never" | "failed";
export type Column = "source" | "tier" | "kind" | "mode" | "state" | "health" | "freshness" | "count";

export interface Conditions {
  text: string;
  tier: string;
  mode: string;
  state: string;
}

export const NO_CONDITIONS: Conditions = { text: "", tier: "", mode: "", state: "" };

const HEALTH = ["DOWN", "DEGRADED", "UP", "UNKNOWN"];
const TIERS = ["NATIONAL", "PROVINCIAL", "SCHOOL"];

export function stateOf(source: Source): State {
  if (source.mode === "LIVE") return "live";
  if (source.lastHarvest?.error) return "failed";
  if (!source.lastHarvest?.finishedAt) return "never";
  return source.stale ? "stale" : "fresh";
}

export function shown(sources: readonly Source[], wanted: Conditions): Source[] {
  const text = wanted.text.trim().toLowerCase();
  return sources.filter(
    (each) =>
      (!text || each.name.toLowerCase().includes(text) || each.title.toLowerCase().includes(text)) &&
      (!wanted.tier || each.tier === wanted.tier) &&
      (!wanted.mode || each.mode === wanted.mode) &&
      (!wanted.state || stateOf(each) === wanted.state),
  );
}

export function sorted(sources: readonly Source[], by: Column, down: boolean): Source[] {
  const key = KEYS[by];
  return [...sources].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "zh-CN");
    return (down ? -order : order) || one.name.localeCompare(other.name);
  });
}

const KEYS: Record<Column, (source: Source) => string | number> = {
  source: (each) => each.title,
  tier: (each) => TIERS.indexOf(each.tier),
  kind: (each) => each.connector,
  mode: (each) => each.mode,
  state: stateOf,
  health: (each) => HEALTH.indexOf(each.health.state),
  freshness: (each) => each.lastHarvest?.finishedAt ?? "",
  count: (each) => each.recordCount ?? -1,
};

/** How many calls failed, and the milliseconds of the slowest. */
export function figuresOf(calls: readonly Pick<Past["health"]["calls"][number], "latencyMs" | "code">[]): { failed: number; slowest: number } {
  return { failed: calls.filter((each) => each.code).length, slowest: Math.max(1, ...calls.map((each) => each.latencyMs)) };
}

/** How long a run took, in seconds; null while it goes on. */
export function secondsOf(run: { startedAt: string; finishedAt?: string | null }): number | null {
  return run.finishedAt ? Math.round((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 100) / 10 : null;
}

type Past = NonNullable<ExplorerHistoryQuery["source"]>;
