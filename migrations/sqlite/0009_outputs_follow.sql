-- `resource_outputs` follows `resources` by itself.
CREATE TRIGGER resource_outputs_begin AFTER INSERT ON resources WHEN NEW.outputs <> '{}'
BEGIN
    INSERT INTO resource_outputs (stack_id, logical, generation, output, value)
    SELECT NEW.stack_id, NEW.logical, NEW.generation, key, value FROM json_each(NEW.outputs);
END;
CREATE TRIGGER resource_outputs_follow AFTER UPDATE OF outputs ON resources WHEN NEW.outputs <> OLD.outputs
BEGIN
    DELETE FROM resource_outputs
    WHERE stack_id = NEW.stack_id AND logical = NEW.logical AND generation = NEW.generation;
    INSERT INTO resource_outputs (stack_id, logical, generation, output, value)
    SELECT NEW.stack_id, NEW.logical, NEW.generation, key, value FROM json_each(NEW.outputs);
END;
