const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

/** The texts of all elements of a name that have no elements in them. */
export function textsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^<>]*)?>([^<]*)</${name}>`, "g"))].map(([, text]) => plain(text));
}

/** The contents of all elements of a name, which have others in them, but none of their own name. */
export function elementsOf(xml: string, name: string): string[] {
  return xml
    .split(new RegExp(`<${name}(?:\\s[^<>]*)?>`))
    .slice(1)
    .map((rest) => rest.split(`</${name}>`)[0]);
}

function plain(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
