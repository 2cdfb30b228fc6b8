/** The exporting team's stack. */
import * as mcs from "pulumi-mcs";
import { prod } from "../clusterset";

const serve = new mcs.ServiceExport("serve", { clusterSet: prod, cluster: "member1", namespace: "default" });

export const valid = serve.valid;
