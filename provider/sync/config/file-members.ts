/**
 * The members of a clusterset.yaml, and what becomes of them while the process runs: the file and the kubeconfigs that it names are looked at again and
 * again, so that members come and go, and credentials are rotated, without a restart. A file that cannot be read, or is wrong, changes nothing.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import type { Member } from "../../reconcile/member";
import { type Clock, processClock } from "../../reconcile/waiting";
import type { MembersChange, SyncMember, SyncMembers } from "../seams/sync-members";
import { ClusterSetFileError, type ConfiguredMember, parseClusterSet } from "./clusterset-file";

export interface FileMembersOptions {
  readonly file: string;
  /** What `~` in a path stands for, as whoever connects takes it. */
  readonly expandHome: (path: string) => string;
  /** A connection to that member; its kubeconfigPath needs no folder any more. */
  readonly connect: (member: ConfiguredMember) => Promise<Member>;
  /** Told, once, of a file that is wrong, and with undefined when it is right again. Default: nobody is. */
  readonly problem?: (message: string | undefined) => void;
  /** Between two looks. Default 5. A look costs one reading of each file: events of the file system miss what a Secret's volume does. */
  readonly everySeconds?: number;
  /** Default: the process's own. */
  readonly clock?: Clock;
}

interface Known {
  readonly member: ConfiguredMember;
  /** Of the kubeconfig's text; undefined while it cannot be read. */
  readonly credentials: string | undefined;
}

export function fileMembers(options: FileMembersOptions): SyncMembers {
  const { file, connect, problem = () => undefined, everySeconds = 5, clock = processClock } = options;
  let known: ReadonlyMap<string, Known> = new Map();
  let wrong: string | undefined;

  const described = ({ member }: Known): SyncMember => {
    const { id, podCIDRs, serviceCIDRs } = member;
    return { id, ...(podCIDRs && { podCIDRs }), ...(serviceCIDRs && { serviceCIDRs }), connect: () => connect(member) };
  };

  async function look(): Promise<ReadonlyMap<string, Known>> {
    const members = parseClusterSet(await contents(file), file);
    const found = members.map(async (one) => {
      const member = { ...one, ...(one.kubeconfigPath && { kubeconfigPath: beside(file, one.kubeconfigPath) }) };
      return [one.id, { member, credentials: await credentialsOf(member, options.expandHome) }] as const;
    });
    return new Map(await Promise.all(found));
  }

  async function changes(): Promise<readonly MembersChange[]> {
    try {
      const now = await look();
      if (wrong !== undefined) problem((wrong = undefined));
      const found = [...now].flatMap(([id, it]): readonly MembersChange[] => {
        const before = known.get(id);
        if (before === undefined) return [{ type: "added", member: described(it) }];
        return isOther(before, it) ? [{ type: "changed", member: described(it) }] : [];
      });
      const gone = [...known.keys()].filter((id) => !now.has(id)).map((id) => ({ type: "removed", id }) as const);
      // A kubeconfig that is being replaced is for a moment not there: what it was is what the next one is compared with.
      known = new Map(
        [...now].map(([id, it]) => [id, { ...it, credentials: it.credentials ?? known.get(id)?.credentials }]),
      );
      return [...found, ...gone];
    } catch (error) {
      const message = messageOf(error, file);
      if (message !== wrong) problem((wrong = message));
      return [];
    }
  }

  return {
    async current() {
      try {
        known = await look();
      } catch (error) {
        throw new ClusterSetFileError(messageOf(error, file));
      }
      return [...known.values()].map(described);
    },
    subscribe(listener) {
      const ended = new AbortController();
      void (async () => {
        for (;;) {
          await clock.wait(everySeconds * 1_000, ended.signal);
          if (ended.signal.aborted) return;
          const found = await changes();
          if (!ended.signal.aborted) found.forEach(listener);
        }
      })();
      return () => ended.abort();
    },
  };
}

function isOther(before: Known, now: Known): boolean {
  const rotated = now.credentials !== undefined && now.credentials !== before.credentials;
  return rotated || JSON.stringify(before.member) !== JSON.stringify(now.member);
}

/** Of a kubeconfig, so that no secret is kept. Files that it names, and plugins, are asked anew by who uses them. */
async function credentialsOf(
  { kubeconfigPath }: ConfiguredMember,
  expandHome: FileMembersOptions["expandHome"],
): Promise<string | undefined> {
  if (kubeconfigPath === undefined) return "";
  try {
    return createHash("sha256")
      .update(await readFile(expandHome(kubeconfigPath)))
      .digest("hex");
  } catch {
    // Connecting says why; until then the member is one that cannot be read.
    return undefined;
  }
}

function beside(file: string, path: string): string {
  return isAbsolute(path) || path.startsWith("~") ? path : join(dirname(file), path);
}

async function contents(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new ClusterSetFileError(
      `${file} cannot be read (${(cause as NodeJS.ErrnoException).code ?? "unknown error"})`,
    );
  }
}

function messageOf(error: unknown, file: string): string {
  return error instanceof ClusterSetFileError ? error.message : `${file}: it cannot be used`;
}
