/**
 * What the Multi-Cluster Services API asks (KEP-1645; A7 to A15 from KEP-2149), in our own words: the rows of docs/conformance.md.
 * A row is either proven by tests that carry its id, or says why it is not this project's to prove.
 */

export type Level = "must" | "must not" | "should" | "stated" | "recommended" | "may" | "open";

export interface Behaviour {
  readonly id: string;
  readonly level: Level;
  readonly says: string;
  /** Why no test of ours proves it. */
  readonly notOurs?: string;
}

/**
 * Tests of imports that a person wrote and that are served as they are (`Intent.honour`). Only sync asks for that: a resource refuses such an import
 * by name or adopts it. Alone they prove no behaviour that both must have.
 */
export const BY_SYNC: readonly string[] = [
  "tests/cluster/mcs/handmade.test.ts",
  "tests/unit/mcs/derive/hand-written-import.test.ts",
  "tests/unit/reconcile/hand-written-imports.test.ts",
];

const USER = "rule for users of clusters; an implementation has nothing to do";
const ADMIN = "rule for cluster administrators";
const FREE = "leaves the choice open: nothing to prove";

export const behaviours = [
  {
    id: "A1",
    level: "stated",
    says: "A clusterset is a set of clusters that trust each other; how it is defined is the implementation's business.",
  },
  { id: "A2", level: "stated", says: "A namespace name means the same namespace in every member.", notOurs: USER },
  { id: "A3", level: "must", says: "A cluster name is a DNS label and unique in the registry." },
  {
    id: "A4",
    level: "should",
    says: "A cluster name stays; another name is another member that joins while the old one leaves.",
  },
  {
    id: "A5",
    level: "must",
    says: "A cluster id is the name, or the name and a second DNS label, and unique in the clusterset.",
  },
  {
    id: "A6",
    level: "should",
    says: "A cluster id stays; another id is another member that joins while the old one leaves.",
  },
  {
    id: "A7",
    level: "must",
    says: "The id stands in ClusterProperty cluster.clusterset.k8s.io where that API is served, as a DNS subdomain.",
  },
  { id: "A8", level: "should", says: "The id is shorter than 128 characters." },
  { id: "A9", level: "must", says: "The id is unique and does not change while the cluster is a member." },
  {
    id: "A10",
    level: "may",
    says: "The id may be unique in the world, outlive membership, or be readable.",
    notOurs: FREE,
  },
  {
    id: "A11",
    level: "must",
    says: "ClusterProperty clusterset.k8s.io names the clusterset exactly while the cluster is a member.",
  },
  {
    id: "A12",
    level: "stated",
    says: "A cluster whose id is missing or taken is refused with an error one can act on, and nothing is set on it.",
  },
  { id: "A13", level: "may", says: "An id may serve another cluster after its holder left.", notOurs: FREE },
  {
    id: "A14",
    level: "should",
    says: "Long-lived consumers watch both properties.",
    notOurs: "rule for consumers of the properties",
  },
  {
    id: "A15",
    level: "must",
    says: "Shared tools give other properties a suffixed name; the Kubernetes suffixes are reserved.",
    notOurs: "the project writes no other properties",
  },
  {
    id: "A16",
    level: "must",
    says: "Members that have the namespace import the service, exporters too; members without it do not.",
  },
  {
    id: "A17",
    level: "may",
    says: "Missing namespaces may be made.",
    notOurs: "not done: a namespace is somebody's decision",
  },

  { id: "B1", level: "must", says: "Nothing leaves a cluster without an export." },
  { id: "B2", level: "must", says: "An export is a ServiceExport of the Service's name in its namespace and cluster." },
  { id: "B3", level: "must", says: "Exports of one name from several clusters are one service." },
  {
    id: "B4",
    level: "must",
    says: "A Service without an export of its own cluster adds nothing, whoever else exports the name.",
  },
  { id: "B5", level: "must", says: "Ports, backends, topology, affinity and traffic policies come from the Service." },
  {
    id: "B6",
    level: "may",
    says: "Labels and annotations come from the export's exportedLabels and exportedAnnotations.",
  },
  {
    id: "B7",
    level: "must not",
    says: "No label or annotation is taken from the metadata of the Service or of the export.",
  },
  { id: "B8", level: "must", says: "Deleting the export ends it." },
  { id: "B9", level: "stated", says: "An export without a Service is Valid=False, NoService." },
  {
    id: "B10",
    level: "must",
    says: "An ExternalName Service is Valid=False, InvalidServiceType, and is merged with nothing.",
  },
  { id: "B11", level: "must", says: "NodePort and LoadBalancer Services export only their cluster-internal side." },
  { id: "B12", level: "must", says: "Headless Services can be exported; the import is Headless." },
  { id: "B13", level: "must", says: "Exporting changes nothing of the local Service." },
  { id: "B14", level: "may", says: "Administrators may restrict by namespace who exports.", notOurs: ADMIN },
  { id: "B15", level: "may", says: "Other tools may make exports.", notOurs: FREE },
  {
    id: "B16",
    level: "stated",
    says: "Export and Service share a namespace, so that namespace rights govern both.",
    notOurs: "follows from B2",
  },

  {
    id: "C1",
    level: "stated",
    says: "An export's Valid condition: True/Valid, False/NoService, False/InvalidServiceType.",
  },
  { id: "C2", level: "stated", says: "An export's Ready condition: True/Exported, False/Pending or Failed." },
  { id: "C3", level: "must", says: "An export's Conflict condition: True with reasons, or False/NoConflicts." },
  { id: "C4", level: "must", says: "A conflict is told on every export of the service." },
  { id: "C5", level: "must", says: "The message names the contested field, who won and why, and who disagrees." },
  { id: "C6", level: "may", says: "Several reasons share one condition, joined by commas." },
  {
    id: "C7",
    level: "may",
    says: "Other reasons may be used; the listed ones are preferred.",
    notOurs: "only listed reasons are used",
  },
  { id: "C8", level: "stated", says: "Users learn of a conflict of types." },
  { id: "C9", level: "should", says: "An import's Ready condition tells its state, e.g. False/IPFamilyNotSupported." },

  { id: "D1", level: "must", says: "One import of the service's name and namespace in each importing cluster." },
  { id: "D2", level: "must", says: "The import lives while one valid export exists, and goes with the last." },
  { id: "D3", level: "must", says: "The import's properties are merged from its constituents." },
  { id: "D4", level: "must", says: "The import's type is ClusterSetIP or Headless." },
  { id: "D5", level: "stated", says: "The import's status lists the exporting clusters." },
  { id: "D6", level: "must", says: "The import's status says whether imported EndpointSlices exist." },
  {
    id: "D7",
    level: "may",
    says: "Consumers choose by that between slices and addresses.",
    notOurs: "rule for consumers of imports",
  },
  { id: "D8", level: "should", says: "Only the controller makes and changes imports." },
  { id: "D9", level: "stated", says: "The import is the truth for routing and DNS in its cluster." },
  { id: "D10", level: "stated", says: "When an old export goes, the type may change; conditions say so." },

  { id: "E1", level: "must", says: "An import has clusterset addresses, a headless one has none." },
  { id: "E2", level: "may", says: "The address may be per cluster.", notOurs: FREE },
  { id: "E3", level: "must", says: "The address does not change while the import lives." },
  { id: "E4", level: "must", says: "Traffic to the address reaches the backends of all exporters." },
  { id: "E5", level: "must", says: "At most two addresses and two families, no family twice." },
  { id: "E6", level: "must", says: "Addresses and families match, in the same order." },
  { id: "E7", level: "may", says: "How families are chosen is free.", notOurs: FREE },
  { id: "E8", level: "must", says: "IPFamilyConflict where one protocol would reach only part of the backends." },
  {
    id: "E9",
    level: "stated",
    says: "Services are single-stack by default and cannot change their primary family: merging lives with that.",
  },
  { id: "E10", level: "stated", says: "Session affinity means nothing for a headless import." },

  {
    id: "F1",
    level: "must",
    says: "The oldest ServiceExport has precedence: not the oldest Service, not a majority, not the local cluster.",
  },
  {
    id: "F2",
    level: "must",
    says: "What cannot be merged is a Conflict on all exports, and the oldest's value is used in every cluster.",
  },
  { id: "F3", level: "must", says: "A new conflict does not disturb running traffic." },
  {
    id: "F4",
    level: "may",
    says: "When a conflict ends, the import may stay as it was.",
    notOurs: "not used: the import follows its constituents",
  },
  { id: "F5", level: "must", says: "Ports that differ are united, with PortConflict." },
  { id: "F6", level: "must", says: "No two ports of one name, no two of one protocol and number." },
  {
    id: "F7",
    level: "should",
    says: "Ports merge by name, then by protocol and number; precedence picks which stays.",
  },
  { id: "F8", level: "should", says: "Traffic to a contested port goes only to clusters that expose it." },
  { id: "F9", level: "must", says: "The oldest decides about headlessness; TypeConflict." },
  {
    id: "F10",
    level: "must",
    says: "The oldest decides about session affinity and its config; SessionAffinityConflict, SessionAffinityConfigConflict.",
  },
  { id: "F11", level: "must", says: "The oldest decides about internalTrafficPolicy; InternalTrafficPolicyConflict." },
  { id: "F12", level: "must", says: "The oldest decides about trafficDistribution; TrafficDistributionConflict." },
  {
    id: "F13",
    level: "must",
    says: "Exported labels and annotations are compared and chosen as whole maps; LabelsConflict, AnnotationsConflict.",
  },

  { id: "G1", level: "may", says: "EndpointSlices are optional.", notOurs: "used: G2 to G8 apply" },
  {
    id: "G2",
    level: "must",
    says: "Each importing cluster holds at least one slice an exporting cluster, in the service's namespace.",
  },
  { id: "G3", level: "must", says: "A slice holds endpoints of one cluster." },
  { id: "G4", level: "must", says: "A slice carries the import's name as a label." },
  { id: "G5", level: "must", says: "A slice carries the source cluster's id as a label." },
  { id: "G6", level: "must", says: "A slice is marked as managed by the implementation." },
  { id: "G7", level: "may", says: "Slices need not mirror the sources one to one.", notOurs: FREE },
  { id: "G8", level: "must", says: "Un-exporting deletes the cluster's slices." },
  { id: "G9", level: "recommended", says: "A slice is owned by its import, and keeps the endpoints' zones." },
  { id: "G10", level: "recommended", says: "Endpoints of a cluster that cannot be reached do not linger." },
  { id: "G11", level: "recommended", says: "A lease a source cluster tells whether its endpoints are fresh." },
  { id: "G12", level: "stated", says: "Traffic policies and trafficDistribution work across clusters." },
  { id: "G13", level: "open", says: "How many endpoints scale is unresolved.", notOurs: "open in the KEP" },

  { id: "H1", level: "must", says: "The zone and the form of names." },
  { id: "H2", level: "must", says: "Address records for clusterset addresses." },
  { id: "H3", level: "must", says: "SRV records for named ports." },
  { id: "H4", level: "must", says: "Address records of ready endpoints for headless services." },
  { id: "H5", level: "must", says: "Names of single endpoints under their cluster's id." },
  { id: "H6", level: "must", says: "SRV records of a headless service's endpoints." },
  { id: "H7", level: "must", says: "An endpoint's name is its hostname where it has one: imported slices keep it." },
  { id: "H8", level: "must not", says: "No record at a cluster's name alone." },
  { id: "H9", level: "open", says: "No PTR records are asked for.", notOurs: "nothing is asked" },
  { id: "H10", level: "must", says: "Names in cluster.local behave as before." },
  { id: "H11", level: "must", says: "Names fit DNS limits.", notOurs: USER },

  { id: "I1", level: "may", says: "A selector-less Service with slices may carry the traffic." },
  { id: "I2", level: "must", says: "Services of the single cluster behave as before." },
  { id: "I3", level: "must", says: "The installed version of the CRDs is supported." },
  {
    id: "I4",
    level: "open",
    says: "What NetworkPolicy means across clusters is undefined.",
    notOurs: "out of scope of the KEP",
  },
] as const satisfies readonly Behaviour[];

export type BehaviourId = (typeof behaviours)[number]["id"];
