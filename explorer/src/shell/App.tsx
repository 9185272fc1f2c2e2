import { lazy, Suspense } from "react";

import { LanguageProvider, useTexts } from "../texts";
import { Boundary } from "./Boundary";
import { Header } from "./Header";
import { usePage } from "./route";
import { useTheme } from "./theme";

// The editor is large: whoever wants another page does not wait for it.
const Playground = lazy(() => import("../playground/Playground"));
const ApplicationsPage = lazy(() => import("../applications/ApplicationsPage"));
const SourcesPage = lazy(() => import("../sources/SourcesPage"));

export function App() {
  return (
    <LanguageProvider>
      <Shell />
    </LanguageProvider>
  );
}

function Shell() {
  const { t } = useTexts();
  const page = usePage();
  const [theme, toggleTheme] = useTheme();
  return (
    <>
      <a className="skip" href="#content" onClick={focusContent}>
        {t.skip}
      </a>
      <Header page={page} theme={theme} toggleTheme={toggleTheme} />
      <main id="content" tabIndex={-1}>
        <Boundary t={t}>
          <Suspense fallback={<p className="notice">{t.loading}</p>}>
            {page === "sources" && <SourcesPage />}
            {page === "applications" && <ApplicationsPage />}
            {page === "playground" && <Playground theme={theme} />}
          </Suspense>
        </Boundary>
      </main>
    </>
  );
}

function focusContent(event: { preventDefault: () => void }) {
  event.preventDefault(); // the address belongs to the pages
  document.getElementById("content")?.focus();
}
