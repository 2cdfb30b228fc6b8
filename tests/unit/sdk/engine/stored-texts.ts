/** Every text that a release wrote into a state as `__provider`, oldest first. Rows are added, never changed: the engine goes on running them. */

export interface StoredText {
  /** What a reader needs to know of the states that hold it. */
  readonly where: string;
  of(kind: string): string;
}

export const storedTexts: readonly StoredText[] = [
  {
    where: "0.1.0, and since then where the folder of the program finds the package: only what it finds",
    of: (kind) => `exports.handler=()=>require("pulumi-mcs/provider").handlers.${kind}`,
  },
  {
    where: "since then elsewhere: also what the packages find that the program depends on",
    of: (kind) =>
      [
        "exports.handler=()=>{",
        `const name="pulumi-mcs/provider",kind="${kind}",path=require("path"),fs=require("fs"),files=new Set()`,
        'try{return require(name).handlers[kind]}catch(e){if(e.code!=="MODULE_NOT_FOUND")throw e}',
        'for(let at=process.cwd(),last;at!==last;at=path.dirname(last=at))files.add(path.join(at,"package.json"))',
        "for(const file of files){",
        'const from=require("module").createRequire(file)',
        "let found,all={}",
        "try{found=from.resolve(name)}catch{}",
        "if(found)return from(found).handlers[kind]",
        "try{all=JSON.parse(fs.readFileSync(file))}catch{}",
        "for(const other in{...all.dependencies,...all.devDependencies,...all.optionalDependencies,...all.peerDependencies})",
        "for(const folder of from.resolve.paths(other)||[])",
        'try{files.add(fs.realpathSync(path.join(folder,other,"package.json")));break}catch{}',
        "}",
        'throw Error("cannot find the package pulumi-mcs from "+process.cwd()+", nor in what its package.json depends on: install it there")',
        "}",
      ].join("\n"),
  },
];
