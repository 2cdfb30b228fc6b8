/** @pulumi/kubernetes is an optional peer: loaded when a program asks for what needs it. */
import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** @param wanted what needs it, for the message. Throws where it is not installed. */
export function loadKubernetes(wanted: string): typeof k8s {
  try {
    return require("@pulumi/kubernetes") as typeof k8s;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new pulumi.RunError(`${wanted} needs the package @pulumi/kubernetes: npm install @pulumi/kubernetes`);
  }
}
