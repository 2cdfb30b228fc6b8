/** Ways to name members of a clusterset. */
import * as pulumi from "@pulumi/pulumi";

/** Members that carry all of these labels (`ClusterArgs.labels`). */
export interface MatchLabels {
  matchLabels: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * Cluster ids, or the members that carry some labels, or `"all"`. It must name at least one member.
 * Stored as the sorted list of ids it stands for: a member that begins to match is a diff that a preview shows.
 */
export type ClusterSelector = pulumi.Input<pulumi.Input<string>[] | MatchLabels | "all">;

/** For people, e.g. "member1, member2" or "every member". */
export function selectorText(selector: ClusterSelector): pulumi.Output<string> {
  return pulumi.output(selector).apply((chosen) => {
    if (chosen === "all") return "every member";
    if (Array.isArray(chosen)) return chosen.join(", ");
    const { matchLabels } = chosen as { readonly matchLabels: Readonly<Record<string, string>> };
    return `the members with ${Object.entries(matchLabels)
      .map(([key, value]) => `${key}=${value}`)
      .join(",")}`;
  });
}
