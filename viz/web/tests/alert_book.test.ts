import { describe, expect, test } from "vitest";

import { AlertBook, allowedTransitions, countByLevel } from "../src/alerts.ts";
import type { Alert } from "../src/model.ts";
import { symbolPoints } from "../src/alert_symbols.ts";
import { flood } from "./alerts.ts";

const bookOf = (...alerts: Alert[]): AlertBook => {
  const book = new AlertBook();
  book.takeList(alerts);
  return book;
};
const idsOf = (alerts: Alert[]) => alerts.map(({ id }) => id);

describe("the order of alerts", () => {
  test("is level, then unacknowledged, then newest, and what is over comes last", () => {
    const book = bookOf(
      flood({ id: "over", level: "red", state: "cleared" }),
      flood({ id: "blue", level: "blue" }),
      flood({ id: "old red", raised_at: "2026-11-21T07:00:00Z" }),
      flood({ id: "seen red", state: "acknowledged", raised_at: "2026-11-21T09:00:00Z" }),
      flood({ id: "new red", raised_at: "2026-11-21T08:30:00Z" }),
    );
    expect(idsOf(book.shown("all"))).toEqual(["new red", "old red", "seen red", "blue", "over"]);
  });
});

describe("the alerts a page knows", () => {
  test("an older version never replaces a newer one", () => {
    const book = bookOf(flood({ version: 2, state: "acknowledged" }));
    book.take(flood({ version: 1, state: "raised" }));
    expect(book.find("1")?.state).toBe("acknowledged");
  });

  test("a closed alert leaves", () => {
    const book = bookOf(flood());
    book.take(flood({ version: 2, state: "closed" }));
    expect(book.size).toBe(0);
  });

  test("what came live while the list was on its way is newer than the list", () => {
    const book = bookOf(flood({ id: 1 }));
    book.expectList();
    book.take(flood({ id: 1, version: 2, state: "closed" }));
    book.take(flood({ id: 2 }));
    book.takeList([flood({ id: 1 })]);
    expect(idsOf(book.shown("all"))).toEqual([2]);
  });

  test("what a new list lacks is over", () => {
    const book = bookOf(flood({ id: 1 }), flood({ id: 2 }));
    book.expectList();
    book.takeList([flood({ id: 2 })]);
    expect(idsOf(book.shown("all"))).toEqual([2]);
  });

  test("of cleared alerts only the newest hundred are kept", () => {
    const book = bookOf(flood({ id: "open" }));
    const second = (place: number) => new Date(Date.UTC(2026, 10, 21) + place * 1000).toISOString();
    for (let place = 0; place < 101; place += 1)
      book.take(flood({ id: place, state: "cleared", raised_at: second(place) }));
    expect(book.size).toBe(101);
    expect(book.find("0")).toBeUndefined();
    expect(book.find("open")).toBeDefined();
  });

  test("nothing is known before the first list", () => {
    expect(new AlertBook().known).toBe(false);
    expect(bookOf().known).toBe(true);
  });

  test("a mode filter hides the other modes", () => {
    const book = bookOf(flood({ id: 1 }), flood({ id: 2, mode: "exercise" }));
    expect(idsOf(book.shown("exercise"))).toEqual([2]);
    expect(idsOf(book.ofEntity("4403118502000001", "actual"))).toEqual([1]);
  });
});

test("counts leave out what has cleared", () => {
  const counts = countByLevel([flood(), flood({ state: "on_site" }), flood({ state: "cleared" })]);
  expect(counts).toEqual({ red: 2, orange: 0, yellow: 0, blue: 0 });
});

test.each([
  ["raised", ["acknowledged", "closed"]],
  ["acknowledged", ["closed"]],
  ["assigned", ["closed"]],
  ["on_site", ["closed"]],
  ["cleared", ["closed"]],
  ["closed", []],
] as const)("an alert that is %s allows %j", (state, expected) => {
  expect(allowedTransitions(flood({ state }))).toEqual(expected);
});

describe("symbols on the map", () => {
  test("one place has one symbol: the most urgent, and how many more", () => {
    const { features } = symbolPoints([
      flood({ id: "red", state: "acknowledged" }),
      flood({ id: "blue", level: "blue" }),
      flood({ id: "elsewhere", place: [114, 22.8] }),
    ]);
    expect(features.map(({ properties }) => properties)).toMatchObject([
      { alert: "red", icon: "alert-red-full", more: "+1", ring: "alert-blue-ring" },
      { alert: "elsewhere", more: "" },
    ]);
  });

  test("only what is unacknowledged has a ring to blink", () => {
    const rings = (["raised", "acknowledged"] as const).map(
      (state) => symbolPoints([flood({ state })]).features[0]?.properties?.ring as unknown,
    );
    expect(rings).toEqual(["alert-red-ring", ""]);
  });

  test("an alert that is over or has no place has no symbol", () => {
    const none = symbolPoints([flood({ place: null }), flood({ state: "cleared" })]);
    expect(none.features).toEqual([]);
  });
});
