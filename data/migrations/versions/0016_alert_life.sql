CREATE TABLE alert_silence (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    entities BIGINT[],
    area BIGINT,
    classes TEXT[],
    rules TEXT[],
    domains TEXT[],
    at_most TEXT NOT NULL,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT,
    CONSTRAINT pk_alert_silence PRIMARY KEY (id),
    CONSTRAINT ck_alert_silence_kind CHECK (kind IN ('silence', 'maintenance')),
    CONSTRAINT ck_alert_silence_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_alert_silence_at_most CHECK (at_most IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT ck_alert_silence_span CHECK (starts_at < ends_at),
    CONSTRAINT fk_alert_silence_area FOREIGN KEY(area) REFERENCES entity (code)
);
CREATE INDEX ix_alert_silence_not_ended ON alert_silence (ends_at) WHERE ended_at IS NULL;
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
    ADD COLUMN lon DOUBLE PRECISION,
    ADD COLUMN lat DOUBLE PRECISION,
    ADD CONSTRAINT fk_alert_silenced_by FOREIGN KEY(silenced_by) REFERENCES alert_silence (id),
    ADD CONSTRAINT fk_alert_suppressed_by FOREIGN KEY(suppressed_by) REFERENCES alert (id),
    ADD CONSTRAINT fk_alert_duplicate_of FOREIGN KEY(duplicate_of) REFERENCES alert (id),
    ADD CONSTRAINT ck_alert_verdict CHECK (verdict IN ('confirmed', 'false', 'duplicate', 'test')),
    DROP CONSTRAINT ck_alert_state,
    ADD CONSTRAINT ck_alert_state CHECK (state IN ('raised', 'acknowledged', 'assigned', 'dispatched', 'on_site', 'resolved', 'verified', 'cleared', 'closed'));
DROP INDEX uq_alert_one_open;
CREATE UNIQUE INDEX uq_alert_one_open ON alert (rule, entity, mode) WHERE state NOT IN ('cleared', 'closed') AND found_by = 'rule';
CREATE INDEX ix_alert_shelved ON alert (shelved_until) WHERE shelved_until IS NOT NULL;
CREATE INDEX ix_alert_silenced ON alert (silenced_by) WHERE silenced_by IS NOT NULL AND state NOT IN ('cleared', 'closed');
CREATE TABLE alert_photo (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    alert_id BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    digest TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_alert_photo PRIMARY KEY (id),
    CONSTRAINT ck_alert_photo_media_type CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp')),
    CONSTRAINT fk_alert_photo_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id)
);
CREATE UNIQUE INDEX uq_alert_photo_same ON alert_photo (alert_id, digest);
ALTER TABLE alert_transition
    ADD COLUMN address TEXT,
    ADD COLUMN lon DOUBLE PRECISION,
    ADD COLUMN lat DOUBLE PRECISION,
    ADD COLUMN photo BIGINT,
    ADD CONSTRAINT fk_alert_transition_photo FOREIGN KEY(photo) REFERENCES alert_photo (id),
    DROP CONSTRAINT ck_alert_transition_event,
    DROP CONSTRAINT ck_alert_transition_to_state,
    ADD CONSTRAINT ck_alert_transition_event CHECK (event IN ('raised', 'escalated', 'lowered', 'acknowledged', 'assigned', 'dispatched', 'on_site', 'resolved', 'verified', 'returned', 'cleared', 'recurred', 'closed', 'revised', 'reported', 'commented', 'photographed', 'shelved', 'unshelved', 'unsilenced', 'suppressed', 'unsuppressed')),
    ADD CONSTRAINT ck_alert_transition_to_state CHECK (to_state IN ('raised', 'acknowledged', 'assigned', 'dispatched', 'on_site', 'resolved', 'verified', 'cleared', 'closed'));
CREATE TABLE alert_case (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    alert_id BIGINT NOT NULL,
    source TEXT NOT NULL,
    number TEXT NOT NULL,
    case_class TEXT NOT NULL,
    reporter TEXT NOT NULL,
    text TEXT NOT NULL,
    lon DOUBLE PRECISION,
    lat DOUBLE PRECISION,
    observed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    received_from TEXT NOT NULL,
    digest TEXT NOT NULL,
    merged BOOLEAN NOT NULL,
    CONSTRAINT pk_alert_case PRIMARY KEY (id),
    CONSTRAINT fk_alert_case_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id)
);
CREATE UNIQUE INDEX uq_alert_case_number ON alert_case (source, number);
CREATE INDEX ix_alert_case_alert_id ON alert_case (alert_id);
