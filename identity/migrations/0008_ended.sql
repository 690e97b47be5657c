-- Gateways keep for a few seconds whom a credential opened to. What ends that is told to all of them when it is committed, however it
-- was ended: the account's or the session's id, on the channel identity_ended.
CREATE FUNCTION identity.tell_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('identity_ended', to_jsonb(OLD) ->> TG_ARGV[0]);
    RETURN NULL;
END $$;

-- One that has run out is believed no longer anyway.
CREATE TRIGGER ended AFTER DELETE ON identity.session
    FOR EACH ROW WHEN (OLD.expires_at > now()) EXECUTE FUNCTION identity.tell_ended('account');
CREATE TRIGGER changed AFTER UPDATE ON identity.session
    FOR EACH ROW WHEN (NEW.expires_at < OLD.expires_at OR NEW.seen_at < OLD.seen_at
        OR (NEW.account, NEW.secret) IS DISTINCT FROM (OLD.account, OLD.secret))
    EXECUTE FUNCTION identity.tell_ended('account');

CREATE TRIGGER ended AFTER DELETE ON identity.person
    FOR EACH ROW EXECUTE FUNCTION identity.tell_ended('account');
CREATE TRIGGER changed AFTER UPDATE ON identity.person
    FOR EACH ROW WHEN ((NEW.roles, NEW.suspended_at) IS DISTINCT FROM (OLD.roles, OLD.suspended_at))
    EXECUTE FUNCTION identity.tell_ended('account');

CREATE TRIGGER ended AFTER DELETE ON identity.api_key
    FOR EACH ROW WHEN (OLD.expires_at > now()) EXECUTE FUNCTION identity.tell_ended('account');
CREATE TRIGGER changed AFTER UPDATE ON identity.api_key
    FOR EACH ROW WHEN ((NEW.roles, NEW.issued, NEW.secret, NEW.expires_at) IS DISTINCT FROM (OLD.roles, OLD.issued, OLD.secret, OLD.expires_at))
    EXECUTE FUNCTION identity.tell_ended('account');

-- Its access token opens nothing any more.
CREATE TRIGGER ended AFTER DELETE ON identity.refresh_token
    FOR EACH ROW EXECUTE FUNCTION identity.tell_ended('session');

-- An admin may also decide about the keys of access tokens: `account` is their id in the log then.
ALTER TABLE identity.decision DROP CONSTRAINT decision_what_check;
ALTER TABLE identity.decision ADD CONSTRAINT decision_what_check
    CHECK (what IN ('suspend', 'reinstate', 'end-sessions', 'remove-second-factor', 'replace-signing-keys'));
