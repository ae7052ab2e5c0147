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
    CONSTRAINT pk_incident PRIMARY KEY (id),
    CONSTRAINT ck_incident_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_incident_level CHECK (level IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT ck_incident_state CHECK (state IN ('open', 'ended', 'closed')),
    CONSTRAINT fk_incident_root_alert FOREIGN KEY(root_alert) REFERENCES alert (id)
);
CREATE TABLE incident_alert (
    alert_id BIGINT NOT NULL,
    incident_id BIGINT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_incident_alert PRIMARY KEY (alert_id),
    CONSTRAINT ck_incident_alert_role CHECK (role IN ('root', 'consequence', 'member')),
    CONSTRAINT fk_incident_alert_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id),
    CONSTRAINT fk_incident_alert_incident_id FOREIGN KEY(incident_id) REFERENCES incident (id)
);
CREATE INDEX ix_incident_alert_incident ON incident_alert (incident_id);
