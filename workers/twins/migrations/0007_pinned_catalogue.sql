-- serves: 5
-- What the model said of itself when a run was frozen: its result does not depend on a model that answers at the end.
-- NULL until the model could be asked.
ALTER TABLE tw.simulation ADD COLUMN catalogue jsonb;
