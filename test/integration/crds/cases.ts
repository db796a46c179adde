// What the API server must accept and refuse. A case states only what differs from the smallest valid object.
import type { Json } from './api-server.ts';

/** A valid handle; others below differ from it in one way each. */
export const handle = 'pt-jee0enq2t9vpdt8f';
const sha256 = '9f2c'.repeat(16);

export interface Sample {
  readonly plural: string;
  readonly kind: string;
  readonly name: string;
  readonly spec: Json;
}

export const twin: Sample = {
  plural: 'patienttwins',
  kind: 'PatientTwin',
  name: handle,
  spec: { modelRefs: [{ name: 'trajectory' }] },
};

export const source: Sample = {
  plural: 'datasources',
  kind: 'DataSource',
  name: 'ehr',
  spec: { type: 'Folder', folder: { uri: 'builtin:getting-started' } },
};

export const model: Sample = {
  plural: 'twinmodels',
  kind: 'TwinModel',
  name: 'trajectory',
  spec: { task: 'Trajectory', artifact: { uri: 'builtin:trajectory-core', sha256 } },
};

export const run: Sample = {
  plural: 'simulations',
  kind: 'Simulation',
  name: 'statins',
  spec: {
    modelRef: { name: 'trajectory' },
    subjects: { cohort: { maxSubjects: 100 } },
    horizon: 'P5Y',
    baseline: 'usual-care',
    scenarios: [{ name: 'usual-care' }, { name: 'statin' }],
    outcomes: [{ name: 'mi' }],
  },
};

export function withSpec(sample: Sample, change: Json): Sample {
  return { ...sample, spec: { ...sample.spec, ...change } };
}

export function withName(sample: Sample, name: string): Sample {
  return { ...sample, name };
}

const atc = 'http://www.whocc.no/atc';

function withIntervention(intervention: Json): Sample {
  return withSpec(run, { scenarios: [{ name: 'usual-care', interventions: [intervention] }] });
}

export const accepted: readonly (readonly [name: string, given: Sample])[] = [
  ['the smallest PatientTwin', twin],
  [
    'a PatientTwin with every field',
    withSpec(twin, {
      suspend: true,
      sourceRefs: [{ name: 'ehr' }],
      outcomes: [
        { name: 'mi', horizon: 'P1Y' },
        { name: 'mi', horizon: 'P5Y' },
      ],
      update: { mode: 'Schedule', schedule: { cron: '*/15 * * * *', timeZone: 'Europe/Zurich' } },
      deletionPolicy: 'Delete',
    }),
  ],
  ['the smallest DataSource', source],
  ['a DataSource on a volume', withSpec(source, { folder: { uri: 'pvc://ehr-share/fhir/2026' } })],
  ['a DataSource in a bucket', withSpec(source, { folder: { uri: 'gs://hospital-export/fhir/' } })],
  [
    'a DataSource that makes twins of everybody from a template',
    withSpec(source, {
      schedule: { cron: '0 2 * * *' },
      enrolment: {
        mode: 'All',
        template: { modelRefs: [{ name: 'trajectory' }], outcomes: [{ name: 'mi' }] },
      },
      retention: { rawMessages: 'P30D' },
      quarantine: { maxPercent: 0 },
    }),
  ],
  ['the smallest TwinModel', model],
  ['a TwinModel scaled to zero', withSpec(model, { replicas: 0 })],
  [
    'a TwinModel in an image volume',
    withSpec(model, { artifact: { uri: 'oci://registry.example/tc:2', sha256 } }),
  ],
  [
    'a TwinModel on a GPU',
    withSpec(model, {
      accelerator: { resource: { name: 'nvidia.com/gpu' } },
      rollout: { mode: 'Replace' },
      pod: {
        nodeSelector: { 'cloud.google.com/gke-accelerator': 'nvidia-l4' },
        tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
        resources: { cpu: '2', memory: '4Gi' },
        priorityClassName: 'clinical',
      },
    }),
  ],
  [
    'a TwinModel on a claimed device',
    withSpec(model, { accelerator: { resourceClaimTemplateName: 'one-gpu' } }),
  ],
  ['the smallest Simulation', run],
  ['a Simulation of one twin', withSpec(run, { subjects: { twinRef: { name: handle } } })],
  [
    'a Simulation with every field',
    withSpec(run, {
      modelRef: { name: 'trajectory', sha256 },
      subjects: {
        cohort: {
          ageYears: { min: 40, max: 80 },
          criteria: [{ system: 'http://hl7.org/fhir/sid/icd-10', code: 'E11' }],
        },
      },
      asOf: '2026-09-01',
      horizon: 'P1Y6M',
      trajectories: 192,
      seed: 2_147_483_647,
      scenarios: [
        { name: 'usual-care' },
        {
          name: 'statin',
          interventions: [
            { action: 'Start', system: atc, code: 'C10AA05', value: '20', unit: 'mg' },
            { action: 'Stop', system: atc, code: 'C07AB02', after: 'P30D' },
            { action: 'Set', system: 'http://loinc.org', code: '8480-6', value: '-0.5', unit: 'mm[Hg]' },
          ],
        },
      ],
      engine: 'Shared',
      parallelism: 8,
      retriesPerWorker: 0,
      activeDeadlineSeconds: 7200,
      ttlSecondsAfterFinished: 0,
      healthSystemRef: { name: 'general' },
      results: 'None',
    }),
  ],
  ['a Simulation whose name has 52 characters', withName(run, `s${'x'.repeat(51)}`)],
];

/** `want` is the message of the rule, or what the API server itself says. */
export const refused: readonly (readonly [name: string, given: Sample, want: RegExp])[] = [
  [
    'a name instead of a handle',
    withName(twin, 'jane-doe'),
    /metadata\.name must be a handle.*kubectl twin enrol/,
  ],
  ['a handle with a letter outside the alphabet', withName(twin, 'pt-jee0enq2t9vpdtil'), /must be a handle/],
  ['a handle that is too short', withName(twin, 'pt-jee0enq2t9vpdt8'), /must be a handle/],
  [
    'a handle with a wrong checksum',
    withName(twin, 'pt-jee0enq2t9vpdt8g'),
    /metadata\.name is not a handle that was minted.*typing error/,
  ],
  [
    'a handle with two characters exchanged',
    withName(twin, 'pt-eje0enq2t9vpdt8f'),
    /not a handle that was minted/,
  ],
  ['a PatientTwin without a model', withSpec(twin, { modelRefs: [] }), /spec\.modelRefs.*at least 1/],
  [
    'a model named twice',
    withSpec(twin, { modelRefs: [{ name: 'a' }, { name: 'a' }] }),
    /modelRefs\[1\]: Duplicate/,
  ],
  [
    'a model name with a capital',
    withSpec(twin, { modelRefs: [{ name: 'Core' }] }),
    /modelRefs\[\]\.name must be the name of an object/,
  ],
  [
    'a source name with a space',
    withSpec(twin, { sourceRefs: [{ name: 'my ehr' }] }),
    /sourceRefs\[\]\.name must be the name of an object/,
  ],
  [
    'an outcome with a space',
    withSpec(twin, { outcomes: [{ name: 'heart attack' }] }),
    /outcomes\[\]\.name must be the name of an outcome.*catalogue/,
  ],
  [
    'a horizon in words',
    withSpec(twin, { outcomes: [{ name: 'mi', horizon: '5 years' }] }),
    /outcomes\[\]\.horizon must be an ISO 8601 duration.*write for example P5Y/,
  ],
  [
    'a schedule without mode Schedule',
    withSpec(twin, { update: { schedule: { cron: '0 4 * * *' } } }),
    /update\.schedule goes with update\.mode Schedule/,
  ],
  [
    'mode Schedule without a schedule',
    withSpec(twin, { update: { mode: 'Schedule' } }),
    /update\.schedule goes with update\.mode Schedule/,
  ],
  [
    'a cron expression of four fields',
    withSpec(twin, { update: { mode: 'Schedule', schedule: { cron: '0 4 * *' } } }),
    /schedule\.cron must have five fields.*write for example/,
  ],
  [
    'a time zone with a space',
    withSpec(twin, {
      update: { mode: 'Schedule', schedule: { cron: '0 4 * * *', timeZone: 'Central European' } },
    }),
    /schedule\.timeZone must be a name of the IANA/,
  ],
  [
    'an unknown update mode',
    withSpec(twin, { update: { mode: 'Sometimes' } }),
    /spec\.update\.mode: Unsupported value/,
  ],

  [
    'a DataSource whose name has 46 characters',
    withName(source, `d${'x'.repeat(45)}`),
    /metadata\.name must start with.*at most 45 characters.*choose another name/,
  ],
  ['a DataSource of an unknown type', withSpec(source, { type: 'Fax' }), /spec\.type: Unsupported value/],
  [
    'type Folder without its member',
    { ...source, spec: { type: 'Folder' } },
    /folder is required when type is Folder: add folder\.uri/,
  ],
  [
    'a folder by path',
    withSpec(source, { folder: { uri: '/srv/fhir' } }),
    /folder\.uri must be builtin:.*correct the scheme/,
  ],
  [
    'a folder that climbs out of its volume',
    withSpec(source, { folder: { uri: 'pvc://ehr-share/../other' } }),
    /folder\.uri must be builtin:/,
  ],
  [
    'a record time zone by abbreviation with a space',
    withSpec(source, { recordTimeZone: 'CET DST' }),
    /recordTimeZone must be a name of the IANA/,
  ],
  [
    'a template for declared twins',
    withSpec(source, { enrolment: { template: { modelRefs: [{ name: 'a' }] } } }),
    /enrolment\.template goes with enrolment\.mode All only.*remove template/,
  ],
  [
    'a retention in days only',
    withSpec(source, { retention: { rawMessages: '30' } }),
    /retention\.rawMessages must be an ISO 8601 duration/,
  ],
  [
    'more than all quarantined',
    withSpec(source, { quarantine: { maxPercent: 101 } }),
    /quarantine\.maxPercent.*less than or equal to 100/,
  ],

  [
    'a TwinModel with a dot in its name',
    withName(model, 'tc.v2'),
    /metadata\.name must start with.*at most 52 characters/,
  ],
  ['an unknown task', withSpec(model, { task: 'Chat' }), /spec\.task: Unsupported value/],
  [
    'an artifact without a digest',
    withSpec(model, { artifact: { uri: 'builtin:trajectory-core' } }),
    /artifact\.sha256: Required/,
  ],
  [
    'an artifact with half a digest',
    withSpec(model, { artifact: { uri: 'builtin:trajectory-core', sha256: 'abc' } }),
    /artifact\.sha256 must be 64 lower-case hex digits.*manifest\.json/,
  ],
  [
    'an artifact by path',
    withSpec(model, { artifact: { uri: 'file:///bundle', sha256 } }),
    /artifact\.uri must be builtin:.*correct the scheme/,
  ],
  [
    'a negative number of replicas',
    withSpec(model, { replicas: -1 }),
    /spec\.replicas.*greater than or equal to 0/,
  ],
  [
    'an accelerator with two members',
    withSpec(model, {
      accelerator: { resource: { name: 'nvidia.com/gpu' }, resourceClaimTemplateName: 'one-gpu' },
    }),
    /accelerator must have exactly one of resource and resourceClaimTemplateName: remove one/,
  ],
  [
    'an accelerator with no member',
    withSpec(model, { accelerator: {} }),
    /accelerator must have exactly one of/,
  ],
  [
    'an accelerator that is no extended resource',
    withSpec(model, { accelerator: { resource: { name: 'gpu' } } }),
    /accelerator\.resource\.name must be the name of an extended resource.*nvidia\.com\/gpu/,
  ],
  [
    'a toleration of nothing',
    withSpec(model, { pod: { tolerations: [{ value: 'x' }] } }),
    /tolerations\[\]\.key may be left out with operator Exists only: add key/,
  ],
  [
    'a toleration with a value that is not compared',
    withSpec(model, { pod: { tolerations: [{ key: 'a', operator: 'Exists', value: 'x' }] } }),
    /tolerations\[\]\.value goes with operator Equal only: remove value/,
  ],
  [
    'CPU in words',
    withSpec(model, { pod: { resources: { cpu: 'two' } } }),
    /pod\.resources\.cpu must be a quantity/,
  ],
  [
    'memory with an unknown unit',
    withSpec(model, { pod: { resources: { memory: '4GB' } } }),
    /pod\.resources\.memory must be a quantity.*4Gi/,
  ],

  [
    'a Simulation whose name has 53 characters',
    withName(run, `s${'x'.repeat(52)}`),
    /metadata\.name must start with.*at most 52 characters/,
  ],
  [
    'a Simulation of both a twin and a cohort',
    withSpec(run, { subjects: { twinRef: { name: handle }, cohort: {} } }),
    /subjects must have exactly one of twinRef and cohort: add one, or remove the other/,
  ],
  [
    'a Simulation of nobody',
    withSpec(run, { subjects: {} }),
    /subjects must have exactly one of twinRef and cohort/,
  ],
  [
    'a scenario named twice',
    withSpec(run, { scenarios: [{ name: 'usual-care' }, { name: 'usual-care' }] }),
    /spec\.scenarios\[1\]: Duplicate value.*usual-care/,
  ],
  [
    'an unknown baseline',
    withSpec(run, { baseline: 'nothing' }),
    /baseline must be the name of one of scenarios: correct it or add that scenario/,
  ],
  ['a baseline with a capital', withSpec(run, { baseline: 'Usual' }), /baseline must be lower-case letters/],
  [
    'a scenario with a space',
    withSpec(run, { scenarios: [{ name: 'usual-care' }, { name: 'with statin' }] }),
    /scenarios\[\]\.name must be lower-case letters/,
  ],
  ['no scenario', withSpec(run, { scenarios: [] }), /spec\.scenarios.*at least 1/],
  [
    'a horizon in words',
    withSpec(run, { horizon: '5y' }),
    /horizon must be an ISO 8601 duration longer than zero.*write for example P5Y/,
  ],
  [
    'a horizon of nothing',
    withSpec(run, { horizon: 'P0D' }),
    /horizon must be an ISO 8601 duration longer than zero/,
  ],
  [
    'a horizon with its units out of order',
    withSpec(run, { horizon: 'P1D2Y' }),
    /horizon must be an ISO 8601 duration/,
  ],
  ['a horizon without units', withSpec(run, { horizon: 'P' }), /horizon must be an ISO 8601 duration/],
  [
    'a day that does not exist',
    withSpec(run, { asOf: '2026-13-01' }),
    /asOf must be a day: write for example/,
  ],
  [
    'trajectories that are no multiple of 64',
    withSpec(run, { trajectories: 100 }),
    /trajectories must be a multiple of 64: write for example/,
  ],
  ['a negative seed', withSpec(run, { seed: -1 }), /spec\.seed.*greater than or equal to 0/],
  ['a seed beyond 32 bits', withSpec(run, { seed: 2_147_483_648 }), /spec\.seed/],
  ['no outcome', withSpec(run, { outcomes: [] }), /spec\.outcomes.*at least 1/],
  [
    'an outcome with a capital',
    withSpec(run, { outcomes: [{ name: 'MI' }] }),
    /outcomes\[\]\.name must be the name of an outcome/,
  ],
  [
    'a model by URL',
    withSpec(run, { modelRef: { name: 'https://model' } }),
    /modelRef\.name must be the name of an object/,
  ],
  [
    'a pin that is no digest',
    withSpec(run, { modelRef: { name: 'trajectory', sha256: 'latest' } }),
    /modelRef\.sha256 must be 64 lower-case hex digits/,
  ],
  [
    'a twin by a name with a space',
    withSpec(run, { subjects: { twinRef: { name: 'jane doe' } } }),
    /subjects\.twinRef\.name must be the name of an object/,
  ],
  [
    'ages in the wrong order',
    withSpec(run, { subjects: { cohort: { ageYears: { min: 80, max: 40 } } } }),
    /cohort\.ageYears\.min must not exceed cohort\.ageYears\.max: swap/,
  ],
  [
    'a criterion without a code system',
    withSpec(run, { subjects: { cohort: { criteria: [{ system: 'icd', code: 'E11' }] } } }),
    /system must be the URI of a code system.*write for example/,
  ],
  [
    'a health system with a space',
    withSpec(run, { healthSystemRef: { name: 'my hospital' } }),
    /healthSystemRef\.name must be the name of an object/,
  ],
  [
    'a start at a date',
    withIntervention({ action: 'Start', system: atc, code: 'C10AA05', after: '2026-09-01' }),
    /interventions\[\]\.after must be an ISO 8601 duration/,
  ],
  [
    'a value in words',
    withIntervention({ action: 'Set', system: atc, code: 'x', value: 'twenty', unit: 'mg' }),
    /interventions\[\]\.value must be a decimal number in quotes/,
  ],
  [
    'Set without a value',
    withIntervention({ action: 'Set', system: atc, code: 'x' }),
    /interventions\[\]\.value is required with action Set: add value and unit/,
  ],
  [
    'Stop with a value',
    withIntervention({ action: 'Stop', system: atc, code: 'x', value: '1', unit: 'mg' }),
    /interventions\[\]\.value does not go with action Stop: remove/,
  ],
  [
    'a value without a unit',
    withIntervention({ action: 'Start', system: atc, code: 'x', value: '1' }),
    /interventions\[\]\.value and interventions\[\]\.unit go together/,
  ],
  [
    'an intervention in a code system by name',
    withIntervention({ action: 'Start', system: 'ATC', code: 'x' }),
    /system must be the URI of a code system/,
  ],
];

/** Changes of an object that exists. */
export const frozen: readonly (readonly [name: string, given: Sample, change: Json, want: RegExp])[] = [
  ['task of a TwinModel', model, { task: 'Signal' }, /task cannot be changed: create another TwinModel/],
  ...Object.entries({
    modelRef: { name: 'other' },
    subjects: { cohort: { maxSubjects: 99 } },
    horizon: 'P1Y',
    trajectories: 512,
    seed: 1,
    baseline: 'statin',
    scenarios: [{ name: 'usual-care' }],
    outcomes: [{ name: 'stroke' }],
    engine: 'Shared',
    parallelism: 2,
    retriesPerWorker: 9,
    results: 'None',
    asOf: '2026-09-01',
    activeDeadlineSeconds: 60,
    healthSystemRef: { name: 'general' },
  }).map(([field, value]): readonly [string, Sample, Json, RegExp] => [
    `${field} of a Simulation`,
    run,
    { [field]: value },
    new RegExp(`${field} cannot be changed.*create a Simulation with another name`),
  ]),
];

export const changeable: readonly (readonly [name: string, given: Sample, change: Json])[] = [
  ['suspend of a Simulation', run, { suspend: true }],
  ['ttlSecondsAfterFinished of a Simulation', run, { ttlSecondsAfterFinished: 60 }],
  [
    'artifact of a TwinModel',
    model,
    { artifact: { uri: 'builtin:trajectory-core', sha256: '77ab'.repeat(16) } },
  ],
  ['folder of a DataSource', source, { folder: { uri: 'pvc://ehr-share' } }],
  ['outcomes of a PatientTwin', twin, { outcomes: [{ name: 'stroke' }] }],
];
