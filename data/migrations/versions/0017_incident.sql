CREATE TABLE department (
    code TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    name_en TEXT NOT NULL,
    parent TEXT,
    supervisor TEXT,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_department PRIMARY KEY (code),
    CONSTRAINT fk_department_parent FOREIGN KEY(parent) REFERENCES department (code)
);
CREATE TABLE responsibility (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    department TEXT NOT NULL,
    domain TEXT,
    class_code TEXT,
    area BIGINT,
    CONSTRAINT pk_responsibility PRIMARY KEY (id),
    CONSTRAINT fk_responsibility_department FOREIGN KEY(department) REFERENCES department (code),
    CONSTRAINT fk_responsibility_area FOREIGN KEY(area) REFERENCES entity (code)
);
CREATE INDEX ix_responsibility_department ON responsibility (department);
CREATE TABLE duty_shift (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    department TEXT NOT NULL,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    domain TEXT,
    area BIGINT,
    starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_duty_shift PRIMARY KEY (id),
    CONSTRAINT ck_duty_shift_role CHECK (role IN ('duty', 'supervisor')),
    CONSTRAINT ck_duty_shift_span CHECK (starts_at < ends_at),
    CONSTRAINT fk_duty_shift_department FOREIGN KEY(department) REFERENCES department (code),
    CONSTRAINT fk_duty_shift_area FOREIGN KEY(area) REFERENCES entity (code)
);
CREATE INDEX ix_duty_shift_time ON duty_shift (department, ends_at);
CREATE TABLE incident (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    mode TEXT NOT NULL,
    domain TEXT NOT NULL,
    level TEXT NOT NULL,
    state TEXT NOT NULL,
    root_alert BIGINT,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    place geometry(GEOMETRY,4547),
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    version INTEGER DEFAULT 1 NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    first_alert BIGINT,
    members INTEGER DEFAULT 0 NOT NULL,
    standing INTEGER DEFAULT 0 NOT NULL,
    quiet_since TIMESTAMP WITH TIME ZONE,
    merged_into BIGINT,
    department TEXT,
    owner TEXT,
    accepted_at TIMESTAMP WITH TIME ZONE,
    offered TEXT,
    came_from TEXT,
    respond_by TIMESTAMP WITH TIME ZONE,
    complete_by TIMESTAMP WITH TIME ZONE,
    response_overdue_at TIMESTAMP WITH TIME ZONE,
    completion_overdue_at TIMESTAMP WITH TIME ZONE,
    supervisor TEXT,
    CONSTRAINT pk_incident PRIMARY KEY (id),
    CONSTRAINT ck_incident_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_incident_level CHECK (level IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT ck_incident_state CHECK (state IN ('open', 'ended', 'closed')),
    CONSTRAINT fk_incident_root_alert FOREIGN KEY(root_alert) REFERENCES alert (id),
    CONSTRAINT fk_incident_first_alert FOREIGN KEY(first_alert) REFERENCES alert (id),
    CONSTRAINT fk_incident_merged_into FOREIGN KEY(merged_into) REFERENCES incident (id),
    CONSTRAINT fk_incident_department FOREIGN KEY(department) REFERENCES department (code),
    CONSTRAINT fk_incident_offered FOREIGN KEY(offered) REFERENCES department (code),
    CONSTRAINT fk_incident_came_from FOREIGN KEY(came_from) REFERENCES department (code)
);
CREATE INDEX ix_incident_not_closed ON incident (id) WHERE state <> 'closed';
CREATE TABLE incident_alert (
    alert_id BIGINT NOT NULL,
    incident_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    alert_version INTEGER DEFAULT 0 NOT NULL,
    cluster BIGINT,
    cause_alert BIGINT,
    cause_link TEXT,
    quieters BIGINT[] DEFAULT '{}' NOT NULL,
    pinned BOOLEAN DEFAULT false NOT NULL,
    CONSTRAINT pk_incident_alert PRIMARY KEY (alert_id),
    CONSTRAINT ck_incident_alert_role CHECK (role IN ('root', 'consequence', 'member')),
    CONSTRAINT fk_incident_alert_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id),
    CONSTRAINT fk_incident_alert_incident_id FOREIGN KEY(incident_id) REFERENCES incident (id)
);
CREATE INDEX ix_incident_alert_incident ON incident_alert (incident_id);
CREATE TABLE incident_apart (
    one BIGINT NOT NULL,
    other BIGINT NOT NULL,
    CONSTRAINT pk_incident_apart PRIMARY KEY (one, other),
    CONSTRAINT fk_incident_apart_one FOREIGN KEY(one) REFERENCES incident (id),
    CONSTRAINT fk_incident_apart_other FOREIGN KEY(other) REFERENCES incident (id)
);
CREATE TABLE incident_transition (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    incident_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    level TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    department TEXT,
    owner TEXT,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    txid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT pk_incident_transition PRIMARY KEY (id),
    CONSTRAINT ck_incident_transition_event CHECK (event IN ('raised', 'escalated', 'lowered', 'grown', 'root_changed', 'ended', 'reopened', 'closed', 'merged', 'split', 'accepted', 'handed_up', 'handed_down', 'returned', 'commented', 'overdue')),
    CONSTRAINT ck_incident_transition_to_state CHECK (to_state IN ('open', 'ended', 'closed')),
    CONSTRAINT ck_incident_transition_level CHECK (level IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT fk_incident_transition_incident_id FOREIGN KEY(incident_id) REFERENCES incident (id)
);
CREATE INDEX ix_incident_transition_feed ON incident_transition (txid, id);
CREATE INDEX ix_incident_transition_incident_id ON incident_transition (incident_id);
CREATE TABLE incident_floor (
    id SMALLINT NOT NULL,
    txid xid8 NOT NULL,
    CONSTRAINT pk_incident_floor PRIMARY KEY (id)
);
