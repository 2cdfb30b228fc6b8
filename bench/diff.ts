/**
 * What a `diff` without changes costs in CPU, handlers and all: services of one exporter that every member imports, on memory members, so that
 * nothing of it is transport. The reading that all services share is taken before, and not counted.
 */
import { median } from "simple-statistics";
import { handlers } from "../provider/dynamic-provider";
import type { Properties } from "../provider/resources/inputs/properties";
import { stage } from "../tests/unit/resources/stage";
import type { MemoryMember } from "../tests/support/memory-member";

export interface DiffSize {
  readonly services: number;
  readonly members: number;
  /** Of each service. */
  readonly endpoints: number;
}

export interface DiffRow extends DiffSize {
  /** Milliseconds a service: the median of several rounds over all of them. */
  readonly cpuMs: number;
}

const ROUNDS = 5;

export async function measureDiff(size: DiffSize): Promise<DiffRow> {
  const ids = Array.from({ length: size.members }, (_, n) => `member${n + 1}`);
  const at = stage({ ids });
  const names = Array.from({ length: size.services }, (_, n) => `service-${n}`);
  names.forEach((name, n) => serve(at.members["member1"]!, { name, n, endpoints: size.endpoints }));
  const resources = await Promise.all(names.map((name) => made(name, ids)));
  at.restart();
  const rounds: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    await unchanged(resources[0]!);
    const before = process.cpuUsage();
    for (const resource of resources) await unchanged(resource);
    const { user, system } = process.cpuUsage(before);
    // The first is for the compiler.
    if (round > 0) rounds.push((user + system) / 1_000 / size.services);
  }
  return { ...size, cpuMs: median(rounds) };
}

interface Resource {
  readonly id: string;
  readonly inputs: Properties;
  readonly outs: Properties;
}

const kind = handlers.MultiClusterService;

async function made(name: string, ids: readonly string[]): Promise<Resource> {
  const resourceUrn = `urn:pulumi:dev::shop::pulumi-nodejs:dynamic/mcs:MultiClusterService::${name}`;
  const args = {
    __provider: "the door",
    resourceUrn,
    namespace: "default",
    name,
    exportFrom: ["member1"],
    importTo: ids,
  };
  const { inputs, failures } = await kind.check({}, args);
  if (failures.length > 0) throw new Error(failures.map(({ reason }) => reason).join("; "));
  return { inputs, ...(await kind.create(inputs)) };
}

async function unchanged({ id, inputs, outs }: Resource): Promise<void> {
  const { changes } = await kind.diff(id, outs, inputs);
  if (changes) throw new Error(`${id}: something is to be written`);
}

/** As Kubernetes' own controllers keep it. */
function serve(
  member: MemoryMember,
  { name, n, endpoints }: { readonly name: string; readonly n: number; readonly endpoints: number },
): void {
  member.put("Service", {
    metadata: { namespace: "default", name },
    spec: { ports: [{ name: "http", port: 80, targetPort: 8080, protocol: "TCP" }] },
  });
  member.put("EndpointSlice", {
    metadata: { namespace: "default", name: `${name}-1`, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Array.from({ length: endpoints }, (_, it) => ({
      addresses: [`10.0.${n % 128}.${it + 1}`],
      conditions: { ready: true, serving: true, terminating: false },
    })),
  });
}

async function main(): Promise<void> {
  for (const services of [50, 500]) {
    const { cpuMs } = await measureDiff({ services, members: 3, endpoints: 10 });
    console.log(`${services} services × 3 members × 10 endpoints: ${cpuMs.toFixed(2)} ms of CPU a diff`);
  }
}

if (require.main === module)
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
