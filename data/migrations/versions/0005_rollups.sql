CREATE INDEX ix_observation_received_at ON observation USING brin (received_at);

CREATE TABLE stored_batch (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    received_from TIMESTAMP WITH TIME ZONE NOT NULL,
    received_to TIMESTAMP WITH TIME ZONE NOT NULL,
    observed_from TIMESTAMP WITH TIME ZONE NOT NULL,
    observed_to TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_stored_batch PRIMARY KEY (id)
);

CREATE TABLE rollup_minute (
    series_id INTEGER NOT NULL,
    bucket TIMESTAMP WITH TIME ZONE NOT NULL,
    count INTEGER NOT NULL,
    unreliable INTEGER NOT NULL,
    min DOUBLE PRECISION,
    max DOUBLE PRECISION,
    sum DOUBLE PRECISION,
    first DOUBLE PRECISION,
    last DOUBLE PRECISION,
    CONSTRAINT pk_rollup_minute PRIMARY KEY (series_id, bucket)
);
SELECT create_hypertable('rollup_minute', by_range('bucket', INTERVAL '7 days'), create_default_indexes => false);

CREATE TABLE rollup_hour (
    series_id INTEGER NOT NULL,
    bucket TIMESTAMP WITH TIME ZONE NOT NULL,
    count INTEGER NOT NULL,
    unreliable INTEGER NOT NULL,
    min DOUBLE PRECISION,
    max DOUBLE PRECISION,
    sum DOUBLE PRECISION,
    first DOUBLE PRECISION,
    last DOUBLE PRECISION,
    CONSTRAINT pk_rollup_hour PRIMARY KEY (series_id, bucket)
);
SELECT create_hypertable('rollup_hour', by_range('bucket', INTERVAL '90 days'), create_default_indexes => false);

CREATE TABLE rollup_day (
    series_id INTEGER NOT NULL,
    bucket TIMESTAMP WITH TIME ZONE NOT NULL,
    count INTEGER NOT NULL,
    unreliable INTEGER NOT NULL,
    min DOUBLE PRECISION,
    max DOUBLE PRECISION,
    sum DOUBLE PRECISION,
    first DOUBLE PRECISION,
    last DOUBLE PRECISION,
    CONSTRAINT pk_rollup_day PRIMARY KEY (series_id, bucket)
);
SELECT create_hypertable('rollup_day', by_range('bucket', INTERVAL '3650 days'), create_default_indexes => false);

INSERT INTO stored_batch (received_from, received_to, observed_from, observed_to)
SELECT min(received_at), max(received_at), min(ts), max(ts)
FROM observation GROUP BY date_trunc('day', ts) ORDER BY date_trunc('day', ts);
