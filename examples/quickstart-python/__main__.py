"""The Service "serve" of member1, callable in member2 as "derived-serve". Apply ../quickstart/serve.yaml to member1 first."""

import pulumi
import pulumi_mcs as mcs

config = pulumi.Config()


def member(id: str) -> mcs.ClusterArgs:
    """By the config <id>Kubeconfig (contents) or <id>KubeconfigPath (a file), and <id>Context where it is not the current one."""
    return mcs.ClusterArgs(
        kubeconfig=config.get_secret(f"{id}Kubeconfig"),
        kubeconfig_path=config.get(f"{id}KubeconfigPath"),
        context=config.get(f"{id}Context"),
    )


prod = mcs.Provider("prod", clusters={"member1": member("member1"), "member2": member("member2")})
membership = mcs.ClusterSetMembership("prod", opts=pulumi.ResourceOptions(provider=prod))
serve = mcs.MultiClusterService(
    "serve",
    namespace="default",
    export_from=["member1"],
    import_to=["member2"],
    opts=pulumi.ResourceOptions(provider=prod, depends_on=[membership]),
)

# Where pods of member2 reach it, e.g. "10.82.33.71".
pulumi.export("address", serve.imports["member2"].cluster_ips[0])
# Ready pods behind the address.
pulumi.export("endpoints", serve.imports["member2"].endpoints.ready)
