// WhatIf: paired scenarios for one twin, answered now.
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { Scenario } from '#proto/gen/twinward/v1/Scenario.ts';
import type { ScenarioRisk } from '#proto/gen/twinward/v1/ScenarioRisk.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { WhatIfRequest__Output } from '#proto/gen/twinward/v1/WhatIfRequest.ts';
import type { WhatIfResponse } from '#proto/gen/twinward/v1/WhatIfResponse.ts';
import { type Catalogue, catalogueOf, optionsOf } from '../estimate/catalogue.ts';
import {
  cellIndex,
  coversExactly,
  type MemberMoments,
  mergeLeaves,
  pooled,
  type Shape,
} from '../estimate/moments.ts';
import { intervalNotes } from '../estimate/notes.ts';
import { estimate, level } from '../estimate/risk.ts';
import { offsetDays } from '../intake/offset.ts';
import type { Rollout } from '../ports.ts';
import { Refusal } from '../server/failure.ts';
import { writeAudit } from '../store/audit.ts';
import { readHistories } from '../store/events.ts';
import { readModels } from '../store/models.ts';
import type { Tenant } from '../store/tenants.ts';
import { readTwins } from '../store/twins.ts';
import { contributionMessages, explained, explainRequest, fitMessage } from '../update/explanation.ts';
import type { ForecastParts } from '../update/forecast.ts';
import { buildHistory, type History, indexTime, subjectKey, utcDay } from '../update/history.ts';
import { historyObstacle, subjectRequest, wishOf } from '../update/plan.ts';
import { requireSubject } from './subject.ts';

const mostTrajectories = 16_384;
const deadlineMs = 60_000;

interface Situation {
  readonly target: string;
  readonly sha256: string;
  readonly revision: number;
  readonly asOf: string;
  readonly history: History;
  readonly key: Buffer;
}

/** Answers a what-if question. Refuses MODEL_UNAVAILABLE, OUTCOME_NOT_MODELLED, HORIZON_TOO_LONG and what the model refuses. */
export async function whatIf(
  parts: ForecastParts,
  tenant: Tenant,
  request: WhatIfRequest__Output,
  actor: string,
): Promise<WhatIfResponse> {
  requireValid(request);
  const situation = await read(parts, tenant, request, actor);
  const described = await parts.trajectories.describe(situation.target);
  const simulate = requestOf(parts, request, situation, described);
  const rollout = await parts.trajectories.simulate(
    situation.target,
    simulate,
    AbortSignal.timeout(deadlineMs),
  );
  const catalogue = catalogueOf(described);
  const { members, risks } = figures(rollout, catalogue, simulate, request.scenarios);
  const { outcomes, warnings } = rollout.header;
  const reasons = await reasonsOf(parts, situation, described, risks, request.scenarios);
  const compared = request.scenarios.length > 1;
  return {
    risks,
    revision: String(situation.revision),
    asOf: situation.asOf,
    modelSha256: situation.sha256,
    engine: rollout.header.engine,
    coverage: rollout.header.coverage,
    warnings: [...warnings, ...intervalNotes({ members, outcomes, logitSd: catalogue.logitSd, compared })],
    ...reasons,
  };
}

/** What raises and lowers the risks of the reference. */
async function reasonsOf(
  { trajectories }: ForecastParts,
  { history, sha256, target }: Situation,
  described: DescribeResponse__Output,
  risks: readonly ScenarioRisk[],
  scenarios: readonly Scenario[],
): Promise<Pick<WhatIfResponse, 'contributions' | 'fit'>> {
  const figures = risks
    .filter(({ scenario }) => scenario === scenarios[0]?.name)
    .map(({ outcome = '', horizonDays, risk }) => ({
      ...{ outcome, horizonDays: Number(horizonDays), risk: Number(risk) },
    }));
  const request = explainRequest(described.model, sha256, history, figures);
  const answer = request === undefined ? undefined : await trajectories.explain(target, request);
  if (answer === undefined) return {};
  const { contributions, fit } = explained(answer, history);
  return {
    contributions: [...contributions].map(([outcome, found]) => ({
      outcome,
      contributions: contributionMessages(found),
    })),
    fit: fitMessage(described.model, fit),
  };
}

function requireValid(request: WhatIfRequest__Output): void {
  const names = request.scenarios.map((scenario) => scenario.name);
  if (names.length === 0 || new Set(names).size !== names.length) {
    throw new Refusal(
      'BAD_REQUEST',
      'scenarios[].name must be unique, and there must be at least the reference',
    );
  }
  const fits =
    request.trajectories >= 0 && request.trajectories % 64 === 0 && request.trajectories <= mostTrajectories;
  if (!fits)
    throw new Refusal('BAD_REQUEST', `trajectories must be a multiple of 64, at most ${mostTrajectories}`);
}

async function read(
  parts: ForecastParts,
  tenant: Tenant,
  request: WhatIfRequest__Output,
  actor: string,
): Promise<Situation> {
  const keys = await parts.keys.ofTenant(tenant.tenant_id);
  const asOf = utcDay(parts.now());
  return await parts.service.inTenant(tenant.tenant_id, async (session) => {
    const subject = await requireSubject(session, request.handle);
    const [twin] = await readTwins(session, [request.handle]);
    const name = request.model === '' ? (twin?.spec.models[0] ?? '') : request.model;
    const model = (await readModels(session, [name])).get(name);
    if (model === undefined || !model.ready) {
      throw new Refusal(
        'MODEL_UNAVAILABLE',
        'the model is not served now: check that the TwinModel is Available',
      );
    }
    const rows = await readHistories(session, [
      { subjectId: subject.subject_id, revision: subject.revision },
    ]);
    await writeAudit(session, {
      kind: 'whatif',
      actor,
      outcome: 'Allowed',
      handle: request.handle,
      subjects: [subject.subject_id],
    });
    const index = indexTime(asOf, offsetDays(tenant.purpose, keys.offset, subject.pseudonym));
    const history = buildHistory(rows, index, twin?.spec.sources ?? []);
    const obstacle = historyObstacle(history);
    if (obstacle !== undefined) throw new Refusal('OUTSIDE_VALIDATED_RANGE', obstacle.message);
    const { sha256, target } = model;
    return { target, sha256, revision: subject.revision, asOf, history, key: subjectKey(subject.rng_id) };
  });
}

function requestOf(
  parts: ForecastParts,
  request: WhatIfRequest__Output,
  situation: Situation,
  described: DescribeResponse__Output,
): SimulateRequest {
  const days = request.horizonsDays.length === 0 ? [1_826.25] : request.horizonsDays;
  const asked = request.outcomes.flatMap((name) => days.map((day) => ({ name, horizon: `P${day}D` })));
  const wish = wishOf(described, asked);
  if ('state' in wish) throw new Refusal(wish.reason, wish.message);
  return {
    model: described.model,
    bundleDigest: situation.sha256,
    ...subjectRequest(situation.history, situation.key),
    scenarios: request.scenarios,
    horizonsDays: [...new Set(days)].sort((a, b) => a - b),
    outcomes: [...wish.outcomes],
    seed: String(request.seed === 0 ? parts.sampling.seed : request.seed),
    ranges: [{ from: 0, to: request.trajectories === 0 ? 1_024 : request.trajectories }],
    output: 'OUTPUT_SUMMARY',
    priority: 'PRIORITY_INTERACTIVE',
  };
}

function figures(
  rollout: Rollout,
  catalogue: Catalogue,
  request: SimulateRequest,
  scenarios: readonly Scenario[],
): { readonly risks: ScenarioRisk[]; readonly members: number } {
  const { outcomes } = rollout.header;
  const horizons = (request.horizonsDays ?? []).map(Number);
  const shape: Shape = { scenarios: scenarios.length, outcomes: outcomes.length, horizons: horizons.length };
  const range = request.ranges?.[0];
  const leaves = rollout.leaves.flatMap((leaf) => leaf.range ?? []);
  if (!coversExactly(leaves, 0, range?.to ?? 0))
    throw new Refusal('BAD_RANGE', 'the model left samples out; ask again');
  const members = mergeLeaves(rollout.leaves, shape);
  const risks = scenarios.flatMap((scenario, s) =>
    outcomes.flatMap((outcome, o) =>
      horizons.map((horizonDays, h) => {
        const named = { scenario: scenario.name ?? '', outcome, horizonDays };
        return scenarioRisk(members, cellIndex(shape, s, o, h), catalogue, named, s === 0);
      }),
    ),
  );
  return { risks, members: members.size };
}

function scenarioRisk(
  members: MemberMoments,
  index: number,
  catalogue: Catalogue,
  named: { readonly scenario: string; readonly outcome: string; readonly horizonDays: number },
  reference: boolean,
): ScenarioRisk {
  const risk = estimate(members, index, optionsOf(catalogue, named.outcome, false));
  const none = { value: 0, low: 0, high: 0 };
  const difference = reference ? none : estimate(members, index, optionsOf(catalogue, named.outcome, true));
  const { n, ineligible } = pooled(members, index);
  return {
    ...named,
    risk: risk.value,
    low: risk.low,
    high: risk.high,
    level,
    difference: difference.value,
    differenceLow: difference.low,
    differenceHigh: difference.high,
    ineligible: n === 0 ? 0 : ineligible / n,
    calibrated: catalogue.calibrated.includes(named.outcome),
  };
}
