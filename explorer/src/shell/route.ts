import { useSyncExternalStore } from "react";

export const PAGES = ["playground", "applications", "sources"] as const;
export type Page = (typeof PAGES)[number];

/** The page that an address means: by its name; everything else (share links too) the playground. */
export function pageOf(hash: string): Page {
  return PAGES.find((page) => hash === `#/${page}`) ?? "playground";
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("hashchange", changed);
  return () => window.removeEventListener("hashchange", changed);
}

export function usePage(): Page {
  return useSyncExternalStore(subscribe, () => pageOf(location.hash));
}
