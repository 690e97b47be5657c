-- Who waits before whom, how long try-ons take, whose are open, and which are given up when.
ALTER TABLE drape.tryon_status
    ADD COLUMN ended_at    TIMESTAMPTZ,
    -- Of those that succeeded.
    ADD COLUMN duration_ms BIGINT,
    -- By then it is given up, unless it has ended.
    ADD COLUMN cancel_at   TIMESTAMPTZ;

CREATE INDEX tryon_status_waiting ON drape.tryon_status (requested_at, id) WHERE status = 'requested';
CREATE INDEX tryon_status_latest ON drape.tryon_status (ended_at DESC) INCLUDE (duration_ms) WHERE duration_ms IS NOT NULL;
CREATE INDEX tryon_status_open_of ON drape.tryon_status (requested_by) WHERE status IN ('requested', 'running');
CREATE INDEX tryon_status_due ON drape.tryon_status (cancel_at)
    WHERE status IN ('requested', 'running') AND cancel_at IS NOT NULL;
