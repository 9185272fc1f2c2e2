import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

import type { ClientKind } from "../api/generated/graphql";
import { type Texts, useTexts } from "../texts";
import { type Came, doIt, linesOf } from "./doing";
import type { Application, Scope } from "./loading";
import { REGISTER, UPDATE } from "./operation";
import type { Shown } from "./SecretOnce";

const KINDS = [
  ["PUBLIC", "publicNote"],
  ["CONFIDENTIAL", "confidentialNote"],
  ["SERVICE", "serviceNote"],
] as const satisfies [ClientKind, keyof Texts][];

interface Props {
  /** What is changed; without it one is registered. */
  application?: Application;
  scopes: readonly Scope[];
  onDone: (shown: Shown | null) => void;
  onCancel: () => void;
}

export function ApplicationForm({ application, scopes, onDone, onCancel }: Props) {
  const { lang, t } = useTexts();
  const [name, setName] = useState(application?.name ?? "");
  const [kind, setKind] = useState<ClientKind>(application?.kind ?? "PUBLIC");
  const [addresses, setAddresses] = useState((application?.redirectUris ?? []).join("\n"));
  const [wanted, setWanted] = useState(() => wantedAtFirst(application, scopes));
  const [refused, setRefused] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);

  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const said = { name, redirectUris: linesOf(addresses), scopes: [...wanted] };
    const came: Came = application
      ? await doIt(UPDATE, { input: { id: application.id, ...said } }, lang, t)
      : await doIt(REGISTER, { input: { ...said, kind } }, lang, t);
    setBusy(false);
    if ("refused" in came) setRefused(came.refused);
    else onDone(came.secret ? { client: came.client, name, secret: came.secret } : null);
  };

  return (
    <form className="application-form" onSubmit={send} aria-label={application ? t.changeApplication : t.registerApplication}>
      <Field label={t.applicationName} note={t.applicationNameNote} error={refused["name"]}>
        {(described) => <input ref={first} value={name} maxLength={80} required onChange={(event) => setName(event.target.value)} {...described} />}
      </Field>
      {!application && (
        <fieldset>
          <legend>{t.applicationKind}</legend>
          {KINDS.map(([each, note]) => (
            <label key={each} className="choice">
              <input type="radio" name="kind" checked={kind === each} onChange={() => setKind(each)} />
              <span>
                {t[each]}
                <small>{t[note]}</small>
              </span>
            </label>
          ))}
          {refused["kind"] && <Refusal>{refused["kind"]}</Refusal>}
        </fieldset>
      )}
      {kind !== "SERVICE" && (
        <Field label={t.redirectAddresses} note={t.redirectAddressesNote} error={refused["redirectUris"]}>
          {(described) => (
            <textarea rows={3} value={addresses} required spellCheck={false} onChange={(event) => setAddresses(event.target.value)} {...described} />
          )}
        </Field>
      )}
      <fieldset>
        <legend>{t.wantedScopes}</legend>
        <div className="scopes">
          {scopes.map((each) => (
            <label key={each.name} className="choice">
              <input type="checkbox" checked={wanted.has(each.name)} onChange={() => setWanted(toggled(wanted, each.name))} />
              <span>
                {each[lang]}
                <small>
                  <code>{each.name}</code> {each.atOnce ? t.grantedAtOnce : t.needsApproval}
                </small>
              </span>
            </label>
          ))}
        </div>
        {refused["scopes"] && <Refusal>{refused["scopes"]}</Refusal>}
      </fieldset>
      {refused[""] && <Refusal>{refused[""]}</Refusal>}
      {application && <p className="soft">{t.changeNote}</p>}
      <p className="buttons">
        <button type="submit" className="primary" disabled={busy}>
          {application ? t.save : t.register}
        </button>
        <button type="button" onClick={onCancel}>
          {t.cancel}
        </button>
      </p>
    </form>
  );
}

interface FieldProps {
  label: string;
  note: string;
  error: string | undefined;
  children: (described: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ReactNode;
}

function Field({ label, note, error, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": `${id}-note`, "aria-invalid": Boolean(error) })}
      <div id={`${id}-note`}>
        <small>{note}</small>
        {error && <Refusal>{error}</Refusal>}
      </div>
    </div>
  );
}

function Refusal({ children }: { children: ReactNode }) {
  return (
    <p className="bad untrusted" role="alert">
      {children}
    </p>
  );
}

function wantedAtFirst(application: Application | undefined, scopes: readonly Scope[]): ReadonlySet<string> {
  return new Set(application ? [...application.scopes, ...application.awaiting] : scopes.filter((each) => each.atOnce).map((each) => each.name));
}

function toggled(wanted: ReadonlySet<string>, name: string): ReadonlySet<string> {
  const next = new Set(wanted);
  if (!next.delete(name)) next.add(name);
  return next;
}
