import { useEffect, useState } from "react";

import { query } from "../api/client";
import type { ExplorerSourcesQuery } from "../api/generated/graphql";
import { useTexts } from "../texts";
import { SOURCES } from "./operation";
import type { Source } from "./rows";

export type Loaded = { sources: Source[] } | { failure: string } | null;

const MOST_PAGES = 50;

/** All sources, page by page; null while they are on their way. */
export function useSources(): [Loaded, () => void] {
  const { lang, t } = useTexts();
  const [loaded, setLoaded] = useState<Loaded>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    const load = async () => {
      const sources: Source[] = [];
      let after: string | null = null;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const { sources: found }: ExplorerSourcesQuery = await query(SOURCES, { after }, lang, t);
        sources.push(...found.nodes);
        if (!found.pageInfo.hasNextPage) break;
        after = found.pageInfo.endCursor ?? null;
      }
      return sources;
    };
    load().then(
      (sources) => wanted && setLoaded({ sources }),
      (error: Error) => wanted && setLoaded({ failure: error.message }),
    );
    return () => {
      wanted = false;
    };
  }, [lang, t, round]);
  const again = () => {
    setLoaded(null);
    setRound(round + 1);
  };
  return [loaded, again];
}
