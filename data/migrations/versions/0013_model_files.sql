CREATE TABLE model_file (
    model BIGINT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    digest TEXT NOT NULL,
    entry BOOLEAN NOT NULL,
    CONSTRAINT pk_model_file PRIMARY KEY (model, name),
    CONSTRAINT ck_model_file_kind CHECK (kind IN ('tileset', 'terrain', 'imagery', 'scene')),
    CONSTRAINT ck_model_file_size CHECK (size >= 0),
    CONSTRAINT ck_model_file_digest CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_model_file_model FOREIGN KEY(model) REFERENCES model (id)
);
