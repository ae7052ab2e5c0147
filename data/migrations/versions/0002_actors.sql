-- Who acts: six roles, keys that end and are limited, locks after failures, and the actor log.

ALTER TABLE account DROP CONSTRAINT ck_account_role;
ALTER TABLE account ADD CONSTRAINT ck_account_role
    CHECK (role IN ('viewer', 'operator', 'dispatcher', 'field', 'steward', 'administrator'));
ALTER TABLE account ADD COLUMN disabled BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE api_key DROP CONSTRAINT ck_api_key_role;
ALTER TABLE api_key ADD CONSTRAINT ck_api_key_role
    CHECK (role IN ('viewer', 'operator', 'dispatcher', 'field', 'steward', 'administrator'));
ALTER TABLE api_key ADD COLUMN prefix TEXT DEFAULT '' NOT NULL;
ALTER TABLE api_key ADD COLUMN scopes TEXT[] DEFAULT '{}' NOT NULL;
ALTER TABLE api_key ADD COLUMN expires_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE api_key ADD COLUMN created_by TEXT DEFAULT '' NOT NULL;
ALTER TABLE api_key ADD COLUMN last_used_at TIMESTAMP WITH TIME ZONE;

CREATE TABLE sign_in_failure (
    name_digest BYTEA NOT NULL,
    failures INTEGER NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    locked_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in_failure PRIMARY KEY (name_digest)
);

CREATE INDEX ix_sign_in_failure_last_at ON sign_in_failure (last_at);

CREATE TABLE actor_log (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_actor_log PRIMARY KEY (id)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING MESSAGE = 'table ' || TG_TABLE_NAME || ' is only ever added to',
        ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER actor_log_is_only_added_to BEFORE UPDATE OR DELETE ON actor_log
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
