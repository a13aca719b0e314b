/** Where views stood when they were left: their addresses with filters, and how far they were scrolled. */
interface Place {
  readonly hash: string;
  readonly top: number;
}

const places = new Map<string, Place>();

/**
 * Remembers where a view stands, under its address without filters. `top` is how far it is scrolled now. Nothing is
 * remembered when the page's address is another view's already: the view is about to be left.
 */
export function rememberPlace(address: string, top: number): void {
  const { hash } = location;
  if (hash.split("?", 1)[0] === address) places.set(address, { hash, top });
}

/** The address with which the view was left; the plain one if it was never shown. */
export function lastAddress(address: string): string {
  return places.get(address)?.hash ?? address;
}

/** How far the view was scrolled when it was left, in pixels; 0 if it was never shown. */
export function placeOf(address: string): number {
  return places.get(address)?.top ?? 0;
}
