/**
 * PURE. What is wrong with members that answer: a right that is missing, a version, ranges that another one has too. It is theirs: in the services
 * that such a member has a part in it counts as one that cannot be read, and the others are served.
 */
import type { View } from "../../mcs/observed";
import type { Intent } from "../intent";

/** Of one member, whoever asks. */
export interface MemberFault {
  /** Names the member and the way out. */
  readonly message: string;
  /** Undefined: whatever is done in the member. */
  readonly part?: "export" | "import";
}

/** What two members cannot both be, or have. */
export interface Clash {
  readonly members: readonly [string, string];
  readonly message: string;
  /** Those of them whose own word for it is all there is: what the program says of a member is believed. */
  readonly learnt: readonly string[];
}

export interface Faults {
  readonly own: ReadonlyMap<string, readonly MemberFault[]>;
  readonly clashes: readonly Clash[];
  /** Members that say something else of themselves than at the last update of the clusterset. */
  readonly changed: ReadonlySet<string>;
}

export function isFaulty({ own, clashes }: Faults): boolean {
  return clashes.length > 0 || [...own.values()].some((faults) => faults.length > 0);
}

type Roles = Pick<Intent, "exportFrom" | "importTo">;

/** The views with those at fault as unreadable, each in the services that it has a part in. */
export function withFaultsHeld(views: readonly View[], intent: Intent): readonly View[] {
  const { faults } = intent;
  if (!faults) return views;
  const parts = new Map(views.map((view) => [view.id, partsIn(view, intent)]));
  const named = new Set([...intent.exportFrom, ...intent.importTo]);
  const clashing = blamed(faults, { named, uses: (id) => (parts.get(id)?.size ?? 0) > 0 });
  return views.map((view): View => {
    const own = faultsIn(faults, view.id, parts.get(view.id) ?? new Set());
    const messages = [...own, ...(clashing.get(view.id) ?? [])];
    if (view.state === "unreadable" || messages.length === 0) return view;
    return { state: "unreadable", id: view.id, code: "fault", message: messages.join("; ") };
  });
}

/** Why a resource with these roles cannot be made: faults of the members that it names. */
export function faultsOfRoles(faults: Faults, { exportFrom, importTo }: Roles): ReadonlyMap<string, readonly string[]> {
  const named = new Set([...exportFrom, ...importTo]);
  const own = [...named].map((id): [string, readonly string[]] => {
    const parts = new Set<Part>([
      ...(exportFrom.includes(id) ? (["export"] as const) : []),
      ...(importTo.includes(id) ? (["import"] as const) : []),
    ]);
    const clashes = faults.clashes.filter(
      ({ members }) => members.includes(id) && members.every((it) => named.has(it)),
    );
    return [id, [...faultsIn(faults, id, parts), ...clashes.map(({ message }) => message)]];
  });
  return new Map(own.filter(([, messages]) => messages.length > 0));
}

type Part = "export" | "import";

function faultsIn({ own }: Faults, id: string, parts: ReadonlySet<Part>): readonly string[] {
  if (parts.size === 0) return [];
  return (own.get(id) ?? []).filter(({ part }) => !part || parts.has(part)).map(({ message }) => message);
}

/** What the service has to do in the member: by the program, or by what stands there. */
function partsIn(view: View, { exportFrom, importTo }: Roles): ReadonlySet<Part> {
  const live = view.state === "read" ? view.service : undefined;
  const imported = live && (live.import ?? live.importedSlices[0] ?? live.derived[0]);
  return new Set<Part>([
    ...(exportFrom.includes(view.id) || live?.export ? (["export"] as const) : []),
    ...(importTo.includes(view.id) || imported ? (["import"] as const) : []),
  ]);
}

export interface Blaming {
  /** Members that the program names. */
  readonly named: ReadonlySet<string>;
  /** Members that this is about: a clash with another one is nothing to it. */
  readonly uses: (id: string) => boolean;
}

/**
 * Whose fault a clash is. First the one that the program does not name, then the one that says something else than at the last update, then the
 * one whose own word is all there is, then the one that clashes with more of the others. Where nothing tells them apart: both.
 * Member → what is said of it.
 */
export function blamed(
  faults: Pick<Faults, "clashes" | "changed">,
  { named, uses }: Blaming,
): ReadonlyMap<string, readonly string[]> {
  const clashes = faults.clashes.filter(({ members }) => members.every(uses));
  const partners = (id: string) =>
    new Set(clashes.flatMap(({ members }) => (members.includes(id) ? members.filter((it) => it !== id) : []))).size;
  const suspicion = ({ learnt }: Clash, id: string): readonly number[] => [
    Number(!named.has(id)),
    Number(faults.changed.has(id)),
    Number(learnt.includes(id)),
    partners(id),
  ];
  const messages = new Map<string, string[]>();
  for (const clash of clashes) {
    const [a, b] = clash.members;
    const order = compare(suspicion(clash, a), suspicion(clash, b));
    for (const id of order > 0 ? [a] : order < 0 ? [b] : [a, b]) {
      messages.set(id, [...(messages.get(id) ?? []), clash.message]);
    }
  }
  return messages;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
