// @vitest-environment happy-dom
import { describe, expect, test, vi } from "vitest";

import { alertCard } from "../src/alert_card.ts";
import { AlertList } from "../src/alert_list.ts";
import { Words } from "../src/i18n.ts";
import type { Alert, Level } from "../src/model.ts";
import { Names } from "../src/names.ts";
import { flood } from "./alerts.ts";

const NOW = Date.UTC(2026, 10, 21, 8, 5);
const mark = (level: Level, number: number, shape: string) => ({
  level,
  number,
  shape,
  colour: "#ff4d4d",
  name: { zh: level, en: level },
});

function names(words: Words): Names {
  const made = new Names(words, {
    levels: [mark("red", 1, "hexagon"), mark("blue", 4, "square")],
    domains: [{ domain: "flood", name: { zh: "内涝洪水", en: "flood" } }],
  });
  made.quantities.set("depth", { zh: "水深", en: "water depth" });
  return made;
}

function listOf(...alerts: Alert[]): { list: AlertList; chosen: ReturnType<typeof vi.fn> } {
  const words = new Words("zh");
  const chosen = vi.fn();
  const list = new AlertList(words, names(words), chosen);
  list.show(alerts, null, NOW);
  return { list, chosen };
}

const rows = (list: AlertList) => [...list.root.querySelectorAll("li")];

describe("a row of the alert list", () => {
  test("says level, domain, place, value against limit, time with zone and state", () => {
    const text = rows(listOf(flood()).list)[0]?.textContent ?? "";
    for (const part of ["1 red", "内涝洪水", "松白路1段", "道路积水", "水深 0.42 m", "限值 0.3 m", "16:00:00 +08:00", "待确认"])
      expect(text).toContain(part);
  });

  test("of a video event says what happened without a value", () => {
    const seen = flood({ value: null, limit: null, title_zh: "有人进入警戒区" });
    const what = rows(listOf(seen).list)[0]?.querySelector(".what");
    expect(what?.textContent).toBe("有人进入警戒区");
  });

  test("carries what a test or a script looks for", () => {
    expect(Object.entries(rows(listOf(flood()).list)[0]?.dataset ?? {})).toEqual([
      ["testid", "alert-row"],
      ["alertId", "1"],
      ["level", "red"],
      ["number", "1"],
      ["domain", "flood"],
      ["entity", "4403118402000001"],
      ["device", "4403118502000001"],
      ["state", "raised"],
      ["mode", "actual"],
    ]);
  });

  test("has a ring that blinks only while it is unacknowledged", () => {
    const { list } = listOf(flood({ id: 1 }), flood({ id: 2, state: "acknowledged" }));
    expect(rows(list).map((row) => row.querySelectorAll(".blinks").length)).toEqual([1, 0]);
    expect(list.root.querySelector("text.blinks")).toBeNull();
  });

  test("of an exercise wears its badge", () => {
    const { list } = listOf(flood({ mode: "exercise" }), flood({ id: 2 }));
    expect(rows(list).map((row) => row.querySelector(".mode")?.textContent)).toEqual(["演练", undefined]);
  });

});

describe("a row among others", () => {
  test("stays the same element while others come and go", () => {
    const { list } = listOf(flood({ id: 1 }), flood({ id: 2 }));
    const [, second] = rows(list);
    list.show([flood({ id: 3 }), flood({ id: 2, version: 2, state: "acknowledged" })], "2", NOW);
    expect(rows(list).map((row) => row.dataset.alertId)).toEqual(["3", "2"]);
    expect(rows(list)[1]).toBe(second);
    expect(second?.querySelector("button")?.getAttribute("aria-current")).toBe("true");
  });

  test("that is the most urgent stays in sight, unless somebody reads further down", () => {
    const { list } = listOf(flood());
    const after = (scrolled: number) => {
      list.root.scrollTop = scrolled;
      list.show([flood({ id: 2 }), flood()], null, NOW);
      return list.root.scrollTop;
    };
    expect([after(60), after(400)]).toEqual([0, 400]);
  });

  test("is chosen by its button", () => {
    const { list, chosen } = listOf(flood());
    list.root.querySelector("button")?.click();
    expect(chosen).toHaveBeenCalledWith("1");
  });
});

describe("the card of an alert", () => {
  const card = (alert: Alert, act = vi.fn()) => {
    const words = new Words("en");
    return alertCard(alert, words, names(words), act);
  };

  test("offers only what its state allows", () => {
    const offered = (state: Alert["state"]) =>
      [...card(flood({ state })).querySelectorAll("button")].map((button) => button.textContent);
    expect(offered("raised")).toEqual(["Acknowledge", "Close alert"]);
    expect(offered("acknowledged")).toEqual(["Close alert"]);
  });

  test("hands over the note, and shows the server's sentence when it refuses", async () => {
    const act = vi.fn().mockRejectedValue(new Error("alert 1: it is 'closed' already"));
    const shown = card(flood(), act);
    const note = shown.querySelector<HTMLInputElement>("[name=note]");
    if (note) note.value = "sent a crew";
    shown.querySelector<HTMLButtonElement>("[data-testid=action-acknowledged]")?.click();
    expect(act).toHaveBeenCalledWith(flood(), "acknowledged", { note: "sent a crew" });
    await vi.waitFor(() => {
      expect(shown.textContent).toContain("Not done: alert 1: it is 'closed' already");
    });
  });

  test("closes only with a verdict and a reason, and of a duplicate with the other's number", () => {
    const act = vi.fn().mockResolvedValue(undefined);
    const shown = card(flood(), act);
    const fill = (name: string, value: string) => {
      const input = shown.querySelector<HTMLInputElement | HTMLSelectElement>(`[name=${name}]`);
      if (!input) throw new Error(`no field ${name}`);
      input.value = value;
      input.dispatchEvent(new Event("change"));
    };
    const close = () => shown.querySelector<HTMLButtonElement>("[data-testid=action-closed]")?.click();
    close();
    fill("verdict", "duplicate");
    fill("reason", "same water");
    close();
    expect(act).not.toHaveBeenCalled();
    expect(shown.textContent).toContain("Closing needs a verdict and a reason");
    fill("duplicate_of", "17");
    close();
    const said = { note: "", verdict: "duplicate", reason: "same water", duplicate_of: 17 };
    expect(act).toHaveBeenCalledWith(flood(), "closed", said);
  });

  test("says who has it in hand and why it is quiet", () => {
    const text = card(flood({ assignee: "王", quiet: "shelved", state: "assigned" })).textContent;
    for (const part of ["Assigned", "In hand of", "王", "shelved"]) expect(text).toContain(part);
  });
});
