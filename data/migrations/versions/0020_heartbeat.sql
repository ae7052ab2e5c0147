CREATE TABLE heartbeat (
    part TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    version TEXT NOT NULL,
    told JSONB NOT NULL,
    CONSTRAINT pk_heartbeat PRIMARY KEY (part)
);
