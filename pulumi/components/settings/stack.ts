// What Pulumi knows of the stack that runs. The only file that reads configuration.
import * as pulumi from '@pulumi/pulumi';
import { z } from 'zod';
import { parseSettings, SettingsError } from './parse.ts';

/** Where a stack works. */
export interface Place {
  /** Id of the Google Cloud project. */
  readonly project: string;
  /** Region of everything that has one. */
  readonly region: string;
}

const place = z.object({
  project: z
    .string({ error: 'is missing. Which Google Cloud project is this for?' })
    .regex(/^[a-z][-a-z0-9]{4,28}[a-z0-9]$/, {
      error:
        'must be the id of a Google Cloud project (6 to 30 lower-case letters, digits, dashes), not its name or number',
    }),
  region: z.string({ error: 'is missing. Where may patient data be kept?' }).regex(/^[a-z]+-[a-z]+[0-9]+$/, {
    error: 'must be a region such as europe-west4, not a zone',
  }),
});

/** Reads and validates the settings of the running project. Throws SettingsError. */
export function stackSettings<Schema extends z.ZodType>(
  schema: Schema,
): { readonly place: Place; readonly settings: z.output<Schema> } {
  const project = pulumi.getProject();
  const stack = pulumi.getStack();
  const faults: string[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      faults.push(...error.faults);
      return undefined;
    }
  };
  const where = attempt(() => parseSettings(place, { project: 'gcp', stack }, rawSettings('gcp')));
  const settings = attempt(() => parseSettings(schema, { project, stack }, rawSettings(project)));
  if (where === undefined || settings === undefined) {
    throw new pulumi.RunError(new SettingsError(project, stack, faults).message);
  }
  return { place: where, settings };
}

function rawSettings(namespace: string): Record<string, string> {
  const prefix = `${namespace}:`;
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/** The stack of another project with the same name as this one, for its outputs. */
export function siblingStack(project: string): pulumi.StackReference {
  return new pulumi.StackReference(project, {
    name: `${pulumi.getOrganization()}/${project}/${pulumi.getStack()}`,
  });
}

/** An output of another stack, as text. */
export function textOutput(stack: pulumi.StackReference, name: string): pulumi.Output<string> {
  return stack.requireOutput(name).apply((value) => {
    if (typeof value !== 'string') {
      throw new pulumi.RunError(
        `Output ${name} of another stack is no text. Run pulumi up there first, with this version of the programs.`,
      );
    }
    return value;
  });
}

/** Labels of everything that can have them. */
export function labelsOf(environment: string): Record<string, string> {
  return { product: 'twinward', environment, 'managed-by': 'pulumi', project: pulumi.getProject() };
}

/** An output of another stack that maps names to texts; the answer is a function from name to text. */
export function textMap<Name extends string>(
  stack: pulumi.StackReference,
  output: string,
): (name: Name) => pulumi.Output<string> {
  const all = stack.requireOutput(output);
  return (name) =>
    all.apply((map: unknown) => {
      const value = typeof map === 'object' && map !== null ? Reflect.get(map, name) : undefined;
      if (typeof value !== 'string') {
        throw new pulumi.RunError(
          `Output ${output} of another stack has no ${name}. Run pulumi up there first, with this version of the programs.`,
        );
      }
      return value;
    });
}
