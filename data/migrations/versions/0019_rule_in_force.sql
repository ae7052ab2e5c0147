ALTER TABLE rule_version
    ADD COLUMN saved BOOLEAN DEFAULT false NOT NULL;
CREATE TABLE rule_change (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    rule TEXT NOT NULL,
    version INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    address TEXT,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_rule_change PRIMARY KEY (id),
    CONSTRAINT ck_rule_change_action CHECK (action IN ('shipped', 'saved', 'withdrawn', 'restored')),
    CONSTRAINT fk_rule_change_rule_version FOREIGN KEY(rule, version) REFERENCES rule_version (rule, version)
);
CREATE INDEX ix_rule_change_rule ON rule_change (rule, id);
INSERT INTO rule_change (rule, version, action, actor, reason, at)
SELECT rule, version, 'shipped', actor, '', changed_at FROM rule ORDER BY changed_at, rule;
