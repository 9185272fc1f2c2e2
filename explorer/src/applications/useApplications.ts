import { print } from "graphql";
import { useEffect, useState } from "react";

import { ask } from "../api/client";
import { useTexts } from "../texts";
import { type Application, type Loaded, pageOf } from "./loading";
import { APPLICATIONS } from "./operation";

const MOST_PAGES = 20;

/** The applications of who is signed in, page by page, and a function that looks again. */
export function useApplications(): [Loaded, () => void] {
  const { lang, t } = useTexts();
  const [loaded, setLoaded] = useState<Loaded>({ kind: "loading" });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    const load = async (): Promise<Loaded> => {
      const applications: Application[] = [];
      let after: string | null = null;
      for (let count = 0; count < MOST_PAGES; count += 1) {
        const { answer } = await ask({ query: print(APPLICATIONS), variables: { after } }, lang, t);
        const page = pageOf(answer);
        if (page.kind !== "page") return page;
        applications.push(...page.applications);
        after = page.after;
        if (after === null) return { kind: "there", applications, scopes: page.scopes };
      }
      return { kind: "failed", message: t.tooManyApplications };
    };
    void load().then((found) => wanted && setLoaded(found));
    return () => {
      wanted = false;
    };
  }, [lang, t, round]);
  return [loaded, () => setRound((before) => before + 1)];
}
