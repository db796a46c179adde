-- Wrapped keys, on a connection of their own: keys must not share a backup with what they open.
CREATE TABLE keyring.dek (
  tenant_id int NOT NULL,
  record_id bigint NOT NULL,
  wrapped bytea NOT NULL,
  kek_version int NOT NULL,
  PRIMARY KEY (tenant_id, record_id)
);
CREATE TABLE keyring.tenant_key (
  tenant_id int PRIMARY KEY,
  wrapped bytea NOT NULL,
  kek_version int NOT NULL
);
GRANT SELECT, INSERT, DELETE ON keyring.dek TO twinward_keyring;
GRANT SELECT, INSERT ON keyring.tenant_key TO twinward_keyring;

-- Append-only. A sealer hashes blocks in transaction order; its key is outside the database.
CREATE TABLE audit.entry (
  audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT now(),
  tenant_id int NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  outcome text NOT NULL,
  handle text NOT NULL DEFAULT '',
  subjects bigint[] NOT NULL DEFAULT '{}',
  n bigint NOT NULL DEFAULT 0,
  sealed bytea
);
CREATE INDEX entry_order ON audit.entry (tenant_id, xid, audit_id);
CREATE TABLE audit.seal (
  tenant_id int NOT NULL,
  block_no bigint NOT NULL,
  upto_xid xid8 NOT NULL,
  upto_id bigint NOT NULL,
  leaves bytea NOT NULL,
  prev bytea NOT NULL,
  mac bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, block_no)
);
GRANT SELECT, INSERT ON audit.entry, audit.seal TO twinward_service;

GRANT SELECT, INSERT, UPDATE, DELETE ON
  tw.source, tw.subject, tw.subject_revision, tw.batch, tw.code, tw.resource, tw.resource_history, tw.event,
  tw.quarantine, tw.quarantine_count, tw.model, tw.twin, tw.twin_due, tw.prediction, tw.twin_change,
  tw.simulation, tw.simulation_object, tw.sim_chunk, tw.sim_unit, tw.sim_result, tw.sim_final, tw.erasure,
  vault.record, vault.identifier, vault.link, vault.enrolment, vault.suppressed
TO twinward_service;

-- Row-level security on every table with a tenant. A missing tenant raises: current_setting fails, and so does ''::int.
DO $$
DECLARE
  found record;
  reader text;
BEGIN
  FOR found IN
    SELECT n.nspname AS schema_name, c.relname AS table_name
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE n.nspname IN ('tw', 'vault', 'keyring', 'audit') AND c.relkind IN ('r', 'p') AND c.oid <> 'tw.tenant'::regclass
  LOOP
    reader := CASE found.schema_name WHEN 'keyring' THEN 'twinward_keyring' ELSE 'twinward_service' END;
    EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', found.schema_name, found.table_name);
    EXECUTE format('ALTER TABLE %I.%I FORCE ROW LEVEL SECURITY', found.schema_name, found.table_name);
    EXECUTE format('CREATE POLICY by_tenant ON %I.%I TO %I USING (tenant_id = current_setting(''tw.tenant'')::int) WITH CHECK (tenant_id = current_setting(''tw.tenant'')::int)',
      found.schema_name, found.table_name, reader);
    EXECUTE format('CREATE POLICY by_owner ON %I.%I TO twinward_owner USING (true) WITH CHECK (true)',
      found.schema_name, found.table_name);
  END LOOP;
END $$;

CREATE FUNCTION tw.tenant() RETURNS int STABLE LANGUAGE sql AS $$ SELECT current_setting('tw.tenant')::int $$;

-- What loops over all tenants may know: ids of tenants with work, and changed keys without any content.
CREATE FUNCTION tw.tenants_with_due() RETURNS SETOF int STABLE SECURITY DEFINER SET search_path = pg_catalog LANGUAGE sql AS $$
  SELECT DISTINCT tenant_id FROM tw.twin_due WHERE due_at <= now() AND (lease_until IS NULL OR lease_until < now())
$$;
CREATE FUNCTION tw.change_horizon() RETURNS xid8 VOLATILE SECURITY DEFINER SET search_path = pg_catalog LANGUAGE sql AS $$
  SELECT pg_snapshot_xmin(pg_current_snapshot())
$$;
CREATE FUNCTION tw.changes_after(after_xid xid8, after_seq bigint, most int)
  RETURNS TABLE (xid xid8, seq bigint, namespace text, kind smallint, name text)
  VOLATILE SECURITY DEFINER SET search_path = pg_catalog LANGUAGE sql AS $$
  SELECT c.xid, c.seq, t.namespace, c.kind, c.name
  FROM tw.twin_change c JOIN tw.tenant t USING (tenant_id)
  WHERE (c.xid, c.seq) > (after_xid, after_seq) AND c.xid < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY c.xid, c.seq LIMIT most
$$;
CREATE FUNCTION tw.change_keys(after_kind int, after_tenant int, after_name text, most int)
  RETURNS TABLE (tenant_id int, namespace text, kind int, name text)
  STABLE SECURITY DEFINER SET search_path = pg_catalog LANGUAGE sql AS $$
  SELECT k.tenant_id, t.namespace, k.kind, k.name FROM (
    SELECT tenant_id, 1 AS kind, handle AS name FROM tw.twin WHERE NOT template AND NOT released
    UNION ALL SELECT tenant_id, 2, name FROM tw.source
    UNION ALL SELECT tenant_id, 3, name FROM tw.simulation_object
  ) k JOIN tw.tenant t USING (tenant_id)
  WHERE (k.kind, k.tenant_id, k.name) > (after_kind, after_tenant, after_name)
  ORDER BY k.kind, k.tenant_id, k.name LIMIT most
$$;
CREATE FUNCTION tw.trim_changes(older interval) RETURNS bigint VOLATILE SECURITY DEFINER SET search_path = pg_catalog LANGUAGE plpgsql AS $$
DECLARE
  removed bigint;
BEGIN
  WITH gone AS (DELETE FROM tw.twin_change WHERE at < now() - older RETURNING xid)
  UPDATE tw.store SET trimmed_xid = greatest(trimmed_xid, coalesce((SELECT max(xid::text::numeric)::text::xid8 FROM gone), trimmed_xid));
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END $$;
CREATE FUNCTION audit.tenants_unsealed() RETURNS SETOF int STABLE SECURITY DEFINER SET search_path = pg_catalog LANGUAGE sql AS $$
  SELECT t.tenant_id FROM tw.tenant t
  LEFT JOIN LATERAL (SELECT upto_xid, upto_id FROM audit.seal s WHERE s.tenant_id = t.tenant_id ORDER BY block_no DESC LIMIT 1) s ON true
  WHERE EXISTS (SELECT 1 FROM audit.entry e WHERE e.tenant_id = t.tenant_id
    AND (e.xid, e.audit_id) > (coalesce(s.upto_xid, '0'::xid8), coalesce(s.upto_id, 0)))
$$;
REVOKE ALL ON FUNCTION tw.tenants_with_due(), tw.change_horizon(), tw.changes_after(xid8, bigint, int),
  tw.change_keys(int, int, text, int), tw.trim_changes(interval), audit.tenants_unsealed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tw.tenants_with_due(), tw.change_horizon(), tw.changes_after(xid8, bigint, int),
  tw.change_keys(int, int, text, int), tw.trim_changes(interval), audit.tenants_unsealed() TO twinward_service;
