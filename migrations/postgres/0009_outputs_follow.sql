-- `resource_outputs` follows `resources` by itself.
CREATE FUNCTION resource_outputs_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM resource_outputs
    WHERE stack_id = NEW.stack_id AND logical = NEW.logical AND generation = NEW.generation;
    INSERT INTO resource_outputs (stack_id, logical, generation, output, value)
    SELECT NEW.stack_id, NEW.logical, NEW.generation, key, value FROM json_each_text(NEW.outputs);
    RETURN NULL;
END
$$;
CREATE TRIGGER resource_outputs_begin AFTER INSERT ON resources
    FOR EACH ROW WHEN (NEW.outputs::text <> '{}') EXECUTE FUNCTION resource_outputs_follow();
CREATE TRIGGER resource_outputs_follow AFTER UPDATE OF outputs ON resources
    FOR EACH ROW WHEN (NEW.outputs::text <> OLD.outputs::text) EXECUTE FUNCTION resource_outputs_follow();
