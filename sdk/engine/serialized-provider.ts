/**
 * The seam between the two processes. The engine stores these texts with every resource and later runs them, even years old, to refresh or
 * delete it: neither the path nor a handler's name may ever change, and a text that a release wrote works for ever
 * (tests/unit/sdk/engine/serialized-provider.test.ts holds them all). Constant texts, not serialised closures: nothing of the program is captured,
 * no folder of a machine is stored, and a new release of the package is no diff.
 */

export type DynamicKind =
  "ClusterSetDNS" | "ClusterSetMembership" | "MultiClusterService" | "ServiceExport" | "ServiceImport";

/** Kind → the text that `pulumi-resource-pulumi-nodejs` evaluates to get the kind's handlers. */
export const serializedProviders: Readonly<Record<DynamicKind, string>> = {
  ClusterSetDNS: textOf("ClusterSetDNS"),
  ClusterSetMembership: textOf("ClusterSetMembership"),
  MultiClusterService: textOf("MultiClusterService"),
  ServiceExport: textOf("ServiceExport"),
  ServiceImport: textOf("ServiceImport"),
};

/** The type token that a stack's state shows, e.g. `pulumi-nodejs:dynamic/mcs:MultiClusterService`. */
export function dynamicType(kind: DynamicKind): string {
  return `pulumi-nodejs:dynamic/mcs:${kind}`;
}

/**
 * `require` there finds what the folder of the program finds. Where the program has the package through a library only, a strict layout (pnpm)
 * does not put it there: then it is looked for as the library finds it, breadth first through what the package.json of the folder, and of those above, depend on.
 * Each line is stored: no comments, short.
 */
function textOf(kind: DynamicKind): string {
  return `exports.handler=()=>{
const name="pulumi-mcs/provider",kind="${kind}",path=require("path"),fs=require("fs"),files=new Set()
try{return require(name).handlers[kind]}catch(e){if(e.code!=="MODULE_NOT_FOUND")throw e}
for(let at=process.cwd(),last;at!==last;at=path.dirname(last=at))files.add(path.join(at,"package.json"))
for(const file of files){
const from=require("module").createRequire(file)
let found,all={}
try{found=from.resolve(name)}catch{}
if(found)return from(found).handlers[kind]
try{all=JSON.parse(fs.readFileSync(file))}catch{}
for(const other in{...all.dependencies,...all.devDependencies,...all.optionalDependencies,...all.peerDependencies})
for(const folder of from.resolve.paths(other)||[])
try{files.add(fs.realpathSync(path.join(folder,other,"package.json")));break}catch{}
}
throw Error("cannot find the package pulumi-mcs from "+process.cwd()+", nor in what its package.json depends on: install it there")
}`;
}
