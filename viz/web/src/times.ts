import type { Words } from "./i18n.ts";

// The district's clock is UTC+8 wherever the screen stands, and has no summer time.
const DISTRICT_OFFSET_MS = 8 * 3600_000;
export const DISTRICT_ZONE = "+08:00";

const STEPS = [
  { key: "age.days", ms: 86_400_000 },
  { key: "age.hours", ms: 3_600_000 },
  { key: "age.minutes", ms: 60_000 },
  { key: "age.seconds", ms: 1000 },
] as const;

const inDistrict = (epochMs: number): string =>
  new Date(epochMs + DISTRICT_OFFSET_MS).toISOString();

/** Returns `2026-11-21 16:05:09` in the district's time. */
export const dateAndTime = (epochMs: number): string =>
  inDistrict(epochMs).slice(0, 19).replace("T", " ");

/** Returns `16:05:09` today and `11-20 16:05:09` on another day. */
export function shortTime(epochMs: number, nowMs: number): string {
  const [then, now] = [dateAndTime(epochMs), dateAndTime(nowMs)];
  return then.slice(0, 10) === now.slice(0, 10) ? then.slice(11) : then.slice(5);
}

/** Returns the whole steps of the largest fitting unit: 119 s are `1 min`. */
export function age(ms: number, words: Words): string {
  const passed = Math.max(0, ms);
  const step = STEPS.find((candidate) => passed >= candidate.ms) ?? STEPS[3];
  return words.say(step.key, { n: Math.floor(passed / step.ms) });
}

export const ago = (ms: number, words: Words): string =>
  words.say("age.ago", { age: age(ms, words) });
