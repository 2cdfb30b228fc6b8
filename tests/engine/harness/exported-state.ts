// The part of `pulumi stack export` that the tests read. Everything is as stored, secrets as `{"4dabf…": …, ciphertext}`.

export interface ExportedState {
  readonly version: number;
  readonly deployment: { readonly resources?: readonly ExportedResource[]; readonly [key: string]: unknown };
}

export interface ExportedResource {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
  readonly id?: string;
  readonly parent?: string;
  readonly inputs?: Record<string, unknown>;
  readonly outputs?: Record<string, unknown>;
  readonly provider?: string;
  readonly dependencies?: readonly string[];
  readonly initErrors?: readonly string[];
  readonly delete?: boolean;
  readonly [key: string]: unknown;
}
