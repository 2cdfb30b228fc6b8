import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { withServerClock } from "../../../../provider/kube/api/server-clock";
import { connect } from "../../../../provider/kube/connect";
import type { Member } from "../../../../provider/reconcile/member";
import { kubeconfigText } from "../../../controlplane/kubeconfig";

describe("the clock of a member's server", () => {
  let server: Server;
  let member: Member;
  let date: string | undefined;
  before(async () => {
    server = createServer((_request, response) => {
      response.sendDate = false;
      const headers = { "content-type": "application/json", ...(date !== undefined && { date }) };
      response.writeHead(200, headers).end(JSON.stringify({ major: "1", minor: "36", gitVersion: "v1.36.3" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    member = await connect({
      id: "member1",
      kubeconfig: kubeconfigText({ name: "m", server: url, caPem: "", token: "t" }),
    });
  });
  after(async () => {
    await member?.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function skew(header: string | undefined): Promise<number> {
    date = header;
    await member.version();
    return member.skewMs();
  }
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toUTCString();

  it("is that of its last answer, in hours", async () => {
    for (const hours of [-2, 2]) assert.equal(Math.round((await skew(at(hours))) / 3_600_000), hours);
  });

  it("is ours where the two agree within seconds", async () => {
    assert.equal(await skew(at(0)), 0);
  });

  it("is ours where only the answer took long: the server tells the time when it begins to answer", async () => {
    let now = Date.UTC(2026, 0, 1);
    const { client, skewMs } = withServerClock(
      async () => {
        const date = new Date(now).toUTCString();
        now += 25_000;
        return { status: 200, date, body: {}, size: { bytes: 2, values: 1 } };
      },
      () => now,
    );
    const action = { member: "member1", server: "https://m", verb: "list", object: "Services" };
    await client({ action, request: { method: "GET", path: "/" } });
    assert.equal(skewMs(), 0);
  });

  for (const [what, header] of [
    ["says none", undefined],
    ["says nonsense", "yesterday"],
  ] as const) {
    it(`stays what it was where the server ${what}`, async () => {
      await skew(at(0));
      assert.equal(await skew(header), 0);
    });
  }
});
