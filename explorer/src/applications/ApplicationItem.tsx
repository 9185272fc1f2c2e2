import { useState } from "react";

import { fill, useTexts } from "../texts";
import { ApplicationForm } from "./ApplicationForm";
import { Confirm } from "./Confirm";
import { Copy } from "./Copy";
import { doIt } from "./doing";
import type { Application, Scope } from "./loading";
import { REVOKE, ROTATE } from "./operation";
import type { Shown } from "./SecretOnce";

const CLASSES = { APPROVED: "ok", AWAITING_APPROVAL: "warn", REVOKED: "soft" } as const;

interface Props {
  application: Application;
  scopes: readonly Scope[];
  onDone: (shown: Shown | null) => void;
}

export function ApplicationItem({ application, scopes, onDone }: Props) {
  const { lang, t } = useTexts();
  const [open, setOpen] = useState<"form" | "rotate" | "revoke" | null>(null);
  const [endPrevious, setEndPrevious] = useState(false);
  const { id, name, kind, state } = application;
  const moment = (at: string) => new Date(at).toLocaleString(lang === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
  const words = (names: readonly string[]) => names.map((each) => scopes.find((scope) => scope.name === each)?.[lang] ?? each);
  const close = () => setOpen(null);
  const done = (shown: Shown | null) => {
    close();
    onDone(shown);
  };

  const rotate = async () => {
    const came = await doIt(ROTATE, { id, endPrevious }, lang, t);
    if ("refused" in came) return Object.values(came.refused)[0] ?? t.offline;
    done({ client: id, name, secret: came.secret ?? "" });
    return null;
  };
  const revoke = async () => {
    const came = await doIt(REVOKE, { id }, lang, t);
    if ("refused" in came) return Object.values(came.refused)[0] ?? t.offline;
    done(null);
    return null;
  };

  return (
    <li className="application" data-state={state}>
      <header>
        <h2 className="untrusted">{name}</h2>
        <b className={`state ${CLASSES[state]}`}>{t[state]}</b>
      </header>
      <dl>
        <dt>{t.clientId}</dt>
        <dd>
          <code>{id}</code> <Copy text={id} label={`${t.copy} ${t.clientId}`} />
        </dd>
        <dt>{t.applicationKind}</dt>
        <dd>{t[kind]}</dd>
        {application.redirectUris.length > 0 && (
          <>
            <dt>{t.redirectAddresses}</dt>
            <dd>
              {application.redirectUris.map((each) => (
                <code key={each} className="untrusted">
                  {each}
                </code>
              ))}
            </dd>
          </>
        )}
        <dt>{t.mayAskFor}</dt>
        <dd>{words(application.scopes).join(t.listComma) || "–"}</dd>
        {application.awaiting.length > 0 && state !== "REVOKED" && (
          <>
            <dt>{t.waitsFor}</dt>
            <dd>
              {words(application.awaiting).join(t.listComma)}
              <small>{fill(t.awaitingNote, { id })}</small>
            </dd>
          </>
        )}
        {application.createdAt && (
          <>
            <dt>{t.registeredAt}</dt>
            <dd>
              <time dateTime={application.createdAt}>{moment(application.createdAt)}</time>
              {application.revokedAt && <small>{fill(t.revokedAt, { when: moment(application.revokedAt) })}</small>}
              {application.previousSecretUntil && <small>{fill(t.previousSecretUntil, { when: moment(application.previousSecretUntil) })}</small>}
            </dd>
          </>
        )}
      </dl>
      {open === "form" ? (
        <ApplicationForm application={application} scopes={scopes} onDone={done} onCancel={close} />
      ) : (
        state !== "REVOKED" && (
          <p className="buttons">
            <button type="button" onClick={() => setOpen("form")} aria-label={`${t.changeApplication} ${name}`}>
              {t.changeApplication}
            </button>
            {kind !== "PUBLIC" && (
              <button type="button" onClick={() => setOpen("rotate")} aria-label={`${t.rotateSecret} ${name}`}>
                {t.rotateSecret}
              </button>
            )}
            <button type="button" className="danger" onClick={() => setOpen("revoke")} aria-label={`${t.revoke} ${name}`}>
              {t.revoke}
            </button>
          </p>
        )
      )}
      {open === "rotate" && (
        <Confirm title={t.rotateSecret} action={t.rotateSecret} onConfirm={rotate} onClose={close}>
          <p className="untrusted">{fill(t.rotateQuestion, { name })}</p>
          <label className="choice">
            <input type="checkbox" checked={endPrevious} onChange={() => setEndPrevious(!endPrevious)} />
            <span>{t.endPrevious}</span>
          </label>
        </Confirm>
      )}
      {open === "revoke" && (
        <Confirm title={t.revoke} action={t.revoke} onConfirm={revoke} onClose={close}>
          <p className="untrusted">{fill(t.revokeQuestion, { name })}</p>
        </Confirm>
      )}
    </li>
  );
}
