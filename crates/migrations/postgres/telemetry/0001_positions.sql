-- Positions are telemetry, not events: a table of their own, partitioned by day (design, section 4).
CREATE TABLE positions (
    driver TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    speed_kmh DOUBLE PRECISION,
    heading DOUBLE PRECISION,
    PRIMARY KEY (driver, at)
) PARTITION BY RANGE (at);

-- Each driver's newest position, so that a start does not read the history.
CREATE TABLE latest_positions (
    driver TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    latitude DOUBLE PRECISION NOT NULL,
    longitude DOUBLE PRECISION NOT NULL,
    speed_kmh DOUBLE PRECISION,
    heading DOUBLE PRECISION
);
