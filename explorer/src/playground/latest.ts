// The latest exchange of the playground, for everything that explains it.
import { useSyncExternalStore } from "react";

import type { Exchange, Question } from "../api/client";

export interface Latest extends Exchange {
  question: Question;
}

let latest: Latest | null = null;
const listeners = new Set<() => void>();

export function setLatest(next: Latest): void {
  latest = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useLatest(): Latest | null {
  return useSyncExternalStore(subscribe, () => latest);
}
