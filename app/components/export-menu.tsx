import type { JSX, TargetedKeyboardEvent } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** Something that can be taken away: its name, and what does it. */
export interface Export {
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** A button with a list of what can be taken from here. */
export function ExportMenu({ exports, name = "Export" }: { exports: readonly Export[]; name?: string }): JSX.Element {
  const [open, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    menu.current?.querySelector<HTMLElement>("button")?.focus();
    const away = (event: Event): void => {
      if (!menu.current?.parentElement?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", away);
    return () => removeEventListener("pointerdown", away);
  }, [open]);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      setOpen(false);
      event.currentTarget.querySelector("button")?.focus();
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the list from any of its buttons
    <span class="export" onKeyDown={onKeyDown}>
      <button type="button" class="button" aria-expanded={open} data-export onClick={() => setOpen(!open)}>
        {name} ▾
      </button>
      {open && (
        <div class="menu" ref={menu}>
          {exports.map(({ name: what, run }) => (
            <button
              key={what}
              type="button"
              onClick={() => {
                setOpen(false);
                void run();
              }}
            >
              {what}
            </button>
          ))}
        </div>
      )}
    </span>
  );
}
