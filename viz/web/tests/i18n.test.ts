import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { type Key, type Language, TEXTS, Words } from "../src/i18n.ts";

const keys = Object.keys(TEXTS.zh) as Key[];
const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe("texts", () => {
  test("each language has the same keys", () => {
    expect(Object.keys(TEXTS.en).sort()).toEqual([...keys].sort());
  });

  test.each(keys)("%s says something in both languages, with the same blanks", (key) => {
    for (const language of ["zh", "en"] as Language[])
      expect(TEXTS[language][key].trim()).not.toBe("");
    expect(placeholders(TEXTS.en[key])).toEqual(placeholders(TEXTS.zh[key]));
  });

  test.each(keys.filter((key) => key !== "language.other"))("%s is in its own language", (key) => {
    expect(TEXTS.en[key]).not.toMatch(/\p{Script=Han}/u);
    expect(TEXTS.zh[key]).toMatch(/\p{Script=Han}/u);
  });

  test("the page's frame holds no text of its own", () => {
    const html = readFileSync("index.html", "utf8").replace(/<title>CityTwin<\/title>/, "");
    expect(html.replace(/<[^>]*>/g, "").trim()).toBe("");
  });
});

test("a change of language reaches whoever bound a text", () => {
  const words = new Words("zh");
  const seen: string[] = [];
  words.bind(() => seen.push(words.say("alerts.title")));
  words.switchTo("en");
  expect(seen).toEqual(["告警", "Alerts"]);
});

test("blanks are filled by name", () => {
  expect(new Words("en").say("alerts.limit", { limit: "0.3 m" })).toBe("limit 0.3 m");
});
