/**
 * The floor of an update's writes: those of a real run, sent again to a namespace of their own, so many at a time a member, and nothing else. What is
 * different in the second life of an object (its version, the UID of its owner) is put in from the answers.
 */
import { Pool } from "undici";
import type { Exchange } from "../../tests/support/exchange";
import { isWrite } from "../../tests/support/proxy";
import { atOnce } from "../setting/at-once";
import type { BenchMembers, Traffic } from "../setting/members";

/** Requests at a time to one member, as the package has them. */
const AT_ONCE = 8;

export interface Recorded {
  readonly namespace: string;
  readonly writes: Traffic;
}

interface Written {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** The writes to objects of the namespace. */
export function recordWrites(traffic: Traffic, namespace: string): Recorded {
  const within = ({ path }: Exchange) => path.includes(`/namespaces/${namespace}/`);
  const writes = Object.entries(traffic).map(([id, all]) => [id, all.filter((one) => isWrite(one) && within(one))]);
  return { namespace, writes: Object.fromEntries(writes) as Traffic };
}

/** Seconds that it took. `namespace` must exist in every member and hold nothing of this. @throws an Error with the status of a write that was refused */
export async function replay(recorded: Recorded, members: BenchMembers, namespace: string): Promise<number> {
  const begun = performance.now();
  await Promise.all(
    Object.entries(recorded.writes).map(async ([id, writes]) => {
      const pool = new Pool(members.url(id), { connections: AT_ONCE, pipelining: 1 });
      try {
        await replayIn(pool, recorded, { writes, namespace });
      } finally {
        await pool.destroy();
      }
    }),
  );
  return (performance.now() - begun) / 1_000;
}

interface Member {
  readonly writes: readonly Exchange[];
  /** Where they go now. */
  readonly namespace: string;
}

async function replayIn(pool: Pool, recorded: Recorded, { writes, namespace }: Member): Promise<void> {
  // In the order in which they were begun: what an object waits for stands before it, so eight workers never wait for each other.
  const inOrder = [...writes].sort((a, b) => a.begun - b.begun);
  const objects = new Map<string, Promise<Written>>();
  await atOnce(AT_ONCE, inOrder, async (write) => {
    const path = write.path.replace(`/namespaces/${recorded.namespace}/`, `/namespaces/${namespace}/`);
    const body = write.body === "" ? undefined : (JSON.parse(write.body) as Body);
    const at = objectPath(write.method, path, body);
    const before = objects.get(at);
    const sent = (async () => {
      const own = await before;
      return send(pool, { ...write, path }, body && (await renewed(body, { own, namespace, objects })));
    })();
    objects.set(at, sent);
    await sent;
  });
}

interface Body {
  readonly metadata?: Metadata;
}

interface Metadata extends Written {
  readonly name?: string;
  readonly namespace?: string;
  readonly ownerReferences?: readonly Owner[];
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Of a request to a collection, or to a subresource, too. */
function objectPath(method: string, path: string, body: Body | undefined): string {
  return method === "POST" ? `${path}/${body?.metadata?.name}` : path.replace(/\/status$/, "");
}

interface Second {
  /** What the object's last write came to; undefined before its first. */
  readonly own: Written | undefined;
  readonly namespace: string;
  readonly objects: ReadonlyMap<string, Promise<Written>>;
}

async function renewed(body: Body, { own, namespace, objects }: Second): Promise<Body> {
  const { metadata } = body;
  if (metadata === undefined) return body;
  const owners = metadata.ownerReferences?.map(async (owner) => {
    const path = `/apis/${owner.apiVersion}/namespaces/${namespace}/${owner.kind.toLowerCase()}s/${owner.name}`;
    return { ...owner, uid: (await objects.get(path))?.uid ?? owner.uid };
  });
  return {
    ...body,
    metadata: {
      ...metadata,
      ...(metadata.namespace !== undefined && { namespace }),
      ...(metadata.uid !== undefined && { uid: own?.uid }),
      ...(metadata.resourceVersion !== undefined && { resourceVersion: own?.resourceVersion }),
      ...(owners && { ownerReferences: await Promise.all(owners) }),
    },
  };
}

async function send(pool: Pool, { method, path, query, contentType }: Exchange, body?: Body): Promise<Written> {
  const text = query.toString();
  const answer = await pool.request({
    method: method as "POST",
    path: text === "" ? path : `${path}?${text}`,
    headers: body === undefined ? {} : { "content-type": contentType },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const said = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`the bare pool: ${method} ${path} was answered ${answer.statusCode}`);
  return (JSON.parse(said) as Body).metadata ?? {};
}
