-- Personal data, encrypted per person; erasure is the deletion of the key (design, section 4).
CREATE TABLE personal_keys (
    person TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant TEXT COLLATE "C" NOT NULL,
    wrapped BYTEA NOT NULL
);

CREATE TABLE personal (
    person TEXT COLLATE "C" NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    ciphertext BYTEA NOT NULL,
    PRIMARY KEY (person, field)
);
