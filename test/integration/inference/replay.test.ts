// Same question, same answer: never a matter of batch, shard, order, thread, or of what else was asked.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Scenario } from '#proto/gen/twinward/v1/Scenario.ts';
import {
  aRequest,
  simulate as ask,
  bitsOf,
  bundleFolder,
  cellOf,
  METFORMIN,
  STATIN,
  startWorker,
  untilReady,
  type Worker,
} from './worker.ts';

const SCENARIOS: Scenario[] = [
  { name: 'usual', interventions: [] },
  { name: 'metformin', interventions: [{ ...METFORMIN, action: 'ACTION_START', atDays: 200, hold: true }] },
  { name: 'no-statin', interventions: [{ ...STATIN, action: 'ACTION_STOP', atDays: 0 }] },
];
/** With three arms each: more than ten thousand rollouts. */
const SAMPLES = 3_584;
const question = aRequest({ scenarios: SCENARIOS, ranges: [{ from: 0, to: SAMPLES }] });

/** Machines may be slow: what is compared is bits, not time. */
const simulate: typeof ask = (client, request) => ask(client, request, 240_000);

describe('an answer', () => {
  let worker: Worker;
  let answer: Awaited<ReturnType<typeof ask>>;
  let wanted: string;
  before(async () => {
    worker = await untilReady(await startWorker({ env: { TWINWARD_BATCH_ROWS: '512' } }));
    answer = await simulate(worker.client, question);
    assert.equal(answer.leaves.length, SAMPLES / 64);
    assert.deepEqual(answer.done.unfinished, []);
    wanted = bitsOf(answer.leaves);
  });
  after(async () => {
    await worker.stop();
  });

  for (const rows of [64, 208, 4_096]) {
    it(`has the same bits in batches of ${rows} rows`, async () => {
      const other = await untilReady(await startWorker({ env: { TWINWARD_BATCH_ROWS: String(rows) } }));
      try {
        assert.equal(bitsOf((await simulate(other.client, question)).leaves), wanted);
      } finally {
        await other.stop();
      }
    });
  }

  it('has the same bits after a restart', async () => {
    const other = await untilReady(await startWorker({ env: { TWINWARD_BATCH_ROWS: '512' } }));
    try {
      const { leaves, header } = await simulate(other.client, question);
      assert.equal(bitsOf(leaves), wanted);
      assert.equal(leaves.length * 64 * SCENARIOS.length > 10_000, true);
      assert.match(header.engine, /^ort-/);
    } finally {
      await other.stop();
    }
  });

  it('has the same bits on three engine threads', async () => {
    const other = await untilReady(await startWorker({ env: { TWINWARD_ENGINE_THREADS: '3' } }));
    try {
      assert.equal(bitsOf((await simulate(other.client, question)).leaves), wanted);
    } finally {
      await other.stop();
    }
  });

  it('has the same bits in shards that run at once, mixed with the rows of other subjects', async () => {
    const shards = [
      [{ from: 3_520, to: SAMPLES }],
      [
        { from: 1_024, to: 3_520 },
        { from: 0, to: 64 },
      ],
      [{ from: 64, to: 1_024 }],
    ];
    const others: readonly Promise<unknown>[] = Array.from({ length: 6 }, (_, index) =>
      simulate(
        worker.client,
        aRequest({ subjectKey: Buffer.from(`other-${index}`), priority: 'PRIORITY_BATCH' }),
      ),
    );
    const parts = await Promise.all(
      shards.map((ranges, at) =>
        simulate(worker.client, {
          ...question,
          ranges,
          priority: at === 0 ? 'PRIORITY_UPDATE' : 'PRIORITY_BATCH',
        }),
      ),
    );
    await Promise.all(others);
    const leaves = parts
      .flatMap((part) => part.leaves)
      .sort((one, other) => (one.range?.from ?? 0) - (other.range?.from ?? 0));
    assert.equal(bitsOf(leaves), wanted);
    const digests = new Set(parts.map(({ header }) => header.requestDigest.toString('hex')));
    assert.equal(digests.size, 1);
  });

  it('does not depend on the order in which a history is told', async () => {
    const history = question.history?.toReversed() ?? [];
    assert.equal(bitsOf((await simulate(worker.client, { ...question, history })).leaves), wanted);
  });

  it('does not depend on other outcomes, horizons and arms', async () => {
    const narrow = await simulate(worker.client, {
      ...question,
      scenarios: SCENARIOS.slice(0, 2),
      outcomes: ['stroke'],
      horizonsDays: [1_826],
    });
    const whole = answer;
    assert.deepEqual(narrow.header.outcomes, ['stroke', 'death', 'event-free']);
    assert.deepEqual(whole.header.outcomes, ['mi', 'stroke', 'hospital-admission', 'death', 'event-free']);
    for (const [at, leaf] of narrow.leaves.entries()) {
      const full = whole.leaves[at];
      assert.ok(full);
      for (const scenario of [0, 1]) {
        for (const [mine, theirs] of [
          [0, 1],
          [1, 3],
          [2, 4],
        ] as const) {
          const narrowCell = { ...cellOf(leaf, scenario, mine, 0), outcome: 0, horizon: 0 };
          const wholeCell: ReturnType<typeof cellOf> = {
            ...cellOf(full, scenario, theirs, 1),
            outcome: 0,
            horizon: 0,
          };
          assert.deepEqual(narrowCell, wholeCell);
        }
      }
    }
  });

  it('changes with the seed and with the subject', async () => {
    const small = { ...question, ranges: [{ from: 0, to: 512 }] };
    const reseeded = await simulate(worker.client, { ...small, seed: '43' });
    const another = await simulate(worker.client, { ...small, subjectKey: Buffer.from('subject-2') });
    const same = bitsOf(answer.leaves.slice(0, 8));
    assert.equal(bitsOf((await simulate(worker.client, small)).leaves), same);
    assert.notEqual(bitsOf(reseeded.leaves), same);
    assert.notEqual(bitsOf(another.leaves), same);
  });

  it('counts and integrates the same risk, up to Monte-Carlo error', async () => {
    const { leaves } = answer;
    const cells = leaves.map((leaf) => cellOf(leaf, 0, 3, 2));
    const sum = (pick: (cell: (typeof cells)[number]) => number): number =>
      cells.reduce((total, cell) => total + pick(cell), 0);
    const gap = sum(({ sN, sA }) => sN - sA) / SAMPLES;
    const square = sum(({ sNn, sAa, sNa }) => sNn + sAa - 2 * sNa) / SAMPLES;
    const error = Math.sqrt(square / SAMPLES);
    assert.ok(sum(({ sN }) => sN) > 20, 'too few deaths to compare');
    assert.ok(Math.abs(gap) < 4 * error, `gap ${gap}, error ${error}`);
  });

  it('says that event-free survival is what no event and no death leave over', async () => {
    const ranges = [{ from: 0, to: 1_024 }];
    const { leaves } = await simulate(worker.client, { ...question, ranges, outcomes: ['mi'] });
    assert.equal(leaves.length, 16);
    for (const leaf of leaves) {
      assert.ok(cellOf(leaf, 0, 2, 0).sN >= cellOf(leaf, 0, 2, 2).sN);
      assert.ok(cellOf(leaf, 0, 2, 2).sN <= 64 - cellOf(leaf, 0, 1, 2).sN);
    }
  });
});

describe('a null intervention', () => {
  let worker: Worker;
  before(async () => {
    worker = await untilReady(await startWorker());
  });
  after(async () => {
    await worker.stop();
  });

  const cases: readonly (readonly [string, Scenario])[] = [
    [
      'a hazard ratio of 1',
      {
        name: 'null',
        interventions: [{ action: 'ACTION_START', atDays: 400, hazardRatio: 1, onOutcome: 'mi' }],
      },
    ],
    [
      'stopping a drug that was never taken',
      { name: 'null', interventions: [{ ...METFORMIN, action: 'ACTION_STOP', atDays: 0 }] },
    ],
    [
      'starting a drug that is taken already',
      { name: 'null', interventions: [{ ...STATIN, action: 'ACTION_START', atDays: 0 }] },
    ],
    [
      'an intervention beyond the horizon',
      { name: 'null', interventions: [{ ...STATIN, action: 'ACTION_STOP', atDays: 3_652 }] },
    ],
  ];
  for (const [name, scenario] of cases) {
    it(`has differences of exactly 0: ${name}`, async () => {
      const { leaves } = await simulate(
        worker.client,
        aRequest({
          scenarios: [{ name: 'usual', interventions: [] }, scenario],
          ranges: [{ from: 0, to: 2_048 }],
        }),
      );
      const cells = leaves.flatMap((leaf) => leaf.cells.filter((cell) => cell.scenario === 1));
      assert.equal(cells.length, 32 * 5 * 3);
      for (const { dN, dA, dNn, dAa, dNa } of cells)
        assert.deepEqual([dN, dA, dNn, dAa, dNa], [0, 0, 0, 0, 0]);
    });
  }

  it('is counted as ineligible where the state held already, in every sample', async () => {
    const start = {
      name: 'again',
      interventions: [{ ...STATIN, action: 'ACTION_START', atDays: 0 } as const],
    };
    const { leaves } = await simulate(worker.client, aRequest({ scenarios: [{ name: 'usual' }, start] }));
    for (const leaf of leaves) {
      assert.equal(cellOf(leaf, 1, 0, 0).ineligible, 64);
      assert.equal(cellOf(leaf, 0, 0, 0).ineligible, 0);
    }
  });

  it('counts the dead among the ineligible', async () => {
    const late = {
      name: 'late',
      interventions: [{ ...METFORMIN, action: 'ACTION_START', atDays: 3_600 } as const],
    };
    const { leaves } = await simulate(
      worker.client,
      aRequest({
        scenarios: [{ name: 'usual' }, late],
        ageAtIndexDays: 33_000,
        ranges: [{ from: 0, to: 1_024 }],
      }),
    );
    const deaths = leaves.reduce((sum, leaf) => sum + cellOf(leaf, 1, 3, 2).sN, 0);
    const ineligible = leaves.reduce((sum, leaf) => sum + cellOf(leaf, 1, 3, 2).ineligible, 0);
    const early = leaves.reduce((sum, leaf) => sum + cellOf(leaf, 1, 3, 0).ineligible, 0);
    assert.ok(deaths > 50, `${deaths} deaths`);
    assert.ok(ineligible > 0.7 * deaths, `${ineligible} of ${deaths}`);
    assert.equal(early, 0);
  });

  it('is no null intervention when it acts: pairs differ less than independent samples would', async () => {
    const { leaves } = await simulate(
      worker.client,
      aRequest({
        ranges: [{ from: 0, to: 2_048 }],
        outcomes: ['mi'],
        scenarios: [
          { name: 'usual' },
          { name: 'programme', interventions: [{ atDays: 0, hazardRatio: 0.5, onOutcome: 'mi' }] },
        ],
      }),
    );
    const sum = (pick: (cell: ReturnType<typeof cellOf>) => number): number =>
      leaves.reduce((total, leaf) => total + pick(cellOf(leaf, 1, 0, 2)), 0);
    assert.ok(sum(({ dA }) => dA) < 0, 'halving the hazard must lower the risk');
    assert.ok(sum(({ dNn }) => dNn) < sum(({ sNn }) => sNn) * 2, 'pairs must share their clocks');
  });
});

describe('an intervention', () => {
  let worker: Worker;
  before(async () => {
    worker = await untilReady(await startWorker());
  });
  after(async () => {
    await worker.stop();
  });

  const START = { ...METFORMIN, action: 'ACTION_START', atDays: 0 } as const;

  /** Days of every event of that name, by path of one scenario. */
  const daysOf = async (scenario: Scenario, name: string): Promise<readonly (readonly number[])[]> => {
    const { leaves } = await simulate(
      worker.client,
      aRequest({ scenarios: [scenario], ranges: [{ from: 0, to: 512 }], output: 'OUTPUT_PATHS' }),
    );
    const event = eventNames.indexOf(name);
    assert.ok(event >= 0, name);
    return leaves.flatMap(({ paths }) => {
      assert.ok(paths);
      const { offsetsU32, eventU16, daysF64 } = paths;
      return Array.from({ length: 64 }, (_, path) => {
        const [from, to] = [offsetsU32.readUInt32LE(path * 4), offsetsU32.readUInt32LE(path * 4 + 4)];
        const places = Array.from({ length: to - from }, (_each, at) => from + at);
        return places
          .filter((at) => eventU16.readUInt16LE(at * 2) === event)
          .map((at) => daysF64.readDoubleLE(at * 8));
      });
    });
  };
  const eventNames: readonly string[] = JSON.parse(
    readFileSync(join(bundleFolder, 'vocabulary.json'), 'utf8'),
  ).events.map(({ name }: { name: string }) => name);

  it('takes the opposite event off risk when it holds, and only then', async () => {
    const free = await daysOf({ name: 'free', interventions: [START] }, 'stop-metformin');
    const held = await daysOf({ name: 'held', interventions: [{ ...START, hold: true }] }, 'stop-metformin');
    assert.ok(free.flat().length > 10, `${free.flat().length} stops`);
    assert.equal(held.flat().length, 0);
  });

  it('acts from its date on: nobody starts a drug twice', async () => {
    const usual = await daysOf({ name: 'usual', interventions: [] }, 'start-metformin');
    const held = { name: 'held', interventions: [{ ...START, atDays: 1_000, hold: true }] };
    const started = await daysOf(held, 'start-metformin');
    assert.ok(usual.flat().some((days) => days > 1_000));
    assert.ok(started.flat().every((days) => days <= 1_000));
    const before = (paths: readonly (readonly number[])[]): unknown =>
      paths.map((days) => days.filter((day) => day <= 1_000)[0]);
    assert.deepEqual(before(started), before(usual), 'nothing changes before the date');
  });

  it('of a programme changes the hazards of its outcome alone', async () => {
    const programme = {
      name: 'programme',
      interventions: [{ atDays: 0, hazardRatio: 1e-6, onOutcome: 'stroke' }],
    };
    const strokes = await daysOf(programme, 'stroke');
    const infarctions = await daysOf(programme, 'mi');
    assert.equal(strokes.flat().length, 0);
    assert.ok(infarctions.flat().length > 0);
  });
});
