CREATE TABLE quality_state (
    id INTEGER NOT NULL,
    revision BIGINT NOT NULL,
    CONSTRAINT pk_quality_state PRIMARY KEY (id),
    CONSTRAINT ck_quality_state_one_row CHECK (id = 1)
);
INSERT INTO quality_state (id, revision) VALUES (1, 0);

CREATE TABLE quality_setting (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    entity BIGINT NOT NULL,
    quantity TEXT NOT NULL,
    series_id INTEGER,
    settings JSONB NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_quality_setting PRIMARY KEY (id),
    CONSTRAINT uq_quality_setting_scope UNIQUE NULLS NOT DISTINCT (entity, quantity, series_id),
    CONSTRAINT fk_quality_setting_entity FOREIGN KEY (entity) REFERENCES entity (code),
    CONSTRAINT fk_quality_setting_series_id FOREIGN KEY (series_id) REFERENCES series (id)
);

CREATE TABLE observation_flag (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    series_id INTEGER NOT NULL,
    flagged_from TIMESTAMP WITH TIME ZONE NOT NULL,
    flagged_to TIMESTAMP WITH TIME ZONE NOT NULL,
    verdict TEXT NOT NULL,
    observations INTEGER NOT NULL,
    before JSONB NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    flagged_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_observation_flag PRIMARY KEY (id),
    CONSTRAINT ck_observation_flag_verdict CHECK (verdict IN ('good', 'doubtful', 'unreliable', 'lift')),
    CONSTRAINT fk_observation_flag_series_id FOREIGN KEY (series_id) REFERENCES series (id)
);
CREATE INDEX ix_observation_flag_series_id ON observation_flag (series_id, id);

ALTER TABLE stored_batch ADD COLUMN series_id INTEGER;
