import "./session.css";

import { useEffect, useState } from "react";

import { query } from "../api/client";
import type { ExplorerViewerQuery } from "../api/generated/graphql";
import { forgetWork } from "../shell/kept";
import { fill, useTexts } from "../texts";
import { usePage } from "../shell/route";
import { ACCOUNT, SIGN_OUT, signInHere } from "./addresses";
import { VIEWER } from "./operation";

type Viewer = NonNullable<ExplorerViewerQuery["viewer"]>;

/** Who asks, and what they may ask: always in sight. */
export function Session() {
  const { lang, t } = useTexts();
  const viewer = useViewer();
  usePage(); // the sign-in comes back to it
  if (viewer === undefined) return null;
  if (viewer === null) {
    return (
      <span className="session">
        {t.anonymous} <a href={signInHere()}>{t.signIn}</a>
      </span>
    );
  }
  return (
    <details className="session">
      <summary>
        <span className="untrusted">{viewer.name}</span> <small>{viewer.roles.map((each) => each[lang]).join("、")}</small>
      </summary>
      <div className="card">
        <p>{fill(t.mayAsk, { name: viewer.name })}</p>
        <ul>
          {viewer.scopes.map((scope) => (
            <li key={scope}>
              <code>{scope}</code>
            </li>
          ))}
        </ul>
        <p className="untrusted">{[viewer.province?.name, viewer.institution?.name].filter(Boolean).join(" · ")}</p>
        <p>
          <a href={ACCOUNT}>{t.account}</a>
        </p>
        <p>
          <a href={SIGN_OUT} onClick={forgetWork}>
            {t.signOut}
          </a>
          <small>{t.signOutNote}</small>
        </p>
      </div>
    </details>
  );
}

/** The viewer, null for an anonymous caller; undefined until it is known, and where it cannot be. Asked again when the page is returned to. */
function useViewer(): Viewer | null | undefined {
  const { lang, t } = useTexts();
  const [viewer, setViewer] = useState<Viewer | null>();
  useEffect(() => {
    let wanted = true;
    const look = () => {
      if (document.visibilityState !== "visible") return;
      query(VIEWER, {}, lang, t).then(
        (data) => wanted && setViewer(data.viewer ?? null),
        () => undefined,
      );
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      wanted = false;
      document.removeEventListener("visibilitychange", look);
    };
  }, [lang, t]);
  return viewer;
}
