import "./page.css";

import { Api } from "./api.ts";
import { readElsewhere } from "./asked.ts";
import { diagnose } from "./diagnostics.ts";
import { rememberedLanguage, Words } from "./i18n.ts";
import { Page } from "./page.ts";
import type { Scene } from "./scene.ts";
import { signInDialog } from "./sign_in.ts";

const RETRY_MS = 3000;

async function begin(root: HTMLElement): Promise<void> {
  const words = new Words(rememberedLanguage(localStorage));
  const api = new Api(signInDialog(words));
  try {
    const page = new Page(root, await api.get<Scene>("/api/v1/scene"), words, api);
    diagnose(page);
    page.start();
  } catch (error) {
    // A wall screen is often on before the server is: say why, and try until it answers.
    root.textContent = words.say("page.failed", { why: (error as Error).message });
    console.error(error);
    setTimeout(() => void begin(root), RETRY_MS);
  }
}

const root = document.getElementById("page");
const elsewhere = readElsewhere(location.search);
if (elsewhere !== null) location.replace(elsewhere);
else if (root) void begin(root);
