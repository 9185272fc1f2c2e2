import "./applications.css";

import { useState } from "react";

import { signInHere } from "../session/addresses";
import { fill, useTexts } from "../texts";
import { ApplicationForm } from "./ApplicationForm";
import { ApplicationItem } from "./ApplicationItem";
import { NEEDED } from "./loading";
import { type Shown, SecretOnce } from "./SecretOnce";
import { useApplications } from "./useApplications";

/** The applications that somebody registered: each with how it stands, and what can be done with it. */
export default function ApplicationsPage() {
  const { t } = useTexts();
  const [loaded, again] = useApplications();
  const [registering, setRegistering] = useState(false);
  const [secret, setSecret] = useState<Shown | null>(null);

  if (loaded.kind === "loading") return <p className="notice">{t.loading}</p>;
  if (loaded.kind === "signedOut") {
    return (
      <div className="notice">
        <h1>{t.applications}</h1>
        <p>{t.applicationsSignIn}</p>
        <a className="button primary" href={signInHere()}>
          {t.signIn}
        </a>
      </div>
    );
  }
  if (loaded.kind === "noScope") {
    return (
      <div className="notice">
        <h1>{t.applications}</h1>
        <p>{fill(t.applicationsNoScope, { scope: NEEDED })}</p>
      </div>
    );
  }
  if (loaded.kind === "failed") {
    return (
      <div className="notice" role="alert">
        <p>{loaded.message}</p>
        <button type="button" onClick={again}>
          {t.retry}
        </button>
      </div>
    );
  }
  const { applications, scopes } = loaded;
  const done = (shown: Shown | null) => {
    setRegistering(false);
    if (shown) setSecret(shown);
    again();
  };
  return (
    <section className="applications">
      <header>
        <div>
          <h1>{t.applications}</h1>
          <p className="lead">{t.applicationsLead}</p>
        </div>
        {!registering && (
          <button type="button" className="primary" onClick={() => setRegistering(true)}>
            {t.registerApplication}
          </button>
        )}
      </header>
      {secret && <SecretOnce key={secret.secret} shown={secret} onClose={() => setSecret(null)} />}
      {registering && <ApplicationForm scopes={scopes} onDone={done} onCancel={() => setRegistering(false)} />}
      {applications.length === 0 && !registering ? (
        <p className="notice">{t.noApplications}</p>
      ) : (
        <ul>
          {applications.map((each) => (
            <ApplicationItem key={each.id} application={each} scopes={scopes} onDone={done} />
          ))}
        </ul>
      )}
    </section>
  );
}
