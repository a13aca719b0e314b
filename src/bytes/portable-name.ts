/**
 * Names that Windows takes for devices, with any ending, in any folder (Microsoft, "Naming Files, Paths, and
 * Namespaces"). Reading such a "file" may wait forever.
 */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[1-9\u00b9\u00b2\u00b3]|lpt[1-9\u00b9\u00b2\u00b3]) *(?:[.:]|$)/i;

/** Whether Windows takes the name of a file or folder, one part of a path, for a device. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name);
}

/**
 * A name that every system takes as it is, made of a text: characters other than A-Z a-z 0-9 . _ - become "-". Windows
 * cuts off dots at the end, and has devices: `fallback` comes before what would be one, or is the name if nothing is
 * left. Dots at the beginning are removed too: they hide a file, or lead out of the folder.
 */
export function portableName(text: string, fallback: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9._-]+/g, "-").replace(/^\.+|\.+$/g, "");
  if (name === "") return fallback;
  return isDeviceName(name) ? `${fallback}-${name}` : name;
}
