// The served copy of a page: reloads when the report was made again, shows what stops it.
"use strict";

const shown = Number(document.querySelector('meta[name="rlpipeline-version"]').content);
const root = new URL(".", document.currentScript.src);
const LEAVING_MS = 15000; // the time another page may take to come: a reload would undo the click that asked for it

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

const panel = document.createElement("aside");
panel.className = "surveillance";
panel.setAttribute("aria-label", "Aperçu");
const line = element("p", "surveillance-etat", "Connexion…");
line.setAttribute("role", "status");
const trouble = document.createElement("div");
trouble.setAttribute("role", "alert");
const home = element("a", "surveillance-pages", "Pages");
home.href = root.href;
const bar = document.createElement("div");
bar.className = "surveillance-barre";
bar.append(line, home);
panel.append(trouble, bar);
document.body.append(panel);

function tell(stage, words) {
  panel.dataset.etape = stage;
  line.textContent = words;
}

function showTrouble(error) {
  const lines = document.createElement("dl");
  for (const [name, words] of error.details) {
    lines.append(element("dt", "", name), element("dd", "", words));
  }
  trouble.replaceChildren(element("p", "surveillance-erreur", error.message), lines);
}

async function ask() {
  let state;
  try {
    state = await (await fetch(new URL("etat", root))).json();
  } catch {
    tell("arret", "L'aperçu est arrêté : relancer rlpipeline watch.");
    setTimeout(ask, 2000);
    return;
  }
  if (state.version !== shown && Date.now() - left > LEAVING_MS) {
    location.reload();
    return;
  }
  tell(state.etape, state.message);
  if (!state.erreur && state.etape === "ok") trouble.replaceChildren();
  if (state.erreur && JSON.stringify(state.erreur) !== told) showTrouble(state.erreur);
  told = JSON.stringify(state.erreur);
  setTimeout(ask, 400);
}

let told;
let left = 0;
addEventListener("beforeunload", () => (left = Date.now()));
ask();
