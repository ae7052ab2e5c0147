CREATE TABLE rule_interval (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    rule TEXT NOT NULL,
    entity BIGINT NOT NULL,
    mode TEXT NOT NULL,
    key TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    from_at TIMESTAMP WITH TIME ZONE NOT NULL,
    to_at TIMESTAMP WITH TIME ZONE,
    revised_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_rule_interval PRIMARY KEY (id),
    CONSTRAINT ck_rule_interval_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT fk_rule_interval_entity FOREIGN KEY(entity) REFERENCES entity (code)
);
CREATE INDEX ix_rule_interval_entity ON rule_interval (entity, rule, to_at);
CREATE UNIQUE INDEX uq_rule_interval_one_stands ON rule_interval (rule, entity, mode, key) WHERE to_at IS NULL AND revised_at IS NULL;
