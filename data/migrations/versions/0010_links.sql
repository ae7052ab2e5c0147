CREATE TABLE link (
    relation_id BIGINT NOT NULL,
    confidence DOUBLE PRECISION NOT NULL,
    limit_m DOUBLE PRECISION,
    rival BIGINT,
    rival_m DOUBLE PRECISION,
    along_m DOUBLE PRECISION,
    side TEXT,
    share DOUBLE PRECISION,
    CONSTRAINT pk_link PRIMARY KEY (relation_id),
    CONSTRAINT ck_link_confidence CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT ck_link_side CHECK (side IN ('left', 'on', 'right'))
);

CREATE TABLE link_fix (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    origin BIGINT NOT NULL,
    kind TEXT NOT NULL,
    target BIGINT,
    change_set_id BIGINT NOT NULL,
    released_in BIGINT,
    CONSTRAINT pk_link_fix PRIMARY KEY (id),
    CONSTRAINT fk_link_fix_origin FOREIGN KEY(origin) REFERENCES entity (code),
    CONSTRAINT fk_link_fix_target FOREIGN KEY(target) REFERENCES entity (code),
    CONSTRAINT fk_link_fix_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id),
    CONSTRAINT fk_link_fix_released_in FOREIGN KEY(released_in) REFERENCES change_set (id)
);

CREATE INDEX ix_link_fix_target ON link_fix (target) WHERE released_in IS NULL;

CREATE UNIQUE INDEX uq_link_fix_open ON link_fix (origin, kind) WHERE released_in IS NULL;

CREATE TABLE link_state (
    id INTEGER NOT NULL,
    change_set_id BIGINT NOT NULL,
    rules JSONB NOT NULL,
    ran_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_link_state PRIMARY KEY (id),
    CONSTRAINT ck_link_state_one_row CHECK (id = 1)
);
