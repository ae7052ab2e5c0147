CREATE TABLE link_due (
    code BIGINT NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_link_due PRIMARY KEY (code)
);
