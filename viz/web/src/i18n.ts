import type { Name } from "./model.ts";
import { en } from "./texts/en.ts";
import { zh } from "./texts/zh.ts";

export type Key = keyof typeof zh;
export type Language = "zh" | "en";
export type Values = Record<string, string | number>;

export const TEXTS: Record<Language, Record<Key, string>> = { zh, en };

const REMEMBERED = "citytwin.language";

/** The page's language and its texts; whoever bound a node is told when the language changes. */
export class Words {
  private readonly bound: (() => void)[] = [];

  constructor(private current: Language) {}

  get language(): Language {
    return this.current;
  }

  /** Returns the text of a key, with `{name}` replaced by the value of that name. */
  say(key: Key, values: Values = {}): string {
    return TEXTS[this.current][key].replace(/\{(\w+)\}/g, (_, name: string) =>
      String(values[name] ?? ""),
    );
  }

  pick(name: Name): string {
    return name[this.current];
  }

  /** Runs `apply` now and after every change of language. */
  bind(apply: () => void): void {
    this.bound.push(apply);
    apply();
  }

  switchTo(language: Language): void {
    this.current = language;
    for (const apply of this.bound) apply();
  }
}

/** Chinese first; English only for who has chosen it here before. */
export function rememberedLanguage(storage: Pick<Storage, "getItem">): Language {
  return storage.getItem(REMEMBERED) === "en" ? "en" : "zh";
}

export function rememberLanguage(storage: Pick<Storage, "setItem">, language: Language): void {
  storage.setItem(REMEMBERED, language);
}
