import { createContext, type ReactNode, useContext, useEffect, useState } from "react";

import { keep, kept } from "../shell/kept";
import { en } from "./en";
import { zh } from "./zh";

export type Texts = Record<keyof typeof zh, string>;
export type Lang = "zh" | "en";

const TEXTS: Record<Lang, Texts> = { zh, en };

/** Put values into the places of a text: `fill("{count} records", { count: 3 })`. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

interface Spoken {
  lang: Lang;
  t: Texts;
  setLang: (lang: Lang) => void;
}

const Language = createContext<Spoken>({ lang: "zh", t: zh, setLang: () => undefined });

function first(): Lang {
  const chosen = kept("lang");
  if (chosen === "zh" || chosen === "en") return chosen;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [lang, choose] = useState<Lang>(first);
  useEffect(() => {
    document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  }, [lang]);
  const setLang = (next: Lang) => {
    keep("lang", next);
    choose(next);
  };
  return <Language value={{ lang, t: TEXTS[lang], setLang }}>{children}</Language>;
}

export function useTexts(): Spoken {
  return useContext(Language);
}
