-- Twins, what is due, forecasts, the change stream, simulations.
CREATE TABLE tw.model (
  tenant_id int NOT NULL,
  name text NOT NULL,
  object_uid text NOT NULL,
  sha256 text NOT NULL,
  target text NOT NULL,
  ready boolean NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

CREATE TABLE tw.twin (
  twin_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id int NOT NULL,
  handle text NOT NULL,
  subject_id bigint,
  object_uid text,
  template boolean NOT NULL DEFAULT false,
  spec_hash text NOT NULL,
  spec jsonb NOT NULL,
  update_mode text NOT NULL,
  suspended boolean NOT NULL DEFAULT false,
  released boolean NOT NULL DEFAULT false,
  next_run_at timestamptz,
  refresh text NOT NULL DEFAULT '',
  handled_refresh text NOT NULL DEFAULT '',
  update_state text NOT NULL DEFAULT 'AWAITING_DATA',
  reason_code text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  done_rev int NOT NULL DEFAULT 0,
  done_spec_hash text NOT NULL DEFAULT '',
  done_as_of date,
  done_models jsonb NOT NULL DEFAULT '[]',
  done_at timestamptz,
  UNIQUE (tenant_id, handle)
) WITH (fillfactor = 70);
CREATE INDEX twin_subject ON tw.twin (subject_id);

CREATE TABLE tw.twin_due (
  twin_id bigint PRIMARY KEY,
  tenant_id int NOT NULL,
  wanted int NOT NULL,
  priority smallint NOT NULL,
  due_at timestamptz NOT NULL,
  dirty_since timestamptz NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  lease_no bigint NOT NULL DEFAULT 0,
  lease_until timestamptz
) WITH (fillfactor = 50);
CREATE INDEX twin_due_at ON tw.twin_due (due_at);

-- The key is every input of a forecast.
CREATE TABLE tw.prediction (
  subject_id bigint NOT NULL,
  twin_id bigint NOT NULL,
  revision int NOT NULL,
  model text NOT NULL,
  spec_hash text NOT NULL,
  model_digest text NOT NULL,
  engine_class text NOT NULL,
  as_of date NOT NULL,
  seed bigint NOT NULL,
  tenant_id int NOT NULL,
  prediction_id bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL DEFAULT now(),
  payload jsonb NOT NULL,
  PRIMARY KEY (subject_id, twin_id, revision, model, spec_hash, model_digest, engine_class, as_of, seed)
) PARTITION BY HASH (subject_id);
CREATE INDEX prediction_twin ON tw.prediction (twin_id, prediction_id);

CREATE TABLE tw.twin_change (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id int NOT NULL,
  kind smallint NOT NULL,
  name text NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (xid, seq)
);
CREATE INDEX twin_change_at ON tw.twin_change (at);

CREATE TABLE tw.simulation (
  sim_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id int NOT NULL,
  run_key text NOT NULL,
  spec jsonb NOT NULL,
  snapshot text NOT NULL,
  as_of date NOT NULL,
  model text NOT NULL,
  model_digest text NOT NULL,
  engine_class text NOT NULL DEFAULT '',
  subjects int NOT NULL,
  units int NOT NULL,
  single boolean NOT NULL,
  state text NOT NULL DEFAULT 'RUNNING' CHECK (state IN ('RUNNING', 'SUCCEEDED', 'FAILED')),
  reason text NOT NULL DEFAULT '',
  message text NOT NULL DEFAULT '',
  withdrawn int NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (tenant_id, run_key)
);

-- Which object asked for which run.
CREATE TABLE tw.simulation_object (
  tenant_id int NOT NULL,
  name text NOT NULL,
  object_uid text NOT NULL,
  spec_hash text NOT NULL,
  sim_id bigint NOT NULL REFERENCES tw.simulation ON DELETE CASCADE,
  PRIMARY KEY (tenant_id, name)
);

-- The frozen cohort: one row per 256 subjects.
CREATE TABLE tw.sim_chunk (
  sim_id bigint NOT NULL REFERENCES tw.simulation ON DELETE CASCADE,
  chunk_no int NOT NULL,
  tenant_id int NOT NULL,
  subject_ids bigint[] NOT NULL,
  revisions int[] NOT NULL,
  PRIMARY KEY (sim_id, chunk_no)
);

CREATE TABLE tw.sim_unit (
  sim_id bigint NOT NULL REFERENCES tw.simulation ON DELETE CASCADE,
  unit_no int NOT NULL,
  tenant_id int NOT NULL,
  ordinal_from int NOT NULL,
  ordinal_to int NOT NULL,
  sample_from int NOT NULL,
  sample_to int NOT NULL,
  holder text NOT NULL DEFAULT '',
  lease_no bigint NOT NULL DEFAULT 0,
  lease_until timestamptz,
  digest bytea,
  done_at timestamptz,
  PRIMARY KEY (sim_id, unit_no)
);

-- Exact sums of one subject in one unit. Gone once the run is reduced, and at once when the subject is erased.
CREATE TABLE tw.sim_result (
  sim_id bigint NOT NULL REFERENCES tw.simulation ON DELETE CASCADE,
  ordinal int NOT NULL,
  unit_no int NOT NULL,
  tenant_id int NOT NULL,
  subject_id bigint NOT NULL,
  request_digest bytea NOT NULL,
  excluded text NOT NULL,
  sums bytea,
  PRIMARY KEY (sim_id, ordinal, unit_no)
);
CREATE INDEX sim_result_subject ON tw.sim_result (subject_id);

CREATE TABLE tw.sim_final (
  sim_id bigint PRIMARY KEY REFERENCES tw.simulation ON DELETE CASCADE,
  tenant_id int NOT NULL,
  payload jsonb NOT NULL
);

DO $$
BEGIN
  FOR part IN 0..15 LOOP
    EXECUTE format('CREATE TABLE tw.prediction_%s PARTITION OF tw.prediction FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
  END LOOP;
END $$;

-- Evidence of an erasure: no identifier of a person, kept after the subject is gone.
CREATE TABLE tw.erasure (
  erasure_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  tenant_id int NOT NULL,
  subject_id bigint NOT NULL,
  handle text NOT NULL,
  pseudonym uuid NOT NULL,
  reason bytea NOT NULL,
  requested_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL,
  step text NOT NULL DEFAULT 'Restricted' CHECK (step IN ('Restricted', 'DataRemoved', 'Erased')),
  record_ids bigint[] NOT NULL DEFAULT '{}',
  counts jsonb NOT NULL DEFAULT '{}',
  certificate text NOT NULL DEFAULT '',
  done_at timestamptz,
  UNIQUE (tenant_id, handle)
);
