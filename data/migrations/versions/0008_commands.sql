CREATE TABLE command (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    device BIGINT NOT NULL,
    name TEXT NOT NULL,
    parameters JSONB NOT NULL,
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    second_person BOOLEAN NOT NULL,
    protocol TEXT NOT NULL,
    address TEXT NOT NULL,
    reference TEXT,
    carriage JSONB NOT NULL,
    requested_by TEXT NOT NULL,
    person TEXT NOT NULL,
    idempotency_key TEXT,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answer_s INTEGER NOT NULL,
    execute_s INTEGER NOT NULL,
    wanted JSONB NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    carried_at TIMESTAMP WITH TIME ZONE,
    deadline_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    late_answer TEXT,
    CONSTRAINT pk_command PRIMARY KEY (id),
    CONSTRAINT ck_command_state CHECK (state IN ('requested', 'approved', 'sent', 'accepted', 'executed', 'refused', 'timed out', 'withdrawn', 'expired')),
    CONSTRAINT fk_command_device FOREIGN KEY(device) REFERENCES entity (code)
);

CREATE INDEX ix_command_answered ON command (protocol, reference) WHERE reference IS NOT NULL;

CREATE INDEX ix_command_device ON command (device, id);

CREATE INDEX ix_command_open ON command (state) WHERE ended_at IS NULL;

CREATE UNIQUE INDEX uq_command_idempotency ON command (requested_by, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE command_step (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    command_id BIGINT NOT NULL,
    event TEXT NOT NULL,
    from_state TEXT,
    to_state TEXT NOT NULL,
    actor TEXT NOT NULL,
    sentence TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_command_step PRIMARY KEY (id),
    CONSTRAINT fk_command_step_command_id FOREIGN KEY(command_id) REFERENCES command (id)
);

CREATE INDEX ix_command_step_command_id ON command_step (command_id);

CREATE TABLE device_desired (
    device BIGINT NOT NULL,
    name TEXT NOT NULL,
    value JSONB NOT NULL,
    unit TEXT NOT NULL,
    tolerance DOUBLE PRECISION DEFAULT 0 NOT NULL,
    command_id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    CONSTRAINT pk_device_desired PRIMARY KEY (device, name),
    CONSTRAINT fk_device_desired_device FOREIGN KEY(device) REFERENCES entity (code),
    CONSTRAINT fk_device_desired_command_id FOREIGN KEY(command_id) REFERENCES command (id)
);

CREATE TABLE device_reported (
    device BIGINT NOT NULL,
    name TEXT NOT NULL,
    value JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_device_reported PRIMARY KEY (device, name),
    CONSTRAINT fk_device_reported_device FOREIGN KEY(device) REFERENCES entity (code)
);
