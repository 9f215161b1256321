# 200,000 rows into a database file in one transaction, an index, queries that use it, and the integrity check.
sqlite3 rows.db <<'SQL'
create table rows(id integer primary key, value integer, text text);
begin;
with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 200000)
insert into rows select n, n * 7919 % 100003, 'row ' || n from numbers;
commit;
create index by_value on rows(value);
select count(*), sum(value), min(text), max(text) from rows;
select id, text from rows where value between 500 and 503 order by id;
explain query plan select id from rows where value = 5;
update rows set text = upper(text) where value < 50;
delete from rows where id % 1000 = 0;
select count(*), sum(length(text)) from rows;
pragma integrity_check;
SQL
sqlite3 rows.db 'pragma journal_mode=wal; begin; insert into rows values(1000000, 1, null); rollback; select max(id) from rows; pragma journal_mode=delete'
sqlite3 -csv rows.db 'select value % 10 as digit, count(*), round(avg(id), 3) from rows group by digit having count(*) > 10 order by 2 desc, 1'
sqlite3 rows.db '.schema' 'select * from missing'
echo "exit code $?"
