import { afterEach, expect, test, vi } from "vitest";

import { Api, type AskCredentials, type Credentials, RefusedError } from "../src/api.ts";
import { flood } from "./alerts.ts";

const answers: Response[] = [];
const fetched = vi.fn<(path: string, options: RequestInit) => Promise<Response>>(() =>
  Promise.resolve(answers.shift() ?? Response.error()),
);
vi.stubGlobal("fetch", fetched);
afterEach(() => {
  answers.length = 0;
  fetched.mockClear();
});

const asking = (...given: (Credentials | null)[]) =>
  vi.fn<AskCredentials>(() => Promise.resolve(given.shift() ?? null));
const say = (status: number, body: unknown) => answers.push(Response.json(body, { status }));
const authorizations = () =>
  fetched.mock.calls.map(([, { headers }]) => (headers as Headers).get("Authorization"));
const CLOSED = { verdict: "confirmed", reason: "drained" } as const;
const OPERATOR = { user: "op", password: "pw" };

test("a transition carries where to, the note and the version that was seen", async () => {
  say(200, flood({ version: 2 }));
  await new Api(asking()).transition(flood(), "acknowledged", { note: "seen" });
  const [path, options] = fetched.mock.calls[0] ?? [];
  expect(path).toBe("/api/v1/alerts/1/transitions");
  expect(JSON.parse(options?.body as string)).toEqual({ to: "acknowledged", note: "seen", version: 1 });
});

test("who must sign in is asked, again when it was wrong, and then remembered", async () => {
  const ask = asking({ user: "op", password: "x" }, OPERATOR);
  const api = new Api(ask);
  say(401, {});
  say(401, {});
  say(200, flood());
  say(200, flood());
  await api.transition(flood(), "closed", CLOSED);
  await api.transition(flood(), "closed", CLOSED);
  expect(ask.mock.calls).toEqual([[false], [true]]);
  expect(authorizations()).toEqual([null, "Basic b3A6eA==", "Basic b3A6cHc=", "Basic b3A6cHc="]);
});

test("who gives up signing in gets the server's refusal", async () => {
  say(401, { detail: "sign in" });
  say(200, { items: [], next: null });
  await expect(new Api(asking(null)).alertsNotClosed()).rejects.toThrow("sign in");
});

test("a refusal tells the server's own sentence", async () => {
  say(409, { detail: "alert 1: it is 'closed' already" });
  const refused = new Api(asking()).transition(flood(), "closed", CLOSED);
  await expect(refused).rejects.toThrow(new RefusedError(409, "alert 1: it is 'closed' already"));
});

test("a refusal without a sentence tells its status", async () => {
  answers.push(new Response("<html>", { status: 502, statusText: "Bad Gateway" }));
  say(200, { items: [], next: null });
  await expect(new Api(asking()).alertsNotClosed()).rejects.toThrow("502 Bad Gateway");
});

test("history is turned to run forward in time", async () => {
  say(200, { items: [{ value: 2 }, { value: 1 }], next: null });
  const history = await new Api(asking()).history(7);
  expect(history.map(({ value }) => value)).toEqual([1, 2]);
});

test("names of a table are found by their code", async () => {
  say(200, { items: [{ code: "depth", name_zh: "水深", name_en: "water depth", unit: "m" }], next: null });
  const names = await new Api(asking()).names("quantities");
  expect(names.get("depth")).toEqual({ zh: "水深", en: "water depth" });
});
