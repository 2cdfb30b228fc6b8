/** A clusterset of memory members with one service in trouble, as the command line shows it. */
import { overview, type Overview } from "../../provider/reconcile/overview/overview";
import { World } from "./world";

/** member1 and member3 export, member1 to member3 import; member1 has other pods by now, and member4 does not answer. */
export async function troubled(): Promise<Overview> {
  const world = new World(["member1", "member2", "member3", "member4"]);
  world.service("member1", ["10.1.0.5", "10.1.0.6"]);
  world.service("member3", ["10.3.0.5"]);
  const ownedBy = "MultiClusterService serve of stack shop/dev";
  await world.reconcile({ ownedBy, exportFrom: ["member1", "member3"], importTo: ["member1", "member2", "member3"] });
  world.service("member1", ["10.1.0.5", "10.1.0.7", "10.1.0.8"]);
  world.unreachable.add("member4");
  world.later();
  return overview(world.fleet);
}

/** What nothing may make of a picture or a table anything but text. */
export const HOSTILE = `<script>alert("1")</script>'&#quot;\`]\u001b[31m\u202e|--x`;

/** The same, with everything in it that a compromised cluster chooses as hostile as can be. */
export function hostile(read: Overview): Overview {
  const name = HOSTILE;
  return {
    ...read,
    members: read.members.map((it) => (it.state === "unreadable" ? { ...it, why: name } : it)),
    services: read.services.map((service) => ({
      ...service,
      name,
      problems: [name],
      notes: [name],
      exports: service.exports.map((it) => ({ ...it, keeper: { by: "stack", owner: name, name }, messages: [name] })),
      imports: service.imports.map((it) => ({
        ...it,
        ips: [name],
        keeper: { by: "implementation", name },
        sources: (it.sources ?? []).map((source) => ({
          ...source,
          cluster: source.cluster === "member3" ? name : source.cluster,
        })),
      })),
    })),
  };
}
