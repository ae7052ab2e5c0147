// @vitest-environment happy-dom
import { beforeEach, describe, expect, test, vi } from "vitest";

import { Api } from "../src/api.ts";
import { askedEntity, readElsewhere } from "../src/asked.ts";
import { Words } from "../src/i18n.ts";
import { Names } from "../src/names.ts";
import { EntityPanel } from "../src/panel.ts";
import { Sensors } from "../src/sensors.ts";

const CODE = "4403110103000127";
const MANHOLE = {
  code: CODE,
  printed: "440311-0103-000127-9",
  class: "0103",
  name: "光明大道检查井",
  properties: {},
  place: [113.9, 22.7],
};

const answers = new Map<string, Response>();
const fetched = vi.fn<(path: string) => Promise<Response>>((path) =>
  Promise.resolve(answers.get(path)?.clone() ?? Response.json({ detail: "not in the register" }, { status: 404 })),
);
vi.stubGlobal("fetch", fetched);
beforeEach(() => {
  answers.clear();
  fetched.mockClear();
  for (const kind of ["entity", "device"])
    answers.set(`/api/v1/series?${kind}=${CODE}`, Response.json({ items: [], next: null }));
});

function panelIn(language: "zh" | "en"): EntityPanel {
  const words = new Words(language);
  const names = new Names(words, { levels: [], domains: [] });
  names.classes.set("0103", { zh: "雨水井盖", en: "rainwater manhole cover" });
  const act = () => Promise.resolve();
  return new EntityPanel(words, names, api(), new Sensors(), { act, closed: () => undefined });
}

const api = () => new Api(() => Promise.resolve(null));
const target = { entity: CODE, device: null, series: null };

describe("the address", () => {
  test("asks for the entity of a label", () => {
    expect(askedEntity(`?entity=${CODE}`)).toBe(CODE);
    expect(readElsewhere(`?entity=${CODE}`)).toBeNull();
  });

  test.each(["", "?x=1", "?entity="])("%j asks for none", (search) => {
    expect([askedEntity(search), readElsewhere(search)]).toEqual([null, null]);
  });

  test.each([
    ["?entity=440311-0103-000127-9", "/e/440311-0103-000127-9"],
    ["?entity=../x", "/e/..%2Fx"],
    ["?entity=//evil.example", "/e/%2F%2Fevil.example"],
  ])("%s is read by the server", (search, elsewhere) => {
    expect([askedEntity(search), readElsewhere(search)]).toEqual([null, elsewhere]);
  });
});

describe("the panel of an asked entity", () => {
  test("tells name, class and printed code, and where it is", async () => {
    answers.set(`/api/v1/entities/${CODE}`, Response.json(MANHOLE));
    const panel = panelIn("zh");
    expect((await panel.open(target))?.place).toEqual([113.9, 22.7]);
    expect(panel.root.hidden).toBe(false);
    for (const part of ["光明大道检查井", "雨水井盖 0103", "440311-0103-000127-9"])
      expect(panel.root.textContent).toContain(part);
  });

  test.each([
    ["zh", `登记册中没有编码 ${CODE}`],
    ["en", `The register has no entity ${CODE}`],
  ] as const)("says in %s that the register has none", async (language, sentence) => {
    const panel = panelIn(language);
    expect(await panel.open(target)).toBeNull();
    expect(panel.root.hidden).toBe(false);
    expect(panel.root.textContent).toContain(sentence);
  });

  test("tells another refusal in the server's words", async () => {
    answers.set(`/api/v1/entities/${CODE}`, Response.json({ detail: "the store is away" }, { status: 503 }));
    const panel = panelIn("zh");
    expect(await panel.open(target)).toBeNull();
    expect(panel.root.textContent).toContain("读取失败：the store is away");
  });
});

test("a device that was asked for as an entity shows what it measures", async () => {
  answers.set(`/api/v1/series?device=${CODE}`, Response.json({ items: [{ id: 7 }], next: null }));
  expect(await api().seriesOf(CODE, null)).toEqual([{ id: 7 }]);
});

test("what is measured at an entity comes without a second question", async () => {
  answers.set(`/api/v1/series?entity=${CODE}`, Response.json({ items: [{ id: 8 }], next: null }));
  expect(await api().seriesOf(CODE, null)).toEqual([{ id: 8 }]);
  expect(fetched).toHaveBeenCalledTimes(1);
});
