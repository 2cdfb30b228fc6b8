// The Service "serve" of member1, callable in member2 as "derived-serve". Apply ../quickstart/serve.yaml to member1 first.
package main

import (
	"github.com/pulumi-mcs/pulumi-mcs/sdks/go/mcs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		conf := config.New(ctx, "")
		prod, err := mcs.NewProvider(ctx, "prod", &mcs.ProviderArgs{
			Clusters: mcs.ClusterMap{"member1": member(conf, "member1"), "member2": member(conf, "member2")},
		})
		if err != nil {
			return err
		}
		membership, err := mcs.NewClusterSetMembership(ctx, "prod", nil, pulumi.Provider(prod))
		if err != nil {
			return err
		}
		serve, err := mcs.NewMultiClusterService(ctx, "serve", &mcs.MultiClusterServiceArgs{
			Namespace:  pulumi.String("default"),
			ExportFrom: pulumi.ToStringArray([]string{"member1"}),
			ImportTo:   pulumi.ToStringArray([]string{"member2"}),
		}, pulumi.Provider(prod), pulumi.DependsOn([]pulumi.Resource{membership}))
		if err != nil {
			return err
		}
		imported := serve.Imports.MapIndex(pulumi.String("member2"))
		// Where pods of member2 reach it, e.g. "10.82.33.71".
		ctx.Export("address", imported.ClusterIPs().Index(pulumi.Int(0)))
		// Ready pods behind the address.
		ctx.Export("endpoints", imported.Endpoints().Ready())
		return nil
	})
}

// By the config <id>Kubeconfig (contents) or <id>KubeconfigPath (a file), and <id>Context where it is not the current one.
func member(conf *config.Config, id string) mcs.ClusterArgs {
	return mcs.ClusterArgs{
		Kubeconfig:     conf.GetSecret(id + "Kubeconfig"),
		KubeconfigPath: pulumi.String(conf.Get(id + "KubeconfigPath")),
		Context:        pulumi.String(conf.Get(id + "Context")),
	}
}
