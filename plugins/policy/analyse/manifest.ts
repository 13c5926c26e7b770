/** The scripts of a package.json. */

/** Name and text of each script; none where the file is not a package.json. */
export function scriptsOf(text: string): readonly (readonly [string, string])[] {
  try {
    const scripts: unknown = (JSON.parse(text) as { scripts?: unknown } | null)?.scripts;
    if (typeof scripts !== 'object' || scripts === null) return [];
    return Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  } catch {
    return [];
  }
}
