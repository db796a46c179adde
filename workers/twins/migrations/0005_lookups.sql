-- Changes of many rows by key, one index lookup each. As one joined UPDATE, a planner without statistics (the hour after
-- a first import) reads the tenant's whole table for every batch. They run with the caller's rights: row-level security
-- holds as in any statement.
CREATE FUNCTION tw.close_events(subject_ids bigint[], resource_keys uuid[], revisions int[]) RETURNS int
  VOLATILE SECURITY INVOKER SET search_path = pg_catalog LANGUAGE plpgsql AS $$
DECLARE
  closed int := 0;
  n int;
BEGIN
  FOR i IN 1 .. coalesce(array_length(subject_ids, 1), 0) LOOP
    UPDATE tw.event SET rev_to = revisions[i]
    WHERE subject_id = subject_ids[i] AND resource_key = resource_keys[i] AND rev_to = 2147483647;
    GET DIAGNOSTICS n = ROW_COUNT;
    closed := closed + n;
  END LOOP;
  RETURN closed;
END $$;

CREATE FUNCTION tw.raise_order(resource_keys uuid[], source_orders bigint[]) RETURNS int
  VOLATILE SECURITY INVOKER SET search_path = pg_catalog LANGUAGE plpgsql AS $$
DECLARE
  raised int := 0;
  n int;
BEGIN
  FOR i IN 1 .. coalesce(array_length(resource_keys, 1), 0) LOOP
    UPDATE tw.resource SET source_order = source_orders[i]
    WHERE tenant_id = current_setting('tw.tenant')::int AND resource_key = resource_keys[i];
    GET DIAGNOSTICS n = ROW_COUNT;
    raised := raised + n;
  END LOOP;
  RETURN raised;
END $$;

CREATE FUNCTION tw.set_persons(record_ids bigint[], persons bytea[]) RETURNS int
  VOLATILE SECURITY INVOKER SET search_path = pg_catalog LANGUAGE plpgsql AS $$
DECLARE
  changed int := 0;
  n int;
BEGIN
  FOR i IN 1 .. coalesce(array_length(record_ids, 1), 0) LOOP
    UPDATE vault.record SET person = persons[i] WHERE record_id = record_ids[i];
    GET DIAGNOSTICS n = ROW_COUNT;
    changed := changed + n;
  END LOOP;
  RETURN changed;
END $$;
