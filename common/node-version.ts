/** The oldest Node that our libraries run on, checked on load: this file is the first thing that the package's entries require. */

const OLDEST = [22, 19] as const;

/** Throws where `version` (as in `process.versions.node`) is older than 22.19. */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new Error(
    `pulumi-mcs needs Node ${OLDEST.join(".")} or newer; this is Node ${version}. ` +
      "Install a newer Node and run it first on PATH, both for the program and for the Pulumi engine.",
  );
}

requireNode(process.versions.node);
