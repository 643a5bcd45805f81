-- Personal data, encrypted per person; erasure is the deletion of the key (design, section 4).
CREATE TABLE personal_keys (
    person TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    wrapped BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE personal (
    person TEXT NOT NULL,
    field TEXT NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (person, field)
) WITHOUT ROWID;
