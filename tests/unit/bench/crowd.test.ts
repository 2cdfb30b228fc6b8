/** A member that tells of one service as of many. */
import assert from "node:assert/strict";
import { multiplied } from "../../../bench/setting/crowd";

const slice = (name: string, service: string, uid: string) => ({
  metadata: { name, namespace: "shop", uid, labels: { "kubernetes.io/service-name": service } },
});
const LIST = {
  kind: "EndpointSliceList",
  metadata: { resourceVersion: "77" },
  items: [
    slice("kubernetes", "kubernetes", "aaaaaaaa-0000-0000-0000-000000000000"),
    slice("service-0-0", "service-0", "bbbbbbbb-0000-0000-0000-000000000000"),
    slice("imported-member1-x7k2", "derived-service-0", "cccccccc-0000-0000-0000-000000000000"),
  ],
};

type Listed = typeof LIST & { readonly metadata: { readonly continue?: string } };

/** All pages. */
function listed(times: number, limit: number): readonly Listed[] {
  const pages: Listed[] = [];
  let next: string | undefined = "";
  while (next !== undefined && pages.length < 100) {
    const query = new URLSearchParams({ limit: String(limit), ...(next !== "" && { continue: next }) });
    pages.push(JSON.parse(multiplied(LIST, { one: "service-0", times, query }).text) as Listed);
    next = pages.at(-1)!.metadata.continue;
  }
  return pages;
}

describe("a crowd of services", () => {
  it("has each object of the service as often as was asked for, under names and UIDs of its own, and others once", () => {
    const items = listed(50, 20).flatMap((page) => page.items);
    assert.equal(items.length, 1 + 2 * 50);
    for (const field of ["name", "uid"] as const)
      assert.equal(new Set(items.map(({ metadata }) => metadata[field])).size, items.length);
    assert.deepEqual(
      items.filter(({ metadata }) => metadata.labels["kubernetes.io/service-name"] === "derived-service-7").length,
      1,
    );
  });

  it("comes in pages no longer than was asked for, all of one resource version", () => {
    const pages = listed(50, 20);
    assert.equal(pages.length, 5);
    assert.ok(pages.every(({ items, metadata }) => items.length <= 21 && metadata.resourceVersion === "77"));
  });

  it("leaves the service itself as it is", () => {
    assert.deepEqual(listed(50, 20)[0]!.items.slice(0, 3), LIST.items);
  });
});
