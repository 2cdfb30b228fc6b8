/** Takes away what was shown, and nothing that has changed since: every delete names uid and resourceVersion. */
import { asFailure } from "../member-error";
import type { Finding } from "../intent";
import type { Member } from "../member";
import { preconditions } from "../apply/removal";
import type { Fleet } from "../observe/fleet";
import { nameOf } from "../overview/marked-objects";
import type { Removal } from "./garbage";

export interface Collected {
  readonly removed: readonly Removal[];
  /** Of what is still there, by member. */
  readonly failures: readonly Finding[];
}

/** Endpoints go first and exports last, over all members: as a destroy does it. */
const ORDER: readonly Removal["kind"][] = ["EndpointSlice", "ServiceImport", "Service", "ServiceExport"];

/** A member's fault is that member's: the others are cleaned. */
export async function collect(fleet: Fleet, removals: readonly Removal[]): Promise<Collected> {
  const removed: Removal[] = [];
  const failures: Finding[] = [];
  for (const kind of ORDER) {
    const byMember = Map.groupBy(
      removals.filter((removal) => removal.kind === kind),
      ({ member }) => member,
    );
    await Promise.all(
      [...byMember].map(async ([id, own]) => {
        const connection = await fleet.connect(id);
        if (connection.state === "failed") {
          failures.push(...own.map((removal) => failure(removal, connection.error)));
          return;
        }
        await Promise.all(own.map((removal) => remove(connection.member, removal, { removed, failures })));
      }),
    );
  }
  return { removed, failures };
}

async function remove(
  member: Member,
  removal: Removal,
  { removed, failures }: { readonly removed: Removal[]; readonly failures: Finding[] },
): Promise<void> {
  try {
    await member.remove(removal.kind, preconditions(removal.object));
    removed.push(removal);
  } catch (error) {
    failures.push(failure(removal, error));
  }
}

function failure({ member, kind, object }: Removal, error: unknown): Finding {
  const { code, message } = asFailure(error, member);
  if (code !== "conflict") return { member, message };
  return {
    member,
    message: `cluster "${member}": ${kind} ${nameOf(object)} has changed since it was shown, and stays: look again, and run gc again`,
  };
}
