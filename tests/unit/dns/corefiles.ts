/** Corefiles as installers write them. */

/** kubeadm, kind, minikube. */
export const KUBEADM = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;

/** The same, resolving clusterset.local. */
export const KUBEADM_MULTICLUSTER = KUBEADM.replace(
  "cluster.local in-addr",
  "cluster.local clusterset.local in-addr",
).replace("ttl 30\n", "ttl 30\n       multicluster clusterset.local\n");

/** k3s: a block of two kinds of files beside it, and nodes by a file of hosts. */
export const K3S = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
      pods insecure
      fallthrough in-addr.arpa ip6.arpa
    }
    hosts /etc/coredns/NodeHosts {
      ttl 60
      reload 15s
      fallthrough
    }
    prometheus :9153
    cache 30
    loop
    reload
    loadbalance
    import /etc/coredns/custom/*.override
    forward . /etc/resolv.conf
}
import /etc/coredns/custom/*.server
`;

/** A block a zone, tabs, comments, no options. */
export const SPLIT = `# Ours. Ask before you change it.
(logging) {
	errors
	log . {
		class error
	}
}

cluster.local:53 {	# the cluster
	import logging
	kubernetes cluster.local
	reload
}

in-addr.arpa:53, ip6.arpa:53 {
	kubernetes in-addr.arpa ip6.arpa
}

.:53 {
	forward . 10.0.0.2 # upstream
}
`;
