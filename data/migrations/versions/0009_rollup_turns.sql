-- 0 for values, 1 for minutes whose hours are due, 2 for hours whose days are.
ALTER TABLE stored_batch ADD COLUMN level SMALLINT DEFAULT 0 NOT NULL;
