/**
 * What the port says (provider/reconcile/member.ts), as one suite for any Member. Each implementation runs it on an empty namespace of its own.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { EndpointSlice, KubeObject, Service, ServiceExport, ServiceImport } from "../../provider/mcs/api";
import { isMemberError, type MemberErrorCode } from "../../provider/reconcile/member-error";
import type { Access, Member, Watch } from "../../provider/reconcile/member";

export interface ContractSubject {
  /** Allowed to do everything, with the CRDs of the Multi-Cluster Services API installed and ClusterProperty not. */
  readonly member: Member;
  /** Exists, and holds nothing of ours. */
  readonly namespace: string;
  cleanup(): Promise<void>;
}

export function memberContract(name: string, make: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of a member`, () => {
    let subject: ContractSubject;
    let member: Member;
    let namespace: string;

    before(async function () {
      this.timeout(120_000);
      subject = await make();
      ({ member, namespace } = subject);
    });
    after(async function () {
      this.timeout(30_000);
      await subject?.cleanup();
    });

    const service = (of: string, spec: Partial<Service["spec"]> = {}, labels?: Record<string, string>): Service => ({
      metadata: { name: of, namespace, ...(labels === undefined ? {} : { labels }) },
      spec: { ports: [{ port: 80 }], ...spec },
    });
    const slice = (of: string, addresses: readonly string[], labels: Record<string, string> = {}): EndpointSlice => ({
      metadata: { name: of, namespace, labels },
      addressType: "IPv4",
      endpoints: addresses.map((address) => ({ addresses: [address] })),
      ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    });
    const serviceExport = (of: string): ServiceExport => ({ metadata: { name: of, namespace } });
    const serviceImport = (of: string): ServiceImport => ({
      metadata: { name: of, namespace },
      spec: { type: "ClusterSetIP", ports: [{ port: 80 }] },
    });
    const condition = (type: string, message = "") =>
      ({ type, status: "True", reason: "Valid", message, lastTransitionTime: "2026-01-01T00:00:00Z" }) as const;

    async function rejects(promise: Promise<unknown>, code: MemberErrorCode): Promise<void> {
      const error: unknown = await promise.then(
        () => assert.fail(`succeeded; expected ${code}`),
        (cause: unknown) => cause,
      );
      assert.ok(isMemberError(error), `not a MemberError: ${String(error)}`);
      assert.equal(error.code, code, error.message);
      assert.equal(error.member, member.id);
      assert.ok(error.message.includes(member.id), error.message);
    }

    it("knows the server's clock", async () => {
      await member.version();
      assert.equal(member.skewMs(), 0);
    });

    describe("create", () => {
      it("returns the object as stored, with what the server fills in", async () => {
        const made = await member.create("Service", service("create", {}, { app: "web" }));
        const { uid, resourceVersion, creationTimestamp, labels } = made.metadata;
        assert.ok(uid && resourceVersion);
        assert.match(creationTimestamp ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.deepEqual(labels, { app: "web" });
        assert.equal(made.apiVersion, "v1");
        assert.equal(made.kind, "Service");
        assert.equal(made.spec.type, "ClusterIP");
        assert.equal(made.spec.ports?.[0]?.protocol, "TCP");
        assert.equal(made.spec.clusterIPs?.[0], made.spec.clusterIP);
        assert.deepEqual(made.spec.ipFamilies, ["IPv4"]);
        assert.deepEqual(await member.get("Service", { namespace, name: "create" }), made);
      });

      it("refuses a name that is taken", async () => {
        await member.create("Service", service("twice"));
        await rejects(member.create("Service", service("twice")), "alreadyExists");
      });

      it("gives every Service another cluster IP, and a headless one none", async () => {
        const [a, b] = await Promise.all([
          member.create("Service", service("ip-a")),
          member.create("Service", service("ip-b")),
        ]);
        assert.notEqual(a.spec.clusterIP, b.spec.clusterIP);
        const headless = service("headless", {
          clusterIP: "None",
          ipFamilies: ["IPv4"],
          ipFamilyPolicy: "SingleStack",
        });
        const made = await member.create("Service", headless);
        assert.deepEqual(made.spec.clusterIPs, ["None"]);
        assert.deepEqual(made.spec.ipFamilies, ["IPv4"]);
      });

      it("persists nothing in a dry run, and still says what the server would assign", async () => {
        const made = await member.create("Service", service("dry", { ipFamilyPolicy: "PreferDualStack" }), {
          dryRun: true,
        });
        assert.ok(made.spec.ipFamilies?.includes("IPv4"));
        assert.equal(await member.get("Service", { namespace, name: "dry" }), undefined);
      });

      it("says invalid for what the server will never accept", async () => {
        await rejects(member.create("Service", service("no-ports", { ports: [] })), "invalid");
        await rejects(member.create("Service", service("Not_A_Name")), "invalid");
      });

      it("says notFound where the namespace does not exist", async () => {
        const stray = { ...service("stray"), metadata: { name: "stray", namespace: `${namespace}-absent` } };
        await rejects(member.create("Service", stray), "notFound");
      });

      it("leaves a status that is sent along out", async () => {
        const made = await member.create("ServiceExport", {
          ...serviceExport("with-status"),
          status: { conditions: [condition("Valid")] },
        });
        assert.equal(made.status?.conditions, undefined);
      });
    });

    describe("get", () => {
      it("is undefined for a name or namespace that does not exist", async () => {
        assert.equal(await member.get("Service", { namespace, name: "absent" }), undefined);
        assert.equal(await member.get("Service", { namespace: `${namespace}-absent`, name: "absent" }), undefined);
        assert.equal(await member.get("Namespace", { name: `${namespace}-absent` }), undefined);
      });

      it("says notServed for a kind that the server does not know", async () => {
        await rejects(member.get("ClusterProperty", { name: "cluster.clusterset.k8s.io" }), "notServed");
      });

      it("reads cluster-scoped objects", async () => {
        assert.equal((await member.get("Namespace", { name: namespace }))?.metadata.name, namespace);
      });
    });

    describe("list", () => {
      before(async () => {
        await member.create("EndpointSlice", slice("list-a", ["10.1.0.1"], { app: "a", tier: "list" }));
        await member.create("EndpointSlice", slice("list-b", ["10.1.0.2"], { app: "b", tier: "list" }));
        await member.create("EndpointSlice", slice("list-c", [], { tier: "list", extra: "" }));
      });

      const named = async (labelSelector: string) =>
        (await member.list("EndpointSlice", { namespace, labelSelector })).map(({ metadata }) => metadata.name);

      it("gives whole objects, each with its kind", async () => {
        const [first] = await member.list("EndpointSlice", { namespace, labelSelector: "app=a" });
        assert.equal(first?.kind, "EndpointSlice");
        assert.equal(first?.apiVersion, "discovery.k8s.io/v1");
        assert.deepEqual(first?.endpoints?.[0]?.addresses, ["10.1.0.1"]);
      });

      it("selects by label", async () => {
        assert.deepEqual(await named("tier=list"), ["list-a", "list-b", "list-c"]);
        assert.deepEqual(await named("app=a,tier=list"), ["list-a"]);
        assert.deepEqual(await named("app in (a,b)"), ["list-a", "list-b"]);
        assert.deepEqual(await named("tier=list,app notin (a)"), ["list-b", "list-c"]);
        assert.deepEqual(await named("tier=list,app!=a"), ["list-b", "list-c"]);
        assert.deepEqual(await named("tier,!app"), ["list-c"]);
        assert.deepEqual(await named("extra"), ["list-c"]);
      });

      it("selects by name", async () => {
        const found = await member.list("EndpointSlice", { namespace, fieldSelector: "metadata.name=list-b" });
        assert.deepEqual(
          found.map(({ metadata }) => metadata.name),
          ["list-b"],
        );
      });

      it("spans all namespaces where none is given", async () => {
        const all = await member.list("EndpointSlice", { labelSelector: "tier=list" });
        assert.ok(all.filter((found) => found.metadata.namespace === namespace).length === 3);
      });

      it("is empty for a namespace that does not exist", async () => {
        assert.deepEqual(await member.list("Service", { namespace: `${namespace}-absent` }), []);
      });

      it("says notServed for a kind that the server does not know", async () => {
        await rejects(member.list("ClusterProperty"), "notServed");
        await rejects(member.listMetadata("ClusterProperty"), "notServed");
        await rejects(member.remove("ClusterProperty", { name: "cluster.clusterset.k8s.io" }), "notServed");
      });

      it("reads exports and imports by the earlier version of their API as well, and calls them the same", async () => {
        await member.create("ServiceExport", serviceExport("earlier"));
        await member.create("ServiceImport", serviceImport("earlier"));
        for (const kind of ["ServiceExport", "ServiceImport"] as const) {
          const now = await member.list(kind, { namespace });
          assert.ok(now.some(({ metadata }) => metadata.name === "earlier"));
          assert.deepEqual(await member.list(kind, { namespace, version: "v1alpha1" }), now);
          assert.deepEqual(
            await member.listMetadata(kind, { namespace, version: "v1alpha1" }),
            await member.listMetadata(kind, { namespace }),
          );
        }
      });

      it("gives null for an empty list of endpoints, as the server does", async () => {
        const [empty] = await member.list("EndpointSlice", { namespace, labelSelector: "!app,tier=list" });
        assert.equal(empty?.endpoints, null);
      });

      it("gives metadata alone where that is asked for", async () => {
        const [first] = await member.listMetadata("EndpointSlice", { namespace, labelSelector: "app=a" });
        assert.deepEqual(Object.keys(first ?? {}).sort(), ["apiVersion", "kind", "metadata"]);
        assert.equal(first?.kind, "EndpointSlice");
        assert.equal(first?.apiVersion, "discovery.k8s.io/v1");
        assert.equal(first?.metadata.labels?.tier, "list");
        assert.ok(first?.metadata.uid);
      });
    });

    describe("a list with its moment", () => {
      it("gives what a list gives, whole or metadata only, and a resourceVersion", async () => {
        await member.create("Service", service("moment"));
        const whole = await member.listAt("Service", { namespace });
        const names = await member.listAt("Service", {
          namespace,
          project: ({ metadata }) => ({ metadata, spec: {} }),
        });
        assert.deepEqual(
          names.objects.map(({ spec }) => spec),
          whole.objects.map(() => ({})),
        );
        assert.deepEqual(whole.objects, await member.list("Service", { namespace }));
        assert.match(whole.resourceVersion, /^\d+$/);
        const metadata = await member.listAt("Service", { namespace, metadataOnly: true });
        assert.deepEqual(metadata.objects, await member.listMetadata("Service", { namespace }));
        const earlier = await member.listAt("ServiceExport", { namespace, version: "v1alpha1" });
        assert.deepEqual(earlier.objects, await member.list("ServiceExport", { namespace }));
      });

      it("is not older than asked, and says expired for a moment that has not come", async () => {
        const { resourceVersion } = await member.listAt("ServiceExport", { namespace });
        const made = await member.create("ServiceExport", serviceExport("at-least"));
        const atLeast = made.metadata.resourceVersion!;
        const listed = await member.listAt("ServiceExport", { namespace, atLeast });
        assert.ok(listed.objects.some(({ metadata }) => metadata.name === "at-least"));
        assert.ok(Number(listed.resourceVersion) >= Number(atLeast) && Number(atLeast) > Number(resourceVersion));
        await rejects(member.listAt("ServiceExport", { atLeast: String(Number(atLeast) + 1_000_000) }), "expired");
      }).timeout(30_000);

      it("says notServed for a kind that the server does not know", async () => {
        await rejects(member.listAt("ClusterProperty"), "notServed");
      });
    });

    describe("watch", () => {
      const stop = new AbortController();
      after(() => stop.abort());
      type Told = { readonly type: string; readonly name?: string; readonly object?: KubeObject; readonly at: string };

      /** The next `count` changes. */
      async function told(watch: Watch<KubeObject>, count: number): Promise<readonly Told[]> {
        const all: Told[] = [];
        while (all.length < count) {
          const { value, done } = await watch.next();
          assert.ok(!done, `ended: ${JSON.stringify(value)}`);
          const { type, resourceVersion: at } = value;
          if ("object" in value) all.push({ type, name: value.object.metadata.name, object: value.object, at });
        }
        return all;
      }
      const unmanaged = ({ metadata: { managedFields: _, ...metadata }, ...rest }: KubeObject) => ({
        ...rest,
        metadata,
      });
      const short = (all: readonly Told[]) => all.map(({ type, name }) => `${type} ${name}`);

      it("tells what happened since a list, and what happens, in order and each once", async () => {
        const { resourceVersion } = await member.listAt("ServiceImport", { namespace });
        const made = await member.create("ServiceImport", serviceImport("watched"));
        const watch = member.watch("ServiceImport", { namespace, resourceVersion, signal: stop.signal });
        const [added] = await told(watch, 1);
        assert.deepEqual(added?.object, unmanaged(made));
        assert.equal(added?.at, made.metadata.resourceVersion);
        const ref = { namespace, name: "watched" };
        const patched = await member.patchStatus("ServiceImport", ref, { clusters: [{ cluster: "a" }] });
        await member.remove("ServiceImport", ref);
        const [modified, deleted] = await told(watch, 2);
        assert.equal(modified?.type, "modified");
        assert.deepEqual(modified?.object, unmanaged(patched));
        assert.equal(deleted?.type, "deleted");
        assert.equal(deleted?.object?.metadata.uid, made.metadata.uid);
        assert.ok(Number(deleted?.at) > Number(patched.metadata.resourceVersion));
        const again = member.watch("ServiceImport", { namespace, resourceVersion: added!.at, signal: stop.signal });
        assert.deepEqual(short(await told(again, 2)), ["modified watched", "deleted watched"]);
      });

      it("says first that it has begun", async () => {
        const { resourceVersion } = await member.listAt("Service", { namespace });
        const watch = member.watch("Service", { namespace, resourceVersion, signal: stop.signal });
        assert.deepEqual(await watch.next(), { done: false, value: { type: "opened", resourceVersion } });
      });

      it("gives metadata alone where that is asked for, and the earlier version of the API as the same", async () => {
        const { resourceVersion } = await member.listAt("ServiceExport");
        const made = await member.create("ServiceExport", serviceExport("watched-metadata"));
        const options = { namespace, resourceVersion, signal: stop.signal, version: "v1alpha1" } as const;
        const [whole] = await told(member.watch("ServiceExport", options), 1);
        assert.deepEqual(whole?.object, unmanaged(made));
        const [partial] = await told(member.watch("ServiceExport", { ...options, metadataOnly: true }), 1);
        assert.deepEqual(Object.keys(partial?.object ?? {}).sort(), ["apiVersion", "kind", "metadata"]);
        const { apiVersion, kind, metadata } = made;
        assert.deepEqual(
          { apiVersion, kind },
          { apiVersion: partial?.object?.apiVersion, kind: partial?.object?.kind },
        );
        assert.equal(partial?.object?.metadata.uid, metadata.uid);
      });

      it("tells an object whose labels leave what is selected as deleted, and one whose labels enter it as added", async () => {
        const { resourceVersion } = await member.listAt("EndpointSlice", { namespace });
        const options = { namespace, labelSelector: "side=in", resourceVersion, signal: stop.signal };
        const watch = member.watch("EndpointSlice", options);
        await member.create("EndpointSlice", slice("flip", ["10.1.0.7"], { side: "out" }));
        await member.update("EndpointSlice", slice("flip", ["10.1.0.7"], { side: "in" }));
        const left = await member.update("EndpointSlice", slice("flip", ["10.1.0.7"], { side: "out" }));
        const [entered, gone] = await told(watch, 2);
        assert.deepEqual(short([entered!, gone!]), ["added flip", "deleted flip"]);
        assert.equal(gone?.at, left.metadata.resourceVersion);
      });

      it("spans all namespaces where none is given, and knows cluster-scoped kinds", async () => {
        const { resourceVersion } = await member.listAt("Service");
        const made = await member.create("Service", service("watched-everywhere"));
        const watch = member.watch("Service", { resourceVersion, signal: stop.signal });
        const names = new Set<string | undefined>();
        while (!names.has("watched-everywhere")) names.add((await told(watch, 1))[0]?.name);
        const everywhere = await member.listAt("Namespace", { metadataOnly: true });
        const namespaces = member.watch("Namespace", { metadataOnly: true, ...everywhere, signal: stop.signal });
        await member.create("Namespace", { metadata: { name: `${namespace}-watched` } });
        assert.equal((await told(namespaces, 1))[0]?.name, `${namespace}-watched`);
        assert.ok(made.metadata.uid);
      });

      it("ends with stopped where it is stopped, while it waits as before it begins", async () => {
        const { resourceVersion } = await member.listAt("Service", { namespace });
        const own = new AbortController();
        const watch = member.watch("Service", { namespace, resourceVersion, signal: own.signal });
        await watch.next();
        const next = watch.next();
        setImmediate(() => own.abort());
        assert.deepEqual(await next, { done: true, value: { reason: "stopped" } });
        const late = member.watch("Service", { namespace, resourceVersion, signal: own.signal });
        assert.deepEqual(await late.next(), { done: true, value: { reason: "stopped" } });
      });

      it("ends refused, with notServed, for a kind that the server does not know", async () => {
        const { value, done } = await member
          .watch("ClusterProperty", { resourceVersion: "1", signal: stop.signal })
          .next();
        assert.ok(done && value.reason === "refused", JSON.stringify(value));
        assert.equal(value.error.code, "notServed", value.error.message);
      });
    });

    describe("update", () => {
      it("replaces the whole object and bumps its version", async () => {
        const made = await member.create("Service", service("update", {}, { a: "1", b: "2" }));
        const next = { ...made, metadata: { ...made.metadata, labels: { a: "2" } } };
        const updated = await member.update("Service", next);
        assert.deepEqual(updated.metadata.labels, { a: "2" });
        assert.equal(updated.metadata.uid, made.metadata.uid);
        assert.equal(updated.metadata.creationTimestamp, made.metadata.creationTimestamp);
        assert.notEqual(updated.metadata.resourceVersion, made.metadata.resourceVersion);
        assert.equal(updated.spec.clusterIP, made.spec.clusterIP);
      });

      it("changes nothing where nothing differs", async () => {
        const made = await member.create("ServiceImport", serviceImport("same"));
        const updated = await member.update("ServiceImport", made);
        assert.equal(updated.metadata.resourceVersion, made.metadata.resourceVersion);
      });

      it("keeps the cluster IP that is not sent, and refuses another", async () => {
        const made = await member.create("Service", service("fixed-ip"));
        const without = { ...made, spec: { ports: [{ port: 81 }] } };
        const updated = await member.update("Service", without);
        assert.equal(updated.spec.clusterIP, made.spec.clusterIP);
        const headless = { ...updated, spec: { ...updated.spec, clusterIP: "None", clusterIPs: ["None"] } };
        await rejects(member.update("Service", headless), "invalid");
      });

      it("says conflict for a version that is no longer the last, and for another uid", async () => {
        const made = await member.create("ServiceImport", serviceImport("stale"));
        const next = { ...made, spec: { ...made.spec, ports: [{ port: 81 }] } };
        const updated = await member.update("ServiceImport", next);
        await rejects(member.update("ServiceImport", next), "conflict");
        const other = { ...updated, metadata: { ...updated.metadata, uid: "00000000-0000-4000-8000-000000000000" } };
        await rejects(member.update("ServiceImport", { ...other, spec: made.spec }), "conflict");
      });

      it("says notFound for an object that does not exist", async () => {
        await rejects(member.update("EndpointSlice", slice("never-made", [])), "notFound");
      });

      it("counts generations of the spec, not of the status", async () => {
        const made = await member.create("ServiceImport", serviceImport("generation"));
        const ref = { namespace, name: "generation" };
        const patched = await member.patchStatus("ServiceImport", ref, { clusters: [{ cluster: "a" }] });
        assert.equal(patched.metadata.generation, made.metadata.generation);
        const updated = await member.update("ServiceImport", { ...patched, spec: { ...made.spec, ports: [] } });
        assert.equal(updated.metadata.generation, (made.metadata.generation ?? 0) + 1);
        assert.deepEqual(updated.status, patched.status);
      });

      it("persists nothing in a dry run", async () => {
        const made = await member.create("ServiceImport", serviceImport("dry-update"));
        await member.update("ServiceImport", { ...made, spec: { ...made.spec, ports: [] } }, { dryRun: true });
        assert.deepEqual(await member.get("ServiceImport", { namespace, name: "dry-update" }), made);
      });

      it("answers a slice with the server's metadata and what was sent", async () => {
        const sent = slice("slice", ["10.1.1.1"]);
        const made = await member.create("EndpointSlice", sent);
        assert.equal(made.kind, "EndpointSlice");
        assert.ok(made.metadata.uid && made.metadata.resourceVersion);
        assert.deepEqual(made.endpoints, sent.endpoints);
        const next = { ...sent, metadata: made.metadata, endpoints: [{ addresses: ["10.1.1.2"] }] };
        const updated = await member.update("EndpointSlice", next);
        assert.deepEqual(updated.endpoints, next.endpoints);
        assert.notEqual(updated.metadata.resourceVersion, made.metadata.resourceVersion);
        const live = await member.get("EndpointSlice", { namespace, name: "slice" });
        assert.deepEqual(live?.endpoints?.[0]?.addresses, ["10.1.1.2"]);
        assert.equal(live?.metadata.resourceVersion, updated.metadata.resourceVersion);
      });

      it("refuses another address type for a slice", async () => {
        const made = await member.create("EndpointSlice", slice("family", []));
        await rejects(member.update("EndpointSlice", { ...made, addressType: "IPv6" }), "invalid");
      });
    });

    describe("patchStatus", () => {
      it("merges objects, replaces lists, and leaves the rest alone", async () => {
        const made = await member.create("ServiceImport", serviceImport("status"));
        const ref = { namespace, name: "status" };
        await member.patchStatus("ServiceImport", ref, { clusters: [{ cluster: "a" }, { cluster: "b" }] });
        await member.patchStatus("ServiceImport", ref, { conditions: [condition("Ready")] });
        const patched = await member.patchStatus("ServiceImport", ref, {
          clusters: [{ cluster: "c" }],
          endpointSliceObjects: "Present",
        });
        assert.deepEqual(patched.status, {
          clusters: [{ cluster: "c" }],
          conditions: [condition("Ready")],
          endpointSliceObjects: "Present",
        });
        assert.deepEqual(patched.spec, made.spec);
        assert.deepEqual(await member.get("ServiceImport", ref), patched);
      });

      it("holds its preconditions", async () => {
        const made = await member.create("ServiceExport", serviceExport("guarded"));
        const ref = { namespace, name: "guarded" };
        const status = { conditions: [condition("Valid")] };
        const { uid, resourceVersion } = made.metadata;
        await member.patchStatus("ServiceExport", { ...ref, uid, resourceVersion }, status);
        const again = { conditions: [condition("Valid", "again")] };
        await rejects(member.patchStatus("ServiceExport", { ...ref, resourceVersion }, again), "conflict");
        const otherUid = "00000000-0000-4000-8000-000000000000";
        await rejects(member.patchStatus("ServiceExport", { ...ref, uid: otherUid }, again), "conflict");
        assert.deepEqual((await member.get("ServiceExport", ref))?.status, status);
      });

      it("says notFound for an object that does not exist", async () => {
        await rejects(
          member.patchStatus("ServiceExport", { namespace, name: "absent" }, { conditions: [] }),
          "notFound",
        );
      });
    });

    describe("remove", () => {
      it("deletes, and takes an object that is gone for success", async () => {
        const ref = { namespace, name: "remove" };
        await member.create("ServiceExport", serviceExport("remove"));
        await member.remove("ServiceExport", ref);
        assert.equal(await member.get("ServiceExport", ref), undefined);
        await member.remove("ServiceExport", ref);
      });

      it("leaves what its preconditions do not name", async () => {
        const made = await member.create("ServiceExport", serviceExport("kept"));
        const ref = { namespace, name: "kept" };
        await rejects(
          member.remove("ServiceExport", { ...ref, uid: "00000000-0000-4000-8000-000000000000" }),
          "conflict",
        );
        await rejects(member.remove("ServiceExport", { ...ref, resourceVersion: "1" }), "conflict");
        assert.deepEqual(await member.get("ServiceExport", ref), made);
        await member.remove("ServiceExport", { ...ref, uid: made.metadata.uid });
        assert.equal(await member.get("ServiceExport", ref), undefined);
      });
    });

    describe("the cluster", () => {
      it("says its version", async () => {
        const { major, minor, gitVersion } = await member.version();
        assert.ok(major === 1 && minor >= 21);
        assert.match(gitVersion, /^v1\.\d+/);
      });

      it("refuses nothing to whoever may do everything", async () => {
        const access: readonly Access[] = [
          { verb: "list", group: "", resource: "services" },
          {
            verb: "patch",
            group: "multicluster.x-k8s.io",
            resource: "serviceimports",
            subresource: "status",
            namespace,
          },
        ];
        assert.deepEqual(await member.refused(access), []);
      });

      it("names those of an account, which has what is bound to it", async () => {
        const account = { namespace, name: "reader" };
        const access: Access[] = (["list", "watch", "delete"] as const).map((verb) => ({
          verb,
          group: "multicluster.x-k8s.io",
          resource: "serviceimports",
        }));
        assert.deepEqual(await member.refusedTo(account, access), access);
        const rules = [
          { apiGroups: ["multicluster.x-k8s.io"], resources: ["serviceimports"], verbs: ["list", "watch"] },
        ];
        const name = `${namespace}-reader`;
        const made = await member.create("ClusterRole", { metadata: { name }, rules });
        assert.deepEqual(made.rules, rules);
        const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
        const subjects = [{ kind: "ServiceAccount", ...account }];
        await member.create("ClusterRoleBinding", { metadata: { name }, roleRef, subjects });
        // The authorizer learns of it by a watch.
        const inTime = Date.now() + 10_000;
        while ((await member.refusedTo(account, access)).length > 1 && Date.now() < inTime) await sleep(20);
        assert.deepEqual(await member.refusedTo(account, access), [access[2]]);
        await member.remove("ClusterRoleBinding", { name });
        await member.remove("ClusterRole", { name });
      });
    });
  });
}
