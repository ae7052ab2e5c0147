ALTER TABLE parked_message
    ADD COLUMN retained BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN replay_wanted_at TIMESTAMP WITH TIME ZONE;
CREATE INDEX ix_parked_message_replay_wanted ON parked_message (id)
    WHERE replay_wanted_at IS NOT NULL;
