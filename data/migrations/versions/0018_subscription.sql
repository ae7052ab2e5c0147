CREATE TABLE subscription (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    target TEXT DEFAULT '' NOT NULL,
    recipients TEXT[] DEFAULT '{}' NOT NULL,
    language TEXT DEFAULT 'both' NOT NULL,
    modes TEXT[] DEFAULT '{actual}' NOT NULL,
    levels TEXT[] DEFAULT '{}' NOT NULL,
    domains TEXT[] DEFAULT '{}' NOT NULL,
    classes TEXT[] DEFAULT '{}' NOT NULL,
    departments TEXT[] DEFAULT '{}' NOT NULL,
    area BIGINT,
    quiet_from TIME WITHOUT TIME ZONE,
    quiet_to TIME WITHOUT TIME ZONE,
    quiet_level TEXT,
    group_wait_s INTEGER DEFAULT 30 NOT NULL,
    group_interval_s INTEGER DEFAULT 300 NOT NULL,
    repeat_interval_s INTEGER,
    per_minute INTEGER DEFAULT 10 NOT NULL,
    enabled BOOLEAN DEFAULT true NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    secret TEXT,
    old_secret TEXT,
    old_secret_until TIMESTAMP WITH TIME ZONE,
    receipt_key TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    version INTEGER DEFAULT 1 NOT NULL,
    CONSTRAINT pk_subscription PRIMARY KEY (id),
    CONSTRAINT ck_subscription_kind CHECK (kind IN ('webhook', 'email', 'sms', 'public_address', 'cap')),
    CONSTRAINT ck_subscription_language CHECK (language IN ('zh', 'en', 'both')),
    CONSTRAINT ck_subscription_quiet_level CHECK (quiet_level IN ('blue', 'yellow', 'orange', 'red')),
    CONSTRAINT fk_subscription_area FOREIGN KEY(area) REFERENCES entity (code)
);

CREATE UNIQUE INDEX uq_subscription_name ON subscription (name) WHERE withdrawn_at IS NULL;

CREATE TABLE subscription_sending (
    subscription_id BIGINT NOT NULL,
    failures INTEGER DEFAULT 0 NOT NULL,
    resume_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_subscription_sending PRIMARY KEY (subscription_id),
    CONSTRAINT fk_subscription_sending_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscription (id)
);

CREATE TABLE notice_floor (
    id SMALLINT NOT NULL,
    txid xid8 NOT NULL,
    CONSTRAINT pk_notice_floor PRIMARY KEY (id)
);

CREATE TABLE notice_seen (
    transition_id BIGINT NOT NULL,
    txid xid8 NOT NULL,
    CONSTRAINT pk_notice_seen PRIMARY KEY (transition_id)
);

CREATE TABLE notice_group (
    subscription_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    incident_id BIGINT,
    alert_id BIGINT,
    due_at TIMESTAMP WITH TIME ZONE,
    told_at TIMESTAMP WITH TIME ZONE,
    level SMALLINT DEFAULT 0 NOT NULL,
    told JSONB DEFAULT '{}' NOT NULL,
    ended BOOLEAN DEFAULT false NOT NULL,
    has_muted BOOLEAN DEFAULT false NOT NULL,
    incident_version INTEGER,
    CONSTRAINT pk_notice_group PRIMARY KEY (subscription_id, subject),
    CONSTRAINT fk_notice_group_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscription (id),
    CONSTRAINT fk_notice_group_incident_id FOREIGN KEY(incident_id) REFERENCES incident (id),
    CONSTRAINT fk_notice_group_alert_id FOREIGN KEY(alert_id) REFERENCES alert (id)
);

CREATE INDEX ix_notice_group_alert_id ON notice_group (alert_id);

CREATE INDEX ix_notice_group_due ON notice_group (due_at) WHERE due_at IS NOT NULL;

CREATE INDEX ix_notice_group_incident_id ON notice_group (incident_id);

CREATE INDEX ix_notice_group_open ON notice_group (subscription_id, subject) WHERE NOT ended;

CREATE TABLE incident_call (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    incident_id BIGINT NOT NULL,
    message TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_incident_call PRIMARY KEY (id),
    CONSTRAINT fk_incident_call_incident_id FOREIGN KEY(incident_id) REFERENCES incident (id)
);

CREATE INDEX ix_incident_call_incident_id ON incident_call (incident_id);

CREATE TABLE delivery (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    notice_id UUID DEFAULT gen_random_uuid() NOT NULL,
    subscription_id BIGINT NOT NULL,
    call_id BIGINT,
    reason TEXT NOT NULL,
    mode TEXT NOT NULL,
    body JSONB NOT NULL,
    state TEXT DEFAULT 'waiting' NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    patience_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    delivered_at TIMESTAMP WITH TIME ZONE,
    error TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (id),
    CONSTRAINT ck_delivery_reason CHECK (reason IN ('new', 'changed', 'repeated', 'ended', 'joined', 'call', 'test')),
    CONSTRAINT ck_delivery_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_delivery_state CHECK (state IN ('waiting', 'delivered', 'given up')),
    CONSTRAINT fk_delivery_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscription (id),
    CONSTRAINT fk_delivery_call_id FOREIGN KEY(call_id) REFERENCES incident_call (id)
);

CREATE INDEX ix_delivery_call_id ON delivery (call_id);

CREATE INDEX ix_delivery_created ON delivery (created_at, notice_id);

CREATE INDEX ix_delivery_rate ON delivery (subscription_id, created_at);

CREATE INDEX ix_delivery_waiting ON delivery (next_attempt_at) WHERE state = 'waiting';

CREATE UNIQUE INDEX uq_delivery_notice_id ON delivery (notice_id);

CREATE TABLE delivery_subject (
    subscription_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    delivery_id BIGINT NOT NULL,
    CONSTRAINT pk_delivery_subject PRIMARY KEY (subscription_id, subject, delivery_id),
    CONSTRAINT fk_delivery_subject_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscription (id),
    CONSTRAINT fk_delivery_subject_delivery_id FOREIGN KEY(delivery_id) REFERENCES delivery (id)
);

CREATE INDEX ix_delivery_subject_delivery_id ON delivery_subject (delivery_id);

CREATE TABLE delivery_receipt (
    delivery_id BIGINT NOT NULL,
    who TEXT NOT NULL,
    answer TEXT NOT NULL,
    note TEXT DEFAULT '' NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_delivery_receipt PRIMARY KEY (delivery_id, who),
    CONSTRAINT ck_delivery_receipt_answer CHECK (answer IN ('received', 'coming', 'cannot come')),
    CONSTRAINT fk_delivery_receipt_delivery_id FOREIGN KEY(delivery_id) REFERENCES delivery (id)
);

CREATE TABLE cap_issued (
    identifier TEXT NOT NULL,
    subject TEXT NOT NULL,
    number INTEGER NOT NULL,
    subscription_id BIGINT NOT NULL,
    mode TEXT NOT NULL,
    msg_type TEXT NOT NULL,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    reference TEXT NOT NULL,
    sent TIMESTAMP WITH TIME ZONE NOT NULL,
    expires TIMESTAMP WITH TIME ZONE NOT NULL,
    document BYTEA NOT NULL,
    CONSTRAINT pk_cap_issued PRIMARY KEY (identifier),
    CONSTRAINT ck_cap_issued_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill')),
    CONSTRAINT ck_cap_issued_msg_type CHECK (msg_type IN ('Alert', 'Update', 'Cancel')),
    CONSTRAINT fk_cap_issued_subscription_id FOREIGN KEY(subscription_id) REFERENCES subscription (id)
);

CREATE INDEX ix_cap_issued_sent ON cap_issued (sent);

CREATE UNIQUE INDEX uq_cap_issued_number ON cap_issued (subscription_id, subject, number);

CREATE TABLE cap_message (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    sender TEXT NOT NULL,
    identifier TEXT NOT NULL,
    sent TIMESTAMP WITH TIME ZONE NOT NULL,
    status TEXT NOT NULL,
    msg_type TEXT NOT NULL,
    reference TEXT[] DEFAULT '{}' NOT NULL,
    headline TEXT DEFAULT '' NOT NULL,
    mode TEXT,
    source TEXT NOT NULL,
    raw BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT DEFAULT '' NOT NULL,
    CONSTRAINT pk_cap_message PRIMARY KEY (id),
    CONSTRAINT ck_cap_message_mode CHECK (mode IN ('actual', 'exercise', 'replay', 'backfill'))
);

CREATE INDEX ix_cap_message_source ON cap_message (source, received_at);

CREATE UNIQUE INDEX uq_cap_message_reference ON cap_message (sender, identifier, sent);

CREATE TABLE cap_signal (
    message_id BIGINT NOT NULL,
    number SMALLINT NOT NULL,
    event TEXT NOT NULL,
    event_code TEXT NOT NULL,
    severity TEXT NOT NULL,
    urgency TEXT NOT NULL,
    certainty TEXT NOT NULL,
    level SMALLINT NOT NULL,
    is_weather BOOLEAN NOT NULL,
    begins_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    area_text TEXT NOT NULL,
    geocodes TEXT[] NOT NULL,
    area geometry(GEOMETRY,4326),
    CONSTRAINT pk_cap_signal PRIMARY KEY (message_id, number),
    CONSTRAINT fk_cap_signal_message_id FOREIGN KEY(message_id) REFERENCES cap_message (id)
);

CREATE INDEX ix_cap_signal_expires_at ON cap_signal (expires_at);

CREATE INDEX ix_outbox_given_up ON outbox (notice_id) WHERE state = 'given up';
