ALTER TABLE alert
    ADD COLUMN assignee TEXT,
    ADD COLUMN department TEXT,
    ADD COLUMN handling_since TIMESTAMP WITH TIME ZONE,
    ADD COLUMN shelved_until TIMESTAMP WITH TIME ZONE,
    ADD COLUMN silenced_by BIGINT,
    ADD COLUMN suppressed_by BIGINT,
    ADD COLUMN verdict TEXT,
    ADD COLUMN verdict_reason TEXT,
    ADD COLUMN duplicate_of BIGINT,
    ADD COLUMN occurrences INTEGER DEFAULT 1 NOT NULL,
    ADD COLUMN found_by TEXT DEFAULT 'rule' NOT NULL,
    ADD COLUMN algorithm TEXT,
    ADD CONSTRAINT fk_alert_suppressed_by FOREIGN KEY(suppressed_by) REFERENCES alert (id),
    ADD CONSTRAINT fk_alert_duplicate_of FOREIGN KEY(duplicate_of) REFERENCES alert (id),
    ADD CONSTRAINT ck_alert_verdict CHECK (verdict IN ('confirmed', 'false', 'duplicate', 'test')),
    DROP CONSTRAINT ck_alert_state,
    ADD CONSTRAINT ck_alert_state CHECK (state IN ('raised', 'acknowledged', 'assigned', 'dispatched', 'on_site', 'resolved', 'verified', 'cleared', 'closed'));
DROP INDEX uq_alert_one_open;
CREATE UNIQUE INDEX uq_alert_one_open ON alert (rule, entity, mode) WHERE state NOT IN ('cleared', 'closed');
