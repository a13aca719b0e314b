/** Attributes that hold coordinates. */
const COORDINATES = [
  "d",
  "x",
  "y",
  "x1",
  "x2",
  "y1",
  "y2",
  "cx",
  "cy",
  "r",
  "dy",
  "width",
  "height",
  "points",
  "transform",
];

/**
 * A chart as text. Coordinates are rounded to a tenth of a unit: a third of the size, and the same on every machine. It
 * has no style sheet (the page has one). A screen reader sees one picture with one sentence.
 */
export function svgText(svg: Element, label: string): string {
  for (const style of svg.querySelectorAll("style")) style.remove();
  for (const element of [svg, ...svg.querySelectorAll("*")]) {
    for (const name of COORDINATES) {
      const value = element.getAttribute(name);
      if (value !== null) element.setAttribute(name, rounded(value));
    }
    // A screen reader would read inner labels ("x-axis tick") one by one after the sentence.
    element.removeAttribute("aria-label");
    element.removeAttribute("aria-description");
  }
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  return svg.outerHTML;
}

function rounded(text: string): string {
  return text.replace(/-?\d+\.\d+(?:e-?\d+)?/g, (number) => String(Math.round(Number(number) * 10) / 10));
}
