-- Older history as compressed columns: up to 3,600 positions of one driver and one UTC day a row, none of them before
-- from_at or after until_at. step_s is 0 for every position and 60 for one a minute.
CREATE TABLE track_chunks (
    driver TEXT NOT NULL,
    from_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    points BIGINT NOT NULL,
    step_s BIGINT NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (driver, from_at)
);
CREATE INDEX idx_track_chunks_step_s_from_at ON track_chunks (step_s, from_at, driver);

-- What is left of history whose positions are gone: how much and how fast was driven where. Names nobody; a cell that
-- few vehicles crossed is left out. block counts 30 days since 1970, cells tenths of a degree.
CREATE TABLE track_traffic (
    block BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    cell_latitude BIGINT NOT NULL,
    cell_longitude BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    minutes BIGINT NOT NULL,
    vehicles BIGINT NOT NULL,
    speeds BIGINT NOT NULL,
    speed_sum_kmh DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (block, tenant, cell_latitude, cell_longitude, hour)
);

-- The blocks whose traffic is written: their positions may go.
CREATE TABLE track_blocks (
    block BIGINT NOT NULL PRIMARY KEY
);
