ALTER TABLE device_state
    ADD COLUMN state TEXT DEFAULT 'unknown' NOT NULL,
    ADD COLUMN since TIMESTAMP WITH TIME ZONE,
    ADD COLUMN reason TEXT DEFAULT '' NOT NULL,
    ADD COLUMN heard_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN gone_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN interval_s INTEGER,
    ADD COLUMN refused BIGINT DEFAULT 0 NOT NULL,
    ADD COLUMN last_refused_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT ck_device_state_state CHECK (state IN ('unknown', 'online', 'late', 'silent', 'throttled', 'faulty', 'clock wrong'));

CREATE TABLE device_state_history (
    device BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_device_state_history PRIMARY KEY (device, at),
    CONSTRAINT ck_device_state_history_state CHECK (state IN ('unknown', 'online', 'late', 'silent', 'throttled', 'faulty', 'clock wrong'))
);
SELECT create_hypertable('device_state_history', by_range('at', INTERVAL '30 days'), create_default_indexes => false);

CREATE TABLE listening_span (
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_listening_span PRIMARY KEY (since)
);
