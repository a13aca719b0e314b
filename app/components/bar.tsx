import type { JSX } from "preact";
import { models } from "../state/models.js";
import { compareAddress, modelAddress, query, rankAddress, route, watchAddress } from "../state/route.js";
import { switchTheme } from "../state/theme.js";
import { helpOpen } from "./keys.js";

/** The views of what is open, as links. Where too little is open for a view, its link leads to the start. */
function tabs(): readonly { name: string; href: string; current: boolean }[] {
  const open = models.value.map(({ source: { id } }) => id);
  const place = route.value;
  const id = "id" in place ? place.id : open.at(-1);
  const last = open.slice(-2);
  return [
    {
      name: "Model",
      href: id === undefined ? "#/" : modelAddress(id),
      current: place.view === "model" || place.view === "layer",
    },
    {
      name: "Compare",
      href: last.length < 2 ? "#/?for=compare" : compareAddress(last[0], last[1]),
      current: place.view === "compare" || (place.view === "start" && query.value.get("for") === "compare"),
    },
    {
      name: "Rank",
      href: open.length < 2 ? "#/?for=rank" : rankAddress(open),
      current: place.view === "rank" || (place.view === "start" && query.value.get("for") === "rank"),
    },
    {
      name: "Watch",
      href: id === undefined ? "#/?for=watch" : watchAddress(id),
      current: place.view === "watch" || (place.view === "start" && query.value.get("for") === "watch"),
    },
  ];
}

export function Bar(): JSX.Element {
  const links = tabs().map(({ name, href, current }) => (
    <a key={name} href={href} {...(current && { "aria-current": "page" as const })}>
      {name}
    </a>
  ));
  return (
    <>
      <header class="bar">
        <a class="brand" href="#/">
          <Logo />
          eigenscope
        </a>
        <nav class="tabs" aria-label="Views">
          {links}
        </nav>
        <span class="push" />
        <FindButton />
        <button
          type="button"
          class="button icon"
          aria-label="Light or dark"
          title="Light or dark (t)"
          onClick={switchTheme}
        >
          <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true">
            <circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M8 1.6a6.4 6.4 0 0 1 0 12.8Z" fill="currentColor" />
          </svg>
        </button>
        <button
          type="button"
          class="button icon"
          aria-label="Keys and help"
          title="Keys and help (?)"
          onClick={() => {
            helpOpen.value = true;
          }}
        >
          <b>?</b>
        </button>
      </header>
      <nav class="dock" aria-label="Views on a phone">
        {links}
      </nav>
    </>
  );
}

function FindButton(): JSX.Element | null {
  if (!["model", "layer"].includes(route.value.view)) return null;
  return (
    <button type="button" class="find" onClick={() => dispatchEvent(new CustomEvent("eigenscope-find"))}>
      <svg
        width="13"
        height="13"
        viewBox="0 0 14 14"
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
        aria-hidden="true"
      >
        <circle cx="6" cy="6" r="4.4" />
        <path d="m9.4 9.4 3.4 3.4" />
      </svg>
      Find a layer<kbd>/</kbd>
    </button>
  );
}

function Logo(): JSX.Element {
  return (
    <svg
      width="24"
      height="24"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d="M2 20c0-9 2.4-13 5.2-13S12 12 12.6 20" />
      <path d="M16.6 20V9M21 20V4" />
    </svg>
  );
}
