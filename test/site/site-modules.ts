/** The scripts of site/, which are plain JavaScript, with their types. */

export interface SitePage {
  readonly text: string;
  /** The document, by its path from the project's root. */
  readonly source: string;
}

export interface QuotedRun {
  readonly commands: readonly string[];
  readonly needs: string | undefined;
  readonly exit: number;
  readonly lines: readonly (readonly [number, number])[] | undefined;
}

export interface GallerySpectrum {
  readonly id: string;
  readonly words: string;
  readonly path?: string;
  readonly family?: string;
  readonly batch?: number;
}

export interface Caption {
  readonly phase: string;
  readonly confidence: number;
  readonly facts: string;
}

interface Navigation {
  readonly PAGES: readonly SitePage[];
  readonly SECTIONS: readonly { readonly text: string; readonly pages: readonly SitePage[] }[];
  addressOf(source: string): string;
}

interface Quotes {
  quotedRuns(markdown: string): readonly QuotedRun[];
  requote(markdown: string, root: string): { readonly text: string; readonly skipped: readonly string[] };
  cut(text: string, ranges: readonly (readonly [number, number])[] | undefined): string;
}

interface Pages {
  pageOf(markdown: string, source: string): string;
}

interface Links {
  brokenLinks(pages: ReadonlyMap<string, string>, hasFile: (path: string) => boolean, base?: string): readonly string[];
}

const load = async <Module>(path: string): Promise<Module> =>
  import(/* @vite-ignore */ new URL(`../../${path}`, import.meta.url).href);

export const navigation = await load<Navigation>("site/navigation.mjs");
export const quotes = await load<Quotes>("site/scripts/quoted-runs.mjs");
export const pages = await load<Pages>("site/scripts/page-of.mjs");
export const links = await load<Links>("site/scripts/broken-links.mjs");
export const demo = await load<{ makeDemo(app: string): Promise<readonly string[]> }>("site/scripts/demo.mjs");
export const gallery = await load<{ readonly GALLERY: Readonly<Record<string, readonly GallerySpectrum[]>> }>(
  "site/scripts/gallery-spectra.mjs",
);
export const { galleryTables } = await load<{
  galleryTables(markdown: string, captions: Readonly<Record<string, Caption>>): string;
}>("site/scripts/gallery-tables.mjs");
