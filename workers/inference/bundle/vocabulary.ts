// The vocabulary of a bundle: what codes mean to the model, what events do, which outcomes can be asked for.
import { z } from 'zod';
import { BundleError } from '../errors.ts';
import { eventStream } from '../trajectory/streams.ts';
import type { GraphSizes } from './manifest.ts';

const index = z.int().min(0);
const code = z.object({ system: z.string(), code: z.string() });
const entry = z.object({
  name: z.string().min(1),
  title: z.string(),
  kind: z.enum([
    'condition',
    'drug',
    'procedure',
    'measurement',
    'lifestyle',
    'admission',
    'death',
    'context',
  ]),
  effect: z.enum(['set', 'bin', 'none']),
  hazard: z.enum(['once', 'recurrent', 'none']),
  codes: z.array(code),
  index: index.optional(),
  stopIndex: index.optional(),
  measure: z
    .object({
      unit: z.string(),
      units: z.array(z.object({ ucum: z.string(), factor: z.number(), offset: z.number() })),
      edges: z.array(z.number()),
      plausible: z.tuple([z.number(), z.number()]),
      indices: z.array(index),
    })
    .optional(),
  concepts: z.array(z.object({ value: z.string(), index, codes: z.array(code) })).optional(),
});
const event = z.object({
  index,
  name: z.string().min(1),
  title: z.string(),
  entry: z.string(),
  action: z.enum(['OCCUR', 'START', 'STOP', 'DEATH']),
  recurrent: z.boolean(),
  terminal: z.boolean(),
  stream: z.int().min(0).max(0xffffffff),
  now: z.array(index),
  set: z.array(index),
  clear: z.array(index),
  requires: z.array(index),
  excludes: z.array(index),
});
const schema = z.object({
  apiVersion: z.literal('twinward.io/vocabulary/v1'),
  size: z.int().min(1),
  sex: z.object({ female: index, male: index }),
  entries: z.array(entry),
  events: z.array(event),
  outcomes: z.array(
    z.object({
      name: z.string().min(1),
      title: z.string(),
      events: z.array(z.string()),
      recurrent: z.boolean(),
      complement: z.boolean(),
      calibrated: z.boolean(),
    }),
  ),
  interventions: z.array(
    z.object({
      entry: z.string(),
      title: z.string(),
      actions: z.array(z.enum(['START', 'STOP'])),
      effect: z.enum(['identified', 'association']),
      startEvent: z.string(),
      stopEvent: z.string(),
      codes: z.array(code),
    }),
  ),
  ignored: z.array(code),
});

/** A parsed vocabulary.json. */
export type Vocabulary = z.output<typeof schema>;
/** An entry: a concept of the code table with its codes. */
export type VocabularyEntry = z.output<typeof entry>;
/** A hazard event. */
export type VocabularyEvent = z.output<typeof event>;
/** An intervention that the model can answer. */
export type VocabularyIntervention = Vocabulary['interventions'][number];

/** Outcomes that every answer has: a longer life raises other incidences. */
export const ALWAYS_ANSWERED = ['death', 'event-free'] as const;

/** Parses and checks a vocabulary against the graph's sizes. Throws BundleError ContractViolation. */
export function parseVocabulary(document: unknown, sizes: GraphSizes): Vocabulary {
  const parsed = schema.safeParse(document);
  if (!parsed.success) {
    const fields = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5);
    throw violation(`does not fit vocabulary/v1 at ${fields.join(', ')}`);
  }
  const vocabulary = parsed.data;
  if (vocabulary.size !== sizes.vocabulary)
    throw violation('has another size than graph.vocab of the manifest');
  checkEvents(vocabulary, sizes);
  checkOutcomes(vocabulary, sizes);
  checkIndices(vocabulary);
  return vocabulary;
}

function checkEvents(vocabulary: Vocabulary, sizes: GraphSizes): void {
  const { events } = vocabulary;
  if (events.length !== sizes.events) throw violation('has another number of events than the graph');
  if (events.some((one, position) => one.index !== position)) throw violation('lists events out of order');
  if (new Set(events.map(({ stream }) => stream)).size !== events.length) {
    throw violation('gives two events the same random stream; rename one of them');
  }
  if (events.some(({ name, stream }) => eventStream(name) !== stream)) {
    throw violation('has an event whose stream is not the hash of its name');
  }
}

function checkOutcomes(vocabulary: Vocabulary, sizes: GraphSizes): void {
  const names = vocabulary.outcomes.map(({ name }) => name);
  const events = new Set(vocabulary.events.map(({ name }) => name));
  if (names.length > sizes.outcomes) throw violation('lists more outcomes than the graph has columns');
  if (new Set(names).size !== names.length) throw violation('lists an outcome twice');
  if (!ALWAYS_ANSWERED.every((name) => names.includes(name)))
    throw violation('lacks the outcome death or event-free');
  if (!vocabulary.outcomes.every((outcome) => outcome.events.every((name) => events.has(name)))) {
    throw violation('has an outcome of an unknown event');
  }
}

function checkIndices(vocabulary: Vocabulary): void {
  const used = [
    ...vocabulary.events.flatMap((one) => [one.now, one.set, one.clear, one.requires, one.excludes].flat()),
    ...vocabulary.entries.flatMap((one) => [
      ...[one.index ?? 0, one.stopIndex ?? 0, ...(one.measure?.indices ?? [])],
      ...(one.concepts ?? []).map((concept) => concept.index),
    ]),
  ];
  if (used.some((value) => value >= vocabulary.size)) throw violation('uses an index beyond its size');
  if (
    vocabulary.entries.some(({ measure }) => measure && measure.indices.length !== measure.edges.length + 1)
  ) {
    throw violation('has a measurement whose indices do not fit its bins');
  }
}

function violation(problem: string): BundleError {
  return new BundleError('ContractViolation', `vocabulary.json ${problem}`);
}
