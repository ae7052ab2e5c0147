CREATE TABLE road_node (
    id BIGINT NOT NULL,
    geom geometry(POINT,4547) NOT NULL,
    CONSTRAINT pk_road_node PRIMARY KEY (id)
);
CREATE TABLE road_edge (
    id BIGINT NOT NULL,
    source BIGINT NOT NULL,
    target BIGINT NOT NULL,
    geom geometry(LINESTRING,4547) NOT NULL,
    length_m DOUBLE PRECISION NOT NULL,
    cost_s DOUBLE PRECISION NOT NULL,
    reverse_cost_s DOUBLE PRECISION NOT NULL,
    section BIGINT,
    road BIGINT,
    kind TEXT NOT NULL,
    CONSTRAINT pk_road_edge PRIMARY KEY (id)
);
CREATE INDEX ix_road_edge_geom ON road_edge USING gist (geom);
CREATE INDEX ix_road_edge_road ON road_edge (road) WHERE road IS NOT NULL;
CREATE INDEX ix_road_edge_section ON road_edge (section) WHERE section IS NOT NULL;
CREATE INDEX ix_road_edge_source ON road_edge (source);
CREATE INDEX ix_road_edge_target ON road_edge (target);
CREATE TABLE road_network (
    id INTEGER NOT NULL,
    revision BIGINT NOT NULL,
    made_of TEXT NOT NULL,
    report JSONB NOT NULL,
    built_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_road_network PRIMARY KEY (id),
    CONSTRAINT ck_road_network_one_row CHECK (id = 1)
);
