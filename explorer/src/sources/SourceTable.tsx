import { useState } from "react";

import { fill, useTexts } from "../texts";
import { age } from "./age";
import { type Column, type Source, sorted, stateOf } from "./rows";

const COLUMNS: readonly Column[] = ["source", "tier", "kind", "mode", "state", "freshness", "count"];
const CLASSES = { live: "ok", fresh: "ok", stale: "warn", never: "warn", failed: "bad" } as const;

export function SourceTable({ sources }: { sources: readonly Source[] }) {
  const { lang, t } = useTexts();
  const [by, setBy] = useState<Column>("tier");
  const [down, setDown] = useState(false);
  const sort = (column: Column) => {
    setDown(column === by ? !down : false);
    setBy(column);
  };
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            {COLUMNS.map((column) => (
              <th key={column} scope="col" aria-sort={column === by ? (down ? "descending" : "ascending") : undefined}>
                <button type="button" className="quiet" onClick={() => sort(column)} title={fill(t.sortBy, { column: t[column] })}>
                  {t[column]}
                  <span aria-hidden="true">{column === by ? (down ? " ↓" : " ↑") : ""}</span>
                </button>
              </th>
            ))}
            <th scope="col">{t.lastRun}</th>
          </tr>
        </thead>
        <tbody>
          {sorted(sources, by, down).map((each) => (
            <Row key={each.id} source={each} lang={lang} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ source, lang }: { source: Source; lang: string }) {
  const { t } = useTexts();
  const state = stateOf(source);
  const run = source.lastHarvest;
  return (
    <tr>
      <th scope="row">
        <span className="untrusted">{source.title}</span>
        <code>{source.name}</code>
      </th>
      <td>
        {t[source.tier]}
        {source.province && <small className="untrusted">{source.province.name}</small>}
      </td>
      <td>
        <code>{source.connector}</code>
      </td>
      <td>{t[source.mode]}</td>
      <td className={CLASSES[state]}>{state === "failed" ? fill(t.failed, { error: run?.error ?? "" }) : t[state]}</td>
      <td>{run?.finishedAt ? <time dateTime={run.finishedAt}>{age(run.finishedAt, Date.now(), t)}</time> : "–"}</td>
      <td className="number">{source.recordCount?.toLocaleString(lang) ?? "–"}</td>
      <td>{run ? fill(t.run, { seen: run.seen, changed: run.changed, gone: run.gone, quarantined: run.quarantined }) : "–"}</td>
    </tr>
  );
}
