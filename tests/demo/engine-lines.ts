/** Which lines of an engine the demo shows: all that a person would read, each once. */

/** Said of every stack, or of a step that a later line tells the end of. */
const aside = [
  /^\s*$/,
  /^Permalink:/,
  /`pulumi stack rm /,
  /have been deleted, but the history/,
  /\b\w+ing \(\d+s\)/,
  / refreshing /,
  / running $/,
];

/**
 * A filter for the lines of one operation. `skipPreview`: an update or a destroy is preceded by its own preview, which says
 * the same.
 */
export function shownLines(show: (line: string) => void, skipPreview: boolean): (line: string) => void {
  let previewing = false;
  let repeating = false;
  return (line) => {
    if (/^\w+ing( \w+)? \(/.test(line)) previewing = line.startsWith("Previewing");
    // Gathers once more what the resources said as they went.
    if (/^\S/.test(line)) repeating = line.startsWith("Diagnostics:");
    if ((previewing && skipPreview) || repeating || aside.some((pattern) => pattern.test(line))) return;
    // On the line of a finished step the engine repeats the last thing that the resource said.
    const step = /^ ?[-+~]+ .*? (?:(?:created|updated|deleted) \([\d.]+s\)|(?:create|update|delete)(?= ))/.exec(line);
    show((step?.[0] ?? line).trimEnd());
  };
}
