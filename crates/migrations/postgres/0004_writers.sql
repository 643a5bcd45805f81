-- One row a writing process: the number of its last batch. After a lost connection it tells whether a commit whose
-- answer never came was carried out. SQLite needs none: its commit answers in the same process.
CREATE TABLE writers (
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    batch BIGINT NOT NULL
);
