import { useState } from "react";

import { useTexts } from "../texts";
import { EXAMPLES } from "./examples";
import { useOpenTab } from "./openTab";

export function ExamplesPane() {
  const { lang, t } = useTexts();
  const [wanted, setWanted] = useState("");
  const open = useOpenTab();
  const text = wanted.trim().toLowerCase();
  const found = EXAMPLES.filter((each) => `${each.title[lang]} ${each.about[lang]} ${each.query}`.toLowerCase().includes(text));
  return (
    <div className="pane">
      <h2>{t.examples}</h2>
      <p>{t.examplesLead}</p>
      <input type="search" value={wanted} onChange={(event) => setWanted(event.target.value)} placeholder={t.searchExamples} aria-label={t.searchExamples} />
      {found.length === 0 && <p>{t.noExample}</p>}
      <ul className="cards">
        {found.map((each) => (
          <li key={each.name}>
            <button type="button" onClick={() => open(each.query, each.variables)}>
              <b>{each.title[lang]}</b>
              <span>{each.about[lang]}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
