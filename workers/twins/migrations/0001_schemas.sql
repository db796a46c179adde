-- Schemas of the store. The owner runs migrations; twinward_service reads and writes; twinward_keyring sees keys only.
CREATE SCHEMA tw;
CREATE SCHEMA vault;
CREATE SCHEMA keyring;
CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA tw, vault, audit TO twinward_service;
GRANT USAGE ON SCHEMA keyring TO twinward_keyring;

-- One row. The epoch is renewed on a restore, so that revision numbers are never reused with other content.
CREATE TABLE tw.store (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  epoch uuid NOT NULL DEFAULT gen_random_uuid(),
  trimmed_xid xid8 NOT NULL DEFAULT '0'
);
INSERT INTO tw.store DEFAULT VALUES;

-- The registry of tenants: looked up by namespace before any tenant is set, hence without row-level security.
CREATE TABLE tw.tenant (
  tenant_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cluster_id text NOT NULL,
  namespace text NOT NULL,
  namespace_uid text NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('clinical', 'research')),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (cluster_id, namespace)
);
GRANT SELECT ON tw.store TO twinward_service;
GRANT SELECT, INSERT, UPDATE ON tw.tenant TO twinward_service;
