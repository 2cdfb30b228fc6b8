/** Three real member clusters for all tests of this folder: member1 is IPv4 only, member2 and member3 are dual-stack. Started on first use. */
import { connect } from "../../../provider/kube/connect";
import { mcsCrds } from "../../../provider/kube/crds/mcs-crds";
import { ensureCrds } from "../../../provider/reconcile/membership/ensure-crds";
import type { Member } from "../../../provider/reconcile/member";
import { type RunningClusters, type RunningMember, startClusters } from "../../controlplane/clusters";
import { createScene, type Scene, type SceneOptions } from "./scene";

export const MEMBERS = ["member1", "member2", "member3"] as const;
export type MemberId = (typeof MEMBERS)[number];

export interface Stage {
  /** The running cluster: its API as the administrator, its kubeconfig. */
  cluster(id: MemberId): RunningMember;
  /** The member as the package connects to it, over HTTPS. */
  member(id: MemberId): Member;
  /** A service of its own, in a namespace of its own in every member. Removed in the background after the test. */
  scene(options?: SceneOptions): Promise<Scene>;
}

interface Running {
  readonly clusters: RunningClusters;
  readonly members: Readonly<Record<string, Member>>;
}

let running: Promise<Running> | undefined;
/** Suites that have still to end: the last one stops the clusters. */
let suites = 0;

async function start(): Promise<Running> {
  const clusters = await startClusters({
    members: [{ id: "member1" }, { id: "member2", dualStack: true }, { id: "member3", dualStack: true }],
  });
  const connected = await Promise.all(
    MEMBERS.map(async (id) => {
      const member = await connect({ id, kubeconfig: clusters.members[id]!.kubeconfig });
      await ensureCrds(member, { policy: "install", definitions: mcsCrds });
      return [id, member] as const;
    }),
  );
  return { clusters, members: Object.fromEntries(connected) };
}

async function stop(): Promise<void> {
  const started = await running;
  running = undefined;
  if (!started) return;
  await Promise.all(Object.values(started.members).map((member) => member.close()));
  await started.clusters.stop();
}

/** `describe` on the three members. */
export function describeOnMembers(title: string, body: (stage: Stage) => void): void {
  describe(title, function () {
    this.timeout(60_000);
    const scenes: Scene[] = [];
    let here: Running;
    suites += 1;

    before(async function () {
      this.timeout(600_000);
      running ??= start();
      here = await running;
    });
    afterEach(() => Promise.all(scenes.splice(0).map((scene) => scene.clear())));
    after(async () => {
      suites -= 1;
      if (suites === 0) await stop();
    });

    const cluster = (id: MemberId) => here.clusters.members[id]!;
    const member = (id: MemberId) => here.members[id]!;
    body({
      cluster,
      member,
      async scene(options) {
        const scene = await createScene({ cluster, member }, options);
        scenes.push(scene);
        return scene;
      },
    });
  });
}

// Where suites were left out (--grep), their `after` never ran.
after(stop);
