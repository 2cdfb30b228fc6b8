/** Runs a program of the SDK against Pulumi's mocks and tells what it registered. */
import * as pulumi from "@pulumi/pulumi";

export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly custom?: boolean;
  readonly provider?: string;
  readonly inputs: Record<string, unknown>;
}

/** Resolves when every resource that the program made has been registered. */
export async function registeredBy(program: () => void): Promise<readonly Registered[]> {
  const registered: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, custom, provider, inputs }) => {
        registered.push({ type, name, custom, provider, inputs });
        return { id: `${name}-id`, state: inputs };
      },
      call: () => ({}),
    },
    "project",
    "stack",
    false,
  );
  program();
  await pulumi.runtime.disconnect();
  return registered;
}
