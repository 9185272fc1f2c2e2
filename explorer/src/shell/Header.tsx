import { Session } from "../session/Session";
import { useTexts } from "../texts";
import { type Page, PAGES } from "./route";
import type { Theme } from "./theme";

interface Props {
  page: Page;
  theme: Theme;
  toggleTheme: () => void;
}

export function Header({ page, theme, toggleTheme }: Props) {
  const { lang, t, setLang } = useTexts();
  return (
    <header className="bar">
      <a className="brand" href="#/playground" title={t.tagline}>
        <img src="/explorer/favicon.svg" alt="" width="22" height="22" />
        {t.name}
      </a>
      <nav aria-label={t.pages}>
        {PAGES.map((each) => (
          <a key={each} href={`#/${each}`} aria-current={each === page ? "page" : undefined}>
            {t[each]}
          </a>
        ))}
      </nav>
      <span className="grow" />
      <button type="button" className="quiet" onClick={toggleTheme} aria-label={theme === "dark" ? t.toLight : t.toDark}>
        {theme === "dark" ? "☀" : "☾"}
      </button>
      <button type="button" className="quiet" lang={lang === "zh" ? "en" : "zh-CN"} onClick={() => setLang(lang === "zh" ? "en" : "zh")}>
        {t.language}
      </button>
      <Session />
    </header>
  );
}
