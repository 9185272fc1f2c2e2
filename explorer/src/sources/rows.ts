// The table of sources as values: what stands in a row, in which order, under which conditions.
import type { ExplorerSourcesQuery } from "../api/generated/graphql";

export type Source = ExplorerSourcesQuery["sources"]["nodes"][number];
export type State = "live" | "fresh" | "stale" | "never" | "failed";
export type Column = "source" | "tier" | "kind" | "mode" | "state" | "freshness" | "count";

export interface Conditions {
  text: string;
  tier: string;
  mode: string;
  state: string;
}

export const NO_CONDITIONS: Conditions = { text: "", tier: "", mode: "", state: "" };

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
  freshness: (each) => each.lastHarvest?.finishedAt ?? "",
  count: (each) => each.recordCount ?? -1,
};
