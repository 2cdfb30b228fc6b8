/** The two CRDs of the Multi-Cluster Services API, in the order in which they are installed. */
import type { CustomResourceDefinition } from "../../mcs/api";
import { serviceexportsCrd } from "./serviceexports";
import { serviceimportsCrd } from "./serviceimports";

export const mcsCrds: readonly CustomResourceDefinition[] = [serviceexportsCrd, serviceimportsCrd];
