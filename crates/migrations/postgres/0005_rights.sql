-- Under which rights the first answer of an idempotency key was given: who has others by now is not shown it unasked.
ALTER TABLE idempotency ADD COLUMN rights TEXT;
