/**
 * The seam between the two processes. The engine stores these texts with every resource and later runs them, even years old, to refresh or
 * delete it: neither the path nor a handler's name may ever change, and a text that a release wrote works for ever
 * (tests/unit/sdk/engine/serialized-provider.test.ts holds them all). Constant texts, not serialised closures: nothing of the program is captured,
 * no folder of a machine is stored, and a new release of the package is no diff.
 */
import { createRequire } from "node:module";
import * as path from "node:path";

export type DynamicKind =
  "ClusterSetDNS" | "ClusterSetMembership" | "MultiClusterService" | "ServiceExport" | "ServiceImport";

/**
 * The text that `pulumi-resource-pulumi-nodejs` evaluates to get the kind's handlers. The engine stores it twice with every resource, and writes the
 * whole state at every step: the short one where it is enough, which is nearly everywhere.
 * @param folder that of the program
 */
export function serializedProvider(kind: DynamicKind, folder: string = process.cwd()): string {
  return findsThePackage(folder) ? plainText(kind) : searchingText(kind);
}

const found = new Map<string, boolean>();
function findsThePackage(folder: string): boolean {
  const known = found.get(folder);
  if (known !== undefined) return known;
  let finds = true;
  try {
    createRequire(path.join(folder, "package.json")).resolve("pulumi-mcs/provider");
  } catch {
    finds = false;
  }
  found.set(folder, finds);
  return finds;
}

function plainText(kind: DynamicKind): string {
  return `exports.handler=()=>require("pulumi-mcs/provider").handlers.${kind}`;
}

/** The type token that a stack's state shows, e.g. `pulumi-nodejs:dynamic/mcs:MultiClusterService`. */
export function dynamicType(kind: DynamicKind): string {
  return `pulumi-nodejs:dynamic/mcs:${kind}`;
}

/**
 * `require` there finds what the folder of the program finds. Where the program has the package through a library only, a strict layout (pnpm)
 * does not put it there: then it is looked for as the library finds it, breadth first through what the package.json of the folder, and of those above, depend on.
 * Each line is stored: no comments, short.
 */
function searchingText(kind: DynamicKind): string {
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
