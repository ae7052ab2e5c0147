-- The register as a register of record: who answers for what, where it lies, whose word counts.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE registry_state ADD COLUMN srid INTEGER DEFAULT 4547 NOT NULL;

ALTER TABLE change_set
    ADD COLUMN model TEXT DEFAULT '' NOT NULL,
    ADD COLUMN file TEXT DEFAULT '' NOT NULL,
    ADD COLUMN digest TEXT DEFAULT '' NOT NULL,
    ADD COLUMN counts JSONB DEFAULT '{}' NOT NULL;

CREATE INDEX ix_change_set_model ON change_set (model, id) WHERE model <> '';

ALTER TABLE entity
    ADD COLUMN owner TEXT DEFAULT '' NOT NULL,
    ADD COLUMN steward TEXT DEFAULT '' NOT NULL,
    ADD COLUMN address TEXT DEFAULT '' NOT NULL;

CREATE INDEX ix_entity_change_set_id ON entity (change_set_id);

CREATE INDEX ix_entity_name_text ON entity USING gin (name gin_trgm_ops);

CREATE INDEX ix_entity_address_text ON entity USING gin (address gin_trgm_ops) WHERE address <> '';

-- The present state stood here a second time; from now on only former states do.
DELETE FROM entity_version WHERE superseded_in IS NULL;

ALTER TABLE entity_version
    ALTER COLUMN superseded_in SET NOT NULL,
    ADD COLUMN owner TEXT DEFAULT '' NOT NULL,
    ADD COLUMN steward TEXT DEFAULT '' NOT NULL,
    ADD COLUMN address TEXT DEFAULT '' NOT NULL;

CREATE INDEX ix_entity_version_superseded_in ON entity_version (superseded_in);

ALTER TABLE entity_name DROP CONSTRAINT ex_entity_name_one_meaning_at_a_time;

ALTER TABLE entity_name ADD CONSTRAINT ex_entity_name_one_meaning_at_a_time
    EXCLUDE USING gist (scheme WITH =, value WITH =, code_system WITH =, valid WITH &&)
    WHERE (superseded_in IS NULL AND valid <> '(,)');

CREATE UNIQUE INDEX uq_entity_name_for_ever ON entity_name (scheme, value, code_system)
    WHERE superseded_in IS NULL AND valid = '(,)';

CREATE INDEX ix_entity_name_change_set_id ON entity_name (change_set_id);

CREATE INDEX ix_entity_name_superseded_in ON entity_name (superseded_in)
    WHERE superseded_in IS NOT NULL;

CREATE INDEX ix_relation_change_set_id ON relation (change_set_id);

CREATE INDEX ix_relation_superseded_in ON relation (superseded_in)
    WHERE superseded_in IS NOT NULL;

CREATE TABLE entity_place (
    code BIGINT NOT NULL,
    point geometry(POINT,4547) NOT NULL,
    sub_district BIGINT,
    community BIGINT,
    grid_cell BIGINT,
    CONSTRAINT pk_entity_place PRIMARY KEY (code)
);

CREATE INDEX ix_entity_place_sub_district ON entity_place (sub_district)
    WHERE sub_district IS NOT NULL;

CREATE INDEX ix_entity_place_community ON entity_place (community) WHERE community IS NOT NULL;

CREATE INDEX ix_entity_place_grid_cell ON entity_place (grid_cell) WHERE grid_cell IS NOT NULL;

INSERT INTO entity_place (code, point)
SELECT code, ST_PointOnSurface(geom) FROM entity WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom);

UPDATE entity_place p SET sub_district = a.code
FROM entity a
WHERE a.class_code = '8803' AND NOT a.retired AND ST_Intersects(a.geom, p.point);

UPDATE entity_place p SET grid_cell = a.code
FROM entity a
WHERE a.class_code = '8801' AND NOT a.retired AND ST_Intersects(a.geom, p.point);

CREATE TABLE code_serial (
    county CHAR(6) NOT NULL,
    class_code CHAR(4) NOT NULL,
    last INTEGER NOT NULL,
    CONSTRAINT pk_code_serial PRIMARY KEY (county, class_code),
    CONSTRAINT ck_code_serial_last CHECK (last BETWEEN 0 AND 999999)
);

INSERT INTO code_serial (county, class_code, last)
SELECT (code / 10000000000)::text, class_code, max(code % 1000000) FROM entity GROUP BY 1, 2;

CREATE TABLE authority (
    class_code CHAR(4) NOT NULL,
    property TEXT NOT NULL,
    source TEXT NOT NULL,
    change_set_id BIGINT NOT NULL,
    CONSTRAINT pk_authority PRIMARY KEY (class_code, property),
    CONSTRAINT fk_authority_change_set_id FOREIGN KEY(change_set_id) REFERENCES change_set (id)
);

CREATE TABLE property_conflict (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code BIGINT NOT NULL,
    property TEXT NOT NULL,
    source TEXT NOT NULL,
    value JSONB NOT NULL,
    change_set_id BIGINT NOT NULL,
    resolved_in BIGINT,
    resolution TEXT,
    CONSTRAINT pk_property_conflict PRIMARY KEY (id),
    CONSTRAINT ck_property_conflict_resolution
        CHECK (resolution IN ('agreed', 'taken', 'dismissed', 'withdrawn')),
    CONSTRAINT fk_property_conflict_code FOREIGN KEY(code) REFERENCES entity (code),
    CONSTRAINT fk_property_conflict_change_set_id
        FOREIGN KEY(change_set_id) REFERENCES change_set (id),
    CONSTRAINT fk_property_conflict_resolved_in FOREIGN KEY(resolved_in) REFERENCES change_set (id)
);

CREATE UNIQUE INDEX uq_property_conflict_open ON property_conflict (code, property, source)
    WHERE resolved_in IS NULL;
