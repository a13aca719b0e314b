import type { JSX } from "preact";

/** A chart of charts/, which escapes what it writes. */
export function Drawing({ svg, inline = false }: { svg: string; inline?: boolean }): JSX.Element {
  const markup = { __html: svg };
  return inline ? <span dangerouslySetInnerHTML={markup} /> : <div dangerouslySetInnerHTML={markup} />;
}
