// The load gate: what the exporter computed must come out here as well, bit for bit where the engine is listed.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { PlainTensor } from '../engine/onnx-graph.ts';
import { BundleError } from '../errors.ts';
import type { Manifest } from './manifest.ts';

const packed = z.object({
  shape: z.array(z.int().min(0)),
  type: z.enum(['float32', 'int32', 'float64']),
  data: z.base64(),
});
const schema = z.object({
  apiVersion: z.literal('twinward.io/golden/v1'),
  relTolerance: z.number().positive(),
  absTolerance: z.number().min(0),
  step: z.object({
    inputs: z.record(z.string(), packed),
    outputs: z.record(z.string(), packed),
    digestOrder: z.array(z.string()).min(1),
  }),
});

/** A parsed golden.json, as far as the load gate reads it. */
export type Golden = z.output<typeof schema>;

/** A forward pass by tensor names. */
export type Infer = (
  inputs: Readonly<Record<string, PlainTensor>>,
  outputs: readonly string[],
) => Promise<Readonly<Record<string, PlainTensor>>>;

/** Parses golden.json. Throws BundleError ContractViolation. */
export function parseGolden(document: unknown): Golden {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw new BundleError('ContractViolation', 'golden.json does not fit golden/v1; export the bundle again');
}

/** Decodes a packed array of 4-byte elements. */
export function unpack(array: z.output<typeof packed>): PlainTensor {
  const bytes = Buffer.from(array.data, 'base64');
  const buffer = new ArrayBuffer(bytes.length);
  new Uint8Array(buffer).set(bytes);
  return array.type === 'int32'
    ? { type: 'int32', data: new Int32Array(buffer), shape: array.shape }
    : { type: 'float32', data: new Float32Array(buffer), shape: array.shape };
}

/**
 * Replays the golden step cases. With the engine listed in the manifest the digest of the outputs must be equal, else
 * every output within tolerance and the share `sameOrder` of events equal. Throws BundleError ContractViolation.
 */
export async function replayGolden(
  golden: Golden,
  manifest: Manifest,
  engine: string,
  infer: Infer,
): Promise<'digest' | 'tolerance'> {
  const order = golden.step.digestOrder;
  const inputs = Object.entries(golden.step.inputs).map(([name, array]) => [name, unpack(array)] as const);
  const found = await infer(Object.fromEntries(inputs), order);
  const expectedDigest = manifest.golden.digests[engine];
  if (expectedDigest !== undefined) {
    if (digestOf(found, order) !== expectedDigest) throw mismatch('another digest');
    return 'digest';
  }
  for (const name of order) {
    const expected = golden.step.outputs[name];
    const actual = found[name];
    if (expected === undefined || actual === undefined) throw mismatch('no expected value');
    compare(name, actual, unpack(expected), golden, manifest.golden.sameOrder);
  }
  return 'tolerance';
}

function digestOf(outputs: Readonly<Record<string, PlainTensor>>, order: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of order) {
    const data = outputs[name]?.data;
    if (data !== undefined) hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

function compare(
  name: string,
  actual: PlainTensor,
  expected: PlainTensor,
  golden: Golden,
  sameOrder: number,
): void {
  const { absTolerance, relTolerance } = golden;
  if (actual.data.length !== expected.data.length) throw mismatch(`another size of ${name}`);
  let differing = 0;
  for (const [at, want] of expected.data.entries()) {
    const gap = Math.abs((actual.data[at] ?? Number.NaN) - want);
    if (!(gap <= absTolerance + relTolerance * Math.abs(want))) differing++;
  }
  const allowed = name === 'event' ? (1 - sameOrder) * expected.data.length : 0;
  if (differing > allowed) throw mismatch(`other values of ${name}`);
}

function mismatch(problem: string): BundleError {
  return new BundleError(
    'ContractViolation',
    `the golden cases gave ${problem} on this engine; export the bundle again`,
  );
}
