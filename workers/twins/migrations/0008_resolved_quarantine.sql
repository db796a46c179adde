-- serves: 5
-- An item leaves quarantine when its record is read well later, or its file no longer holds it; it stays as history.
-- `file` and `item` are the two parts of a position; `record_key` names the record, where it could be told.
ALTER TABLE tw.quarantine
  ADD COLUMN resolved_at timestamptz,
  ADD COLUMN resolution text CHECK (resolution IN ('CORRECTED', 'REMOVED')),
  ADD COLUMN record_key uuid,
  ADD COLUMN source_order bigint,
  ADD COLUMN file text GENERATED ALWAYS AS
    (CASE WHEN position ~ '^[0-9a-f]{1,64}:[0-9]{1,9}$' THEN split_part(position, ':', 1) END) STORED,
  ADD COLUMN item int GENERATED ALWAYS AS
    (CASE WHEN position ~ '^[0-9a-f]{1,64}:[0-9]{1,9}$' THEN split_part(position, ':', 2)::int END) STORED;

-- What the service itself refused is kept under the key of its record.
UPDATE tw.quarantine SET record_key = item_key WHERE position = '';

CREATE INDEX quarantine_open ON tw.quarantine (tenant_id, source_id, file, item) WHERE resolved_at IS NULL;
CREATE INDEX quarantine_record ON tw.quarantine (tenant_id, record_key)
  WHERE resolved_at IS NULL AND record_key IS NOT NULL;
