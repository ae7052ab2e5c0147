CREATE TABLE model (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    name TEXT NOT NULL,
    format TEXT NOT NULL,
    schema TEXT NOT NULL,
    crs TEXT NOT NULL,
    height_datum TEXT NOT NULL,
    accuracy_m DOUBLE PRECISION,
    file TEXT NOT NULL,
    digest TEXT NOT NULL,
    warnings JSONB DEFAULT '[]' NOT NULL,
    change_set_id BIGINT NOT NULL,
    CONSTRAINT pk_model PRIMARY KEY (id),
    CONSTRAINT uq_model_name UNIQUE (name),
    CONSTRAINT fk_model_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id)
);
CREATE TABLE model_element (
    model BIGINT NOT NULL,
    key TEXT NOT NULL,
    native_class TEXT NOT NULL,
    class_code CHAR(4),
    name TEXT NOT NULL,
    parent TEXT,
    geom geometry(GEOMETRY,4547),
    base_m DOUBLE PRECISION,
    top_m DOUBLE PRECISION,
    lods JSONB NOT NULL,
    measures JSONB NOT NULL,
    properties JSONB NOT NULL,
    code BIGINT,
    whole BIGINT,
    change_set_id BIGINT NOT NULL,
    CONSTRAINT pk_model_element PRIMARY KEY (model, key),
    CONSTRAINT fk_model_element_model FOREIGN KEY(model) REFERENCES model (id),
    CONSTRAINT fk_model_element_code FOREIGN KEY(code) REFERENCES entity (code),
    CONSTRAINT fk_model_element_whole FOREIGN KEY(whole) REFERENCES entity (code),
    CONSTRAINT fk_model_element_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id)
);
CREATE INDEX ix_model_element_code ON model_element (code) WHERE code IS NOT NULL;
CREATE INDEX ix_model_element_geom ON model_element USING gist (geom);
CREATE INDEX ix_model_element_native_class ON model_element (model, native_class);
CREATE INDEX ix_model_element_parent ON model_element (model, parent);
CREATE INDEX ix_model_element_whole ON model_element (whole) WHERE whole IS NOT NULL;
