-- migrate:up

-- A row lives for milliseconds: compressing it on the way in and out costs more than writing it whole.
ALTER TABLE outbox SET (toast_tuple_target = 8160);

-- migrate:down

ALTER TABLE outbox RESET (toast_tuple_target);
