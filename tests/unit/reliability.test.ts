/** docs/reliability.md as a function of what was recorded. */
import assert from "node:assert/strict";
import { reliability } from "../reliability/document";

const circumstances = { pulumi: "3.260.0", kubernetes: "v1.36.3" };

describe("the page of what held", () => {
  const page = reliability(
    [
      { area: "outage", what: "hang, during up", on: "pipeline" },
      { area: "outage", what: "hang, during up", on: "pulumi", times: 3 },
      { area: "outage", what: "hang, during up", on: "plugin", times: 2 },
      { area: "outage", what: "cut | half", on: "pipeline", times: 2 },
      { area: "kill", what: "create", on: "pulumi", times: 9 },
      { area: "size", what: "services", on: "pulumi", times: 19 },
      { area: "size", what: "services", on: "pulumi", times: 3 },
    ],
    circumstances,
  );

  it("sums what was tried, a row a fault and a column a ground", () => {
    assert.match(page, /^\| hang, during up \| {2}\| 1 \| 3 \| 2 \|$/m);
    assert.match(page, /^\| cut \\\| half \| {2}\| 2 \| {2}\| {2}\|$/m);
    assert.match(page, /^\| \*\*Outages:.*\*\* \| {2}\| \*\*3\*\* \| \*\*3\*\* \| \*\*2\*\* \|$/m);
    assert.match(page, /^\| \*\*Kill points:.*\*\* \| {2}\| {2}\| \*\*9\*\* \| {2}\|$/m);
  });

  it("tells the largest of a size, and no sum of sizes", () => {
    assert.match(page, /^\| services \| {2}\| {2}\| 19 \| {2}\|$/m);
    assert.match(page, /^\| \*\*Sizes:.*\*\* \| {2}\| {2}\| {2}\| {2}\|$/m);
  });

  it("names what it ran on, and an area in which nothing was tried", () => {
    assert.match(page, /Kubernetes v1\.36\.3, Pulumi CLI 3\.260\.0\./);
    assert.match(page, /^\| \*\*Drift:.*\*\* \| {2}\| {2}\| {2}\| {2}\|$/m);
  });
});
