/** A member with a CoreDNS as kubeadm sets it up, over a map. */
import type { ConfigMap, Deployment } from "../../../provider/mcs/api";
import { memoryMember, type MemoryMember, type MemoryOptions } from "../../support/memory-member";
import { KUBEADM } from "./corefiles";

export const COREDNS = { namespace: "kube-system", name: "coredns" };

export interface DnsMemberOptions extends MemoryOptions {
  /** Undefined: no ConfigMap. */
  readonly corefile?: string | undefined;
  /** Undefined: no Deployment. */
  readonly image?: string | undefined;
  readonly metadata?: Partial<ConfigMap["metadata"]>;
}

export function dnsMember(options: DnsMemberOptions = {}): MemoryMember {
  const { corefile = KUBEADM, image = "registry.k8s.io/coredns/coredns:v1.12.4", metadata, ...memory } = options;
  const member = memoryMember({ id: "member2", ...memory });
  if (!("corefile" in options) || options.corefile !== undefined) {
    member.put("ConfigMap", { metadata: { ...COREDNS, ...metadata }, data: { Corefile: corefile } });
  }
  if (!("image" in options) || options.image !== undefined) member.put("Deployment", deployment(image));
  return member;
}

export function deployment(image: string): Deployment {
  const containers = [{ name: "coredns", image }];
  return { metadata: COREDNS, spec: { template: { spec: { serviceAccountName: "coredns", containers } } } };
}

export async function corefileIn(member: MemoryMember): Promise<string | undefined> {
  return (await member.get("ConfigMap", COREDNS))?.data?.["Corefile"];
}
