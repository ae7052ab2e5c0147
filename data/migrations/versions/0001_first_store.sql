-- The store's first form: register, measurements, intake, alerts and people.

CREATE TABLE rule_version (
    rule TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    body JSONB NOT NULL,
    origin TEXT NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_rule_version PRIMARY KEY (rule, version)
);

CREATE TABLE rule_state (
    rule TEXT NOT NULL,
    entity BIGINT NOT NULL,
    mode TEXT NOT NULL,
    key TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    level TEXT,
    pending_level TEXT,
    pending_since TIMESTAMP WITH TIME ZONE,
    clear_since TIMESTAMP WITH TIME ZONE,
    judged_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_rule_state PRIMARY KEY (rule, entity, mode, key),
    CONSTRAINT ck_rule_state_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_rule_state_level CHECK (level IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT ck_rule_state_pending_level CHECK (pending_level IN ('blue', 'yellow', 'orange', 'red'))
);

CREATE TABLE video_event (
    camera BIGINT NOT NULL,
    ts TIMESTAMP WITH TIME ZONE NOT NULL,
    topic TEXT NOT NULL,
    digest BYTEA NOT NULL,
    source TEXT NOT NULL,
    active BOOLEAN,
    data JSONB NOT NULL,
    mode TEXT NOT NULL,
    retained BOOLEAN DEFAULT false NOT NULL,
    verdict TEXT DEFAULT '' NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_video_event PRIMARY KEY (camera, ts, topic, digest),
    CONSTRAINT ck_video_event_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill'))
);

SELECT create_hypertable('video_event', by_range('ts', INTERVAL '7 days'), create_default_indexes => false);

CREATE TABLE parked_message (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    source TEXT NOT NULL,
    mode TEXT NOT NULL,
    topic TEXT NOT NULL,
    payload BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    reason TEXT NOT NULL,
    sentence TEXT NOT NULL,
    times BIGINT DEFAULT 1 NOT NULL,
    first_received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    replayed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_parked_message PRIMARY KEY (id),
    CONSTRAINT ck_parked_message_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill'))
);

CREATE UNIQUE INDEX uq_parked_message_content ON parked_message (source, topic, digest);

CREATE TABLE committed_message (
    client TEXT NOT NULL,
    packet_id INTEGER NOT NULL,
    digest BYTEA NOT NULL,
    committed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_committed_message PRIMARY KEY (client, packet_id)
)
 WITH (fillfactor = 60);

CREATE TABLE device_state (
    device BIGINT NOT NULL,
    conflicts BIGINT DEFAULT 0 NOT NULL,
    last_conflict_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_device_state PRIMARY KEY (device)
);

CREATE TABLE observation (
    series_id INTEGER NOT NULL,
    ts TIMESTAMP WITH TIME ZONE NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    quality SMALLINT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_observation PRIMARY KEY (series_id, ts)
);

SELECT create_hypertable('observation', by_range('ts', INTERVAL '1 day'), create_default_indexes => false);

CREATE TABLE observation_conflict (
    series_id INTEGER NOT NULL,
    ts TIMESTAMP WITH TIME ZONE NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    quality SMALLINT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_observation_conflict PRIMARY KEY (series_id, ts, value)
);

CREATE TABLE position (
    entity BIGINT NOT NULL,
    ts TIMESTAMP WITH TIME ZONE NOT NULL,
    geom geometry(POINT,4547) NOT NULL,
    accuracy_m DOUBLE PRECISION,
    source TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_position PRIMARY KEY (entity, ts)
);

SELECT create_hypertable('position', by_range('ts', INTERVAL '7 days'), create_default_indexes => false);

CREATE TABLE forecast_run (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    model TEXT NOT NULL,
    version TEXT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor TEXT NOT NULL,
    CONSTRAINT pk_forecast_run PRIMARY KEY (id),
    CONSTRAINT uq_forecast_run_model_version_issued_at UNIQUE (model, version, issued_at)
);

CREATE TABLE forecast (
    run_id BIGINT NOT NULL,
    series_id INTEGER NOT NULL,
    valid_ts TIMESTAMP WITH TIME ZONE NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    CONSTRAINT pk_forecast PRIMARY KEY (run_id, series_id, valid_ts)
);

SELECT create_hypertable('forecast', by_range('valid_ts', INTERVAL '7 days'), create_default_indexes => false);

CREATE TABLE account (
    username TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_account PRIMARY KEY (username),
    CONSTRAINT ck_account_role CHECK (role IN ('viewer', 'operator', 'administrator'))
);

CREATE TABLE api_key (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    key_digest BYTEA NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_key PRIMARY KEY (id),
    CONSTRAINT ck_api_key_role CHECK (role IN ('viewer', 'operator', 'administrator')),
    CONSTRAINT uq_api_key_name UNIQUE (name),
    CONSTRAINT uq_api_key_key_digest UNIQUE (key_digest)
);

CREATE TABLE change_set (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    recorded_at TIMESTAMP WITH TIME ZONE,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    mode TEXT DEFAULT 'actual' NOT NULL,
    CONSTRAINT pk_change_set PRIMARY KEY (id),
    CONSTRAINT ck_change_set_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill'))
);

CREATE TABLE registry_state (
    id SERIAL NOT NULL,
    revision BIGINT NOT NULL,
    rule_revision BIGINT NOT NULL,
    CONSTRAINT pk_registry_state PRIMARY KEY (id),
    CONSTRAINT ck_registry_state_one_row CHECK (id = 1)
);

CREATE TABLE rule (
    rule TEXT NOT NULL,
    version INTEGER NOT NULL,
    in_force BOOLEAN NOT NULL,
    actor TEXT NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_rule PRIMARY KEY (rule),
    CONSTRAINT fk_rule_rule_version FOREIGN KEY(rule, version) REFERENCES rule_version (rule, version)
);

CREATE TABLE entity (
    code BIGINT NOT NULL,
    class_code CHAR(4) GENERATED ALWAYS AS (lpad(((code / 1000000) % 10000)::text, 4, '0')) STORED NOT NULL,
    name TEXT NOT NULL,
    geom geometry(GEOMETRY,4547),
    height_m DOUBLE PRECISION,
    properties JSONB DEFAULT '{}' NOT NULL,
    stage TEXT DEFAULT 'in use' NOT NULL,
    retired BOOLEAN DEFAULT false NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    geom_3857 geometry(GEOMETRY,3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
    change_set_id BIGINT NOT NULL,
    CONSTRAINT pk_entity PRIMARY KEY (code),
    CONSTRAINT ck_entity_code_digits CHECK (code BETWEEN 1000000000000000 AND 9999999999999999),
    CONSTRAINT ck_entity_stage CHECK (stage IN ('planned', 'building', 'accepted', 'in use', 'demolished')),
    CONSTRAINT fk_entity_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id)
);

CREATE INDEX ix_entity_geom ON entity USING gist (geom);

CREATE INDEX ix_entity_class_code ON entity (class_code, code);

CREATE INDEX ix_entity_geom_3857 ON entity USING gist (geom_3857);

CREATE TABLE entity_version (
    code BIGINT NOT NULL,
    created_in BIGINT NOT NULL,
    class_code CHAR(4) GENERATED ALWAYS AS (lpad(((code / 1000000) % 10000)::text, 4, '0')) STORED NOT NULL,
    name TEXT NOT NULL,
    geom geometry(GEOMETRY,4547),
    height_m DOUBLE PRECISION,
    properties JSONB DEFAULT '{}' NOT NULL,
    stage TEXT DEFAULT 'in use' NOT NULL,
    retired BOOLEAN DEFAULT false NOT NULL,
    valid_from TIMESTAMP WITH TIME ZONE,
    valid_to TIMESTAMP WITH TIME ZONE,
    superseded_in BIGINT,
    CONSTRAINT pk_entity_version PRIMARY KEY (code, created_in),
    CONSTRAINT ck_entity_version_stage CHECK (stage IN ('planned', 'building', 'accepted', 'in use', 'demolished')),
    CONSTRAINT fk_entity_version_created_in FOREIGN KEY(created_in) REFERENCES change_set (id),
    CONSTRAINT fk_entity_version_superseded_in FOREIGN KEY(superseded_in) REFERENCES change_set (id)
);

CREATE TABLE series (
    id INTEGER GENERATED ALWAYS AS IDENTITY,
    entity BIGINT NOT NULL,
    quantity TEXT NOT NULL,
    device BIGINT,
    statistic TEXT DEFAULT 'instant' NOT NULL,
    period_s INTEGER DEFAULT 0 NOT NULL,
    channel TEXT DEFAULT '' NOT NULL,
    mode TEXT DEFAULT 'actual' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_series PRIMARY KEY (id),
    CONSTRAINT uq_series_identity UNIQUE NULLS NOT DISTINCT (entity, quantity, device, statistic, period_s, channel, mode),
    CONSTRAINT ck_series_statistic CHECK (statistic IN ('instant', 'mean', 'min', 'max', 'sum', 'counter')),
    CONSTRAINT ck_series_mode CHECK (mode IN ('actual', 'exercise', 'replay')),
    CONSTRAINT ck_series_period CHECK (period_s >= 0),
    CONSTRAINT fk_series_entity FOREIGN KEY(entity) REFERENCES entity (code),
    CONSTRAINT fk_series_device FOREIGN KEY(device) REFERENCES entity (code)
);

CREATE INDEX ix_series_device ON series (device);

CREATE INDEX ix_series_entity ON series (entity);

CREATE TABLE entity_forward (
    old_code BIGINT NOT NULL,
    new_code BIGINT NOT NULL,
    reason TEXT NOT NULL,
    change_set_id BIGINT NOT NULL,
    CONSTRAINT pk_entity_forward PRIMARY KEY (old_code, new_code),
    CONSTRAINT ck_entity_forward_reason CHECK (reason IN ('merged', 'split', 'retired', 'renumbered')),
    CONSTRAINT fk_entity_forward_new_code FOREIGN KEY(new_code) REFERENCES entity (code),
    CONSTRAINT fk_entity_forward_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id)
);

CREATE TABLE entity_name (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code BIGINT NOT NULL,
    scheme TEXT NOT NULL,
    value TEXT NOT NULL,
    code_system TEXT DEFAULT '' NOT NULL,
    valid TSTZRANGE DEFAULT '(,)' NOT NULL,
    change_set_id BIGINT NOT NULL,
    superseded_in BIGINT,
    CONSTRAINT pk_entity_name PRIMARY KEY (id),
    CONSTRAINT ex_entity_name_one_meaning_at_a_time EXCLUDE USING gist (scheme WITH =, value WITH =, code_system WITH =, valid WITH &&) WHERE (superseded_in IS NULL),
    CONSTRAINT fk_entity_name_code FOREIGN KEY(code) REFERENCES entity (code),
    CONSTRAINT fk_entity_name_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id),
    CONSTRAINT fk_entity_name_superseded_in FOREIGN KEY(superseded_in) REFERENCES change_set (id)
);

CREATE INDEX ix_entity_name_scheme_value ON entity_name (scheme, value);

CREATE INDEX ix_entity_name_code ON entity_name (code);

CREATE TABLE relation (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    origin BIGINT NOT NULL,
    kind TEXT NOT NULL,
    target BIGINT NOT NULL,
    valid TSTZRANGE DEFAULT '(,)' NOT NULL,
    method TEXT NOT NULL,
    distance_m DOUBLE PRECISION,
    change_set_id BIGINT NOT NULL,
    superseded_in BIGINT,
    CONSTRAINT pk_relation PRIMARY KEY (id),
    CONSTRAINT fk_relation_origin FOREIGN KEY(origin) REFERENCES entity (code),
    CONSTRAINT fk_relation_target FOREIGN KEY(target) REFERENCES entity (code),
    CONSTRAINT fk_relation_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id),
    CONSTRAINT fk_relation_superseded_in FOREIGN KEY(superseded_in) REFERENCES change_set (id)
);

CREATE UNIQUE INDEX uq_relation_standing ON relation (origin, kind, target) WHERE superseded_in IS NULL;

CREATE INDEX ix_relation_target_kind ON relation (target, kind);

CREATE TABLE link_refusal (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    origin BIGINT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    change_set_id BIGINT NOT NULL,
    CONSTRAINT pk_link_refusal PRIMARY KEY (id),
    CONSTRAINT uq_link_refusal_origin_kind UNIQUE (origin, kind),
    CONSTRAINT fk_link_refusal_origin FOREIGN KEY(origin) REFERENCES entity (code),
    CONSTRAINT fk_link_refusal_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id)
);

CREATE TABLE alert (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    mode TEXT NOT NULL,
    domain TEXT NOT NULL,
    level TEXT NOT NULL,
    entity BIGINT NOT NULL,
    device BIGINT,
    series_id INTEGER,
    rule TEXT NOT NULL,
    rule_version INTEGER NOT NULL,
    state TEXT NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    observed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    acknowledged_at TIMESTAMP WITH TIME ZONE,
    cleared_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    reason TEXT NOT NULL,
    value DOUBLE PRECISION,
    limit_value DOUBLE PRECISION,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_alert PRIMARY KEY (id),
    CONSTRAINT ck_alert_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_alert_level CHECK (level IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT ck_alert_state CHECK (state IN ('raised', 'acknowledged', 'cleared', 'closed')),
    CONSTRAINT fk_alert_entity FOREIGN KEY(entity) REFERENCES entity (code),
    CONSTRAINT fk_alert_device FOREIGN KEY(device) REFERENCES entity (code),
    CONSTRAINT fk_alert_series_id FOREIGN KEY(series_id) REFERENCES series (id)
);

CREATE UNIQUE INDEX uq_alert_one_open ON alert (rule, entity, mode) WHERE state IN ('raised', 'acknowledged');

CREATE INDEX ix_alert_not_closed ON alert (id) WHERE state <> 'closed';

CREATE INDEX ix_alert_entity ON alert (entity);

CREATE TABLE series_calibration (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    series_id INTEGER NOT NULL,
    valid TSTZRANGE DEFAULT '(,)' NOT NULL,
    scale DOUBLE PRECISION DEFAULT 1 NOT NULL,
    shift DOUBLE PRECISION DEFAULT 0 NOT NULL,
    datum TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_series_calibration PRIMARY KEY (id),
    CONSTRAINT ex_series_calibration_one_at_a_time EXCLUDE USING gist (series_id WITH =, valid WITH &&),
    CONSTRAINT fk_series_calibration_series_id FOREIGN KEY(series_id) REFERENCES series (id)
);

CREATE TABLE observation_revision (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    series_id INTEGER NOT NULL,
    ts TIMESTAMP WITH TIME ZONE NOT NULL,
    old_value DOUBLE PRECISION NOT NULL,
    old_quality SMALLINT NOT NULL,
    new_value DOUBLE PRECISION NOT NULL,
    new_quality SMALLINT NOT NULL,
    revised_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_observation_revision PRIMARY KEY (id),
    CONSTRAINT fk_observation_revision_series_id FOREIGN KEY(series_id) REFERENCES series (id)
);

CREATE INDEX ix_observation_revision_series_ts ON observation_revision (series_id, ts);

CREATE TABLE series_latest (
    series_id INTEGER NOT NULL,
    ts TIMESTAMP WITH TIME ZONE NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    quality SMALLINT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_series_latest PRIMARY KEY (series_id),
    CONSTRAINT fk_series_latest_series_id FOREIGN KEY(series_id) REFERENCES series (id)
)
 WITH (fillfactor = 60);

CREATE TABLE alert_transition (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    alert_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    level TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    observed_at TIMESTAMP WITH TIME ZONE,
    value DOUBLE PRECISION,
    txid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT pk_alert_transition PRIMARY KEY (id),
    CONSTRAINT ck_alert_transition_event CHECK (event IN ('raised', 'escalated', 'lowered', 'acknowledged', 'cleared', 'closed', 'revised')),
    CONSTRAINT ck_alert_transition_to_state CHECK (to_state IN ('raised', 'acknowledged', 'cleared', 'closed')),
    CONSTRAINT ck_alert_transition_level CHECK (level IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT fk_alert_transition_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id)
);

CREATE INDEX ix_alert_transition_alert_id ON alert_transition (alert_id);

CREATE INDEX ix_alert_transition_feed ON alert_transition (txid, id);

CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    notice_id UUID DEFAULT gen_random_uuid() NOT NULL,
    alert_id BIGINT NOT NULL,
    channel TEXT NOT NULL,
    mode TEXT NOT NULL,
    topic TEXT NOT NULL,
    payload JSONB NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    delivered_at TIMESTAMP WITH TIME ZONE,
    error TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (id),
    CONSTRAINT ck_outbox_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_outbox_state CHECK (state IN ('waiting', 'delivered', 'given up')),
    CONSTRAINT fk_outbox_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id)
);

CREATE INDEX ix_outbox_waiting ON outbox (next_attempt_at) WHERE state = 'waiting';
