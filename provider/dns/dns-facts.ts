/** What there is to know of a member's DNS: its Corefile, which CoreDNS reads it, and whether that may read imports, and can. */
import type { ClusterRole, ClusterRoleBinding, ConfigMap } from "../mcs/api";
import { oneLine } from "../mcs/printable";
import type { Access, Account, Kinds, Member } from "../reconcile/member";
import { asFailure } from "../reconcile/member-error";
import { EARLIER_VERSION } from "../reconcile/membership/crd-plan";
import { PROBE } from "../reconcile/membership/ensure-crds";
import { type CoreDnsVersion, imageVersion } from "./coredns-version";
import { RIGHTS_NAME } from "./dns-rights";

/** ConfigMap and Deployment of CoreDNS, as kubeadm, kind, EKS, AKS and k3s name them. */
export const COREDNS = { namespace: "kube-system", name: "coredns" } as const;
/** Key of the ConfigMap. */
export const COREFILE = "Corefile";

/** An object, or that there is none, or why we may not see it: three things that are never taken for one another. */
export type Seen<T> =
  | { readonly state: "there"; readonly object: T }
  | { readonly state: "absent" }
  | { readonly state: "hidden"; readonly why: string };

export interface DnsFacts {
  readonly configMap: Seen<ConfigMap>;
  /** Or why it is not known. */
  readonly version: CoreDnsVersion | { readonly unknown: string };
  /** As which CoreDNS works. */
  readonly account: Account;
  /** By v1alpha1, the only version that CoreDNS reads them by (up to 1.15 at least). "unknown": we may not list them. */
  readonly imports: "served" | "absent" | "unknown";
  /** Whether CoreDNS may list and watch imports. "unknown": we may not ask. */
  readonly mayReadImports: "yes" | "no" | "unknown";
  readonly role: Seen<ClusterRole>;
  readonly binding: Seen<ClusterRoleBinding>;
}

/** What CoreDNS needs to read imports. */
export const IMPORT_ACCESS: readonly Access[] = (["list", "watch"] as const).map((verb) => ({
  verb,
  group: "multicluster.x-k8s.io",
  resource: "serviceimports",
}));

/** Five requests at once, and two more. Rejects with MemberError where the member does not answer. */
export async function readDns(member: Member): Promise<DnsFacts> {
  const [configMap, deployment, imports, role, binding] = await Promise.all([
    seen(member, "ConfigMap", COREDNS),
    seen(member, "Deployment", COREDNS),
    servesImports(member),
    seen(member, "ClusterRole", { name: RIGHTS_NAME }),
    seen(member, "ClusterRoleBinding", { name: RIGHTS_NAME }),
  ]);
  const pod = deployment.state === "there" ? deployment.object.spec.template.spec : undefined;
  const account = { namespace: COREDNS.namespace, name: pod?.serviceAccountName ?? COREDNS.name };
  const images = (pod?.containers ?? []).flatMap(({ image }) => image ?? []);
  return {
    configMap,
    version: versionOf(deployment, images),
    account,
    imports,
    mayReadImports: await mayReadImports(member, account),
    role,
    binding,
  };
}

/** The Corefile as it stands; undefined where there is none, and where we may not see it. Rejects with MemberError. */
export async function readCorefileText(member: Member): Promise<string | undefined> {
  const configMap = await seen(member, "ConfigMap", COREDNS);
  return configMap.state === "there" ? configMap.object.data?.[COREFILE] : undefined;
}

async function seen<K extends "ConfigMap" | "Deployment" | "ClusterRole" | "ClusterRoleBinding">(
  member: Member,
  kind: K,
  ref: { readonly namespace?: string; readonly name: string },
): Promise<Seen<Kinds[K]>> {
  try {
    const object = await member.get(kind, ref);
    return object === undefined ? { state: "absent" } : { state: "there", object };
  } catch (error) {
    return { state: "hidden", why: forbiddenOr(error, member).message };
  }
}

async function servesImports(member: Member): Promise<DnsFacts["imports"]> {
  try {
    await member.listMetadata("ServiceImport", { ...PROBE, version: EARLIER_VERSION });
    return "served";
  } catch (error) {
    if (asFailure(error, member.id).code === "notServed") return "absent";
    forbiddenOr(error, member);
    return "unknown";
  }
}

async function mayReadImports(member: Member, account: Account): Promise<DnsFacts["mayReadImports"]> {
  try {
    return (await member.refusedTo(account, IMPORT_ACCESS)).length === 0 ? "yes" : "no";
  } catch (error) {
    forbiddenOr(error, member);
    return "unknown";
  }
}

/** Any other failure than "forbidden" is the member's, and tells nothing. */
function forbiddenOr(error: unknown, { id }: Member): Error {
  const failure = asFailure(error, id);
  if (failure.code !== "forbidden") throw failure;
  return failure;
}

function versionOf(deployment: Seen<unknown>, images: readonly string[]): DnsFacts["version"] {
  const of = `Deployment ${COREDNS.namespace}/${COREDNS.name}`;
  if (deployment.state === "absent") return { unknown: `there is no ${of}` };
  if (deployment.state === "hidden") return { unknown: `${of} may not be read` };
  const known = images.filter((image) => /coredns/i.test(image)).flatMap((image) => imageVersion(image) ?? []);
  const [version] = known;
  return version ?? { unknown: oneLine(`no image of ${of} tells it by its tag (${images.join(", ")})`, 300) };
}
