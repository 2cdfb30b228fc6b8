/** What a kube-apiserver asks of a Service without selector, as far as a derived one can break it. The cluster tier holds a sample against a real one. */
import type { Service } from "../../provider/mcs/api";

export function derivedServiceFaults({ metadata, spec }: Service): readonly string[] {
  const ports = spec.ports ?? [];
  const names = ports.map((p) => p.name ?? "");
  const numbers = ports.map((p) => `${p.port}/${p.protocol}`);
  const headless = spec.clusterIP === "None";
  const rules: readonly [string, boolean][] = [
    ["a name of at most 63", metadata.name.length <= 63],
    ["a DNS label as name", /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(metadata.name)],
    ["a port, unless headless", headless || ports.length > 0],
    ["names where there is more than one port", ports.length <= 1 || names.every((n) => n !== "")],
    ["every name once", new Set(names).size === names.length],
    ["names that are DNS labels", names.every((n) => n === "" || /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(n))],
    ["every protocol and number once", new Set(numbers).size === numbers.length],
    ["a protocol", ports.every((p) => ["TCP", "UDP", "SCTP"].includes(p.protocol ?? ""))],
    ["one or two families", [1, 2].includes(spec.ipFamilies?.length ?? 0)],
    ["no family twice", new Set(spec.ipFamilies).size === spec.ipFamilies?.length],
    [
      "a family policy that fits",
      spec.ipFamilyPolicy === (spec.ipFamilies?.length === 2 ? "RequireDualStack" : "SingleStack"),
    ],
    ["no affinity without an address", !headless || spec.sessionAffinity === "None"],
    [
      "an affinity config only with ClientIP",
      spec.sessionAffinityConfig === undefined || spec.sessionAffinity === "ClientIP",
    ],
    ["label values of at most 63", Object.values(metadata.labels ?? {}).every((v) => v.length <= 63)],
  ];
  return rules.filter(([, kept]) => !kept).map(([rule]) => rule);
}
