-- Sources, persons, records, events.
CREATE TABLE tw.source (
  source_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id int NOT NULL REFERENCES tw.tenant,
  name text NOT NULL,
  object_uid text NOT NULL,
  spec_hash text NOT NULL,
  spec jsonb NOT NULL,
  cursor bytea,
  lease_no bigint NOT NULL DEFAULT 0,
  holder text NOT NULL DEFAULT '',
  sync_state text NOT NULL DEFAULT 'NEVER_SYNCED',
  reason_code text NOT NULL DEFAULT '',
  sync_started timestamptz,
  last_start timestamptz,
  last_completion timestamptz,
  watermark timestamptz,
  received bigint NOT NULL DEFAULT 0,
  stored bigint NOT NULL DEFAULT 0,
  unchanged bigint NOT NULL DEFAULT 0,
  quarantined bigint NOT NULL DEFAULT 0,
  last_received bigint NOT NULL DEFAULT 0,
  last_stored bigint NOT NULL DEFAULT 0,
  last_unchanged bigint NOT NULL DEFAULT 0,
  last_quarantined bigint NOT NULL DEFAULT 0,
  total_received bigint NOT NULL DEFAULT 0,
  total_stored bigint NOT NULL DEFAULT 0,
  total_unchanged bigint NOT NULL DEFAULT 0,
  total_quarantined bigint NOT NULL DEFAULT 0,
  UNIQUE (tenant_id, name)
);

CREATE TABLE tw.subject (
  subject_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id int NOT NULL REFERENCES tw.tenant,
  pseudonym uuid NOT NULL DEFAULT gen_random_uuid(),
  handle text,
  handle_origin text NOT NULL DEFAULT 'none' CHECK (handle_origin IN ('none', 'minted', 'given')),
  rng_id bigint NOT NULL,
  revision int NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'restricted')),
  legal_hold boolean NOT NULL DEFAULT false,
  UNIQUE (tenant_id, handle)
) WITH (fillfactor = 70);
CREATE INDEX subject_tenant ON tw.subject (tenant_id, subject_id);

CREATE TABLE tw.subject_revision (
  subject_id bigint NOT NULL,
  revision int NOT NULL,
  tenant_id int NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  batch_id bigint NOT NULL,
  kind text NOT NULL,
  PRIMARY KEY (subject_id, revision)
);

CREATE TABLE tw.batch (
  batch_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id int NOT NULL,
  source_id int NOT NULL,
  received int NOT NULL DEFAULT 0,
  stored int NOT NULL DEFAULT 0,
  unchanged int NOT NULL DEFAULT 0,
  quarantined int NOT NULL DEFAULT 0,
  at timestamptz NOT NULL DEFAULT now()
);

-- A patient as one source knows it. blind = HMAC(tenant key, source and patient id).
CREATE TABLE vault.record (
  record_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id int NOT NULL,
  source_id int NOT NULL,
  blind uuid NOT NULL,
  subject_id bigint NOT NULL,
  person bytea,
  UNIQUE (tenant_id, source_id, blind)
);
CREATE INDEX record_subject ON vault.record (subject_id);

CREATE TABLE vault.identifier (
  tenant_id int NOT NULL,
  blind uuid NOT NULL,
  record_id bigint NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (tenant_id, blind, record_id)
);
CREATE INDEX identifier_record ON vault.identifier (record_id);

-- Which subject a record belonged to, by revision of that subject: a merge can be undone exactly.
CREATE TABLE vault.link (
  tenant_id int NOT NULL,
  record_id bigint NOT NULL,
  subject_id bigint NOT NULL,
  from_rev int NOT NULL,
  to_rev int NOT NULL DEFAULT 2147483647,
  actor text NOT NULL,
  PRIMARY KEY (record_id, subject_id, from_rev)
);
CREATE INDEX link_subject ON vault.link (subject_id);

-- Identifiers that people bound to a handle before or after the records came.
CREATE TABLE vault.enrolment (
  tenant_id int NOT NULL,
  blind uuid NOT NULL,
  handle text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, blind)
);
CREATE INDEX enrolment_handle ON vault.enrolment (tenant_id, handle);

-- What an erased subject was known by; only blind values.
CREATE TABLE vault.suppressed (
  tenant_id int NOT NULL,
  kind text NOT NULL CHECK (kind IN ('record', 'identifier', 'handle')),
  blind uuid NOT NULL,
  PRIMARY KEY (tenant_id, kind, blind)
);

CREATE TABLE tw.code (
  code_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id int NOT NULL,
  system text NOT NULL,
  code text NOT NULL,
  UNIQUE (tenant_id, system, code)
);

CREATE TABLE tw.resource (
  tenant_id int NOT NULL,
  resource_key uuid NOT NULL,
  source_id int NOT NULL,
  record_id bigint,
  subject_id bigint,
  type text NOT NULL,
  version text NOT NULL,
  source_order bigint NOT NULL,
  content_hash bytea NOT NULL,
  deleted boolean NOT NULL,
  batch_id bigint NOT NULL,
  raw bytea,
  PRIMARY KEY (tenant_id, resource_key)
) PARTITION BY HASH (resource_key);
CREATE INDEX resource_subject ON tw.resource (subject_id);
CREATE INDEX resource_record ON tw.resource (record_id);

CREATE TABLE tw.resource_history (
  tenant_id int NOT NULL,
  resource_key uuid NOT NULL,
  batch_id bigint NOT NULL,
  source_id int NOT NULL,
  record_id bigint,
  subject_id bigint,
  type text NOT NULL,
  version text NOT NULL,
  source_order bigint NOT NULL,
  content_hash bytea NOT NULL,
  deleted boolean NOT NULL,
  raw bytea,
  superseded_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, resource_key, batch_id, source_order, content_hash)
) PARTITION BY HASH (resource_key);
CREATE INDEX resource_history_subject ON tw.resource_history (subject_id);

-- A row holds for revisions rev_from <= n < rev_to of its subject.
CREATE TABLE tw.event (
  tenant_id int NOT NULL,
  subject_id bigint NOT NULL,
  record_id bigint NOT NULL,
  source_id int NOT NULL,
  resource_key uuid NOT NULL,
  ordinal int NOT NULL,
  rev_from int NOT NULL,
  rev_to int NOT NULL DEFAULT 2147483647,
  code_id int NOT NULL,
  unit_id int,
  action smallint NOT NULL,
  time timestamptz NOT NULL,
  time_precision text NOT NULL,
  offset_min int,
  numeric_value float8,
  numeric_text text,
  value_text text,
  PRIMARY KEY (subject_id, resource_key, ordinal, rev_from)
) PARTITION BY HASH (subject_id);
CREATE INDEX event_current_code ON tw.event (tenant_id, code_id, subject_id) WHERE rev_to = 2147483647;

DO $$
BEGIN
  FOR part IN 0..15 LOOP
    EXECUTE format('CREATE TABLE tw.resource_%s PARTITION OF tw.resource FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
    EXECUTE format('CREATE TABLE tw.resource_history_%s PARTITION OF tw.resource_history FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
    EXECUTE format('CREATE TABLE tw.event_%s PARTITION OF tw.event FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
  END LOOP;
END $$;

-- Items that could not be stored, with a constant reason. Nothing is sealed for a suppressed or restricted subject.
CREATE TABLE tw.quarantine (
  tenant_id int NOT NULL,
  source_id int NOT NULL,
  item_key uuid NOT NULL,
  reason text NOT NULL,
  content_hash bytea NOT NULL,
  position text NOT NULL,
  handle text,
  record_id bigint,
  sealed bytea,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, source_id, item_key)
);
CREATE INDEX quarantine_handle ON tw.quarantine (tenant_id, handle) WHERE handle IS NOT NULL;

CREATE TABLE tw.quarantine_count (
  tenant_id int NOT NULL,
  source_id int NOT NULL,
  reason text NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (tenant_id, source_id, reason)
);
