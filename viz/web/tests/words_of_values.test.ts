import { describe, expect, test } from "vitest";

import { amount, amountIn } from "../src/amounts.ts";
import { basic } from "../src/api.ts";
import { Words } from "../src/i18n.ts";
import { corners } from "../src/shapes.ts";
import { age, dateAndTime, shortTime } from "../src/times.ts";

const AT = Date.UTC(2026, 10, 20, 16, 5, 9);

describe("times", () => {
  test("are told in the district's zone wherever the screen stands", () => {
    expect(dateAndTime(AT)).toBe("2026-11-21 00:05:09");
  });

  test("carry a date only when it is another day", () => {
    expect(shortTime(AT, AT + 3600_000)).toBe("00:05:09");
    expect(shortTime(AT, AT - 3600_000)).toBe("11-21 00:05:09");
  });

  test.each([
    [-5, "0 s"],
    [59_999, "59 s"],
    [119_000, "1 min"],
    [7_200_000, "2 h"],
    [172_800_000, "2 d"],
  ])("an age of %d ms is %s", (ms, expected) => {
    expect(age(ms, new Words("en"))).toBe(expected);
  });
});

test.each([
  [0, "0"],
  [0.3, "0.3"],
  [1.23456, "1.235"],
  [123.456, "123.5"],
  [123456.7, "123457"],
  [-0.0004, "0"],
  [NaN, "–"],
])("%d is written %s", (value, expected) => {
  expect(amount(value)).toBe(expected);
});

test("units look as people write them, and a bare number has none", () => {
  expect(amountIn(3, "m3/s")).toBe("3 m³/s");
  expect(amountIn(7.1, "1")).toBe("7.1");
  expect(amountIn(2, "parsec")).toBe("2 parsec");
  expect(amountIn(2, null)).toBe("2");
});

test("an account with Chinese letters signs in as UTF-8", () => {
  expect(basic({ user: "值班", password: "密" })).toBe("Basic 5YC854+tOuWvhg==");
});

test.each([
  ["hexagon", 6],
  ["diamond", 4],
  ["triangle", 3],
  ["square", 4],
])("a %s has %d corners", (shape, count) => {
  expect(corners(shape, 10)).toHaveLength(count);
});

test("a diamond stands on its corner and a square on its side", () => {
  const highest = (shape: string) => corners(shape, 10).filter(([, y]) => y < -7).length;
  expect([highest("diamond"), highest("square")]).toEqual([1, 2]);
});
