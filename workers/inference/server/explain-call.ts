// TrajectoryGenerator.Explain: admitted like rollouts, computed by forward passes of the engine threads.
import type { ExplainRequest__Output } from '#proto/gen/twinward/v1/ExplainRequest.ts';
import type { ExplainResponse } from '#proto/gen/twinward/v1/ExplainResponse.ts';
import { inputContract } from '../bundle/graph-contract.ts';
import { packInputs } from '../engine/pass-inputs.ts';
import {
  type ExplainPlan,
  familiarityMessage,
  outcomeMessages,
  planExplanation,
} from '../explanation/answer.ts';
import { explain, LATEST_INSTANTS } from '../explanation/explain.ts';
import type { Pass } from '../explanation/step.ts';
import { coverageMessage } from './simulate-answer.ts';
import type { ServiceContext } from './trajectory-service.ts';

const BYTES_PER_EVENT = 200;

/** Explains the risks of one subject until `deadline`, in milliseconds since 1970. Throws CallError. */
export async function answerExplain(
  context: Pick<ServiceContext, 'serving' | 'admission'>,
  request: ExplainRequest__Output,
  deadline: number,
): Promise<ExplainResponse> {
  const { model: served, engines } = context.serving.current();
  const plan = planExplanation(served, request);
  const { bundle } = served;
  const contracts = inputContract(bundle.model.sizes);
  const members = Array.from(
    { length: bundle.manifest.graph.members },
    (_, member): Pass =>
      async (inputs, outputs, rows) => {
        const packed = packInputs(inputs, contracts);
        const pass = engines.infer({ packed, outputs, member, rows, deadline });
        return (await pass.answer).outputs;
      },
  );
  const ticket = context.admission.admit({
    rows: rowsOf(plan) * members.length,
    bytes: request.history.length * BYTES_PER_EVENT,
    priority: 0,
  });
  try {
    const outcomes = plan.risks.map(({ outcome }) => outcome);
    const { history, observedFromYears } = plan;
    const explanation = await explain(history, observedFromYears, outcomes, bundle.model, members);
    return {
      bundleDigest: bundle.digest,
      engine: engines.engine,
      coverage: coverageMessage(plan.coverage),
      outcomes: outcomeMessages(plan, explanation, bundle.vocabulary),
      familiarity: familiarityMessage(plan, explanation.surprise, served),
    };
  } finally {
    ticket.release();
  }
}

/** Rows through the graph: the history, and its latest instants left out, which have half of those left on average. */
function rowsOf({ history }: ExplainPlan): number {
  const years = Math.ceil(-(history.instants[0]?.offsetDays ?? 0) / 365.25);
  const left = Math.min(history.instants.length, LATEST_INSTANTS);
  return history.instants.length + years + (left * left) / 2 + left;
}
