import "./sources.css";

import { useState } from "react";

import { useTexts } from "../texts";
import { type Conditions, NO_CONDITIONS, shown } from "./rows";
import { SourceTable } from "./SourceTable";
import { useSources } from "./useSources";

const CHOICES = {
  tier: ["NATIONAL", "PROVINCIAL", "SCHOOL"],
  mode: ["LIVE", "HARVEST", "PUSH"],
  state: ["live", "fresh", "stale", "never", "failed"],
} as const;

export default function SourcesPage() {
  const { t } = useTexts();
  const [loaded, again] = useSources();
  const [wanted, setWanted] = useState<Conditions>(NO_CONDITIONS);

  if (loaded === null) return <p className="notice">{t.loading}</p>;
  if ("failure" in loaded) {
    return (
      <div className="notice" role="alert">
        <p>{loaded.failure}</p>
        <button type="button" onClick={again}>
          {t.retry}
        </button>
      </div>
    );
  }
  const rows = shown(loaded.sources, wanted);
  return (
    <section className="sources">
      <h1>{t.sources}</h1>
      <p className="lead">{t.sourcesLead}</p>
      <form className="conditions" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          placeholder={t.filterSources}
          aria-label={t.filterSources}
          value={wanted.text}
          onChange={(event) => setWanted({ ...wanted, text: event.target.value })}
        />
        {(["tier", "mode", "state"] as const).map((name) => (
          <label key={name}>
            {t[name]}
            <select value={wanted[name]} onChange={(event) => setWanted({ ...wanted, [name]: event.target.value })}>
              <option value="">{t.all}</option>
              {CHOICES[name].map((each) => (
                <option key={each} value={each}>
                  {each === "failed" ? t.failed.split(/[：:]/)[0] : t[each]}
                </option>
              ))}
            </select>
          </label>
        ))}
      </form>
      {rows.length > 0 ? (
        <SourceTable sources={rows} />
      ) : (
        <div className="notice">
          <p>{loaded.sources.length > 0 ? t.noSource : t.noSourcesAtAll}</p>
          {loaded.sources.length > 0 && (
            <button type="button" onClick={() => setWanted(NO_CONDITIONS)}>
              {t.clearFilters}
            </button>
          )}
        </div>
      )}
    </section>
  );
}
