/** PURE. The service as it stands in the members, whoever made it: for those who only read. */
import { endpointCounts } from "../../mcs/derive/slice-digest";
import { ANNOTATION, isOurs, LABEL } from "../../mcs/marks";
import { PENDING } from "../../mcs/pending";
import type { Key } from "../../mcs/api";
import type { MemberService } from "../../mcs/observed";
import type { Deciding } from "./deciding";
import { serviceView } from "./service-view";
import type { ImportView, ServiceView } from "../intent";

/** `imports` holds those of the members of `importTo` that are there; `exports` those of every member, as always. */
export function observedView(context: Deciding): ServiceView {
  const { intent, views } = context;
  const imports = views.flatMap((view): [string, ImportView][] => {
    if (view.state !== "read" || !view.service.import || !intent.importTo.includes(view.id)) return [];
    return [[view.id, importView(view.service, intent.key)]];
  });
  return {
    ...serviceView(context, new Map()),
    imports: Object.fromEntries(imports.sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function importView(service: MemberService, { namespace, name }: Key): ImportView {
  const { spec } = service.import!;
  const derived = service.derived.find(
    (it) => isOurs(it) && it.metadata.annotations?.[ANNOTATION.importRef] === `${namespace}/${name}`,
  );
  const slices = service.importedSlices.map(({ object }) => ({
    source: object.metadata.labels?.[LABEL.sourceCluster] ?? "",
    ...endpointCounts(object),
  }));
  const sources = new Map<string, number>();
  for (const { source, total } of slices) sources.set(source, (sources.get(source) ?? 0) + total);
  return {
    type: spec.type,
    derivedService: derived?.metadata.name ?? "",
    clusterIPs: (spec.ips ?? []).filter((ip) => ip !== PENDING),
    ipFamilies: spec.ipFamilies ?? [],
    ports: spec.ports,
    endpoints: {
      total: slices.reduce((sum, it) => sum + it.total, 0),
      ready: slices.reduce((sum, it) => sum + it.ready, 0),
    },
    sources: Object.fromEntries([...sources].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
