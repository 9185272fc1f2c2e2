import "./session.css";

import { useEffect, useState } from "react";

import { query, SIGNED_OUT } from "../api/client";
import type { ExplorerViewerQuery } from "../api/generated/graphql";
import { forgetWork } from "../shell/kept";
import { fill, useTexts } from "../texts";
import { usePage } from "../shell/route";
import { ACCOUNT, SIGN_OUT, signInHere } from "./addresses";
import { VIEWER } from "./operation";

type Who = { viewer: NonNullable<ExplorerViewerQuery["viewer"]>; scopes: ExplorerViewerQuery["scopes"] };

/** Who asks, and what they may ask: always in sight. */
export function Session() {
  const { lang, t } = useTexts();
  const who = useWho();
  usePage(); // the sign-in comes back to it
  if (who === undefined) return null;
  if (who === null) {
    return (
      <span className="session">
        {t.anonymous} <a href={signInHere()}>{t.signIn}</a>
      </span>
    );
  }
  const { viewer, scopes } = who;
  return (
    <details className="session">
      <summary>
        <span className="untrusted">{viewer.name}</span> <small>{viewer.roles.map((each) => each[lang]).join("、")}</small>
      </summary>
      <div className="card">
        <p>{fill(t.mayAsk, { name: viewer.name })}</p>
        <ul>
          {scopes
            .filter((scope) => viewer.scopes.includes(scope.name))
            .map((scope) => (
              <li key={scope.name}>
                {scope[lang]} <code>{scope.name}</code>
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

/** Who is signed in, null for nobody; undefined until it is known, and where it cannot be. Asked again when the page is returned to. */
function useWho(): Who | null | undefined {
  const { lang, t } = useTexts();
  const [who, setWho] = useState<Who | null>();
  useEffect(() => {
    let wanted = true;
    const look = () => {
      if (document.visibilityState !== "visible") return;
      query(VIEWER, {}, lang, t).then(
        ({ viewer, scopes }) => wanted && setWho(viewer ? { viewer, scopes } : null),
        () => undefined,
      );
    };
    const end = () => setWho(null);
    look();
    document.addEventListener("visibilitychange", look);
    window.addEventListener(SIGNED_OUT, end);
    return () => {
      wanted = false;
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener(SIGNED_OUT, end);
    };
  }, [lang, t]);
  return who;
}
