import type { Action } from '#proto/gen/twinward/v1/Action.ts';
import type { ContributionPart } from '#proto/gen/twinward/v1/ContributionPart.ts';
import { type Session, tenantStatement } from './database.ts';

/** One forecast figure, as stored. */
export interface StoredPrediction {
  readonly outcome: string;
  readonly horizonDays: number;
  readonly risk: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
  readonly monteCarloError: number;
  readonly calibrated: boolean;
  /** Warnings of this figure alone; absent in runs stored before figures had their own. */
  readonly warnings?: readonly StoredWarning[];
  /** At the horizon nearest to five years. */
  readonly contributions?: readonly StoredContribution[];
}

/** A coded event of the record; days before the day of the forecast. */
export interface StoredHistoryEvent {
  readonly system: string;
  readonly code: string;
  readonly offsetDays: number;
  readonly action: Action;
}

/** What something in the record adds to the log-odds of a risk. */
export interface StoredContribution {
  readonly part: ContributionPart;
  readonly title: string;
  readonly events: readonly StoredHistoryEvent[];
  readonly logOdds: number;
}

/** How well the model knows the record. */
export interface StoredFit {
  readonly observed: number;
  readonly expected: number;
  readonly surprise: number;
  readonly years: number;
  readonly latest: readonly { readonly event: StoredHistoryEvent; readonly pit: number }[];
  readonly flags: readonly StoredWarning[];
  readonly dataAgeDays?: number;
}

/** A reason code with a sentence for people. */
export interface StoredWarning {
  readonly reason: string;
  readonly message: string;
}

/** What one run of one model said of one twin. */
export interface PredictionPayload {
  readonly predictions: readonly StoredPrediction[];
  /** Warnings of all figures. */
  readonly warnings: readonly StoredWarning[];
  /** Absent in runs of models that do not explain. */
  readonly fit?: StoredFit;
}

/** A stored run. */
export interface PredictionRow {
  readonly prediction_id: number;
  readonly model: string;
  readonly revision: number;
  readonly model_digest: string;
  readonly engine_class: string;
  readonly as_of: string;
  readonly seed: number;
  readonly created_at: Date;
  readonly payload: PredictionPayload;
}

const columns =
  'prediction_id, model, revision, model_digest, engine_class, as_of, seed, created_at, payload';

export const predictionStatements = {
  add: tenantStatement(
    'predictions.add',
    `INSERT INTO tw.prediction (tenant_id, subject_id, twin_id, revision, model, spec_hash, model_digest, engine_class,
       as_of, seed, payload)
     VALUES (current_setting('tw.tenant')::int, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
  ),
  latest: tenantStatement(
    'predictions.latest',
    `SELECT DISTINCT ON (model) ${columns} FROM tw.prediction WHERE twin_id = $1 AND subject_id = $2
     ORDER BY model, prediction_id DESC`,
  ),
  page: tenantStatement(
    'predictions.page',
    `SELECT ${columns} FROM tw.prediction WHERE twin_id = $1 AND subject_id = $2 AND prediction_id < $3
     ORDER BY prediction_id DESC LIMIT $4`,
  ),
  markSeen: tenantStatement(
    'predictions.markSeen',
    `UPDATE tw.prediction SET seen = true
     WHERE twin_id = $1 AND subject_id = $2 AND prediction_id = ANY($3::bigint[]) AND NOT seen`,
  ),
  removeOfTwins: tenantStatement(
    'predictions.removeOfTwins',
    'DELETE FROM tw.prediction WHERE twin_id = ANY($1::bigint[]) RETURNING prediction_id',
  ),
  thin: tenantStatement(
    'predictions.thin',
    `DELETE FROM tw.prediction p USING (
       SELECT prediction_id, subject_id,
         row_number() OVER (PARTITION BY twin_id, model ORDER BY prediction_id DESC) AS latest,
         row_number() OVER (PARTITION BY twin_id, model, as_of ORDER BY prediction_id) AS first_of_day
       FROM tw.prediction) k
     WHERE p.prediction_id = k.prediction_id AND p.subject_id = k.subject_id AND k.latest > 20 AND k.first_of_day > 1
       AND NOT p.seen`,
  ),
};

/** Notes that a person saw runs: they are kept. */
export async function markSeen(
  session: Session,
  twinId: number,
  subjectId: number,
  rows: readonly PredictionRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await session.query(predictionStatements.markSeen, [
    twinId,
    subjectId,
    rows.map((row) => row.prediction_id),
  ]);
}

/** A run to store; the key is every input. */
export interface NewPrediction {
  readonly subjectId: number;
  readonly twinId: number;
  readonly revision: number;
  readonly model: string;
  readonly specHash: string;
  readonly modelDigest: string;
  readonly engine: string;
  readonly asOf: string;
  readonly seed: number;
  readonly payload: PredictionPayload;
}

/** Stores a run once. */
export async function addPrediction(session: Session, run: NewPrediction): Promise<void> {
  await session.query(predictionStatements.add, [
    run.subjectId,
    run.twinId,
    run.revision,
    run.model,
    run.specHash,
    run.modelDigest,
    run.engine,
    run.asOf,
    run.seed,
    JSON.stringify(run.payload),
  ]);
}
