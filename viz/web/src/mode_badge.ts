import { element } from "./element.ts";
import type { Words } from "./i18n.ts";
import type { Mode } from "./model.ts";

/** Returns the badge of anything that is not actual; what is actual carries none. */
export const modeBadge = (mode: Mode, words: Words): HTMLElement[] =>
  mode === "actual" ? [] : [element("span", { class: "mode" }, words.say(`mode.${mode}`))];
