-- A table of :size rows in memory: inserted, indexed, grouped, joined, sorted.
CREATE TABLE items (id INTEGER PRIMARY KEY, kind INTEGER, name TEXT, value INTEGER);
WITH RECURSIVE n(i, x) AS (SELECT 1, 7 UNION ALL SELECT i + 1, (x * 16807) % 2147483647 FROM n WHERE i < :size)
  INSERT INTO items SELECT i, x % 97, printf('%06d-%x', x % 1000003, i), x % 1009 FROM n;
CREATE INDEX by_name ON items (name);
SELECT count(*), sum(value), min(name), max(name) FROM items;
SELECT kind, count(*), sum(value) FROM items GROUP BY kind ORDER BY sum(value) DESC, kind LIMIT 5;
SELECT sum(a.value * b.kind) FROM items a JOIN items b ON b.id = (a.id * 31) % :size + 1;
UPDATE items SET value = value + length(name) WHERE name LIKE '%7%';
SELECT sum(value) FROM (SELECT value FROM items ORDER BY name DESC LIMIT :size / 2);
