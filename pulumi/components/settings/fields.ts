// Fields that several projects have. Messages say what is wrong and what would be right.
import { z } from 'zod';

/** Which of the two shapes a stack has. A production stack refuses settings that only suit a trial. */
export const environment = z.enum(['dev', 'prod'], {
  error: 'is missing or none of dev, prod. It decides which safeguards may be off',
});

/** Whether deletion is refused in every layer (provider, API, Pulumi). */
export const deletionProtection = z
  .boolean({ error: 'must be true or false. Leave it out to keep what holds data from being deleted' })
  .default(true);

/** Says that a production stack is to be taken down, which alone may turn its protection off. */
export const takeDown = z.boolean({ error: 'must be true or false' }).default(false);

/** A refusal for production stacks whose deletion protection is off without a word on why. */
export function refuseUnprotectedProduction(
  settings: {
    readonly environment: 'dev' | 'prod';
    readonly deletionProtection: boolean;
    readonly takeDown: boolean;
  },
  context: z.RefinementCtx,
): void {
  if (settings.environment === 'prod' && !settings.deletionProtection && !settings.takeDown) {
    context.addIssue({
      code: 'custom',
      path: ['deletionProtection'],
      message:
        'is false in a production stack. Remove the key; if the stack is to be taken down with all that it holds, set takeDown to true as well',
    });
  }
}

/** A whole number from `min` to `max`. `what` names the unit. */
export function wholeNumber(min: number, max: number, what: string): z.ZodInt {
  const error = `must be a whole number of ${what} from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** A name as Kubernetes wants it for namespaces and labels. */
export const kubernetesName = z.string().regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, {
  error: 'must be at most 63 lower-case letters, digits and dashes, such as ward-7',
});

const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** An IPv4 range: first address and number of addresses. */
export interface AddressRange {
  readonly first: number;
  readonly size: number;
}

/** Reads `10.0.0.0/20`; undefined when it is no private range or its host bits are set. */
export function addressRange(text: string): AddressRange | undefined {
  const parts = CIDR.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.slice(0, 4).some((part) => part > 255)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = parts;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  const isPrivate =
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128);
  return prefix > 32 || first % size !== 0 || !isPrivate ? undefined : { first, size };
}

/** A private IPv4 range whose prefix is from `shortest` to `longest` bits. */
export function privateRange(shortest: number, longest: number): z.ZodString {
  return z
    .string()
    .refine((text) => addressRange(text) !== undefined, {
      error: 'must be a private IPv4 range in CIDR form with no host bits set, such as 10.0.0.0/20',
    })
    .refine(
      (text) => {
        const bits = Number(text.split('/')[1]);
        return bits >= shortest && bits <= longest;
      },
      { error: `must have a prefix of /${shortest} to /${longest}` },
    );
}

/** Pairs of named ranges that share an address. */
export function overlaps(ranges: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const known = Object.entries(ranges).flatMap(([name, text]) => {
    const range = addressRange(text);
    return range === undefined ? [] : [{ name, ...range }];
  });
  return known.flatMap((one, index) =>
    known
      .slice(index + 1)
      .filter((other) => one.first < other.first + other.size && other.first < one.first + one.size)
      .map((other) => [one.name, other.name] as const),
  );
}
